"""The demo itself: the world is built, the gateway runs in it, containers travel, and a stranger verifies what is left of them."""

import asyncio
import contextlib
import math
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Column, Table

from firmware_sim import fleet
from firmware_sim.links.mqtt import MqttLink
from firmware_sim.settings import MqttLinkSettings
from gateway import compose
from gateway.clock import SystemClock
from gateway.compose import Gateway
from gateway.demo.cast import CONTAINERS, GOODS, PRODUCT, Cast, Role, cast, encore
from gateway.demo.clock import DemoClock
from gateway.demo.custody import Parties, hand_over, new_parties
from gateway.demo.progress import trip_line
from gateway.demo.story import Story
from gateway.demo.world import BrokerKind, World, build
from gateway.lots import Lots, LotStateError, Terms
from gateway.settings import load
from gateway.store import bundles, findings
from gateway.store.records import StoredFinding
from gateway.wording import verdict
from oracle.custody import Handover

TRIP_HOURS = 72
"""The longest scenario of the cast."""
LOT_AQL = "10"
"""Nonconforming items per hundred that the demo's buyer accepts: about as many as its line makes."""
PROOF_SECONDS = 180.0
"""How long the proof may take after the trip: finality of the demo's chain takes 16 to 24 slots of one second."""


@dataclass(frozen=True, slots=True)
class DemoSettings:
    """How the demo is played."""

    folder: Path
    """Where everything is written."""
    trip_seconds: float
    """How long three days take."""
    seed: int
    """Of weather, noise and defects."""
    items: int
    """How many items pass the camera during the trip."""
    web_port: int
    """The dashboard's port; 0 takes a free one."""
    broker: BrokerKind
    """Which broker."""
    once: bool
    """Whether to stop after the story."""


@dataclass(frozen=True, slots=True)
class Ending:
    """What became of one container."""

    role: Role
    """Who it was."""
    found: StoredFinding | None
    """What the gateway concluded."""
    bundle: Path | None
    """The file that proves it."""
    proven: bool
    """Whether a process that knows only the file, the checkpoint and the network file agreed."""

    @property
    def as_it_was(self) -> bool:
        """Returns whether the verdict is what the physics made, and proven."""
        return self.proven and self.found is not None and self.found.finding.verdict is self.role.expected


async def play(settings: DemoSettings, console: Console) -> bool:
    """Plays the demo; returns whether the story ended as the physics made it, with every step proven."""
    real = SystemClock()
    with console.status("starting a broker, a chain and its contracts"):
        stack = contextlib.AsyncExitStack()
        world = await stack.enter_async_context(build(settings.folder, web_port=settings.web_port, broker_kind=settings.broker))
    async with stack:
        departure_ms = real.now_ms() - TRIP_HOURS * 3_600_000
        clock = DemoClock(real, TRIP_HOURS * 3_600_000, settings.trip_seconds, real.monotonic())
        gateway = await stack.enter_async_context(compose.running(load(world.config), clock))
        _introduce(console, world, gateway)
        story = Story(console, gateway.store, clock.now_ms)
        end_ms = departure_ms + TRIP_HOURS * 3_600_000
        async with trip_line(console, departure_ms, end_ms, clock.now_ms), asyncio.TaskGroup() as group:
            telling = group.create_task(story.run())
            acting = group.create_task(_act(settings, world, gateway, clock, departure_ms, console))
            done = await acting
            story.look()
            telling.cancel()
        endings = await _endings(gateway, world, console)
        console.print(_table(endings))
        success = done and all(ending.as_it_was for ending in endings)
        console.print(
            "Every step is proven." if success else "The story did not end as it should.", style="bold green" if success else "bold red"
        )
        if not settings.once:
            await _go_on(settings, world, gateway, clock, console)
    return success


async def _act(settings: DemoSettings, world: World, gateway: Gateway, clock: DemoClock, departure_ms: int, console: Console) -> bool:
    """Sends the containers on their way and waits until both bundles are written; returns whether they were, in time."""
    players = cast(departure_ms, settings.seed, settings.items, world.signers)
    parties = new_parties(CONTAINERS)
    lots = Lots(gateway.store, clock.now_ms)
    inspected = players.line.items > 1  # the sampling plans begin with lots of two
    if inspected:
        terms = Terms(lot_size=players.line.items, aql=LOT_AQL, supplier="Maker", machine="line 4")
        await lots.open(players.line.gtin, players.line.lot, terms)
    first = {role.sscc: await _depart(gateway, role, parties, players.start_ms) for role in CONTAINERS}
    await fleet.run(players.devices, lambda name: MqttLink(name, MqttLinkSettings(port=world.broker.port)), clock)
    await clock.sleep_until_ms(players.end_ms)
    for role in CONTAINERS:
        last = hand_over(role, (first[role.sscc],), parties.carrier, parties.warehouses[role.sscc], players.end_ms)
        await gateway.shipments.hand_over(role.sscc, last)
        await gateway.shipments.receive(role.sscc, at_ms=players.end_ms)
    if inspected:
        # Judged by now, unless an item of its sample never came.
        with contextlib.suppress(LotStateError):
            await lots.close(players.line.gtin, players.line.lot)
    _compare_defects(players, gateway, console)
    try:
        async with asyncio.timeout(PROOF_SECONDS):
            while not _bundles(gateway).keys() >= {role.sscc for role in CONTAINERS}:  # noqa: ASYNC110 - the pipeline's tasks write what is waited for
                await asyncio.sleep(0.2)
    except TimeoutError:
        conditions = ", ".join(f"{c.name}: {c.text}" for c in gateway.health.active()) or "no condition is raised"
        console.print(f"the proof took longer than {PROOF_SECONDS:.0f} s; {conditions}", style="bold red", markup=False)
        return False
    return True


async def _depart(gateway: Gateway, role: Role, parties: Parties, at_ms: int) -> Handover:
    """Packs a container and sends it on its way; returns the handover from the maker to the carrier."""
    handover = hand_over(role, (), parties.maker, parties.carrier, at_ms)
    await gateway.shipments.open(role.sscc, device=role.device, product=PRODUCT, at_ms=at_ms)
    await gateway.shipments.pack(role.sscc, quantities=[GOODS], at_ms=at_ms)
    await gateway.shipments.hand_over(role.sscc, handover)
    await gateway.shipments.depart(role.sscc, at_ms=at_ms)
    return handover


def _bundles(gateway: Gateway) -> dict[str, Path]:
    with gateway.store.read() as connection:
        return {bundle.subject.partition("/")[2]: Path(bundle.path) for bundle in bundles.select_all(connection)}


async def _endings(gateway: Gateway, world: World, console: Console) -> list[Ending]:
    """Verifies each bundle in a process of its own that is handed nothing but the file, the checkpoint and the network file."""
    written = _bundles(gateway)
    endings = []
    for role in CONTAINERS:
        path = written.get(role.sscc)
        with gateway.store.read() as connection:
            found = next(findings.select_subject(connection, f"00/{role.sscc}"), None)
        proven = False
        if path is not None:
            command = ["verify", str(path), "--checkpoint", f"0x{world.checkpoint.hex()}", "--network", str(world.network_file)]
            console.print(f"\n$ aios {' '.join(command)}", style="bold", markup=False)
            ended = await asyncio.to_thread(
                subprocess.run, [sys.executable, "-m", "gateway", *command], capture_output=True, text=True, check=False, timeout=120
            )
            console.print(ended.stdout.rstrip() + ended.stderr.rstrip(), markup=False)
            proven = ended.returncode == 0
        endings.append(Ending(role, found, path, proven))
    return endings


def _introduce(console: Console, world: World, gateway: Gateway) -> None:
    console.print(f"[bold]Dashboard: {gateway.url}[/bold]")
    console.print(f"broker {world.broker.kind}, chain {world.devnet.network.name}, checkpoint 0x{world.checkpoint.hex()}", style="dim")
    console.print(f"try: aios status --config {world.config}", style="dim", markup=False)


def _compare_defects(players: Cast, gateway: Gateway, console: Console) -> None:
    """Says how often the camera's agent was right, which only the simulator can know."""
    with gateway.store.read() as connection:
        rows = connection.execute("SELECT item, label FROM findings WHERE kind = 'lot' AND item != ''").fetchall()
    right = sum(players.truth.get(item) == label for item, label in rows)
    bad = sum(truth != "good" for truth in players.truth.values())
    console.print(f"inspection: {right} of {len(rows)} frames classified as they truly are; {bad} true defects", style="cyan", markup=False)


def _table(endings: list[Ending]) -> Table:
    """Returns what became of the containers, one column each, so that it fits 80 characters."""
    columns = [Column(ending.role.title, overflow="fold") for ending in endings]
    table = Table("", *columns, box=SIMPLE_HEAD, pad_edge=False, title="What became of the shipments", title_justify="left")
    measures = [dict(ending.found.finding.measures) if ending.found else {} for ending in endings]
    rows: dict[str, Iterable[str]] = {
        "shipment": (ending.role.sscc for ending in endings),
        "verdict": (verdict(ending.found.finding) if ending.found else "none" for ending in endings),
        "minutes out of band": (f"{one.get('excursion_minutes', math.nan):.1f}" for one in measures),
        "mean kinetic": (f"{one.get('mean_kinetic_temperature', math.nan):.2f} °C" for one in measures),
        "as it truly was": ("yes" if e.found and e.found.finding.verdict is e.role.expected else "[red]no" for e in endings),
        "proven offline": ("yes" if ending.proven else "[red]no" for ending in endings),
        "bundle": (e.bundle.name if e.bundle else "none" for e in endings),
        "its size": (f"{e.bundle.stat().st_size // 1000} kB" if e.bundle else "-" for e in endings),
    }
    for name, cells in rows.items():
        table.add_row(name, *cells)
    return table


async def _go_on(settings: DemoSettings, world: World, gateway: Gateway, clock: DemoClock, console: Console) -> None:
    console.print(f"The warehouse goes on in real time at {gateway.url}; Ctrl-C ends the demo.", style="bold")
    players = encore(clock.now_ms(), settings.seed, world.signers)
    await fleet.run(players, lambda name: MqttLink(name, MqttLinkSettings(port=world.broker.port)), clock)
