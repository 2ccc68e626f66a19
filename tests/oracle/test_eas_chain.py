"""Verdicts, revocations and stamps on a real EAS, proven by real Merkle-Patricia proofs: on anvil, geth and the devnet."""

import asyncio
from pathlib import Path

import httpx
import pytest

from oracle import eas
from oracle.publication import Kind, State
from oracle.transactor import Transactor
from oracle.verdicts import VerdictStatement
from tests.oracle.fakes import root_of
from tests.oracle.live import DEPTH, Live, live, story
from tests.peers.chains import CHAINS, peer_chain

pytestmark = [pytest.mark.peer, pytest.mark.timeout(1200)]
SCHEMA = VerdictStatement.SCHEMA


async def registered(one: Live) -> bytes:
    async def pause(_: float) -> None:
        await one.mine()

    calldata = eas.register_schema_calldata(SCHEMA, revocable=False)
    transactor = Transactor(one.honest, one.signer, one.target.chain_id, sleep=pause)
    await transactor.transact("register the schema", one.schema_registry, calldata)
    one.first_nonce = await one.honest.nonce(one.address)
    # Nonces begin where finalized state says: what the same key sent by hand must be final first.
    await one.mine(DEPTH)
    return eas.schema_uid(SCHEMA, revocable=False)


async def every_kind(one: Live) -> None:
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
    where = {"fromBlock": "0x0", "toBlock": "latest", "address": "0x" + one.target.eas.hex(), "topics": ["0x" + eas.ATTESTED.hex()]}
    logs = await one.node("eth_getLogs", where)
    attested = [eas.decode_attested([bytes.fromhex(topic[2:]) for topic in log["topics"]], bytes.fromhex(log["data"][2:])) for log in logs]
    assert [record.uid for record in one.store.all(Kind.VERDICT)] == [log.uid for log in attested]
    assert all((log.attester, log.schema, log.recipient) == (one.address, schema, b"\x07" * 20) for log in attested)
    gas = {record.kind.value: record.inclusion.gas_used for record in one.store.all(None) if record.inclusion}
    print(f"gas: {gas}")  # noqa: T201
    assert max(gas["stamp"], gas["revocation"]) <= 47_000


@pytest.mark.parametrize("name", CHAINS)
def test_every_kind_becomes_final_by_real_proofs(name: str, tmp_path: Path) -> None:
    async def run() -> None:
        async with peer_chain(name, tmp_path) as chain, httpx.AsyncClient() as client:
            one = Live(chain.url, client, signer=await chain.funded("gateway"), mine=lambda: chain.pass_time(1))
            await one.start()
            await every_kind(one)

    asyncio.run(run())


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


def test_every_kind_becomes_final_on_the_version_that_mainnet_has() -> None:
    async def run() -> None:
        async with live() as one:
            await one.use_mainnets_eas()
            await every_kind(one)

    asyncio.run(run())


def test_the_wrong_layout_proves_nothing() -> None:
    async def work(one: Live) -> None:
        one.stage_revocation()
        with pytest.raises(AssertionError, match="not final"):
            await one.settle(rounds=12)
        assert State.FINAL not in {record.state for record in one.store.all(None)}

    story(work, version="0.26")
