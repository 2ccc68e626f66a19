from dataclasses import replace

import pytest

from lightclient.errors import PeerError
from lightclient.execution.block_errors import HistoryMissing, HistoryOutOfRange
from lightclient.execution.errors import WrongNodeHash, WrongProofKeys
from lightclient.execution.header import ExecutionHeader
from lightclient.execution.history import (
    HISTORY_ADDRESS,
    HISTORY_WINDOW,
    history_request,
    history_slot,
    verify_history,
    verify_history_many,
)
from tests.lightclient.execution.chain import Json, Server, stored_chain, tohex


def proof(server: Server, *numbers: int, at: int = 8) -> Json:
    found: Json = server.ask("eth_getProof", tohex(HISTORY_ADDRESS), [tohex(history_slot(number)) for number in numbers], hex(at))
    return found


def test_every_earlier_block_is_proven_by_one_slot_each() -> None:
    server, _ = stored_chain()
    head = server.header(8)
    for number in range(8):
        assert verify_history(proof(server, number), number, head) == server.header(number).block_hash
    numbers = [6, 2, 4]
    assert verify_history_many(proof(server, *numbers), numbers, head) == tuple(server.header(n).block_hash for n in numbers)


def test_the_window_is_what_the_contract_remembers() -> None:
    server, _ = stored_chain()
    fields = server.header(8)
    assert history_request(0, fields) == (HISTORY_ADDRESS, bytes(32))
    assert history_slot(HISTORY_WINDOW + 3) == history_slot(3)
    for number in (8, 9, -1):
        with pytest.raises(HistoryOutOfRange) as refusal:
            history_request(number, fields)
        assert refusal.value.number == number


def test_another_blocks_slot_and_another_heads_state_are_refused() -> None:
    server, _ = stored_chain()
    head = server.header(8)
    with pytest.raises(WrongProofKeys):
        verify_history(proof(server, 4), 5, head)
    with pytest.raises(WrongNodeHash):
        verify_history(proof(server, 4, at=6), 4, head)
    altered = proof(server, 4)
    altered["storageProof"][0]["value"] = tohex(bytes(31) + b"\1")
    with pytest.raises(PeerError):
        verify_history(altered, 4, head)


def test_a_hash_that_is_not_there_is_said_to_be_missing() -> None:
    server, _ = stored_chain()
    # After its first block a chain's contract holds the hash of genesis; before, it is proven empty.
    with pytest.raises(HistoryMissing):
        verify_history(proof(server, 0, at=0), 0, _pretend(server))


def _pretend(server: Server) -> ExecutionHeader:
    return replace(server.header(0), number=1)
