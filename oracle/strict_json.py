"""JSON from strangers: bounded in depth, with every name once, and with numbers only where RFC 8259 has them. Pure.

Parsers keep different ones of two equal names, so what two readers make of one file could differ; and nesting that a parser recurses into
ends the process where a library has raised the interpreter's limit.
"""

import json
from typing import Any, NoReturn

from lightclient.errors import MalformedMessage
from lightclient.json_text import check_depth
from oracle.errors import MalformedDocumentError


def parse(data: bytes, *, depth: int) -> Any:
    """Returns the document in a UTF-8 text (RFC 8259); how large it may be is for the caller to say.

    Raises:
        MalformedDocumentError: it nests deeper than `depth`, names something twice in one object, holds NaN or Infinity, or is no JSON.

    """
    try:
        check_depth(data, depth)
        return json.loads(data.decode(), object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except (ValueError, RecursionError, MalformedMessage) as error:
        raise MalformedDocumentError("$", f"not JSON: {error}") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("a name occurs twice in one object")
    return document


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")
