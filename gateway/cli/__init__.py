"""The `aios` command: thin calls into the rooms. Start reading at `gateway.cli.main`.

Rooms are imported inside the commands, so that `aios --help` and `aios verify` start without the store, the web or a model runtime.
"""
