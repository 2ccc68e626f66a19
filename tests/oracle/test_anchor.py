from collections.abc import Mapping
from typing import Any

import pytest
import sha3
from eth_abi.abi import decode, encode
from hypothesis import given
from hypothesis import strategies as st

from oracle import anchor, artifacts
from oracle.publication_errors import EventNotAnchoredError

GATEWAY = bytes.fromhex("6a7e" * 10)
ROOT = b"\x11" * 32


def signature(entry: Mapping[str, Any]) -> str:
    return f"{entry['name']}({','.join(field['type'] for field in entry['inputs'])})"


def selectors(contract: str) -> dict[bytes, str]:
    return {anchor.selector(signature(entry)): signature(entry) for entry in artifacts.load(contract).abi if entry["type"] == "function"}


@pytest.mark.parametrize("name", ["ANCHOR", "ANCHOR_OF"])
def test_anchor_registry_knows_the_selector(name: str) -> None:
    assert getattr(anchor, name) in selectors("AnchorRegistry")


def test_event_and_slot_are_those_of_the_artifact() -> None:
    artifact = artifacts.load("AnchorRegistry")
    event = next(entry for entry in artifact.abi if entry["type"] == "event")
    assert sha3.keccak_256(signature(event).encode()).digest() == anchor.ANCHORED
    assert [field["indexed"] for field in event["inputs"]] == [True, True, False, False]
    assert artifact.storage["_roots"] == anchor.ROOTS_SLOT


def test_slot_is_soliditys_nested_mapping() -> None:
    inner = sha3.keccak_256(bytes(12) + GATEWAY + bytes(32)).digest()
    assert anchor.anchor_slot(GATEWAY, 5) == sha3.keccak_256((5).to_bytes(32, "big") + inner).digest()


@given(index=st.integers(0, 2**64 - 1), root=st.binary(min_size=32, max_size=32), count=st.integers(0, 2**32 - 1))
def test_calldata_says_what_was_given(index: int, root: bytes, count: int) -> None:
    data = anchor.anchor_calldata(index, root, count)
    assert data[:4] == anchor.ANCHOR
    assert decode(["uint64", "bytes32", "uint32"], data[4:]) == (index, root, count)


@given(index=st.integers(0, 2**64 - 1), root=st.binary(min_size=32, max_size=32), count=st.integers(0, 2**32 - 1))
def test_event_is_read_back(index: int, root: bytes, count: int) -> None:
    topics = [anchor.ANCHORED, encode(["address"], [GATEWAY]), index.to_bytes(32, "big")]
    assert anchor.decode_anchored(topics, encode(["bytes32", "uint32"], [root, count])) == anchor.Anchored(GATEWAY, index, root, count)


GOOD = (anchor.ANCHORED, bytes(12) + GATEWAY, bytes(32))
DATA = ROOT + (1).to_bytes(32, "big")


@pytest.mark.parametrize(
    ("topics", "data"),
    [
        ((), DATA),
        (GOOD[:2], DATA),
        ((ROOT, *GOOD[1:]), DATA),
        ((GOOD[0], b"\1" * 32, GOOD[2]), DATA),
        ((GOOD[0], GOOD[1][12:], GOOD[2]), DATA),
        ((*GOOD[:2], b"\1" * 32), DATA),
        (GOOD, DATA[:-1]),
        (GOOD, DATA + bytes(32)),
        (GOOD, ROOT + b"\1" * 32),
    ],
)
def test_refuses_any_other_log(topics: tuple[bytes, ...], data: bytes) -> None:
    with pytest.raises(EventNotAnchoredError):
        anchor.decode_anchored(topics, data)


def test_creation_code_ends_with_its_argument() -> None:
    assert anchor.anchor_registry_creation(GATEWAY) == artifacts.load("AnchorRegistry").bytecode + bytes(12) + GATEWAY


def test_code_hash_depends_on_the_gateway_registry() -> None:
    assert anchor.anchor_registry_code_hash(GATEWAY) != anchor.anchor_registry_code_hash(bytes(20))
