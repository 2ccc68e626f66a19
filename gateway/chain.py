"""The gateway's side of the chain, composed: light client, guarded key, publisher, and what they contribute to bundles and pages."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx

from edge_agents.agent import ShipmentAgent
from edge_agents.manifest import Manifest
from gateway import voting
from gateway.clock import Clock
from gateway.control import Command
from gateway.device_keys import device_keys
from gateway.errors import ConfigError, GatewayError
from gateway.health import Health
from gateway.lightclient_status import describe
from gateway.networks import followed
from gateway.pipeline.attest import Attest
from gateway.pipeline.batch import MakeBatch
from gateway.pipeline.bundle import WriteBundles
from gateway.pipeline.lot_bundle import WriteLotBundles
from gateway.pipeline.quorum import AddQuorum
from gateway.pipeline.stage import Stage
from gateway.pipeline.verdicts import PublishVerdicts
from gateway.proving import ChainProver
from gateway.publishing import address, base_fee_wei, open_publishing
from gateway.revocations import RevocationDesk
from gateway.services import Service
from gateway.settings import Settings
from gateway.signing import AttestationSigner
from gateway.site_serving import open_site_serving
from gateway.store.store import Store
from gateway.verdicts import VerdictDesk
from gateway.verified_rpc import Gauges, open_rpc
from gateway.web.view import LightClientInfo
from lightclient.bls.pyblst_backend import PyblstBackend
from lightclient.client import LightClient
from lightclient.persistence import StoreFile
from lightclient.settings import LightClientSettings, RestLimits
from lightclient.sources import RestBeaconSource
from lightclient.trust.choosing import choose_checkpoint
from oracle.anchor_signer import GuardedTransactionSigner
from oracle.attestation import Domain
from oracle.signing.client import Client


@dataclass(frozen=True, slots=True)
class Chain:
    """What the rest of the gateway sees of the chain."""

    light: LightClient | None
    """Our own light client; None where an RPC's word is all that there is."""
    stages: tuple[Stage, ...]
    """Attesting, batching and bundling; none without [oracle]."""
    services: Mapping[str, Service]
    """What runs beside the stages."""
    more_gauges: Gauges
    """Metrics of the verified RPC and of the publisher."""
    commands: Mapping[str, Command] = field(default_factory=dict)
    """What the control socket answers about verdicts, revocations and the signer."""
    attester: bytes = b""
    """Address of the key that attests; empty without [oracle]."""

    def head(self) -> LightClientInfo | None:
        """Returns what is proven of the chain, for the dashboard."""
        if self.light is None:
            return None
        status, network = self.light.status(), self.light.network
        if status.heads is None:
            return None
        final, newest = status.heads.finalized, status.heads.optimistic
        return LightClientInfo(
            network=network.name,
            finalized_slot=final.slot,
            finalized_block=final.execution.block_number if final.execution else 0,
            finalized_ms=network.time_at_slot(final.slot) * 1000,
            head_slot=newest.slot,
            head_ms=network.time_at_slot(newest.slot) * 1000,
            participation=newest.participants / newest.committee_size,
            period=status.period,
        )

    def status(self) -> dict[str, object]:
        """Returns the light client's heads for `aios status`."""
        if self.light is None:
            return {"network": "reported by an RPC, proven by nobody", "finalized_slot": None, "head_slot": None}
        status = self.light.status()
        if status.heads is None:
            return {"network": status.network, "finalized_slot": None, "head_slot": None}
        return {
            "network": status.network,
            "finalized_slot": status.heads.finalized.slot,
            "head_slot": status.heads.optimistic.slot,
            "head_age_seconds": round(status.heads.optimistic.age_seconds, 1),
        }

    async def describe(self, _arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Returns all of the light client's status, for `aios lightclient status`."""
        if self.light is None:
            raise GatewayError("this gateway has no [lightclient]: what it publishes is reported by an RPC, and proven by nobody")
        return describe(self.light.status())

    def gauges(self) -> Mapping[str, Callable[[], float | None]]:
        """Returns what metrics show of the chain."""

        def read(value: Callable[[LightClientInfo], float]) -> Callable[[], float | None]:
            return lambda: None if (info := self.head()) is None else value(info)

        return {
            "lightclient_finalized_slot": read(lambda info: info.finalized_slot),
            "lightclient_head_slot": read(lambda info: info.head_slot),
            "lightclient_participation": read(lambda info: info.participation),
            **self.more_gauges,
        }


async def open_chain(
    settings: Settings,
    store: Store,
    health: Health,
    clock: Clock,
    agents: Callable[[str], ShipmentAgent],
    stack: AsyncExitStack,
    signer: Callable[[], Client] | None,
    policies: Mapping[str, Manifest],
) -> Chain | None:
    """Returns the chain side that the settings ask for, or None; what it opens is closed with `stack`; `signer` waits for the signer.

    `policies` are those that a shipment may be judged by, under their products' names.

    Raises:
        ConfigError: the network or checkpoint cannot be used, or contradicts [oracle].
        OracleError: the key file cannot be opened.
        OtherKeyOpenError: an earlier key left publications open.
    """
    if settings.lightclient is None and settings.oracle is None:
        return None
    client = await stack.enter_async_context(httpx.AsyncClient())
    light, services, gauges = _open_light_client(settings, client, health, clock)
    if settings.oracle is None:
        return Chain(light, (), services, gauges)
    oracle = settings.oracle
    if light is not None and oracle.chain_id != light.network.chain_id:
        raise ConfigError(
            "settings", "oracle.chain_id", f"is {oracle.chain_id}, but {light.network.name} is chain {light.network.chain_id}"
        )
    assert signer is not None, "whoever has [oracle] has started its signer"
    desk = await asyncio.to_thread(signer)
    domain = Domain(oracle.eas_version, oracle.chain_id, address(oracle.eas_contract))
    publishing = open_publishing(
        oracle, client=client, light=light, store=store, signer=GuardedTransactionSigner(desk), health=health, clock=clock
    )
    stages: tuple[Stage, ...] = (
        Attest(store, AttestationSigner(desk, domain), desk.attester, settings.gateway.read_point, clock.now_ms, health.report),
        MakeBatch(
            store,
            publishing.anchorage,
            oracle.batch,
            now_ms=clock.now_ms,
            monotonic=clock.monotonic,
            base_fee_wei=lambda: base_fee_wei(light),
        ),
    )
    # A stamp says when a batch existed; a bundle's `anchor` is the AnchorRegistry's, so it is written where there is one.
    if light is not None and oracle.anchor_in == "registry":
        prover = ChainProver(light, publishing.rpc, publishing.target, domain)
        folder = settings.below(settings.bundles.directory)
        devices = {device: key.to_cose() for device, key in device_keys(settings).items()}
        stages += (
            WriteBundles(store, prover, agents, settings.bundles, folder, clock.now_ms, devices),
            WriteLotBundles(store, prover, folder, clock.now_ms),
            AddQuorum(store, prover, folder, clock.now_ms),
        )
    schema = bytes.fromhex(oracle.verdicts.schema.removeprefix("0x")) or None
    verdicts = VerdictDesk(store, publishing.rpc, publishing.target, schema, clock.now_ms, policies)
    if schema is not None and oracle.verdicts.automatic:
        stages += (PublishVerdicts(store, verdicts, publishing.target.gateway, clock.monotonic),)
    revocations = RevocationDesk(store, publishing.target, clock.now_ms)
    commands = {
        "oracle-await": verdicts.await_command,
        "oracle-verdict": verdicts.publish_command,
        "oracle-revoke": revocations.revoke_command,
        "oracle-accept": revocations.accept_command,
        **voting.commands(desk),
    }
    return Chain(
        light, stages, {"publisher": publishing.publisher.run, **services}, {**gauges, **publishing.gauges}, commands, desk.attester
    )


def _open_light_client(
    settings: Settings, client: httpx.AsyncClient, health: Health, clock: Clock
) -> tuple[LightClient | None, Mapping[str, Service], Gauges]:
    if settings.lightclient is None:
        return None, {}, {}
    light = _light_client(settings, settings.lightclient, client, health, clock)
    rpc_service, rpc_gauges = open_rpc(settings, light, client, health)
    return light, {"lightclient": light.run, **rpc_service, **open_site_serving(settings.lightclient, light)}, rpc_gauges


def _light_client(settings: Settings, wanted: LightClientSettings, client: httpx.AsyncClient, health: Health, clock: Clock) -> LightClient:
    network = followed(settings, wanted)
    limits = RestLimits(timeout_seconds=wanted.request_timeout_seconds)
    return LightClient(
        network,
        _checkpoint(wanted.checkpoint),
        [RestBeaconSource(url, network, client, limits) for url in wanted.sources],
        bls=PyblstBackend(),
        time=lambda: clock.chain_ms() / 1000,
        on_condition=health.report,
        settings=wanted,
        file=StoreFile(settings.below("lightclient.store")),
        monotonic=clock.monotonic,
        choose=partial(choose_checkpoint, wanted, client) if wanted.checkpoint_file or wanted.checkpoint_providers else None,
    )


def _checkpoint(text: str) -> bytes:
    try:
        root = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        root = b"?"
    if len(root) not in {0, 32}:
        raise ConfigError("settings", "lightclient.checkpoint", f"{text[:70]!r} is not 0x and 64 hexadecimal digits")
    return root
