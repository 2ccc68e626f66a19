"""The report: one page that says what a bundle proves, to be handed over.

It checks nothing: `oracle.verify` has, and its report is what is shown. `page` says what stands on it as plain records; `facts`, `charts`
and `tables` read them off a bundle, `html` and `pdf` render the same records. Whatever a bundle says is shown as its word: names are
escaped, lengths are bounded, and nothing is loaded from anywhere. Start reading at `oracle.report.page`.
"""
