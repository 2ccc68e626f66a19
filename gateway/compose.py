"""One gateway, composed: parts are made in the order of their dependence, run in one TaskGroup, and closed in reverse.

Nothing here decides anything; it only knows which part needs which. What a part needs of the world (clock, paths, parts) is handed in.
"""

import asyncio
import contextlib
import dataclasses
import signal
import sqlite3
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from drivers.mqtt.driver import MqttDriver
from drivers.supervision import supervise
from edge_agents.conditions.agent import Conditions, products
from edge_agents.surface_defects.agent import SurfaceDefects
from gateway import serving
from gateway.chain import Chain, open_chain
from gateway.clock import Clock
from gateway.control import SOCKET_NAME, control_app
from gateway.device_keys import device_keys
from gateway.epcis import Epcis, epcis_commands
from gateway.health import Health
from gateway.images import Images, open_images
from gateway.ingest import Gate
from gateway.lots import Lots, lot_commands
from gateway.metrics import GatewayCollector, exposition
from gateway.pipeline import stage
from gateway.pipeline.judge import JudgeFrames, JudgeTrips
from gateway.pipeline.lots import JudgeLots
from gateway.pipeline.stage import Bell, Stage
from gateway.quorum import quorum_add
from gateway.services import Service, resident, together
from gateway.settings import Settings
from gateway.shipment_commands import shipment_commands
from gateway.shipments import Shipments
from gateway.signing import start_signer
from gateway.status import status_command
from gateway.store import devices
from gateway.store.records import Device
from gateway.store.store import Store
from gateway.verifying import BoxVerifier
from gateway.view import LiveView
from gateway.web.app import create_app
from gateway.web.security import read_token


@dataclass(frozen=True, slots=True)
class Gateway:
    """A running gateway, as the demo and tests see it."""

    settings: Settings
    """What it was told."""
    store: Store
    """What it knows."""
    health: Health
    """What is wrong."""
    shipments: Shipments
    """Its trips."""
    chain: Chain | None
    """Its side of the chain; None without [oracle] and [lightclient]."""
    url: str
    """The dashboard's address."""


@contextlib.asynccontextmanager
async def running(settings: Settings, clock: Clock) -> AsyncIterator[Gateway]:
    """Runs a gateway for as long as the `async with` block lasts.

    Raises:
        GatewayError, StoreError and the rooms' own errors: a part could not be made; what was made before it is closed again.
    """
    data_dir = Path(settings.gateway.data_dir)
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)  # noqa: ASYNC240 - once, before anything runs
    health = Health(clock.now_ms)
    loop = asyncio.get_running_loop()
    async with contextlib.AsyncExitStack() as stack:
        web_socket = serving.bind(settings.web.host, settings.web.port)
        stack.callback(web_socket.close)
        signer = start_signer(settings, settings.oracle, stack.enter_context(contextlib.ExitStack())) if settings.oracle else None
        store = await asyncio.to_thread(_open_store, settings, clock, health)
        stack.callback(store.close)
        bell = Bell(loop)
        store.subscribe(lambda _: bell.ring())
        conditions = {name: Conditions.load(name, settings.agents) for name in products(settings.agents.policies)}
        policies = {name: agent.manifest for name, agent in conditions.items()}
        chain = await open_chain(settings, store, health, clock, conditions.__getitem__, stack, signer, policies)
        own_key = chain.attester if chain else b""
        trips = Shipments(store, [d.id for d in settings.devices], conditions, clock.now_ms, settings.gateway.read_point, own_key)
        keys = device_keys(settings)
        drivers = {name: MqttDriver(broker, name=f"mqtt.{name}", now_ms=clock.now_ms, keys=keys) for name, broker in settings.mqtt.items()}
        view = LiveView(settings, {name: agent.policy for name, agent in conditions.items()}, health, chain, clock.now_ms)
        parts: Mapping[str, Mapping[str, Any]] = {"store": {"main": store.stats}, "mqtt": {name: d.stats for name, d in drivers.items()}}
        metrics = exposition(GatewayCollector(parts, health, chain.gauges() if chain else {}))
        images = await asyncio.to_thread(open_images, settings.images, data_dir)
        events = Epcis(store, clock.now_ms)
        verifier = BoxVerifier(settings, clock.now_ms)
        app = create_app(
            store, view, settings.web, token=read_token(settings.web), metrics=metrics, images=images, epcis=events, verifier=verifier
        )
        gateway = Gateway(settings, store, health, trips, chain, f"http://{settings.web.host}:{web_socket.getsockname()[1]}")
        commands = control_app(
            {
                "status": status_command(settings.gateway.name, gateway.url, store, health, chain),
                **shipment_commands(trips),
                **epcis_commands(events),
                **lot_commands(Lots(store, clock.now_ms)),
                "quorum-add": quorum_add(store, clock.now_ms),
                **({"lightclient": chain.describe, **chain.commands} if chain else {}),
            }
        )
        control_socket = serving.bind_unix(data_dir / SOCKET_NAME)
        gate = Gate(store, settings.ingest, frozenset(d.id for d in settings.devices), clock.now_ms, frozenset(keys))
        services: dict[str, Service] = {
            **{driver.name: partial(supervise, driver, gate, on_condition=health.report) for driver in drivers.values()},
            **{
                one.name: partial(stage.run, one, bell, health.report)
                for one in (*_judges(settings, store, conditions, clock, images), *(chain.stages if chain else ()))
            },
            **{name: partial(resident, name, service, health.report) for name, service in (chain.services if chain else {}).items()},
            "store": partial(_watch, store),
            "dashboard": partial(serving.serve, app, web_socket),
            "control": partial(serving.serve, commands, control_socket),
        }
        # Left first: every task ends before the store that it writes to is closed.
        await stack.enter_async_context(together(services))
        structlog.get_logger("gateway").info("running", name=settings.gateway.name, dashboard=gateway.url)
        yield gateway


async def run_until_signalled(settings: Settings, clock: Clock) -> None:
    """Runs a gateway until SIGINT or SIGTERM."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with running(settings, clock):
        await stop.wait()
    structlog.get_logger("gateway").info("stopped")


async def _watch(store: Store) -> None:
    # A gateway that records nothing is worse than none: with its error the process ends, and the service manager starts it anew.
    await asyncio.wrap_future(store.ended)


def _open_store(settings: Settings, clock: Clock, health: Health) -> Store:
    placed = dataclasses.replace(settings.store, path=str(settings.below(settings.store.path)))
    store = Store.open(placed, now_ms=clock.now_ms, on_condition=health.report)
    known = [Device(d.id, "", clock.now_ms(), d.product) for d in settings.devices]

    def record(connection: sqlite3.Connection) -> None:
        for one in known:
            devices.insert(connection, one)

    # Not waited for: on a full disk the gateway starts all the same, shows what is wrong, and stops when it is told to.
    store.write(record)
    return store


def _judges(
    settings: Settings, store: Store, conditions: Mapping[str, Conditions], clock: Clock, images: Images | None
) -> tuple[Stage, ...]:
    frames = SurfaceDefects.load(settings=settings.agents)
    return (
        JudgeFrames(store, frames, settings.judge, clock.now_ms, images),
        JudgeTrips(store, conditions.__getitem__, settings.judge, clock.now_ms, settings.certificates()),
        JudgeLots(store, settings.judge, clock.now_ms, signing=settings.oracle is not None),
    )
