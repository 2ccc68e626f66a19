from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightclient.errors import LightClientError
from lightclient.execution.block_errors import (
    BrokenHeaderChain,
    MalformedFilter,
    MissingEvidence,
    TooMany,
    UnindexedEntry,
    WrongBlockNumber,
    WrongCount,
    WrongLog,
    WrongLogIndex,
    WrongReceiptsRoot,
    WrongTransactionsRoot,
)
from lightclient.execution.bloom import bloom_of
from lightclient.execution.errors import MalformedAnswer
from lightclient.execution.header import verify_header
from lightclient.execution.logs import (
    MAX_BLOCKS,
    CompleteLogs,
    LogFilter,
    blocks_needed,
    check_logs_answer,
    complete_logs,
    logs_of_block,
    parse_filter,
)
from lightclient.execution.receipt import Log
from lightclient.execution.receipts import verify_receipts
from lightclient.execution.render import log_to_json
from lightclient.execution.transactions import verify_transactions
from tests.fullnode.execution.contract import TOPIC
from tests.lightclient.execution.chain import Json, mainnet, stored_chain, tohex, unhex


def evidence(numbers: range | tuple[int, ...]) -> dict[str, Any]:
    server, _ = stored_chain()
    headers = {number: server.header(number) for number in numbers}
    return {
        "receipts": {header.block_hash: server.receipts(number) for number, header in headers.items()},
        "transactions": {
            header.block_hash: verify_transactions(server.block(number)["transactions"], header) for number, header in headers.items()
        },
    }


def prove(wanted: LogFilter, first: int = 0, last: int = 8, **changes: Any) -> CompleteLogs:
    server, _ = stored_chain()
    headers = [server.header(number) for number in range(max(first, 0), min(last, 8) + 1)]
    fields: dict[str, Any] = {"first": first, "last": last, "headers": headers} | evidence((3, 5))
    return complete_logs(wanted, **(fields | changes))


def stored() -> LogFilter:
    return parse_filter({"address": tohex(stored_chain()[1]), "topics": [tohex(TOPIC)]})


def test_all_matches_and_nothing_else_with_the_blocks_over_which_that_is_proven() -> None:
    server, contract = stored_chain()
    found = prove(stored())
    answer = server.ask("eth_getLogs", {"fromBlock": "0x0", "toBlock": "0x8", "address": tohex(contract)})
    assert [unhex(entry["data"]) for entry in answer] == [located.log.data for located in found.logs]
    assert [int.from_bytes(located.log.data, "big") for located in found.logs] == [5, 6, 7]
    check_logs_answer(answer, found)
    check_logs_answer([log_to_json(located) for located in found.logs], found)
    for own, theirs in zip(found.logs, answer, strict=True):
        shown = log_to_json(own)
        assert {name: shown[name] for name in theirs} == theirs
    assert found.statement() == f"complete over blocks 0 to 8 (0x{server.header(8).block_hash.hex()})"
    assert found.examined == 2


def test_headers_alone_prove_that_there_is_nothing() -> None:
    nothing = LogFilter(addresses=frozenset([b"\x77" * 20]))
    found = prove(nothing, receipts={}, transactions={})
    assert (found.logs, found.examined) == ((), 0)


def test_a_range_may_begin_and_end_anywhere() -> None:
    assert [located.header.number for located in prove(stored(), 4, 8).logs] == [5]
    assert prove(stored(), 6, 8).logs == ()
    assert [located.log_index for located in prove(LogFilter(), 3, 3).logs] == [0, 1]


def test_only_blocks_that_the_bloom_does_not_exclude_are_needed() -> None:
    server, _ = stored_chain()
    headers = [server.header(number) for number in range(9)]
    assert [header.number for header in blocks_needed(stored(), headers)] == [3, 5]
    assert [header.number for header in blocks_needed(LogFilter(), headers)] == list(range(9))


def test_missing_evidence_is_no_evidence() -> None:
    whole = evidence((3, 5))
    five = stored_chain()[0].header(5).block_hash
    for kind in ("receipts", "transactions"):
        partial: Any = {key: value for key, value in whole[kind].items() if key != five}
        with pytest.raises(MissingEvidence) as refusal:
            prove(stored(), **{kind: partial})
        assert (refusal.value.what, refusal.value.number) == (kind, 5)
    with pytest.raises(UnindexedEntry):
        prove(stored(), receipts=whole["receipts"] | {five: None})
    with pytest.raises(WrongCount):
        prove(stored(), receipts=whole["receipts"] | {five: []})
    with pytest.raises(WrongTransactionsRoot):
        prove(stored(), transactions=whole["transactions"] | {five: ()})
    swapped = dict(zip(whole["receipts"], reversed(whole["receipts"].values()), strict=True))
    with pytest.raises(WrongCount):
        prove(stored(), receipts=swapped)
    hollow = [entry | {"logs": [], "logsBloom": "0x" + "00" * 256} for entry in whole["receipts"][five]]
    with pytest.raises(WrongReceiptsRoot):
        prove(stored(), receipts=whole["receipts"] | {five: hollow})


def test_the_headers_are_exactly_those_of_the_range() -> None:
    server, _ = stored_chain()
    headers = [server.header(number) for number in range(9)]
    with pytest.raises(WrongCount):
        prove(stored(), headers=headers[:8])
    with pytest.raises(WrongBlockNumber):
        prove(stored(), 0, 7, headers=headers[1:])
    with pytest.raises(BrokenHeaderChain) as refusal:
        prove(stored(), headers=[*headers[:4], headers[5], headers[4], *headers[6:]])
    assert refusal.value.number == 3
    with pytest.raises(TooMany):
        prove(stored(), headers=headers, last=MAX_BLOCKS)
    for first, last in ((3, 2), (-1, 2)):
        with pytest.raises(MalformedFilter):
            prove(stored(), headers=headers, first=first, last=last)


LIES: dict[str, tuple[Callable[[list[Json]], Any], type[LightClientError]]] = {
    "no answer": (lambda _: None, UnindexedEntry),
    "no list": (lambda _: {}, MalformedAnswer),
    "one left out": (lambda logs: logs[1:], WrongCount),
    "one twice": (lambda logs: [*logs, logs[0]], WrongCount),
    "a null": (lambda logs: [None, *logs[1:]], UnindexedEntry),
    "not indexed": (lambda logs: [logs[0] | {"logIndex": None}, *logs[1:]], UnindexedEntry),
    "wrong place": (lambda logs: [logs[0] | {"logIndex": "0x9"}, *logs[1:]], WrongLogIndex),
    "other order": (lambda logs: [logs[1], logs[0], *logs[2:]], WrongLog),
}


@pytest.mark.parametrize("lie", LIES)
def test_an_answer_that_differs_from_the_proof_is_a_lie(lie: str) -> None:
    change, refusal = LIES[lie]
    found = prove(stored())
    with pytest.raises(refusal):
        check_logs_answer(change([log_to_json(located) for located in found.logs]), found)


def test_a_mainnet_log_is_found_among_its_blocks_receipts() -> None:
    block = mainnet("block.json")
    header = verify_header(block, unhex(block["hash"]))
    recorded = mainnet("logs.json")[0]
    wanted = parse_filter({"address": recorded["address"], "topics": recorded["topics"]})
    assert not wanted.excluded_by(header.logs_bloom)
    found = logs_of_block(wanted, header, verify_receipts(mainnet("receipts.json"), header))
    assert [(located.log_index, located.receipt.index) for located in found] == [(0xFB, 0x27)]


WORDS = st.sampled_from([bytes([digit]) * 32 for digit in range(3)])
ADDRESSES = st.sampled_from([bytes([digit]) * 20 for digit in range(3)])
FILTERS = st.builds(
    LogFilter,
    st.frozensets(ADDRESSES, max_size=2),
    st.lists(st.none() | st.frozensets(WORDS, min_size=1, max_size=2), max_size=4).map(tuple),
)
LOGS = st.builds(Log, ADDRESSES, st.lists(WORDS, max_size=4).map(tuple), st.just(b""))


@settings(max_examples=200, deadline=None)
@given(wanted=FILTERS, logs=st.lists(LOGS, max_size=4))
def test_a_bloom_never_excludes_what_matches_and_filters_mean_what_the_api_says(wanted: LogFilter, logs: list[Log]) -> None:
    def by_the_book(log: Log) -> bool:
        places = all(place < len(log.topics) for place in range(len(wanted.topics)))
        return (
            places
            and (not wanted.addresses or log.address in wanted.addresses)
            and all(choice is None or log.topics[place] in choice for place, choice in enumerate(wanted.topics))
        )

    assert [wanted.matches(log) for log in logs] == [by_the_book(log) for log in logs]
    bloom = bloom_of(entry for log in logs for entry in log.bloom_entries())
    if any(wanted.matches(log) for log in logs):
        assert not wanted.excluded_by(bloom)


def test_filters_are_read_in_every_form_of_the_api() -> None:
    one, other = "0x" + "11" * 20, "0x" + "22" * 20
    topic = "0x" + "33" * 32
    assert parse_filter({}) == parse_filter({"address": None, "topics": []}) == parse_filter({"address": []}) == LogFilter()
    assert parse_filter({"address": one}) == parse_filter({"address": [one]})
    assert parse_filter({"address": [one, other]}).addresses == {unhex(one), unhex(other)}
    assert parse_filter({"topics": [None, topic, [topic], []]}).topics == (None, frozenset([unhex(topic)]), frozenset([unhex(topic)]), None)


WRONG_FILTERS: list[Any] = [
    [],
    {"topics": {}},
    {"topics": [None] * 5},
    {"address": "0x11"},
    {"address": 5},
    {"address": ["0x" + "11" * 20] * 1001},
    {"topics": ["0x11"]},
    {"topics": [[["0x" + "33" * 32]]]},
]


@pytest.mark.parametrize("answer", WRONG_FILTERS)
def test_malformed_filters_are_refused(answer: Any) -> None:
    with pytest.raises(MalformedFilter):
        parse_filter(answer)
