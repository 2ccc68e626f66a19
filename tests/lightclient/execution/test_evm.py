"""Calls over proven state against the same interpreter over the whole state, and against answers that lie."""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fullnode.devnet.execution.call import Call as FullCall
from fullnode.devnet.execution.call import execute
from fullnode.devnet.execution.environment import own_environment
from lightclient.errors import LightClientError
from lightclient.execution import evm_fork
from lightclient.execution.block_errors import HistoryMissing
from lightclient.execution.errors import WrongCode, WrongNodeHash, WrongProofAddress, WrongProofKeys, WrongProofValue
from lightclient.execution.evm import (
    AccountAnswer,
    AccountRequest,
    Call,
    EvmLimits,
    EvmRules,
    Outcome,
    call,
    create_access_list,
    estimate_gas,
    parse_call,
    rules_at,
    run,
    run_async,
)
from lightclient.execution.evm_errors import (
    CallCannotBegin,
    CallFails,
    CallTooDeep,
    CallTooExpensive,
    EvmNotInstalled,
    MalformedCall,
    UnsupportedRules,
    WrongAnswerCount,
)
from lightclient.execution.history import HISTORY_ADDRESS
from lightclient.execution.proven_state import StateLimits
from lightclient.network import load_network
from tests.fullnode.execution.contract import FAIL, GET, SET, SPIN, word
from tests.lightclient.execution.chain import Reader, Server, stored_chain, tohex

RULES = EvmRules(1337, "osaka")
HEAD = 8


def locally(message: Call, *, rules: EvmRules = RULES, reader: Any = None, **options: Any) -> Outcome:
    server, _ = stored_chain()
    return run(call(server.header(HEAD), rules, message, **options), reader or Reader(server, HEAD))


def on_whole_state(message: Call, gas: int) -> Any:
    server, _ = stored_chain()
    stored = server.chain.head
    world = server.chain.world(stored)
    env = own_environment(1337, stored.header, server.chain.ancestor_hashes(stored)[:-1], world)
    env = env if message.gas_price else replace(env, base_fee_per_gas=type(env.base_fee_per_gas)(0))
    fields = {name: getattr(message, name) for name in ("sender", "to", "gas", "gas_price", "value", "data", "access_list")}
    return execute(world, env, FullCall(**fields), gas)


def push(value: bytes) -> bytes:
    return bytes([0x5F + len(value)]) + value if value else b"\x5f"


def returning(code: bytes) -> bytes:
    """Runs the code as initialization and returns the word on top of the stack."""
    return code + bytes.fromhex("5f5260205ff3")


def test_a_call_reads_only_what_it_needs_and_all_of_it_proven() -> None:
    server, contract = stored_chain()
    reader = Reader(server, HEAD)
    outcome = locally(Call(to=contract, data=GET), reader=reader)
    assert int.from_bytes(outcome.output, "big") == 7
    asked = [(request.address, request.keys) for batch in reader.batches for request in batch]
    assert asked == [(bytes(20), ()), (contract, ()), (contract, (bytes(32),))]


def test_a_good_hint_saves_rounds_and_a_bad_one_proves_nothing() -> None:
    server, contract = stored_chain()
    for hint, rounds in ((((contract, (bytes(32),)),), 1), (((b"\x44" * 20, (word(9),)),), 2)):
        reader = Reader(server, HEAD)
        assert int.from_bytes(locally(Call(to=contract, data=GET), reader=reader, hint=hint).output, "big") == 7
        assert len(reader.batches) == rounds


def test_a_revert_is_an_outcome_with_its_data() -> None:
    server, contract = stored_chain()
    outcome = locally(Call(to=contract, data=FAIL))
    assert outcome.error == "Revert"
    assert b"nope" in outcome.output
    assert locally(Call(to=contract, data=SPIN), limits=EvmLimits(gas=100_000)).error == "OutOfGasError"
    assert outcome.gas_used == on_whole_state(Call(to=contract, data=FAIL), 10**6).gas_used
    assert server.header(HEAD).number == HEAD


@pytest.mark.parametrize("fork", evm_fork.FORKS)
def test_every_supported_fork_runs(fork: str) -> None:
    _, contract = stored_chain()
    assert int.from_bytes(locally(Call(to=contract, data=GET), rules=EvmRules(1337, fork)).output, "big") == 7


def test_what_a_block_says_of_itself_is_the_headers() -> None:
    header = stored_chain()[0].header(HEAD)
    for opcode, expected in {
        0x41: int.from_bytes(header.fee_recipient, "big"),
        0x42: header.timestamp,
        0x43: header.number,
        0x44: int.from_bytes(header.prev_randao, "big"),
        0x45: header.gas_limit,
        0x46: 1337,
        0x48: 0,
    }.items():
        assert int.from_bytes(locally(Call(data=returning(bytes([opcode])))).output, "big") == expected
    paid = Call(sender=stored_chain()[0].chain.accounts[0].address, gas_price=10**10, data=returning(b"\x48"))
    assert int.from_bytes(locally(paid).output, "big") == header.base_fee_per_gas


def test_block_hashes_come_from_the_header_and_the_history_contract() -> None:
    server, _ = stored_chain()
    for number in range(HEAD):
        assert locally(Call(data=returning(push(bytes([number])) + b"\x40"))).output == server.header(number).block_hash
    for number in (HEAD, HEAD + 1):
        assert locally(Call(data=returning(push(bytes([number])) + b"\x40"))).output == bytes(32)


def test_a_block_hash_that_the_state_does_not_hold_is_not_guessed() -> None:
    server, _ = stored_chain()
    header = replace(server.header(HEAD), number=HEAD + 200)
    message = Call(data=returning(push(bytes([HEAD + 100])) + b"\x40"))
    with pytest.raises(HistoryMissing):
        run(call(header, RULES, message), Reader(server, HEAD))


def snippets() -> st.SearchStrategy[bytes]:
    server, contract = stored_chain()
    places = [contract, server.chain.accounts[0].address, b"\x99" * 20, HISTORY_ADDRESS, bytes(19) + b"\4"]
    address = st.sampled_from(places).map(push)
    slot = st.integers(0, 3).map(lambda number: push(bytes([number])))
    data = st.sampled_from([GET, FAIL, SET + word(3), b""])

    def calling(opcode: int) -> st.SearchStrategy[bytes]:
        def build(where: bytes, payload: bytes) -> bytes:
            stores = (
                push(payload[:32].ljust(32, b"\0"))
                + bytes.fromhex("608052")
                + push(payload[32:].ljust(32, b"\0"))
                + bytes.fromhex("60a052")
            )
            value = b"\x5f" if opcode in {0xF1, 0xF2} else b""
            return stores + b"\x5f\x5f" + push(bytes([len(payload)])) + push(b"\x80") + value + where + push(b"\xff\xff") + bytes([opcode])

        return st.builds(build, address, data)

    return st.one_of(
        st.builds(lambda place, opcode: place + bytes([opcode]), address, st.sampled_from([0x31, 0x3B, 0x3F])),
        st.builds(lambda place: place + b"\x54", slot),
        st.builds(lambda value, place: value + place + b"\x55\x5f", slot, slot),
        st.builds(lambda value, place: value + place + b"\x5d" + place + b"\x5c", slot, slot),
        st.integers(0, HEAD + 1).map(lambda number: push(bytes([number])) + b"\x40"),
        calling(0xF1),
        calling(0xFA),
        calling(0xF4),
        calling(0xF2),
        st.just(push(bytes.fromhex("5f5460015500")) + bytes.fromhex("5f526006601a5ff0")),
    )


def does_the_same_as_on_the_whole_state(data: st.DataObject, value: int) -> None:
    server, _ = stored_chain()
    code = data.draw(st.lists(snippets(), min_size=1, max_size=6).map(b"".join))
    ending = data.draw(st.sampled_from([returning(b""), b"\x5f\x5f\xfd", b"\xfe", push(b"\x99" * 20) + b"\xff", b"\x00"]))
    message = Call(sender=server.chain.accounts[1].address, value=value, data=code + ending)
    local = locally(message, limits=EvmLimits(gas=300_000))
    whole = on_whole_state(message, 300_000)
    assert local.output == whole.output
    assert (local.gas_used, local.peak_gas) == (whole.gas_used, whole.peak_gas)
    assert local.error == (None if whole.error is None else type(whole.error).__name__)
    assert local.accessed == whole.accessed


@settings(max_examples=60, deadline=None)
@given(data=st.data(), value=st.integers(0, 2))
def test_any_program_does_the_same_as_on_the_whole_state(data: st.DataObject, value: int) -> None:
    does_the_same_as_on_the_whole_state(data, value)


@pytest.mark.slow
@pytest.mark.arithmetic
@settings(max_examples=2000, deadline=None)
@given(data=st.data(), value=st.integers(0, 2))
def test_two_thousand_programs_do_the_same(data: st.DataObject, value: int) -> None:
    does_the_same_as_on_the_whole_state(data, value)


def test_estimates_and_access_lists_are_those_of_the_whole_state() -> None:
    server, contract = stored_chain()
    header = server.header(HEAD)
    sender = server.chain.accounts[0].address
    for message in (
        Call(sender=sender, to=contract, data=SET + word(9)),
        Call(sender=sender, to=contract, data=SET + word(0)),
        Call(sender=sender, to=b"\x11" * 20, value=1),
        Call(sender=sender, data=returning(push(b"\1"))),
    ):
        request = {"from": tohex(sender), "value": hex(message.value), "data": tohex(message.data)}
        request |= {} if message.to is None else {"to": tohex(message.to)}
        estimate = run(estimate_gas(header, RULES, message), Reader(server, HEAD))
        assert estimate == int(server.ask("eth_estimateGas", request), 16)
        found = run(create_access_list(header, RULES, message), Reader(server, HEAD))
        answer = server.ask("eth_createAccessList", request)
        shown = [{"address": tohex(address), "storageKeys": [tohex(key) for key in keys]} for address, keys in found.access_list]
        assert (shown, found.gas_used) == (answer["accessList"], int(answer["gasUsed"], 16))
        assert found.error is None


def test_an_estimate_respects_what_the_sender_can_pay() -> None:
    server, contract = stored_chain()
    header, sender = server.header(HEAD), server.chain.accounts[0].address
    paying = Call(sender=sender, to=contract, data=SET + word(9), gas_price=10**9)
    assert run(estimate_gas(header, RULES, paying), Reader(server, HEAD)) < 40_000
    with pytest.raises(CallCannotBegin):
        run(estimate_gas(header, RULES, replace(paying, sender=b"\x66" * 20)), Reader(server, HEAD))


@pytest.mark.parametrize("data", [FAIL, SPIN])
def test_what_always_fails_has_no_estimate(data: bytes) -> None:
    server, contract = stored_chain()
    with pytest.raises(CallFails) as refusal:
        run(estimate_gas(server.header(HEAD), RULES, Call(to=contract, data=data), limits=EvmLimits(gas=90_000)), Reader(server, HEAD))
    assert refusal.value.error == ("Revert" if data == FAIL else "OutOfGasError")


def test_calls_that_cannot_begin_say_why() -> None:
    _, contract = stored_chain()
    with pytest.raises(CallCannotBegin, match="insufficient funds"):
        locally(Call(sender=b"\x66" * 20, to=contract, value=1))
    with pytest.raises(CallCannotBegin, match="intrinsic gas"):
        locally(Call(to=contract, gas=20_000))
    with pytest.raises(CallCannotBegin, match="initcode"):
        locally(Call(data=bytes(50_000)))


class Liar(Reader):
    """Tells the truth but for one thing."""

    def __init__(self, lie: str) -> None:
        super().__init__(stored_chain()[0], HEAD)
        self.lie = lie

    def answer(self, request: AccountRequest) -> AccountAnswer:
        true = super().answer(request)
        proof = dict(true.proof)
        contract = stored_chain()[1]
        if self.lie == "code" and request.address == contract:
            return AccountAnswer(proof, b"\x5f\x5f\xf3")
        if self.lie == "balance":
            proof["balance"] = "0xffff"
        elif self.lie == "account":
            return super().answer(replace(request, address=HISTORY_ADDRESS))
        elif self.lie == "block":
            return Reader(stored_chain()[0], 4).answer(request)
        elif self.lie == "value" and request.keys:
            proof["storageProof"] = [proof["storageProof"][0] | {"value": "0x8"}]
        elif self.lie == "keys" and request.keys:
            return super().answer(replace(request, keys=(word(5),)))
        return AccountAnswer(proof, true.code)


LIES: dict[str, type[LightClientError]] = {
    "code": WrongCode,
    "balance": WrongProofValue,
    "account": WrongProofAddress,
    "block": WrongNodeHash,
    "value": WrongProofValue,
    "keys": WrongProofKeys,
}


@pytest.mark.parametrize("lie", LIES)
def test_state_that_lies_is_refused_and_the_truth_can_follow(lie: str) -> None:
    server, contract = stored_chain()
    computation = call(server.header(HEAD), RULES, Call(to=contract, data=GET))
    liar = Liar(lie)
    with pytest.raises(LIES[lie]):
        run(computation, liar)
    honest = Reader(server, HEAD)
    asked = liar.batches[-1]
    while asked:
        asked = computation.advance(honest.read(asked))
    assert int.from_bytes(computation.result.output, "big") == 7


def test_too_few_and_too_many_answers_are_refused() -> None:
    server, contract = stored_chain()
    computation = call(server.header(HEAD), RULES, Call(to=contract, data=GET))
    requests = computation.advance()
    answers = Reader(server, HEAD).read(requests)
    for wrong in ([], answers[:1], [*answers, answers[0]]):
        with pytest.raises(WrongAnswerCount):
            computation.advance(wrong)


def test_every_limit_holds() -> None:
    _, contract = stored_chain()
    accounts = Call(data=b"".join(push(bytes([1 + number]) * 20) + b"\x31\x50" for number in range(40)) + b"\x00")
    cases: dict[str, tuple[Call, EvmLimits]] = {
        "accounts": (accounts, EvmLimits(state=StateLimits(accounts=20))),
        "storage slots": (Call(to=contract, data=GET), EvmLimits(state=StateLimits(slots=0))),
        "bytes of code": (Call(to=contract, data=GET), EvmLimits(state=StateLimits(code_bytes=10))),
        "rounds of asking for state": (Call(to=contract, data=GET), EvmLimits(rounds=1)),
        "gas": (Call(to=contract, data=GET), EvmLimits(gas=50_000, total_gas=60_000)),
    }
    for what, (message, limits) in cases.items():
        with pytest.raises(CallTooExpensive) as refusal:
            locally(message, limits=limits)
        assert refusal.value.what == what


def test_a_run_that_misses_much_is_broken_off_and_goes_on_later() -> None:
    accounts = Call(data=b"".join(push(bytes([1 + number]) * 20) + b"\x31\x50" for number in range(40)) + b"\x00")
    reader = Reader(stored_chain()[0], HEAD)
    outcome = locally(accounts, limits=EvmLimits(state=StateLimits(misses=10)), reader=reader)
    assert outcome.error is None
    assert len(reader.batches) == 5
    assert outcome.gas_used == on_whole_state(accounts, 10**6).gas_used


def test_nesting_beyond_this_process_is_refused() -> None:
    # CREATE with its own code again and again: each level costs frames of this process.
    recursive = bytes.fromhex("38") + bytes.fromhex("5f5f39") + bytes.fromhex("38") + bytes.fromhex("5f5ff0") + b"\x00"
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(300)
    try:
        with pytest.raises(CallTooDeep):
            locally(Call(data=recursive))
    finally:
        sys.setrecursionlimit(before)


class AsyncReader:
    """The same answers for an event loop."""

    def __init__(self, server: Server) -> None:
        self._reader = Reader(server, HEAD)

    async def read(self, requests: Sequence[AccountRequest]) -> Sequence[AccountAnswer]:
        return self._reader.read(requests)


def test_async_readers_and_other_threads_give_the_same() -> None:
    server, contract = stored_chain()
    for offload in (None, asyncio.to_thread):
        computation = call(server.header(HEAD), RULES, Call(to=contract, data=GET))
        outcome = asyncio.run(run_async(computation, AsyncReader(server), offload=offload))
        assert int.from_bytes(outcome.output, "big") == 7


def test_rules_follow_the_networks_schedule() -> None:
    network = load_network("mainnet")
    begins = {entry.fork.label: network.time_at_slot(entry.epoch * 32) for entry in network.forks}
    assert rules_at(network, begins["electra"]) == EvmRules(1, "prague")
    assert rules_at(network, begins["fulu"]) == EvmRules(1, "osaka")
    for blobs, name in ((15, "bpo1"), (21, "bpo2")):
        epoch = next(entry.epoch for entry in network.blob_schedule if entry.max_blobs_per_block == blobs)
        assert rules_at(network, network.time_at_slot(epoch * 32)) == EvmRules(1, name)
    with pytest.raises(UnsupportedRules):
        rules_at(network, begins["deneb"])
    with pytest.raises(UnsupportedRules):
        locally(Call(), rules=EvmRules(1, "cancun"))


def test_without_the_extra_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ethereum_types.numeric", None)
    with pytest.raises(EvmNotInstalled, match=r"aios-edge-gateway\[evm\]"):
        locally(Call())


def test_calls_are_read_from_json() -> None:
    assert parse_call({}) == Call()
    one, key = "0x" + "11" * 20, "0x" + "22" * 32
    request = {"from": one, "to": one, "gas": "0x10", "maxFeePerGas": "0x5", "value": "0x1", "input": "0xab", "nonce": "0x7"}
    listed = request | {"accessList": [{"address": one, "storageKeys": [key]}]}
    entry = (bytes.fromhex(one[2:]), (bytes.fromhex(key[2:]),))
    assert parse_call(listed) == Call(entry[0], entry[0], 16, 5, 1, b"\xab", (entry,))
    assert parse_call({"data": "0xab", "input": "0xab"}).data == b"\xab"


WRONG_CALLS: list[Any] = [
    [],
    {"to": "0x11"},
    {"gas": "0x" + "f" * 17},
    {"value": 5},
    {"data": "0x1"},
    {"data": "0x11", "input": "0x12"},
    {"accessList": [{}]},
    {"accessList": {}},
]


@pytest.mark.parametrize("request_json", WRONG_CALLS)
def test_malformed_calls_are_refused(request_json: Any) -> None:
    with pytest.raises(MalformedCall):
        parse_call(request_json)
