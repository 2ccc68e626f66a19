"""Gateways that agree give one signature: each box's own signer signs, commands register the keys, add up and pay out, on a real node."""

import asyncio
import json
from contextlib import ExitStack
from pathlib import Path

import pytest

from oracle import bls, canonical_json, votes
from oracle.escrow import EscrowState, credits_calldata, step_calldata
from oracle.gs1 import Key
from oracle.hexes import to_checksum
from oracle.keccak import keccak256
from oracle.schemas import subject_id
from oracle.signer import LocalSigner
from oracle.signing.journal import LOG_NAME, read_log
from tests.end_to_end.boxes import SUBJECT, GatewayBox, gateway_box
from tests.end_to_end.market import Market, market
from tests.end_to_end.test_money_commands import Desk, desk
from tests.oracle.anvil import FUNDED
from tests.peers.chains import peer_chain

pytestmark = [pytest.mark.peer, pytest.mark.timeout(1200)]

BREACH = 1
SSCC = SUBJECT.removeprefix("00/")


class Story:
    """Two boxes that sign, the operator who registers their keys, and a stranger who hands in what they signed."""

    def __init__(self, folder: Path, here: Market) -> None:
        self.folder, self.here = folder, here
        self.contract = ("--escrow", to_checksum(here.resolver))
        self.boxes = [
            gateway_box(folder / f"g{number}", here, keccak256(f"{here.chain.name} gateway {number}".encode())) for number in range(2)
        ]
        self.names = [to_checksum(gateway.address) for gateway in here.gateways]
        self.operator = Desk(folder / "operator", here, here.chain.bank, FUNDED)
        self.stranger: Desk

    async def refused(self, who: Desk, code: int, reason: str, *words: str) -> None:
        """A command that is refused, for which nobody paid."""
        before = await self.here.chain.rpc.nonce(who.signer.address)
        found, said, told = await who.type(*words, *(() if words[0] == "gateway" or "--escrow" in words else self.contract), "--yes")
        assert (found, reason in told) == (code, True), said + told
        assert await self.here.chain.rpc.nonce(who.signer.address) == before

    async def register(self, number: int) -> None:
        words = ("gateway", "add-bls-key", "--gateway", self.names[number], "--signer", str(self.boxes[number].socket))
        code, _, told = await self.operator.type(*words, "--yes")
        assert code == 0, told

    async def sign(self, box: GatewayBox, buyer: LocalSigner) -> Path:
        file = self.folder / f"{box.folder.name}.json"
        words = ("escrow", "sign", SSCC, "--config", str(box.config), "--buyer", to_checksum(buyer.address), "--out", str(file))
        code, said, told = await box.type(*words, *self.contract)
        assert (code, said.strip()) == (0, str(file)), told
        return file

    def altered(self, file: Path, **changes: object) -> str:
        other = file.with_name(f"altered-{file.name}")
        other.write_bytes(canonical_json.canonical(json.loads(file.read_text()) | changes))
        return str(other)


def test_one_signature_of_two_boxes_decides_and_pays(tmp_path: Path) -> None:
    async def story() -> None:
        async with peer_chain("anvil", tmp_path) as chain:
            here = await market(chain, "BlsShipmentEscrow")
            told = Story(tmp_path, here)
            buyer, seller = await here.rich("buyer", 10**9), await chain.funded("seller")
            await chain.funded("stranger")
            told.stranger = await desk(tmp_path, here, "stranger")
            keys = [await box.key_new() for box in told.boxes]
            with ExitStack() as stack:
                for box in told.boxes:
                    stack.enter_context(box.signer())
                await _told(told, buyer, seller, keys)

    asyncio.run(story())


async def _told(one: Story, buyer: LocalSigner, seller: LocalSigner, keys: list[str]) -> None:
    here, to = one.here, one.here.resolver
    statements = [await asyncio.to_thread(box.attest, here, 12.0) for box in one.boxes]
    agent, subject = statements[0].agent, subject_id(Key.from_uri(f"https://id.gs1.org/{SUBJECT}").uri)
    assert [(said.verdict, said.shipment) for said in statements] == [(BREACH, subject)] * 2
    escrow = await here.open_escrow(buyer, seller, subject, agent=agent, ruin_seconds=2600)

    await _registered(one, keys)
    first = await one.sign(one.boxes[0], buyer)
    second = await one.sign(one.boxes[1], buyer)
    await one.refused(one.stranger, 1, "has no BLS key in the GatewayRegistry", "escrow", "vote", str(first), str(second))
    await one.register(1)

    measure = json.loads(first.read_text())["measure"]
    assert measure == json.loads(second.read_text())["measure"]
    vote = ("escrow", "vote", str(first))
    await one.refused(one.stranger, 1, "2 must agree", *vote)
    await one.refused(one.stranger, 1, "is given twice", *vote, str(first))
    await one.refused(one.stranger, 1, "by another key or over another verdict", *vote[:2], one.altered(first, measure=measure + 1))
    await one.refused(one.stranger, 1, "not of one verdict", *vote, one.altered(second, verdict=0))
    await one.refused(one.stranger, 1, "the parts are for contract", *vote, str(second), "--escrow", to_checksum(here.eas.eas))

    code, _, told = await one.stranger.type(*vote, str(second), *one.contract, "--dry-run")
    assert (code, "nothing was sent" in told) == (0, True), told
    code, _, told = await one.stranger.type(*vote, str(second), *one.contract, "--yes")
    assert code == 0, told
    gas = int(told.split(" gas")[-2].split()[-1].replace(",", ""))
    print(f"voteTogether of two gateways: {gas:,} gas")  # noqa: T201 - shown with -s
    assert gas < 500_000
    await one.refused(one.stranger, 1, "DoubleVerdict", *vote, str(second))

    code, said, _ = await one.stranger.type("escrow", "status", f"0x{escrow.hex()}", *one.contract, "--json", asks=True)
    shown = json.loads(said)
    assert (shown["quorum"], shown["verdicts_cast"], shown["next"]) == ("2 of 3 gateways", 2, "settle")
    assert shown["verdicts"] == f"breach, {measure} s; breach, {measure} s"

    await here.judge(here.gateways[2], subject, buyer.address, BREACH, measure + 400, agent)  # by attestation, in the same ballot
    tally = await here.tally(escrow)
    assert (tally.decided, tally.verdict, tally.measure, tally.cast) == (True, BREACH, measure, 3)
    await here.of(buyer).transact("settle", to, step_calldata("settle", escrow))
    stands = await here.escrow(escrow)
    assert 600 < measure < 2600  # all up to the first, nothing from the second
    assert (stands.state, stands.seller_part) == (EscrowState.CLOSED, stands.amount * (2600 - measure) // 2000)
    assert await here.ask(to, credits_calldata(here.token, buyer.address)) == stands.amount - stands.seller_part
    streams = [ask.stream for _, ask in read_log(one.boxes[1].folder / LOG_NAME)]
    assert streams == ["attestation", "vote", "bls-possession"]


async def _registered(one: Story, keys: list[str]) -> None:
    """Registers the first box's key, with every refusal on the way."""
    add = ("gateway", "add-bls-key", "--gateway", one.names[0])
    here, first, second = one.here, *one.boxes
    await one.refused(one.stranger, 1, "NotOperator", *add, "--signer", str(first.socket))
    words = ("key", "bls-possession", "--signer", str(first.socket), "--gateway", one.names[0])
    code, said, told = await first.type(*words, "--network", str(one.folder / "operator" / "network.toml"))
    key, possession = said.split()
    assert (code, key) == (0, keys[0]), told
    await one.refused(
        one.operator, 1, "did not sign that it belongs", *add[:2], "--gateway", one.names[1], "--key", key, "--possession", possession
    )
    await one.refused(one.operator, 1, "did not sign that it belongs", *add, "--key", keys[1], "--possession", possession)
    code, _, told = await one.operator.type(*add, "--key", key, "--possession", possession, "--yes")
    assert (code, to_checksum(bls.address_of(bytes.fromhex(key[2:]))) in told) == (0, True), told
    answer = await here.chain.rpc.call(here.gateway_registry, votes.bls_key_of_calldata(here.gateways[0].address))
    assert votes.decode_bls_key(answer).hex() == keys[0][2:]
    code, _, told = await one.operator.type(*add, "--signer", str(first.socket), "--yes")
    assert (code, "registered already" in told) == (0, True), told
    # The other box's signer has a key of its own, and none for a contract that its policy does not list.
    await one.refused(one.operator, 2, "rule bls", *add, "--signer", str(second.socket), "--registry", to_checksum(here.eas.eas))
