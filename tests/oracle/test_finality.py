import asyncio
from pathlib import Path
from typing import Any

import pytest

from oracle.anchor import anchor_calldata
from oracle.anchor_signer import GuardedTransactionSigner
from oracle.conditions import NAMES, Conditions, classify
from oracle.errors import MisuseError, OracleError, RefusedError, SurroundingsError
from oracle.fees import Fees
from oracle.finality import LightClientFinality, prove
from oracle.key_errors import SequenceGapError, SequenceRepeatedError
from oracle.publication import FinalizedBlock, Kind, Publication, stage
from oracle.publication_errors import AnchorNotProvenError, NodeRefusesError, NothingFinalizedError, ProofRefusedError
from oracle.signature import recover_secp256k1
from oracle.signer import ANCHORS
from oracle.transaction import Transaction, signing_digest
from tests.oracle.fakes import KEY, TARGET, FakeChain, FakeFinality, drive, root_of
from tests.oracle.signing.desks import CHAIN, REGISTRY, open_desk

BLOCK = FinalizedBlock(5, b"\x01" * 32, b"\x02" * 32)


def anchor(index: int) -> Publication:
    return stage(TARGET.chain_id, TARGET.registry, TARGET.gateway, index=index, root=root_of(index), count=1, now_ms=0)


@pytest.mark.parametrize("answer", [{}, {"address": "0x" + "11" * 20}, {"address": 7, "accountProof": None}])
def test_an_answer_that_proves_nothing_is_refused_in_our_words(answer: dict[str, Any]) -> None:
    with pytest.raises(ProofRefusedError) as refusal:
        LightClientFinality(lambda: BLOCK).verify(answer, BLOCK, b"\x11" * 20, [])
    assert refusal.value.block == 5
    assert refusal.value.__cause__ is not None


def test_proves_every_anchor_with_two_questions() -> None:
    chain = FakeChain()
    proven = drive(prove(chain, FakeFinality(chain), TARGET, [anchor(index) for index in range(3)]))
    assert sorted(proven.states) == [(Kind.ANCHOR, 0), (Kind.ANCHOR, 1), (Kind.ANCHOR, 2)]
    assert {state.root for state in proven.states.values()} == {bytes(32)}
    assert chain.proofs_asked == 2


def test_proves_nothing_where_nothing_is_final() -> None:
    chain = FakeChain()
    finality = FakeFinality(chain)
    finality.silent = True
    with pytest.raises(NothingFinalizedError):
        drive(prove(chain, finality, TARGET, [anchor(0)]))


# The signer of anchors


def test_anchors_are_signed_at_the_desk(tmp_path: Path) -> None:
    desk = open_desk(tmp_path)
    signer = GuardedTransactionSigner(desk)
    assert signer.address == KEY.address

    def sign(root: bytes, nonce: int, max_fee_wei: int) -> bytes:
        call = Transaction(CHAIN, nonce, REGISTRY, anchor_calldata(0, root, 9), 100_000)
        fees = Fees(max_fee_wei, 1)
        signed = asyncio.run(signer.sign_transaction(ANCHORS, 0, call, fees))
        assert recover_secp256k1(signing_digest(call, fees), signed) == KEY.address
        return signed

    assert sign(root_of(0), 0, 5) != sign(root_of(0), 0, 6) != sign(root_of(0), 1, 6)
    with desk.journal, pytest.raises(SequenceRepeatedError):
        sign(root_of(9), 1, 6)


# Conditions


def test_every_condition_has_one_name_and_a_known_severity() -> None:
    names = [name for name, _ in NAMES.values()]
    assert len(set(names)) == len(names)
    assert {severity for _, severity in NAMES.values()} <= {"info", "warning", "error"}


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (SequenceGapError("anchor", 2, 1), "publisher.signing_refused"),
        (AnchorNotProvenError(0, 1, 2, b"\x01" * 32), "publisher.anchor_not_proven"),
        (SurroundingsError("disk"), "publisher.surroundings"),
        (MisuseError("bug"), "publisher.misuse"),
        (RefusedError("other"), "publisher.refused"),
    ],
)
def test_an_error_is_known_by_its_class(error: OracleError, name: str) -> None:
    assert classify(error)[0] == name


def test_what_concerns_one_anchor_lasts_until_it_is_forgotten() -> None:
    told: list[tuple[str, str | None]] = []
    conditions = Conditions(lambda name, severity, text: told.append((name, severity)))
    conditions.remember((Kind.ANCHOR, 3), NodeRefusesError(3, "underpriced", ""))
    conditions.remember((Kind.ANCHOR, 4), NodeRefusesError(4, "underpriced", ""))
    for _ in range(3):
        conditions.begin_round()
        conditions.end_round()
    conditions.forget((Kind.ANCHOR, 4))
    conditions.forget((Kind.ANCHOR, 3), AnchorNotProvenError)
    conditions.end_round()
    conditions.forget((Kind.ANCHOR, 3), NodeRefusesError)
    conditions.end_round()
    assert told[-1] == ("publisher.node_refuses", None)
    assert [severity for _, severity in told].count(None) == 1
