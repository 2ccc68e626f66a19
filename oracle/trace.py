"""Beacon objects inside a bundle: the beacon API's JSON in one spelling. Pure.

Servers spell freely (mixed-case addresses, leading zeros, a fork's name for another fork's form), and a light client reads that. A bundle
may not: what is not spelled as `write` spells it is refused, so that no byte of a beacon object can be altered without it showing.
"""

from typing import Any, TypeVar

from lightclient.beacon_json import from_document, to_document
from lightclient.errors import LightClientError
from lightclient.network import Network
from lightclient.types import LightClientBootstrap, LightClientFinalityUpdate, LightClientUpdate
from oracle.errors import MalformedDocumentError

Traced = LightClientBootstrap | LightClientUpdate | LightClientFinalityUpdate
"""What a bundle holds of the beacon chain."""

T = TypeVar("T", LightClientBootstrap, LightClientUpdate, LightClientFinalityUpdate)


def write(network: Network, value: Traced) -> dict[str, Any]:
    """Returns the object as `{version, data}`; the version is the fork of its header's slot."""
    return to_document(value, network)


def read(kind: type[T], network: Network, document: dict[str, Any]) -> T:
    """Returns the object of a document; raises MalformedDocumentError for another spelling than `write`'s."""
    try:
        value = from_document(kind, document, network)
    except LightClientError as error:
        raise MalformedDocumentError(kind.__name__, str(error)) from error
    # All leaves are text, so Python's equality is JSON's.
    if to_document(value, network) != document:
        raise MalformedDocumentError(kind.__name__, "not in its one spelling: letter case, zeros or the fork's name differ")
    return value
