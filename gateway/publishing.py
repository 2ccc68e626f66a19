"""The publisher, composed: where the gateway writes, by which endpoints, on what ground, and what the metrics show of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import httpx

from gateway.clock import Clock
from gateway.errors import OtherKeyOpenError
from gateway.health import Health
from gateway.pipeline.batch import Anchorage
from gateway.settings import OracleSettings
from gateway.store import publications
from gateway.store.oracle_summary import oldest_unanchored
from gateway.store.publications import Publications
from gateway.store.store import Store
from lightclient.client import LightClient
from lightclient.errors import NotStarted
from oracle.anchor_signer import TransactionSigner
from oracle.calls import stage_stamp
from oracle.chain import ChainRpc
from oracle.eas import layout_of
from oracle.fees import day_of
from oracle.finality import AnchorTarget, LightClientFinality
from oracle.publication import FinalizedBlock
from oracle.publication_steps import Patience, given_up
from oracle.publisher import Publisher

BLOCK_SECONDS = 12
"""Seconds between blocks where no light client knows better; a day has few enough of them to look at each."""
Gauges = Mapping[str, Callable[[], float | None]]
"""Metrics by name."""


@dataclass(frozen=True, slots=True)
class Publishing:
    """What writes on chain."""

    rpc: ChainRpc
    """The endpoints."""
    target: AnchorTarget
    """The contracts, and whose publications they are."""
    anchorage: Anchorage
    """Where batches go."""
    publisher: Publisher
    """What takes them there."""
    gauges: Gauges
    """Fees and ages."""


def open_publishing(
    oracle: OracleSettings,
    *,
    client: httpx.AsyncClient,
    light: LightClient | None,
    store: Store,
    signer: TransactionSigner,
    health: Health,
    clock: Clock,
) -> Publishing:
    """Returns the publisher that the settings ask for; without a light client nothing that it writes becomes FINAL.

    Raises:
        OtherKeyOpenError: publications of an earlier key are under way, and this one cannot finish them.
    """
    require_settled(store, signer.address, oracle.publisher.patience)
    target = AnchorTarget(
        chain_id=oracle.chain_id,
        registry=address(oracle.registry),
        gateway_registry=address(oracle.gateway_registry),
        gateway=signer.address,
        eas=address(oracle.eas_contract),
        eas_layout=layout_of(oracle.eas_version),
        spacing_s=light.network.seconds_per_slot if light else BLOCK_SECONDS,
    )
    rpc = ChainRpc(client, (oracle.rpc_url, *oracle.rpc_fallbacks), oracle.publisher.chain, chain_id=oracle.chain_id)
    publisher = Publisher(
        chain=rpc,
        finality=LightClientFinality(lambda: finalized(light)) if light else None,
        store=Publications(store, clock.now_ms),
        signer=signer,
        target=target,
        settings=oracle.publisher,
        now_ms=clock.chain_ms,
        report=health.report,
    )
    if oracle.anchor_in == "eas":
        anchorage = Anchorage(target.chain_id, target.eas, target.gateway, stage_stamp)
    else:
        anchorage = Anchorage(target.chain_id, target.registry, target.gateway)
    return Publishing(rpc, target, anchorage, publisher, _gauges(oracle, store, target.gateway, rpc, clock))


def require_settled(store: Store, gateway: bytes, patience: Patience) -> None:
    """Returns if no other key left publications open; raises OtherKeyOpenError. Verdicts that were given up are no longer under way."""
    with store.read() as connection:
        left = [one for one in publications.select_left(connection, gateway) if not given_up(one, patience)]
    if left:
        raise OtherKeyOpenError(left[0].gateway, sum(one.gateway == left[0].gateway for one in left), gateway)


def finalized(light: LightClient) -> FinalizedBlock | None:
    """Returns the newest execution block that the network finalized; a header taken by a forced update is none."""
    try:
        execution = light.head().finalized.execution
    except NotStarted:
        return None
    if light.status().forced or execution is None:
        return None
    return FinalizedBlock(execution.block_number, execution.block_hash, execution.state_root, execution.timestamp)


def base_fee_wei(light: LightClient | None) -> int | None:
    """Returns the base fee of the newest block that the light client knows, which no RPC can make up."""
    try:
        execution = light.head().optimistic.execution if light else None
    except NotStarted:
        return None
    return None if execution is None else execution.base_fee_per_gas


def address(text: str) -> bytes:
    """Returns the address that settings spell."""
    return bytes.fromhex(text.removeprefix("0x"))


def _gauges(oracle: OracleSettings, store: Store, gateway: bytes, rpc: ChainRpc, clock: Clock) -> Gauges:
    budget = oracle.publisher.fees.budget_wei_per_day

    def spent() -> float:
        with store.read() as connection:
            return publications.spent_wei(connection, gateway, day_of(clock.chain_ms()))

    def spent_ever() -> float:
        with store.read() as connection:
            return publications.spent_wei(connection, gateway, 0)

    def age() -> float:
        with store.read() as connection:
            oldest = oldest_unanchored(connection, gateway)
        return 0.0 if oldest is None else max(clock.now_ms() - oldest, 0) / 1000

    def under_way() -> float:
        with store.read() as connection:
            return sum(1 for _ in publications.select_open(connection, gateway))

    return {
        "oracle_fees_wei": spent_ever,
        "oracle_fees_today_wei": spent,
        "oracle_budget_left_wei": lambda: max(budget - spent(), 0.0) if budget else None,
        "oracle_oldest_unanchored_seconds": age,
        "oracle_publications_under_way": under_way,
        "oracle_rpc_quality": lambda: max(score.quality for score in rpc.scores),
        "oracle_rpc_availability": lambda: max(score.availability for score in rpc.scores),
    }
