"""The signer: the one place that holds keys, shown what it signs, judging it by rules of its own, and writing it down first.

`statements` says what can be asked for and computes its digest; `judge` holds the rules, `policy` what an operator sets about them; `log`
is the form of the append-only log. These are pure. `journal` keeps the log on disk, `desk` joins keys, rules and log, `process` serves it
on a Unix socket as `aios-signer`, `client` asks for signatures from elsewhere, `backends` opens keys by URI. Nothing here signs a bare
digest, and nothing here opens a network socket. Start reading at `judge`.
"""
