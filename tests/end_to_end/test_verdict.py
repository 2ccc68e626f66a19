"""A verdict and a revocation through the whole gateway: staged by a command, signed by the signer, written on a real EAS, proven final."""

import asyncio
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from fullnode.devnet.execution.accounts import derive_account
from fullnode.devnet.execution.settings import ExecutionSettings
from gateway import control
from gateway.control import CommandRefusedError
from gateway.demo.world import EAS_CONTRACT
from oracle import eas
from oracle.chain import ChainRpc
from oracle.publication import Kind, State, decode
from oracle.secret import SecretKey
from oracle.signer import LocalSigner
from oracle.transaction import created_address
from oracle.transactor import Transactor
from oracle.verdicts import VerdictStatement
from tests.end_to_end.house import GTIN, QUICK, House, house, lasting, metrics
from tests.end_to_end.waiting import until
from tests.oracle.anvil import PATIENT
from tests.peers.eas import deploy_eas

pytestmark = [pytest.mark.slow, pytest.mark.peer, pytest.mark.timeout(1200)]
OWNER = SecretKey(derive_account(ExecutionSettings().seed, 0).private_key)
SPENT = 3
"""Transactions that the owner sends before this test does: two registries and one registration."""
EAS = created_address(OWNER.address, SPENT + 1)
SCHEMA = eas.schema_uid(VerdictStatement.SCHEMA, revocable=False)
BUYER = b"\xb1" * 20
LOT = f"01/{GTIN}/10/L42"
SETTINGS: Mapping[str, str] = {
    **QUICK,
    f'eas_contract = "{EAS_CONTRACT}"': f'eas_contract = "0x{EAS.hex()}"',
    "[oracle.publisher]\n": f'[oracle.verdicts]\nschema = "0x{SCHEMA.hex()}"\n[oracle.publisher]\n',
}


async def prepare_eas(one: House) -> None:
    async def pause(_: float) -> None:
        await asyncio.sleep(0.1)

    async with httpx.AsyncClient() as client:
        chain, owner = ChainRpc(client, one.world.devnet.rpc_url, PATIENT), LocalSigner(OWNER)
        deployed = await deploy_eas(chain, owner, pause)
        assert deployed.eas == EAS
        transactor = Transactor(chain, owner, deployed.chain_id, sleep=pause)
        calldata = eas.register_schema_calldata(VerdictStatement.SCHEMA, revocable=False)
        await transactor.transact("register the schema", deployed.schema_registry, calldata)


def record(one: House, kind: Kind) -> Any:
    with one.gateway.store.read() as connection:
        row = connection.execute("SELECT record FROM publications WHERE kind = ?", (kind.value,)).fetchone()
    return None if row is None else decode(row[0])


def is_final(one: House, kind: Kind) -> bool:
    found = record(one, kind)
    return found is not None and found.state is State.FINAL


async def command(one: House, name: str, **arguments: Any) -> dict[str, Any]:
    return await asyncio.to_thread(partial(control.call, one.world.folder, name, **arguments))


def test_a_lots_verdict_and_a_revocation_become_final(tmp_path: Path) -> None:
    async def story() -> None:
        async with house(tmp_path / "demo", quick=SETTINGS) as one:
            await prepare_eas(one)
            # The child's BLS key is asked for through its gateway: this one has none.
            told = await command(one, "signer-describe")
            assert (told["bls"], len(told["gateway"])) == ("", 40)
            with pytest.raises(CommandRefusedError, match="no statement about it yet"):
                await command(one, "oracle-verdict", subject=LOT)
            await command(one, "oracle-await", subject=LOT, recipient=f"0x{BUYER.hex()}")
            plan = await command(one, "lots-open", gtin=GTIN, lot="L42", lot_size=2, aql="1.0", level="S-1")
            for _ in range(plan["sample_size"]):
                await one.inspect()
            await until(
                lambda: is_final(one, Kind.VERDICT), 120, lambda: f"a final verdict: {record(one, Kind.VERDICT)}, {lasting(one.gateway)}"
            )
            with pytest.raises(CommandRefusedError, match="money moves once"):
                await command(one, "oracle-verdict", subject=LOT)
            with one.gateway.store.read() as connection:
                (uid,) = connection.execute("SELECT uid FROM attestations ORDER BY id LIMIT 1").fetchone()
            await command(one, "oracle-revoke", uid=f"0x{uid.hex()}")
            await until(lambda: is_final(one, Kind.REVOCATION), 120, lambda: f"a final revocation: {lasting(one.gateway)}")
            verdict = record(one, Kind.VERDICT)
            attestation = eas.decode_attest(verdict.calldata)
            assert (attestation.recipient, attestation.schema) == (BUYER, SCHEMA)
            async with httpx.AsyncClient() as client:
                chain = ChainRpc(client, one.world.devnet.rpc_url, PATIENT)
                stands = await chain.call(EAS, eas.selector("isAttestationValid(bytes32)") + verdict.uid)
                question = eas.selector("getRevokeOffchain(address,bytes32)") + one.world.gateway.rjust(32, b"\0") + uid
                revoked = await chain.call(EAS, question)
            assert int.from_bytes(stands, "big") == 1
            assert int.from_bytes(revoked, "big") > 0
            shown = await metrics(one.gateway)
            assert shown["aios_oracle_fees_wei"] > 0
            assert shown["aios_oracle_budget_left_wei"] > 0

    asyncio.run(story())
