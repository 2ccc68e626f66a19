from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightclient.execution import rlp
from lightclient.execution.block_errors import BrokenHeaderChain, TooMany, UnindexedEntry, WrongBlockNumber, WrongFieldCount
from lightclient.execution.blocks import MAX_CHAIN, verify_chain
from lightclient.execution.errors import MalformedAnswer, MalformedRlp
from lightclient.execution.header import (
    FIELD_COUNTS,
    FIELDS,
    ExecutionHeader,
    header_from_json,
    header_from_rlp,
    header_of_fields,
    header_rlp,
    verify_header,
    verify_parent,
)
from lightclient.execution.render import header_to_json
from tests.lightclient.execution.chain import mainnet, stored_chain, unhex


@st.composite
def headers(draw: st.DrawFn) -> ExecutionHeader:
    fields: dict[str, bytes | int | None] = {}
    for _, ours, length in FIELDS[: draw(st.sampled_from(sorted(FIELD_COUNTS)))]:
        if length is None:
            fields[ours] = draw(st.integers(0, 2**64 - 1))
        else:
            fields[ours] = draw(st.binary(max_size=32) if length == 0 else st.binary(min_size=length, max_size=length))
    return header_of_fields(**fields)


@settings(max_examples=50, deadline=None)
@given(headers())
def test_every_forks_header_is_the_same_in_json_and_rlp(header: ExecutionHeader) -> None:
    answer = header_to_json(header)
    assert header_from_json(answer) == header
    assert header_from_rlp(header_rlp(answer)) == header
    assert verify_header(answer, header.block_hash) == header


def test_a_mainnet_header_keeps_every_field() -> None:
    block = mainnet("block.json")
    header = verify_header(block, unhex(block["hash"]))
    assert (header.fee_recipient, header.base_fee_per_gas) == (unhex(block["miner"]), int(block["baseFeePerGas"], 16))
    assert (header.excess_blob_gas, header.requests_hash) == (int(block["excessBlobGas"], 16), None)
    shown = header_to_json(header)
    assert shown == {name: block[name] for name in shown}


def items_of(block: dict[str, Any]) -> list[rlp.Encodable]:
    decoded = rlp.decode(header_rlp(block))
    assert isinstance(decoded, list)
    return list(decoded)


@pytest.mark.parametrize("count", [0, 14, 18, 19, 22])
def test_a_header_of_no_forks_length_is_refused(count: int) -> None:
    items = [*items_of(mainnet("block.json")), bytes(32), bytes(32)][:count]
    with pytest.raises(WrongFieldCount) as refusal:
        header_from_rlp(rlp.encode(items))
    assert refusal.value.count == count


def test_rlp_that_is_no_header_is_refused() -> None:
    items = items_of(mainnet("block.json"))
    for broken in (b"", items[1:], [[], *items[1:]], [*items[:8], b"\0", *items[9:]], [*items[:12], bytes(33), *items[13:]]):
        with pytest.raises(MalformedRlp):
            header_from_rlp(rlp.encode(broken))
    with pytest.raises(MalformedRlp):
        header_from_rlp(bytes(2000))


def test_a_field_may_not_be_skipped() -> None:
    block = mainnet("block.json")
    with pytest.raises(MalformedAnswer):
        header_from_json(block | {"withdrawalsRoot": None})
    with pytest.raises(MalformedAnswer):
        header_from_json([])  # type: ignore[arg-type]


def test_a_walk_follows_parent_hashes_to_the_head() -> None:
    server, _ = stored_chain()
    head = server.header(8)
    answers = [server.block(number) for number in range(7, 2, -1)]
    assert [header.number for header in verify_chain(answers, head)] == [7, 6, 5, 4, 3]
    with pytest.raises(BrokenHeaderChain) as refusal:
        verify_chain([answers[0], answers[2]], head)
    assert (refusal.value.number, refusal.value.found) == (6, unhex(answers[2]["hash"]))
    with pytest.raises(UnindexedEntry):
        verify_chain([answers[0], None], head)  # type: ignore[list-item]
    with pytest.raises(TooMany):
        verify_chain(answers * MAX_CHAIN, head)


def test_a_parent_of_another_number_is_refused() -> None:
    server, _ = stored_chain()
    fields = {ours: getattr(server.header(7), ours) for _, ours, _ in FIELDS}
    child = header_of_fields(**(fields | {"number": 9, "parent_hash": server.header(7).block_hash}))
    with pytest.raises(WrongBlockNumber):
        verify_parent(server.block(7), child)
