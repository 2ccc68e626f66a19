"""The beacon API's forms of light-client messages: JSON documents both ways, and the SSZ stream of updates.

The JSON is driven by the same tables as the SSZ, so a fork is described once. Integers are decimal strings, bytes are 0x-prefixed
hexadecimal of any case, and a field that the message's fork does not have is refused, not ignored: it would be unverified.
Source: https://github.com/ethereum/beacon-APIs, `types/api.yaml` and `apis/beacon/light_client/`.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from lightclient.errors import MalformedMessage, MalformedSsz, UnknownForkDigest
from lightclient.forks import FORKS_BY_LABEL, ForkName
from lightclient.network import Network, compute_fork_digest
from lightclient.ssz import Bitvector, ByteList, ByteVector, Container, List, SszType, Uint, Vector
from lightclient.types import (
    LightClientBootstrap,
    LightClientFinalityUpdate,
    LightClientOptimisticUpdate,
    LightClientUpdate,
    light_client_bootstrap,
    light_client_finality_update,
    light_client_optimistic_update,
    light_client_update,
)

Message = LightClientBootstrap | LightClientUpdate | LightClientFinalityUpdate | LightClientOptimisticUpdate
"""What light-client servers send."""

M = TypeVar("M", bound=Message)

MAX_REQUEST_LIGHT_CLIENT_UPDATES = 128
"""Most updates in one answer (`specs/altair/light-client/p2p-interface.md`)."""

_TYPES: dict[type[Any], Callable[[ForkName, int], Container[Any]]] = {
    LightClientBootstrap: light_client_bootstrap,
    LightClientUpdate: light_client_update,
    LightClientFinalityUpdate: light_client_finality_update,
    LightClientOptimisticUpdate: light_client_optimistic_update,
}


def message_type(message: type[M], fork: ForkName, network: Network) -> Container[M]:
    """Returns the SSZ type of a message at a fork of the network."""
    found: Container[M] = _TYPES[message](fork, network.preset.sync_committee_size)
    return found


def message_fork(message: Message, network: Network) -> ForkName:
    """Returns the fork under which a message is announced: that of its signed, or bootstrapped, header's slot."""
    header = message.header if isinstance(message, LightClientBootstrap) else message.attested_header
    return network.fork_at_slot(header.beacon.slot)


def decode_message(message: type[M], fork: ForkName, data: bytes, network: Network) -> M:
    """Returns the message that SSZ bytes of an announced fork encode.

    Raises:
        PeerError: the bytes are malformed, or the message is announced under another fork than its slot's.
    """
    found: M = message_type(message, fork, network).decode(data)
    return _in_its_form(found, fork, network)


def fork_of_version(version: str) -> ForkName:
    """Returns the fork that a server names.

    Raises:
        MalformedMessage: it is none with light clients that this software knows.
    """
    fork = FORKS_BY_LABEL.get(version.lower(), ForkName.PHASE0)
    if fork < ForkName.ALTAIR:
        raise MalformedMessage("version", f"{version[:20]!r} is not a fork with light clients that this software knows")
    return fork


# Documents


def from_document(message: type[M], document: Any, network: Network) -> M:
    """Returns the message of a `{"version": ..., "data": ...}` document.

    Raises:
        MalformedMessage: it is not of that form; the path of the offending field is named.
    """
    if not isinstance(document, Mapping) or "data" not in document:
        raise MalformedMessage("", "not an object with version and data")
    fork = fork_of_version(str(document.get("version")))
    found: M = from_json(message_type(message, fork, network), document["data"], "data")
    return _in_its_form(found, fork, network)


def to_document(message: Message, network: Network) -> dict[str, Any]:
    """Returns the document that a beacon server would answer with."""
    return {"version": message_fork(message, network).label, "data": to_json(message.ssz_type(), message)}


def from_json(kind: SszType[Any], value: Any, path: str) -> Any:
    """Returns the value of an SSZ type from its JSON form; `path` names it in refusals.

    Raises:
        MalformedMessage: the JSON is not of that form.
    """
    if isinstance(kind, Container):
        return _container_from_json(kind, value, path)
    if isinstance(kind, Vector | List):
        limit = kind.length if isinstance(kind, Vector) else kind.limit
        if not isinstance(value, list) or len(value) > limit or (isinstance(kind, Vector) and len(value) != limit):
            raise MalformedMessage(path, f"not a list of {limit}")
        return tuple(from_json(kind.element, item, f"{path}[{index}]") for index, item in enumerate(value))
    if isinstance(kind, Uint):
        return _uint_from_json(kind, value, path)
    return _bytes_from_json(kind, value, path)


def to_json(kind: SszType[Any], value: Any) -> Any:
    """Returns the JSON form of a value."""
    if isinstance(kind, Container):
        return {name: to_json(field, getattr(value, name)) for name, field in kind.fields}
    if isinstance(kind, Vector | List):
        return [to_json(kind.element, item) for item in value]
    if isinstance(kind, Uint):
        return str(value)
    return "0x" + value.hex()


# The SSZ stream of updates


def parse_update_stream(data: bytes, network: Network) -> tuple[LightClientUpdate, ...]:
    """Returns the updates of a stream: for each, its length (u64, little-endian), its fork digest, its SSZ bytes.

    Raises:
        MalformedSsz: the stream is cut off, or an update is not canonical.
        UnknownForkDigest: an update is of a fork that the network does not have.
    """
    updates: list[LightClientUpdate] = []
    position = 0
    while position < len(data):
        if len(updates) == MAX_REQUEST_LIGHT_CLIENT_UPDATES:
            raise MalformedSsz("update stream", f"more than {MAX_REQUEST_LIGHT_CLIENT_UPDATES} updates")
        size = int.from_bytes(data[position : position + 8], "little")
        start, end = position + 12, position + 8 + size
        if end > len(data) or start > end:
            raise MalformedSsz("update stream", f"update {len(updates)} of {size} bytes passes the end")
        fork = _announced_fork(data[start - 4 : start], network)
        if fork < ForkName.ALTAIR:
            raise MalformedSsz("update stream", "phase0 has no updates")
        updates.append(decode_message(LightClientUpdate, fork, data[start:end], network))
        position = end
    return tuple(updates)


def encode_update_stream(updates: tuple[LightClientUpdate, ...], network: Network) -> bytes:
    """Returns the stream that `parse_update_stream` reads."""
    parts: list[bytes] = []
    for update in updates:
        digest = compute_fork_digest(network, network.epoch_at_slot(update.attested_header.beacon.slot))
        body = digest + update.ssz_type().encode(update)
        parts.append(len(body).to_bytes(8, "little") + body)
    return b"".join(parts)


def _announced_fork(digest: bytes, network: Network) -> ForkName:
    try:
        return network.fork_of_digest(digest)
    except UnknownForkDigest:
        # Lodestar's development networks compute the digest under a zero genesis validators root. The digest only chooses the table to
        # read with; what network the update is of, its signature says.
        forks = replace(network, genesis_validators_root=bytes(32)).fork_digests()
        if digest not in forks:
            raise
        return forks[digest]


def _in_its_form(message: M, fork: ForkName, network: Network) -> M:
    # One message has one form: that of its own slot's fork. A later fork's form could carry it too, and would be stored as something else.
    own = message_fork(message, network)
    if message_type(type(message), own, network) != message_type(type(message), fork, network):
        raise MalformedMessage("version", f"announced as {fork.label}, but its slot is of {own.label}")
    return message


def _container_from_json(kind: Container[Any], value: Any, path: str) -> Any:
    if not isinstance(value, Mapping):
        raise MalformedMessage(path, f"not an object for {kind}")
    names = [name for name, _ in kind.fields]
    missing = [name for name in names if name not in value]
    unknown = [str(name)[:40] for name in value if name not in names]
    if missing or unknown:
        raise MalformedMessage(path, f"{kind} lacks {missing} and has unknown {unknown[:5]}")
    return kind.record(**{name: from_json(field, value[name], f"{path}.{name}") for name, field in kind.fields})


def _uint_from_json(kind: Uint, value: Any, path: str) -> int:
    # 78 digits hold 2^256; str.isdecimal alone would accept digits of other scripts.
    if not isinstance(value, str) or not (value.isascii() and value.isdecimal()) or len(value) > 78:
        raise MalformedMessage(path, f"{str(value)[:40]!r} is not a decimal number in a string")
    number = int(value)
    if number >> (8 * kind.width):
        raise MalformedMessage(path, f"{value} does not fit {kind.width} bytes")
    return number


def _bytes_from_json(kind: SszType[Any], value: Any, path: str) -> bytes:
    limit = kind.limit if isinstance(kind, ByteList) else kind.size
    if not isinstance(kind, ByteVector | ByteList | Bitvector) or limit is None:
        raise MalformedMessage(path, f"{kind} has no JSON form here")
    # bytes.fromhex skips blanks, which would give one value two texts; isalnum refuses them.
    if not isinstance(value, str) or not value.startswith("0x") or len(value) > 2 + 2 * limit or not value.isalnum():
        raise MalformedMessage(path, f"not 0x-prefixed hexadecimal of at most {limit} bytes")
    try:
        data: bytes = kind.decode(bytes.fromhex(value[2:]))
    except (MalformedSsz, ValueError) as error:
        raise MalformedMessage(path, str(error)) from error
    return data
