import copy
from typing import Any

import pytest

from lightclient.beacon_json import from_document
from lightclient.errors import PeerError
from lightclient.execution.block_errors import (
    TooMany,
    TransactionsNotFull,
    UnclesNotSupported,
    UnindexedEntry,
    WrongRequestsHash,
    WrongTransactionsRoot,
    WrongWithdrawalsRoot,
)
from lightclient.execution.blocks import requests_hash, verify_block, verify_requests, verify_withdrawals
from lightclient.execution.errors import MalformedAnswer, WrongBlockHash
from lightclient.execution.header import header_from_json, verify_header
from lightclient.execution.payload import check_payload_header, transactions_ssz_root, verify_payload, withdrawals_ssz_root
from lightclient.execution.render import block_to_json
from lightclient.network import load_network
from lightclient.types import ExecutionPayloadHeader, LightClientFinalityUpdate, LightClientOptimisticUpdate
from tests.lightclient.execution.chain import Json, mainnet, recorded, stored_chain, unhex


@pytest.mark.parametrize("number", range(9))
def test_whole_blocks_are_proven_and_can_be_shown_again(number: int) -> None:
    answer = stored_chain()[0].block(number)
    block = verify_block(answer, unhex(answer["hash"]))
    shown = block_to_json(block, full=True)
    assert verify_block(shown, block.header.block_hash) == block
    assert {name: value for name, value in shown.items() if name != "transactions"} == {
        name: answer[name] for name in shown if name != "transactions"
    }
    assert block_to_json(block, full=False)["transactions"] == [entry["hash"] for entry in answer["transactions"]]
    for own, theirs in zip(shown["transactions"], answer["transactions"], strict=True):
        assert {name: own[name] for name in own if name in theirs} == {name: theirs[name] for name in own if name in theirs}


def test_a_block_is_refused_whole_if_any_part_is_not_its_own() -> None:
    server, _ = stored_chain()
    answer = server.block(3)
    trusted = unhex(answer["hash"])
    with pytest.raises(WrongBlockHash):
        verify_block(server.block(4), trusted)
    with pytest.raises(WrongTransactionsRoot):
        verify_block(answer | {"transactions": []}, trusted)
    with pytest.raises(TransactionsNotFull):
        verify_block(answer | {"transactions": [entry["hash"] for entry in answer["transactions"]]}, trusted)
    with pytest.raises(WrongWithdrawalsRoot):
        verify_block(answer | {"withdrawals": mainnet("block.json")["withdrawals"]}, trusted)
    with pytest.raises(UnindexedEntry):
        verify_block(None, trusted)
    with pytest.raises(MalformedAnswer):
        verify_block([], trusted)
    with_uncles = answer | {"sha3Uncles": "0x" + "11" * 32}
    with pytest.raises(UnclesNotSupported):
        verify_block(with_uncles, header_from_json(with_uncles).block_hash)


def test_mainnet_withdrawals_are_proven() -> None:
    block = mainnet("block.json")
    root = verify_header(block, unhex(block["hash"])).withdrawals_root
    assert root is not None
    assert len(verify_withdrawals(block["withdrawals"], root)) == 16
    for place, (field, value) in enumerate({"index": "0x1", "validatorIndex": "0x1", "address": "0x" + "11" * 20, "amount": "0x1"}.items()):
        altered = copy.deepcopy(block["withdrawals"])
        altered[place][field] = value
        with pytest.raises(WrongWithdrawalsRoot):
            verify_withdrawals(altered, root)
    with pytest.raises(WrongWithdrawalsRoot) as refusal:
        verify_withdrawals(block["withdrawals"][1:], root)
    assert refusal.value.expected == root
    with pytest.raises(TooMany):
        verify_withdrawals(block["withdrawals"] * 2, root)
    with pytest.raises(MalformedAnswer):
        verify_withdrawals(None, root)


def test_requests_are_proven_by_their_hash() -> None:
    header = stored_chain()[0].header(3)
    assert header.requests_hash == requests_hash([]) == requests_hash([b"\0", b"\1"])  # a type without data does not count
    assert verify_requests([], header) == ()
    with pytest.raises(WrongRequestsHash) as refusal:
        verify_requests([b"\0\1"], header)
    assert refusal.value.expected == header.requests_hash
    with pytest.raises(TooMany):
        verify_requests([b""] * 257, header)
    before_prague = mainnet("block.json")
    with pytest.raises(WrongRequestsHash):
        verify_requests([], verify_header(before_prague, unhex(before_prague["hash"])))


def payload_headers() -> dict[int, ExecutionPayloadHeader]:
    network = load_network("mainnet")
    finality = from_document(LightClientFinalityUpdate, recorded("mainnet", "capella", "finality.json"), network)
    optimistic = from_document(LightClientOptimisticUpdate, recorded("mainnet", "capella", "optimistic.json"), network)
    headers = (finality.finalized_header, finality.attested_header, optimistic.attested_header)
    return {header.beacon.slot: header.execution for header in headers if header.execution is not None}


def beacon_payload(*parts: str) -> tuple[Json, Json]:
    message = recorded(*parts)["data"]["message"]
    return message, message["body"]["execution_payload"]


@pytest.mark.parametrize("slot", [7109344, 7109430, 7109431])
def test_mainnet_payloads_are_the_blocks_that_the_light_client_finalized(slot: int) -> None:
    _, payload = beacon_payload("mainnet", "capella", "blocks", f"{slot}.json")
    header = payload_headers()[slot]
    block = verify_payload(payload, header.block_hash)
    check_payload_header(block, header)
    assert transactions_ssz_root(block.transactions) == header.transactions_root
    assert withdrawals_ssz_root(block.withdrawals or ()) == header.withdrawals_root
    assert verify_block(block_to_json(block, full=True), header.block_hash) == block


def test_an_electra_payload_needs_the_beacon_parent_and_the_requests() -> None:
    message, payload = beacon_payload("beacon-devnets", "minimal-electra", "beacon_block_with_tx.json")
    trusted = unhex(payload["block_hash"])
    parent = unhex(message["parent_root"])
    block = verify_payload(payload, trusted, parent_beacon_block_root=parent, requests=[])
    recording = recorded("beacon-devnets", "minimal-electra", "el_tx_block_receipt_proof.json")
    assert block.header == verify_header(recording["block"], trusted)
    with pytest.raises(WrongBlockHash):
        verify_payload(payload, trusted, parent_beacon_block_root=bytes(32), requests=[])
    with pytest.raises(WrongBlockHash):
        verify_payload(payload, trusted, parent_beacon_block_root=parent, requests=[b"\0\1"])


PAYLOAD_CHANGES: list[tuple[str, Any, type[PeerError]]] = [
    ("state_root", "0x" + "11" * 32, WrongBlockHash),
    ("gas_used", "14262674", WrongBlockHash),
    ("transactions", [], WrongBlockHash),
    ("withdrawals", [], WrongBlockHash),
    ("extra_data", "0x" + "11" * 33, MalformedAnswer),
    ("gas_used", "0x1", MalformedAnswer),
    ("gas_used", "9" * 79, MalformedAnswer),
    ("timestamp", str(2**64), MalformedAnswer),
    ("transactions", None, MalformedAnswer),
    ("transactions", ["0x01"] * 10_000, TooMany),
    ("withdrawals", {}, MalformedAnswer),
    ("withdrawals", [None] * 17, TooMany),
    ("withdrawals", [None], MalformedAnswer),
]


@pytest.mark.parametrize(("field", "value", "refusal"), PAYLOAD_CHANGES)
def test_an_altered_payload_is_refused_by_name(field: str, value: Any, refusal: type[PeerError]) -> None:
    _, payload = beacon_payload("mainnet", "capella", "blocks", "7109344.json")
    with pytest.raises(refusal):
        verify_payload(payload | {field: value}, unhex(payload["block_hash"]))


def test_a_block_is_compared_with_the_header_that_consensus_proved() -> None:
    headers = payload_headers()
    _, payload = beacon_payload("mainnet", "capella", "blocks", "7109344.json")
    header = headers[7109344]
    block = verify_payload(payload, header.block_hash)
    fields = {name: getattr(header, name) for name in header.__dataclass_fields__}
    changes: dict[str, type[PeerError]] = {
        "block_hash": WrongBlockHash,
        "transactions_root": WrongTransactionsRoot,
        "withdrawals_root": WrongWithdrawalsRoot,
    }
    for field, refusal in changes.items():
        with pytest.raises(refusal):
            check_payload_header(block, ExecutionPayloadHeader(**(fields | {field: bytes(32)})))
