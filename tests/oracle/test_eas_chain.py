"""Verdicts, revocations and stamps on a real EAS, proven by real Merkle-Patricia proofs."""

import pytest

from oracle import eas
from oracle.publication import Kind, State
from oracle.verdicts import VerdictStatement
from tests.oracle.fakes import root_of
from tests.oracle.live import DEPTH, Live, story
from tests.peers.eas import transact

pytestmark = [pytest.mark.peer]
SCHEMA = VerdictStatement.SCHEMA


async def registered(one: Live) -> bytes:
    async def pause(_: float) -> None:
        await one.mine()

    calldata = eas.register_schema_calldata(SCHEMA, revocable=False)
    assert (await transact(one.honest, one.signer, one.schema_registry, calldata, 500_000, pause)).succeeded
    one.first_nonce = await one.honest.nonce(one.address)
    # Nonces begin where finalized state says: what the same key sent by hand must be final first.
    await one.mine(DEPTH)
    return eas.schema_uid(SCHEMA, revocable=False)


def test_every_kind_becomes_final_by_real_proofs() -> None:
    async def work(one: Live) -> None:
        schema = await registered(one)
        one.stage()
        one.stage_verdict(schema)
        one.stage_revocation()
        one.stage_stamp()
        one.stage()
        one.stage_verdict(schema)
        await one.settle()
        await one.check()
        assert one.conditions == {}
        # The uid that was proven without any receipt is the one that EAS' own log names.
        logs = await one.node(
            "eth_getLogs", {"fromBlock": "0x0", "address": "0x" + one.target.eas.hex(), "topics": ["0x" + eas.ATTESTED.hex()]}
        )
        attested = [
            eas.decode_attested([bytes.fromhex(topic[2:]) for topic in log["topics"]], bytes.fromhex(log["data"][2:])) for log in logs
        ]
        assert [record.uid for record in one.store.all(Kind.VERDICT)] == [log.uid for log in attested]
        assert all((log.attester, log.schema, log.recipient) == (one.address, schema, b"\x07" * 20) for log in attested)
        gas = {record.kind.value: record.inclusion.gas_used for record in one.store.all(None) if record.inclusion}
        print(f"gas: {gas}")  # noqa: T201
        assert max(gas["stamp"], gas["revocation"]) <= 47_000

    story(work)


def test_eas_itself_says_when_it_was_stamped_and_revoked() -> None:
    async def work(one: Live) -> None:
        one.stage_revocation()
        one.stage_stamp()
        await one.settle()
        stamp = eas.stamp_of(one.target.chain_id, one.address, 0, root_of(0))
        stamped = await one.honest.call(one.target.eas, eas.selector("getTimestamp(bytes32)") + stamp)
        arguments = one.address.rjust(32, b"\0") + root_of(1000)
        revoked = await one.honest.call(one.target.eas, eas.selector("getRevokeOffchain(address,bytes32)") + arguments)
        assert int.from_bytes(stamped, "big") > 0
        assert int.from_bytes(revoked, "big") > 0

    story(work)


def test_the_wrong_layout_proves_nothing() -> None:
    async def work(one: Live) -> None:
        one.stage_revocation()
        with pytest.raises(AssertionError, match="not final"):
            await one.settle(rounds=12)
        assert State.FINAL not in {record.state for record in one.store.all(None)}

    story(work, version="0.26")
