"""Beacon objects inside a bundle: REST JSON (`{version, data}`) in one spelling, both ways. Pure.

Servers spell freely (mixed-case addresses, fields in any order, a fork's name for another fork's form), and a light client reads that. A
bundle may not: what is not spelled as `write` spells it is refused, so that no byte of a beacon object can be altered without it showing.
The SSZ tables of `lightclient.types` say which fields each object has.
"""

import re
from collections.abc import Callable
from typing import Any, TypeVar

from lightclient.errors import MalformedSsz
from lightclient.forks import ForkName
from lightclient.network import Network
from lightclient.ssz import Container, SszType, Uint, Vector
from lightclient.types import (
    LightClientBootstrap,
    LightClientFinalityUpdate,
    LightClientUpdate,
    light_client_bootstrap,
    light_client_finality_update,
    light_client_update,
)
from oracle.errors import MalformedDocumentError, shorten
from oracle.hexes import from_hex, to_hex

Traced = LightClientBootstrap | LightClientUpdate | LightClientFinalityUpdate
"""What a bundle holds of the beacon chain."""

T = TypeVar("T")

_NUMBER = re.compile(r"0|[1-9][0-9]{0,77}", re.ASCII)


def write(network: Network, value: Traced) -> dict[str, Any]:
    """Returns the object as `{version, data}`; the version is the fork of its header's slot."""
    return {"version": network.fork_at_slot(_slot(value)).label, "data": _write(value.ssz_type(), value)}


def read_bootstrap(network: Network, document: dict[str, Any]) -> LightClientBootstrap:
    """Returns the bootstrap; raises MalformedDocumentError for another spelling than `write`'s."""
    return _checked(network, document, "header", light_client_bootstrap)


def read_update(network: Network, document: dict[str, Any]) -> LightClientUpdate:
    """Returns the update; raises MalformedDocumentError for another spelling than `write`'s."""
    return _checked(network, document, "attested_header", light_client_update)


def read_finality_update(network: Network, document: dict[str, Any]) -> LightClientFinalityUpdate:
    """Returns the finality update; raises MalformedDocumentError for another spelling than `write`'s."""
    return _checked(network, document, "attested_header", light_client_finality_update)


def _checked(network: Network, document: dict[str, Any], header: str, kind: Callable[[ForkName, int], Container[T]]) -> T:
    try:
        slot = int(document["data"][header]["beacon"]["slot"])
    except (KeyError, TypeError, ValueError) as error:
        raise MalformedDocumentError(f"data.{header}", "no beacon header with a slot") from error
    if not 0 <= slot < 1 << 64:
        raise MalformedDocumentError(f"data.{header}.beacon.slot", "not a slot")
    fork = network.fork_at_slot(slot)
    if document["version"] != fork.label:
        raise MalformedDocumentError("version", f"{shorten(document['version'])}, slot {slot} is of {fork.label}")
    read: T = _read(kind(fork, network.preset.sync_committee_size), document["data"], "data")
    return read


def _slot(value: Traced) -> int:
    return value.header.beacon.slot if isinstance(value, LightClientBootstrap) else value.attested_header.beacon.slot


def _write(kind: SszType[Any], value: Any) -> Any:
    if isinstance(kind, Container):
        return {name: _write(inner, getattr(value, name)) for name, inner in kind.fields}
    if isinstance(kind, Vector):
        return [_write(kind.element, item) for item in value]
    return str(value) if isinstance(kind, Uint) else to_hex(value)


def _read(kind: SszType[Any], value: Any, path: str) -> Any:
    if isinstance(kind, Container):
        names = [name for name, _ in kind.fields]
        if not isinstance(value, dict) or value.keys() != set(names):
            raise MalformedDocumentError(path, f"expected an object with exactly {', '.join(names)}")
        return kind.record(**{name: _read(inner, value[name], f"{path}.{name}") for name, inner in kind.fields})
    if isinstance(kind, Vector):
        if not isinstance(value, list) or len(value) != kind.length:
            raise MalformedDocumentError(path, f"expected a list of {kind.length}")
        return tuple(_read(kind.element, item, path) for item in value)
    if isinstance(kind, Uint):
        if not isinstance(value, str) or not _NUMBER.fullmatch(value) or int(value) >> (8 * kind.width):
            raise MalformedDocumentError(path, f"expected a decimal string, got {shorten(value)}")
        return int(value)
    # The remaining kinds are strings of bytes, and their own decoder knows lengths and stray bits.
    try:
        return kind.decode(from_hex(path, value))
    except MalformedSsz as error:
        raise MalformedDocumentError(path, str(error)) from error
