"""Where trust begins, and how old it may be: checkpoints by hand, by file or by agreement, and the weak-subjectivity period."""
