"""Verdicts and revocations are staged once, and only when the resolver awaits them."""

import asyncio
import json
from pathlib import Path
from typing import NoReturn

import pytest

from edge_agents.conditions.judge import LABELS
from edge_agents.finding import Verdict
from gateway.pipeline.verdicts import CANDIDATES, PublishVerdicts
from gateway.revocations import RevocationDesk, RevocationRefusedError
from gateway.store import publications, verdicts
from gateway.store.verdicts import Awaited
from gateway.verdicts import VerdictDesk, VerdictRefusedError, seconds_of
from oracle import artifacts, eas
from oracle.finality import AnchorTarget
from oracle.hexes import to_checksum
from oracle.publication import Kind, State
from oracle.publication_errors import RpcRefusedError
from oracle.verdicts import MAX_MEASURE, VerdictStatement
from tests.gateway.test_pipeline import Box, box, travel, trips

__all__ = ["box"]
EAS, SCHEMA, BUYER = b"\xe0" * 20, b"\x5c" * 32, b"\xb1" * 20


class Resolver:
    """The RPC in front of a resolver that awaits a verdict, or does not."""

    def __init__(self) -> None:
        self.awaits = True
        self.asked = 0
        self.code = artifacts.load("GatewayRegistry").deployed_bytecode

    async def get_code(self, address: bytes) -> bytes:
        assert address == b"\xb0" * 20
        return self.code

    async def estimate_gas(self, sender: bytes, to: bytes, calldata: bytes, value_wei: int = 0) -> int:
        self.asked += 1
        if not self.awaits:
            raise RpcRefusedError("eth_estimateGas", 3, "execution reverted: VerdictNotAwaited")
        return 350_000


@pytest.fixture
def resolver() -> Resolver:
    return Resolver()


def attested(box: Box) -> str:
    travel(box, lambda _: 30.0)
    box.run(trips(box))
    box.run(box.attest())
    with box.store.read() as c:
        subject = str(c.execute("SELECT subject FROM attestations").fetchone()[0])
    box.store.write(lambda c: verdicts.await_for(c, Awaited(subject, BUYER))).result()
    return subject


def desk(box: Box, resolver: Resolver, schema: bytes | None = SCHEMA) -> VerdictDesk:
    attester = box.attested()[0].attester if box.attested() else b"\x11" * 20
    target = AnchorTarget(1337, b"\xa0" * 20, b"\xb0" * 20, attester, EAS)
    return VerdictDesk(box.store, resolver, target, schema, box.now_ms)  # type: ignore[arg-type]


def test_a_verdict_says_what_the_newest_statement_says(box: Box, resolver: Resolver) -> None:
    subject = attested(box)
    record = asyncio.run(desk(box, resolver).publish(Awaited(subject, BUYER)))
    assert (record.kind, record.state, record.registry, record.index) == (Kind.VERDICT, State.STAGED, EAS, 0)
    attestation = eas.decode_attest(record.calldata)
    said = VerdictStatement.decode(attestation.data)
    [statement] = box.attested()
    assert (attestation.schema, attestation.recipient) == (SCHEMA, BUYER)
    assert (said.statement, said.verdict) == (statement.uid, 1)
    assert said.measure > 0
    with box.store.read() as c:
        assert publications.get(c, statement.attester, 0, Kind.VERDICT) == record
        assert verdicts.get(c, statement.attester, Awaited(subject, BUYER, said.agent)) == 0


BREACHES = sorted(label for label, verdict in LABELS.items() if verdict is Verdict.BREACH)


@pytest.mark.parametrize("outright", [0, 1])
@pytest.mark.parametrize("label", BREACHES)
def test_a_breach_that_no_duration_measures_counts_as_the_longest(box: Box, resolver: Resolver, label: str, outright: int) -> None:
    subject = attested(box)
    measures = json.dumps([["outside_seconds", 7.0], ["outright_breaches", outright]])
    box.store.write(lambda c: c.execute("UPDATE findings SET label = ?, measures = ?", (label, measures))).result()
    said = VerdictStatement.decode(eas.decode_attest(asyncio.run(desk(box, resolver).publish(Awaited(subject, BUYER))).calldata).data)
    lasts = label in ("excursion", "off-route") and not outright
    assert (said.verdict, said.measure) == (1, 7 if lasts else MAX_MEASURE)


def test_the_longest_measure_is_what_the_contracts_keep() -> None:
    source = (Path(__file__).parents[2] / "contracts/src/QuorumResolver.sol").read_text()
    assert "MAX_MEASURE = (1 << 26) - 1;" in source
    assert MAX_MEASURE == (1 << 26) - 1


@pytest.mark.parametrize("label", sorted(set(LABELS) - set(BREACHES)))
def test_no_other_verdict_is_made_longer(label: str) -> None:
    assert seconds_of(LABELS[label], label, {"outside_seconds": 7.0, "outright_breaches": 1.0}) == 7


def test_a_second_verdict_about_a_subject_is_refused(box: Box, resolver: Resolver) -> None:
    subject = attested(box)
    asyncio.run(desk(box, resolver).publish(Awaited(subject, BUYER)))
    with pytest.raises(VerdictRefusedError, match="money moves once"):
        asyncio.run(desk(box, resolver).publish(Awaited(subject, BUYER)))


def test_nothing_is_staged_that_the_resolver_would_refuse(box: Box, resolver: Resolver) -> None:
    subject = attested(box)
    resolver.awaits = False
    with pytest.raises(VerdictRefusedError, match="VerdictNotAwaited"):
        asyncio.run(desk(box, resolver).publish(Awaited(subject, BUYER)))
    with pytest.raises(VerdictRefusedError, match="no statement"):
        asyncio.run(desk(box, resolver).publish_all("00/000000000000000000"))
    with pytest.raises(VerdictRefusedError, match=r"oracle\.verdicts\.schema"):
        asyncio.run(desk(box, resolver, schema=None).publish(Awaited(subject, BUYER)))
    with box.store.read() as c:
        assert list(publications.select_latest(c)) == []


def test_the_stage_publishes_once_the_resolver_awaits_it_and_asks_seldom(box: Box, resolver: Resolver) -> None:
    attested(box)
    stage = PublishVerdicts(box.store, desk(box, resolver), box.attested()[0].attester, lambda: box.now / 1000)
    resolver.awaits = False
    for _ in range(3):
        assert not box.run(stage)
    assert resolver.asked == 1
    resolver.awaits = True
    box.now += 61_000
    assert box.run(stage)
    assert not box.run(stage)


class Refusing:
    """A desk whose resolver awaits nothing."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def publish(self, awaited: Awaited) -> NoReturn:
        self.asked.append(awaited.subject)
        raise VerdictRefusedError(awaited.subject, "the resolver would refuse it")


def test_every_awaited_subject_has_its_turn_however_many_are_refused(box: Box) -> None:
    subjects = [attested(box), *(f"00/{number:018d}" for number in range(2 * CANDIDATES))]
    with box.store.read() as c:
        kept = [row[1] for row in c.execute("PRAGMA table_info(attestations)") if row[1] not in {"id", "uid", "subject", "domain_chain_id"}]
    for number, subject in enumerate(subjects[1:]):
        copy = (
            f"INSERT INTO attestations (uid, subject, domain_chain_id, {','.join(kept)}) "  # noqa: S608 - the table's own columns
            f"SELECT randomblob(32), ?, ?, {','.join(kept)} FROM attestations WHERE subject = ?"
        )
        box.store.write(lambda c, row=(subject, 10**6 + number, subjects[0]), sql=copy: c.execute(sql, row) and None).result()  # type: ignore[misc]
        box.store.write(lambda c, subject=subject: verdicts.await_for(c, Awaited(subject, BUYER))).result()  # type: ignore[misc]
    refusing = Refusing()
    stage = PublishVerdicts(box.store, refusing, box.attested()[0].attester, lambda: box.now / 1000)  # type: ignore[arg-type]
    for _ in range(3):
        # Longer than it takes until the first may be asked about again.
        assert not box.run(stage)
        box.now += 61_000
    assert refusing.asked[: len(subjects)] == subjects[:0:-1] + subjects[:1]
    assert refusing.asked[len(subjects) :] == refusing.asked[: len(refusing.asked) - len(subjects)]


def revocations(box: Box) -> RevocationDesk:
    return RevocationDesk(box.store, AnchorTarget(1337, b"\xa0" * 20, b"\xb0" * 20, box.attested()[0].attester, EAS), box.now_ms)


def test_a_revocation_is_staged_once_and_only_of_our_own(box: Box) -> None:
    attested(box)
    [statement] = box.attested()
    record = asyncio.run(revocations(box).revoke(statement.uid))
    assert (record.kind, record.root, record.calldata) == (Kind.REVOCATION, statement.uid, eas.revoke_offchain_calldata(statement.uid))
    with pytest.raises(RevocationRefusedError, match="under way"):
        asyncio.run(revocations(box).revoke(statement.uid))
    with pytest.raises(RevocationRefusedError, match="made none"):
        asyncio.run(revocations(box).revoke(b"\x01" * 32))
    other = AnchorTarget(1337, b"\xa0" * 20, b"\xb0" * 20, b"\x77" * 20, EAS)
    with pytest.raises(RevocationRefusedError, match="another key"):
        asyncio.run(RevocationDesk(box.store, other, box.now_ms).revoke(statement.uid))


def test_what_somebody_else_signed_with_our_key_is_revoked_by_force_only(box: Box) -> None:
    attested(box)
    foreign = b"\x01" * 32
    with pytest.raises(RevocationRefusedError, match="--force"):
        asyncio.run(revocations(box).revoke_command({"uid": f"0x{foreign.hex()}"}))
    answer = asyncio.run(revocations(box).revoke_command({"uid": f"0x{foreign.hex()}", "force": True}))
    assert answer == {"index": 0, "state": "staged"}
    with box.store.read() as c:
        [record] = verdicts.select_revocations(c, box.attested()[0].attester)
    assert (record.root, record.calldata) == (foreign, eas.revoke_offchain_calldata(foreign))
    with pytest.raises(RevocationRefusedError, match="under way"):
        asyncio.run(revocations(box).revoke(foreign, force=True))
    # Known, and another key's: no force makes a revocation of it that counts.
    other = AnchorTarget(1337, b"\xa0" * 20, b"\xb0" * 20, b"\x77" * 20, EAS)
    work = RevocationDesk(box.store, other, box.now_ms)
    with pytest.raises(RevocationRefusedError, match="--keystore"):
        asyncio.run(work.revoke(box.attested()[0].uid, force=True))


def test_commands_of_the_control_socket(box: Box, resolver: Resolver) -> None:
    subject = attested(box)
    [statement] = box.attested()
    work = desk(box, resolver)
    answer = asyncio.run(work.await_command({"subject": subject, "recipient": "0x" + BUYER.hex()}))
    assert answer == {"subject": subject, "recipient": to_checksum(BUYER), "agent": ""}
    assert asyncio.run(work.publish_command({"subject": subject})) == {"verdicts": [{"index": 0, "state": "staged"}]}
    back = revocations(box)
    assert asyncio.run(back.revoke_command({"uid": "0x" + statement.uid.hex()})) == {"index": 0, "state": "staged"}
    assert asyncio.run(back.accept_command({"address": "0x" + EAS.hex()})) == {"accepted": False}
    box.store.write(lambda c: publications.pin(c, EAS, b"\x01" * 32)).result()
    assert asyncio.run(back.accept_command({"address": "0x" + EAS.hex()})) == {"accepted": True}


def test_a_verdict_that_nobody_awaits_is_refused(box: Box, resolver: Resolver) -> None:
    subject = attested(box)
    box.store.write(lambda c: c.execute("DELETE FROM awaited")).result()
    with pytest.raises(VerdictRefusedError, match="aios oracle await"):
        asyncio.run(desk(box, resolver).publish_all(subject))
    assert not box.run(PublishVerdicts(box.store, desk(box, resolver), box.attested()[0].attester, lambda: 0.0))
    assert resolver.asked == 0
