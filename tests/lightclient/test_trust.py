"""Where trust begins: by hand, by file, by agreement; and how old it may be."""

import asyncio
import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from lightclient.errors import (
    CheckpointDisagreement,
    InvalidCheckpoint,
    MalformedMessage,
    OversizedAnswer,
    SourceLacksData,
    SourceUnreachable,
)
from lightclient.forks import MAINNET_PRESET
from lightclient.network import load_network
from lightclient.settings import LightClientSettings
from lightclient.ssz import hash_tree_root
from lightclient.trust.checkpoint import ProvidedCheckpoint, parse_checkpoint, read_checkpoint
from lightclient.trust.choosing import choose_checkpoint
from lightclient.trust.providers import RestCheckpointProvider, agree
from lightclient.trust.weak_subjectivity import CEILING_SECONDS, max_age_seconds, weak_subjectivity_epochs
from tests.lightclient.synthetic import SyntheticChain, network

CHAIN = SyntheticChain()
ROOT = "0x" + "ab" * 32


def block(slot: int, chain: SyntheticChain = CHAIN) -> ProvidedCheckpoint:
    return ProvidedCheckpoint(slot, hash_tree_root(chain.header(slot).beacon))


@dataclass
class FakeProvider:
    name: str
    finalized: int
    chain: SyntheticChain = field(default_factory=SyntheticChain)
    down: bool = False
    asked: list[str] = field(default_factory=list)

    async def block(self, block_id: str) -> ProvidedCheckpoint:
        self.asked.append(block_id)
        if self.down:
            raise SourceUnreachable(self.name, "connection refused")
        return block(self.finalized if block_id == "finalized" else int(block_id), self.chain)


def agreed(*providers: FakeProvider, quorum: int) -> ProvidedCheckpoint:
    return asyncio.run(agree(providers, quorum))


LIAR = SyntheticChain(seed="liar")


def test_the_newest_never_wins_by_being_new() -> None:
    assert agreed(FakeProvider("a", 128), FakeProvider("b", 136), FakeProvider("c", 900, LIAR), quorum=2) == block(128)
    assert agreed(FakeProvider("a", 128), FakeProvider("b", 136), FakeProvider("c", 136), quorum=2) == block(136)
    assert agreed(FakeProvider("a", 128), FakeProvider("b", 136), FakeProvider("c", 144), quorum=3) == block(128)


def test_one_that_is_down_or_lags_does_not_hinder_a_quorum() -> None:
    assert agreed(FakeProvider("a", 136), FakeProvider("b", 136), FakeProvider("c", 0, down=True), quorum=2) == block(136)
    assert agreed(FakeProvider("a", 136), FakeProvider("b", 144), FakeProvider("c", 8), quorum=2) == block(136)


def test_without_a_quorum_it_is_refused_and_says_what_each_said() -> None:
    providers = FakeProvider("a", 136), FakeProvider("b", 136, LIAR), FakeProvider("c", 136, down=True)
    with pytest.raises(CheckpointDisagreement) as refusal:
        agreed(*providers, quorum=2)
    assert [answer[0] for answer in refusal.value.answers] == ["a", "b", "c"]
    assert "connection refused" in refusal.value.answers[2]


@pytest.mark.parametrize(("count", "quorum"), [(2, 1), (4, 2), (3, 4), (0, 0), (3, 0)])
def test_half_is_no_quorum(count: int, quorum: int) -> None:
    with pytest.raises(InvalidCheckpoint):
        agreed(*(FakeProvider(str(each), 136) for each in range(count)), quorum=quorum)


def header_document(slot: int, **changes: Any) -> dict[str, Any]:
    beacon = CHAIN.header(slot).beacon
    message = {
        "slot": str(beacon.slot),
        "proposer_index": str(beacon.proposer_index),
        "parent_root": "0x" + beacon.parent_root.hex(),
        "state_root": "0x" + beacon.state_root.hex(),
        "body_root": "0x" + beacon.body_root.hex(),
    }
    root = "0x" + hash_tree_root(beacon).hex()
    return {"data": {"root": root, "canonical": True, "header": {"message": message, "signature": "0x"}} | changes}


def rest(answer: httpx.Response | Exception) -> ProvidedCheckpoint:
    def handle(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/eth/v1/beacon/headers/finalized"
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def ask() -> ProvidedCheckpoint:
        async with httpx.AsyncClient(transport=httpx.MockTransport(handle)) as http:
            return await RestCheckpointProvider("http://provider/", http).block("finalized")

    return asyncio.run(ask())


def test_a_provider_is_a_beacon_node() -> None:
    assert rest(httpx.Response(200, json=header_document(136))) == block(136)


@pytest.mark.parametrize(
    ("answer", "refusal"),
    [
        (httpx.Response(200, json=header_document(136, root=ROOT)), MalformedMessage),
        (httpx.Response(200, json={"data": {}}), MalformedMessage),
        (httpx.Response(200, json=[]), MalformedMessage),
        (httpx.Response(200, content=b"{"), MalformedMessage),
        (httpx.Response(500), SourceLacksData),
        (httpx.Response(200, content=b" " * 70_000), OversizedAnswer),
        (httpx.ConnectError("refused"), SourceUnreachable),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_a_provider_should_not_say_is_refused_by_name(answer: Any, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        rest(answer)


@pytest.mark.parametrize(
    "text",
    [ROOT, f" {ROOT}\n", json.dumps({"root": ROOT}), json.dumps({"block_root": ROOT}), json.dumps({"data": {"root": ROOT}})],
)
def test_a_file_names_the_root(text: str, tmp_path: Path) -> None:
    file = tmp_path / "checkpoint"
    file.write_text(text)
    assert read_checkpoint(file) == parse_checkpoint(ROOT, source="test") == b"\xab" * 32


@pytest.mark.parametrize(
    "text", ["", "0x", ROOT[:-1], ROOT + "00", "0x" + "00" * 32, "{", "{}", '{"data": 3}', "[" * 5000, "\u00e9", '{"root": 5}']
)
def test_a_file_that_names_none_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "checkpoint"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidCheckpoint):
        read_checkpoint(file)
    with pytest.raises(InvalidCheckpoint):
        read_checkpoint(tmp_path / "absent")


def test_the_weak_subjectivity_period_is_the_specifications() -> None:
    spec = pytest.importorskip("eth_consensus_specs.electra.mainnet")

    for balance in (2_048, 1_000_000, 8_388_608, 34_000_000, 100_000_000):
        total = spec.Gwei(balance * 10**9)
        churn = max(spec.config.MIN_PER_EPOCH_CHURN_LIMIT_ELECTRA, total // spec.config.CHURN_LIMIT_QUOTIENT)
        churn -= churn % spec.EFFECTIVE_BALANCE_INCREMENT
        theirs = spec.config.MIN_VALIDATOR_WITHDRAWABILITY_DELAY + spec.SAFETY_DECAY * total // (2 * churn * 100)
        assert weak_subjectivity_epochs(balance) == pytest.approx(int(theirs), abs=1)
    # The table of specs/electra/weak-subjectivity.md
    assert [weak_subjectivity_epochs(eth) for eth in (1_048_576, 2_097_152, 4_194_304, 8_388_608)] == [665, 1_075, 1_894, 3_532]


def test_an_age_is_computed_where_the_stake_is_known_and_never_above_two_weeks() -> None:
    assert max_age_seconds(load_network("mainnet")) == CEILING_SECONDS
    assert max_age_seconds(network()) == CEILING_SECONDS
    small = replace(network(MAINNET_PRESET), active_balance_eth=1_048_576)
    assert max_age_seconds(small) == 665 * 384


def chosen(**settings: Any) -> bytes:
    async def ask() -> bytes:
        transport = httpx.MockTransport(lambda _: httpx.Response(200, json=header_document(136)))
        async with httpx.AsyncClient(transport=transport) as http:
            return await choose_checkpoint(LightClientSettings(**settings), http)

    return asyncio.run(ask())


def test_the_settings_name_one_place(tmp_path: Path) -> None:
    file = tmp_path / "checkpoint"
    file.write_text(ROOT)
    providers = ("http://a", "http://b", "http://c")
    assert chosen() == b""
    assert chosen(checkpoint=ROOT) == chosen(checkpoint_file=str(file)) == b"\xab" * 32
    assert chosen(checkpoint_providers=providers, checkpoint_quorum=2) == chosen(checkpoint_providers=providers) == block(136).root
    for wrong in (
        {"checkpoint": ROOT, "checkpoint_file": str(file)},
        {"checkpoint": "0x12"},
        {"checkpoint_providers": ("http://a", "http://a")},
        {"checkpoint_providers": providers, "checkpoint_quorum": 1},
    ):
        with pytest.raises(InvalidCheckpoint):
            chosen(**wrong)
