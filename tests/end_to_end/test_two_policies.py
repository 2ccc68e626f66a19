"""One shipment, two policies, two buyers: judged, signed and published by the gateway's own stages; each escrow pays by its own verdict."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from edge_agents.conditions.agent import Conditions
from gateway.pipeline.attest import Attest
from gateway.pipeline.judge import JudgeSettings, JudgeTrips
from gateway.pipeline.stage import Stage
from gateway.pipeline.statements import digital_link
from gateway.pipeline.verdicts import PublishVerdicts
from gateway.signing import AttestationSigner
from gateway.store import attestations, publications
from gateway.store.publications import Publications
from gateway.store.settings import StoreSettings
from gateway.store.store import Store
from gateway.verdicts import VerdictDesk
from oracle import artifacts
from oracle.anchor_signer import GuardedTransactionSigner
from oracle.attestation import Attestation
from oracle.equivocation import NoContradictionError, contradiction
from oracle.escrow import EscrowState, Terms, create_calldata, escrow_id, step_calldata, withdraw_calldata
from oracle.finality import AnchorTarget
from oracle.gateway_registry import slash_statements_calldata
from oracle.publication import Kind, Publication, State
from oracle.publication_errors import TransactionRevertsError
from oracle.publisher import Publisher
from oracle.schemas import ShipmentStatement, subject_id
from oracle.settings import PublisherSettings
from oracle.signer import LocalSigner
from oracle.signing.desk import Desk, Keys
from oracle.signing.journal import Journal
from oracle.signing.policy import ContractRule, Policy, SchemaRule, known_schemas
from tests.end_to_end.market import PRICE, Market, market
from tests.gateway.test_pipeline import SUBJECT, Box, travel
from tests.peers.chains import CHAINS, peer_chain

pytestmark = [pytest.mark.peer, pytest.mark.timeout(300)]
MILD, STRICT = (Conditions.load(name).manifest for name in ("vaccine", "frozen"))
"""Five degrees all the way conform by the one and breach by the other, for longer than any price survives."""


@dataclass
class GatewayBox:
    """The parts of a gateway that stand between readings and money, over a store and a signer's log on disk."""

    here: Market
    box: Box
    desk: Desk
    conditions: list[str]
    now_ms: int = 1_900_000_000_000

    @property
    def target(self) -> AnchorTarget:
        registry, gateways = self.here.anchor_registry, self.here.gateway_registry
        return AnchorTarget(self.here.chain.chain_id, registry, gateways, self.desk.gateway, self.here.eas.eas)

    def verdicts(self) -> VerdictDesk:
        policies = {"vaccine": MILD, "frozen": STRICT}
        return VerdictDesk(self.box.store, self.here.chain.rpc, self.target, self.here.schema, self.box.now_ms, policies)

    async def awaits(self, buyer: LocalSigner, policy: str) -> None:
        await self.verdicts().await_command({"subject": SUBJECT, "recipient": f"0x{buyer.address.hex()}", "policy": policy})

    async def work(self) -> None:
        """Runs every stage until none has anything to do, each made anew as after a restart."""
        sign = AttestationSigner(self.desk, self.here.eas.domain)
        stages: tuple[Stage, ...] = (
            JudgeTrips(self.box.store, Conditions.load, JudgeSettings(), self.box.now_ms),
            Attest(self.box.store, sign, self.desk.attester, "https://id.gs1.org/414/9506000134352", self.box.now_ms, self.box.report),
            PublishVerdicts(self.box.store, self.verdicts(), self.desk.gateway, lambda: 0.0),
        )
        for stage in stages:
            while await stage.step():
                pass
            await stage.step()

    async def publish(self) -> list[Publication]:
        """Publishes until every verdict stands in a block; returns them."""
        publisher = Publisher(
            chain=self.here.chain.rpc,
            finality=None,
            store=Publications(self.box.store, lambda: self.now_ms),
            signer=GuardedTransactionSigner(self.desk),
            target=self.target,
            settings=PublisherSettings(),
            now_ms=lambda: self.now_ms,
            report=lambda name, severity, text: None if severity is None else self.conditions.append(f"{name}: {text}"),
        )
        for _ in range(300):
            await publisher.step()
            found = self.staged()
            if all(one.state in (State.INCLUDED, State.REPORTED) and one.inclusion and one.inclusion.succeeded for one in found):
                return found
            self.now_ms += 1000
            await self.here.chain.pause(0.1)
        raise AssertionError(f"not published: {[one.state for one in self.staged()]}, {self.conditions}")

    def staged(self) -> list[Publication]:
        with self.box.store.read() as connection:
            count = publications.next_index(connection, self.desk.gateway, Kind.VERDICT)
            found = [publications.get(connection, self.desk.gateway, number, Kind.VERDICT) for number in range(count)]
        return [one for one in found if one is not None]

    def stated(self, agent: bytes) -> Attestation:
        with self.box.store.read() as connection:
            [one] = attestations.select_subject(connection, SUBJECT, agent=agent)
        return one.attestation

    async def opens(self, buyer: LocalSigner, seller: LocalSigner, agent: bytes) -> bytes:
        """Opens an escrow that this gateway alone decides by a policy; returns its name."""
        terms = Terms(
            token=self.here.token,
            seller=seller.address,
            arbiter=bytes(20),
            subject=subject_id(digital_link(SUBJECT)),
            agent=agent,
            amount=PRICE,
            deadline_s=await self.here.now() + 600,
            window_seconds=0,
            quorum=1,
            tolerance_seconds=0,
            ruin_seconds=1600,
        )
        await self.here.of(buyer).transact("create", self.here.resolver, create_calldata(terms, (self.desk.gateway,)))
        return escrow_id(buyer.address, terms.subject, agent)


@contextmanager
def gateway_box(here: Market, folder: Path) -> Iterator[GatewayBox]:
    store = Store.open(StoreSettings(str(folder / "store.db")), now_ms=lambda: 0, on_condition=lambda *_: None)
    places = ((here.anchor_registry, "anchor-registry"), (here.eas.eas, "eas"), (here.gateway_registry, "gateway-registry"))
    policy = Policy(
        chains=(here.chain.chain_id,),
        schemas=(*known_schemas(), SchemaRule(f"0x{here.schema.hex()}")),
        contracts=tuple(ContractRule(f"0x{address.hex()}", kind) for address, kind in places),  # type: ignore[arg-type]
    )
    key = here.gateways[0]
    with Journal(folder / "signer") as journal:
        yield GatewayBox(here, Box(store), Desk(Keys(key, key), policy, journal, now_s=lambda: 1_900_000_000), [])
    store.close()


async def both_are_paid(here: Market, folder: Path) -> None:
    buyer, other, seller = await here.rich("buyer", 2 * PRICE), await here.rich("other", PRICE), await here.chain.funded("seller")
    with gateway_box(here, folder) as one:
        # The buyer has two contracts on one shipment, under two policies; somebody else has one under the milder.
        names = [await one.opens(*who) for who in ((buyer, seller, MILD.hash), (buyer, seller, STRICT.hash), (other, seller, MILD.hash))]
        travel(one.box, lambda _: 5.0)
        await one.awaits(buyer, "frozen")
        await one.awaits(buyer, "")
        await one.work()
        assert [ShipmentStatement.decode(one.stated(agent).data).verdict for agent in (MILD.hash, STRICT.hash)] == [0, 1]
        assert len(one.staged()) == 2
        await one.publish()
        # Named after all was done, and still paid.
        await one.awaits(other, "vaccine")
        await one.work()
        assert len(await one.publish()) == 3
        assert not one.box.conditions

        for name, wanted in zip(names, (PRICE, 0, PRICE), strict=True):
            await here.of(seller).transact("settle", here.resolver, step_calldata("settle", name))
            escrow = await here.escrow(name)
            assert (escrow.state, escrow.seller_part) == (EscrowState.CLOSED, wanted)
        for owner in (seller, buyer):
            await here.of(owner).transact("withdraw", here.resolver, withdraw_calldata(here.token))
        assert [await here.balance(owner) for owner in (seller, buyer, other)] == [2 * PRICE, PRICE, 0]

        # What the gateway signed for both is no equivocation, neither by our word nor by the contract's.
        said = one.stated(MILD.hash), one.stated(STRICT.hash)
        with pytest.raises(NoContradictionError, match="agents"):
            contradiction(*said)
        reports = here.chain.transactor(other, [artifacts.load("GatewayRegistry").abi])
        with pytest.raises(TransactionRevertsError, match="NoContradiction"):
            await reports.transact("report", here.gateway_registry, slash_statements_calldata(*said, other.address))


@pytest.mark.parametrize("name", CHAINS)
def test_each_escrow_on_one_shipment_pays_by_its_own_policy(name: str, tmp_path: Path) -> None:
    async def run() -> None:
        async with peer_chain(name, tmp_path) as chain:
            await both_are_paid(await market(chain, "ShipmentEscrow"), tmp_path)

    asyncio.run(run())
