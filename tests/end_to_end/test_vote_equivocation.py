"""A gateway that signs two votes on one escrow loses its stake to a stranger who holds nothing but the two files."""

import asyncio
import json
import shutil
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from oracle import artifacts, bls, votes
from oracle.bls_secret import BlsSecretKey
from oracle.deploy import Stakes, deploy
from oracle.gateway_registry import KeyRecord, Standing, claim_calldata, key_slot, query_calldata, revoke_key_calldata
from oracle.gs1 import Key
from oracle.hexes import to_checksum
from oracle.joint_verdict import Agreed, possession_message
from oracle.keccak import keccak256
from oracle.publication_errors import TransactionRevertsError
from oracle.schemas import subject_id
from oracle.vote_equivocation import VoteContradiction, contradiction, slash_votes_calldata
from tests.end_to_end.boxes import SUBJECT, GatewayBox, gateway_box
from tests.end_to_end.market import Market, market
from tests.end_to_end.test_bls_quorum import Story
from tests.end_to_end.test_equivocation import STAKE, UNBONDING_SECONDS, bundle_file, standing
from tests.end_to_end.test_money_commands import desk
from tests.peers.chains import CHAINS, ETHER, PeerChain, peer_chain

pytestmark = [pytest.mark.peer, pytest.mark.timeout(1200)]
ESCROW, NAME = b"\xe5" * 20, b"\x1d" * 32


def test_a_stranger_reports_two_votes_from_the_command_line(tmp_path: Path) -> None:
    async def story() -> None:
        async with peer_chain("anvil", tmp_path) as chain:
            here = await market(chain, "BlsShipmentEscrow")
            told = Story(tmp_path, here)
            await chain.funded("stranger")
            told.stranger = await desk(tmp_path, here, "stranger")
            box = told.boxes[0]
            await box.key_new()
            # Its keys in a second place, whose signer has no log of the first: the loss that the log is kept for.
            twin = gateway_box(tmp_path / "twin", here, keccak256(f"{chain.name} gateway 0".encode()))
            shutil.copy2(box.folder / "bls.json", twin.folder / "bls.json")
            with ExitStack() as stack:
                for one in (box, twin):
                    stack.enter_context(one.signer())
                await _told(told, box, twin)

    asyncio.run(story())


async def _told(one: Story, box: GatewayBox, twin: GatewayBox) -> None:
    here = one.here
    buyer, seller = await here.rich("buyer", 10**9), await here.chain.funded("seller")
    await one.register(0)
    statement = await asyncio.to_thread(box.attest, here, 12.0)
    await asyncio.to_thread(twin.attest, here, 5.0)
    subject = subject_id(Key.from_uri(f"https://id.gs1.org/{SUBJECT}").uri)
    await here.open_escrow(buyer, seller, subject, agent=statement.agent)
    breach, conforms = await one.sign(box, buyer), await one.sign(twin, buyer)
    assert [json.loads(file.read_text())["verdict"] for file in (breach, conforms)] == [1, 0]

    report = ("gateway", "report", str(breach))
    await one.refused(one.stranger, 1, "the two votes do not contradict each other: they say the same", *report, str(breach))
    await one.refused(one.stranger, 1, "they have different escrows", *report, _signed(one, twin, escrow="0x" + "1e" * 32))
    abroad = [_signed(one, where, chainId=1) for where in (box, twin)]
    await one.refused(one.stranger, 1, "both were signed for chain 1", *report[:2], *abroad)
    bundle = bundle_file(one.folder, here.gateways[0], here.eas.domain, 0)
    await one.refused(one.stranger, 1, "one is a vote and the other an attestation", *report, str(bundle))
    await one.refused(one.stranger, 2, "by another key or over another verdict", *report, one.altered(conforms, measure=5))
    await one.refused(one.stranger, 1, "the contract refuses", *report, _signed(one, twin, secret=9))
    code, _, told = await one.stranger.type(*report, str(conforms), "--dry-run")
    assert (code, "nothing was sent" in told) == (0, True), told
    assert (await standing(here.chain, here.gateway_registry, here.gateways[0].address)).standing is Standing.ACTIVE

    code, said, told = await one.stranger.type(*report, str(conforms), "--yes")
    assert (code, "differ in verdict, measure" in told, "the gateway is slashed" in said) == (0, True, True), told
    assert (await standing(here.chain, here.gateway_registry, here.gateways[0].address)).standing is Standing.SLASHED
    stranger = one.stranger.signer.address
    assert await _claimable(here, stranger) == ETHER // 10
    await one.refused(one.stranger, 1, "the contract refuses", *report, str(conforms))
    await one.refused(one.stranger, 1, "is not active in the GatewayRegistry", "escrow", "vote", str(breach))


async def _claimable(here: Market, address: bytes) -> int:
    return await here.ask(here.gateway_registry, query_calldata("claimable", address))


def _signed(one: Story, box: GatewayBox, secret: int | None = None, **changes: object) -> str:
    """Returns a file like that of a box, truly signed, about something else or by another key."""
    key = BlsSecretKey(bytes(31) + bytes([secret or 8]))
    file = one.folder / f"{box.folder.name}.json"
    said = votes.loads(Path(one.altered(file, key=f"0x{key.public_key.hex()}", **changes)).read_bytes())
    return one.altered(
        file, key=f"0x{key.public_key.hex()}", signature=f"0x{key.sign(said.agreed.message(), bls.VERDICT_TAG).hex()}", **changes
    )


@pytest.mark.parametrize("name", CHAINS)
def test_a_third_party_with_two_votes_slashes_the_gateway(name: str, tmp_path: Path) -> None:
    async def run() -> None:
        async with peer_chain(name, tmp_path) as chain:
            gateway, other, reporter = [await chain.funded(one) for one in ("gateway", "other", "reporter")]
            registry = (
                await deploy(chain.rpc, chain.bank, gateway, Stakes(STAKE, UNBONDING_SECONDS), sleep=chain.pause)
            ).target.gateway_registry
            keys = [BlsSecretKey(bytes(31) + bytes([secret])) for secret in (7, 8)]
            for key in keys:
                await _register(chain, registry, gateway.address, key)
            first, second, unknown = keys[0], keys[1], BlsSecretKey(bytes(31) + b"\x09")
            assert await _key_now(chain, registry, gateway.address) == second.public_key
            record = await _record(chain, registry, first)
            assert (record.gateway, record.curve, record.revoked_at > 0) == (gateway.address, 2, True)
            assert not await _key_now(chain, registry, other.address)

            files = _files(
                tmp_path, chain.chain_id, gateway.address, ((first, 0, 0), (second, 1, 900), (second, 1, 900), (unknown, 1, 900))
            )
            breach, again, accused = (votes.loads(file.read_bytes()) for file in files[1:])
            reports = chain.transactor(reporter, [artifacts.load("GatewayRegistry").abi])

            async def report(proof: VoteContradiction) -> int:
                receipt = await reports.transact("report", registry, slash_votes_calldata(proof, reporter.address))
                return receipt.gas_used

            proof = contradiction(votes.loads(files[0].read_bytes()), breach)
            # What does not hold costs the gateway nothing: one vote twice, and a key that nobody registered.
            for refused in (VoteContradiction(breach, again), VoteContradiction(proof.first, accused)):
                with pytest.raises(TransactionRevertsError):
                    await report(refused)
            assert (await standing(chain, registry, gateway.address)).standing is Standing.ACTIVE
            operator = chain.transactor(chain.bank, [artifacts.load("GatewayRegistry").abi])
            await operator.transact("revoke", registry, revoke_key_calldata(bls.address_of(second.public_key)))
            assert not await _key_now(chain, registry, gateway.address)

            gas = await report(proof)
            print(f"slashVotes on {name}: {gas:,} gas")  # noqa: T201 - shown with -s
            assert gas < 600_000
            assert (await standing(chain, registry, gateway.address)).standing is Standing.SLASHED
            before = await chain.rpc.balance(reporter.address)
            receipt = await reports.transact("claim", registry, claim_calldata())
            assert before + STAKE // 10 - receipt.gas_used * 200 * 10**9 < await chain.rpc.balance(reporter.address) <= before + STAKE // 10
            with pytest.raises(TransactionRevertsError):
                await report(proof)

    asyncio.run(run())


async def _register(chain: PeerChain, registry: bytes, gateway: bytes, key: BlsSecretKey) -> None:
    possession = key.sign(possession_message(chain.chain_id, registry, gateway, key.public_key), bls.POSSESSION_TAG)
    votes.check_possession(chain.chain_id, registry, gateway, key.public_key, possession)
    operator = chain.transactor(chain.bank, [artifacts.load("GatewayRegistry").abi])
    await operator.transact("register the key", registry, votes.register_key_calldata(gateway, key.public_key, possession))


async def _key_now(chain: PeerChain, registry: bytes, gateway: bytes) -> bytes:
    return votes.decode_bls_key(await chain.rpc.call(registry, votes.bls_key_of_calldata(gateway)))


async def _record(chain: PeerChain, registry: bytes, key: BlsSecretKey) -> KeyRecord:
    slot = key_slot(bls.address_of(key.public_key))
    answer = await chain.rpc.get_proof(registry, [slot], await chain.rpc.block_number())
    return KeyRecord.decode(int(answer["storageProof"][0]["value"], 16))


def _files(folder: Path, chain_id: int, gateway: bytes, said: Sequence[tuple[BlsSecretKey, int, int]]) -> list[Path]:
    """Writes votes as `aios escrow sign` does."""
    files = []
    for number, (key, verdict, measure) in enumerate(said):
        agreed = Agreed(chain_id, ESCROW, NAME, verdict, measure)
        vote = votes.Vote(agreed, gateway, key.public_key, key.sign(agreed.message(), bls.VERDICT_TAG))
        files.append(folder / f"{to_checksum(gateway)}-{number}.json")
        files[-1].write_bytes(votes.dumps(vote) + b"\n")
    return files
