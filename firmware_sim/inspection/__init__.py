"""An inspection camera over a line: what its frames look like, and how often an item is defective."""
