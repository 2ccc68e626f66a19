"""What the dashboard refuses at start, and what it answers instead of a page."""

from oracle.drawing.words import cut


class WebError(Exception):
    """Base of everything the dashboard raises."""


class OpenToAllError(WebError):
    """It would listen beyond loopback without a token."""

    def __init__(self, host: str) -> None:
        self.host = host
        """The address it was to listen on."""
        super().__init__(f"[web] host = {host!r} is reachable by others: set token_file, or listen on 127.0.0.1")


class TokenUnfitError(WebError):
    """The token is too short to keep anybody out."""

    def __init__(self, length: int, minimum: int) -> None:
        self.length = length
        """Its length in characters."""
        self.minimum = minimum
        """The least that is taken."""
        super().__init__(f"the token has {length} characters, at least {minimum} are needed: `openssl rand -hex 16 > token`")


class TokenExposedError(WebError):
    """The file that holds the token is open to every user of this machine."""

    def __init__(self, file: str) -> None:
        self.file = file
        """Its path."""
        super().__init__(f"the token's file {file} is open to every user of this machine: chmod 600 {file}, and make a new token")


class NotFoundError(WebError):
    """There is no such page; the text says what was looked for."""

    def __init__(self, kind: str, key: str) -> None:
        self.kind = kind
        """`device`, `shipment`, `finding`."""
        self.key = key
        """What was asked for."""
        super().__init__(f"There is no {kind} {key!r} here.")


class QueryRefusedError(WebError):
    """A filter in a page's address cannot be followed."""

    def __init__(self, field: str, value: str, reason: str, taken: str) -> None:
        self.field = field
        """Its name."""
        self.value = value
        """What was given for it."""
        self.reason = reason
        """Why that is refused, after a colon."""
        self.taken = taken
        """What is taken instead."""
        super().__init__(f"{cut(field, 40)}={cut(value, 60)!r} is refused: {reason}; taken: {taken}.")
