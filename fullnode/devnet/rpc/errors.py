"""What the JSON-RPC server answers instead of a result; codes of JSON-RPC 2.0 section 5.1, EIP-1474 and geth."""

from typing import Any


class RpcError(Exception):
    """Base of every error answer."""

    code = -32000
    """Error code of the answer: a server error unless a subclass says otherwise."""

    def __init__(self, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.message = message
        """For a person; geth's words where it has some, since clients match on them."""
        self.data = data
        """For the client: revert data."""


class ParseError(RpcError):
    """The caller's fault: the body is not JSON."""

    code = -32700


class InvalidRequestError(RpcError):
    """The caller's fault: not a JSON-RPC 2.0 request."""

    code = -32600


class MethodNotFoundError(RpcError):
    """The caller's fault: there is no such method here."""

    code = -32601


class InvalidParamsError(RpcError):
    """The caller's fault: parameters have the wrong number or form."""

    code = -32602


class InternalError(RpcError):
    """Ours."""

    code = -32603


class LimitExceededError(RpcError):
    """The caller's fault: the answer would be larger than the server gives."""

    code = -32005


class RevertedError(RpcError):
    """The called contract reverted; `data` is what it reverted with."""

    code = 3
