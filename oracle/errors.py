"""Why the oracle refuses: one base class; each module's refusals derive from it and hold the offending values."""


class OracleError(Exception):
    """Something the oracle will not do or will not believe."""
