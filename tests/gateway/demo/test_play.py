import asyncio
import io
from pathlib import Path

import pytest
from rich.console import Console

from edge_agents.finding import Finding, SubjectKind, Verdict
from gateway.demo import progress
from gateway.demo.cast import CONTAINERS
from gateway.demo.play import Ending, _table
from gateway.demo.story import Story
from gateway.lots import Lots, Terms
from gateway.store import lots
from gateway.store.records import StoredFinding
from gateway.store.settings import StoreSettings
from gateway.store.store import Store

HOUR_MS = 3_600_000


def found(verdict: Verdict, label: str) -> StoredFinding:
    finding = Finding(
        subject="00/106141412345678908",
        kind=SubjectKind.SHIPMENT,
        item="",
        verdict=verdict,
        label=label,
        confidence=1.0,
        measures=(("excursion_minutes", 99.5), ("mean_kinetic_temperature", 5.64)),
        device="reefer-1",
        from_ms=0,
        to_ms=1,
        readings=865,
        agent="cold-chain-vaccine",
        agent_hash=bytes(32),
        evidence=bytes(32),
    )
    return StoredFinding(1, finding, 0, 1, 2)


@pytest.mark.parametrize("width", [80, 160])
def test_the_last_table_fits_a_terminal_and_cuts_nothing(tmp_path: Path, width: int) -> None:
    bundles = [tmp_path / f"00-{role.sscc}.json" for role in CONTAINERS]
    for bundle in bundles:
        bundle.write_bytes(b"x" * 110_423)
    endings = [
        Ending(CONTAINERS[0], found(Verdict.CONFORMS, "conforms"), bundles[0], proven=True),
        Ending(CONTAINERS[1], None, bundles[1], proven=False),
    ]
    shown = io.StringIO()
    Console(file=shown, width=width).print(_table(endings))
    text = shown.getvalue()
    assert max(map(len, text.splitlines())) <= width
    for words in (CONTAINERS[0].sscc, CONTAINERS[1].sscc, bundles[0].name, bundles[1].name, "110 kB", "5.64 °C", "conforms", "none", "nan"):
        assert words in text
    assert "…" not in text


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (0, "the trip: day 1 of 3, hour  0"),
        (25, "the trip: day 2 of 3, hour  1"),
        (72, "the proof: judged, signed, anchored, final, bundled"),
    ],
)
def test_the_live_line_says_how_far_the_trip_is(hours: int, words: str) -> None:
    assert progress.said(0, 72 * HOUR_MS, hours * HOUR_MS) == words


@pytest.mark.parametrize(
    ("verdict", "word"), [(Verdict.CONFORMS, "accept"), (Verdict.BREACH, "reject"), (Verdict.INSUFFICIENT, "insufficient")]
)
def test_a_lots_verdict_is_told_once_and_not_before_it_is_judged(tmp_path: Path, verdict: Verdict, word: str) -> None:
    store = Store.open(StoreSettings(str(tmp_path / "store.db")), now_ms=lambda: 0, on_condition=lambda *_: None)
    asyncio.run(Lots(store, lambda: 0).open("09506000134352", "L42", Terms(lot_size=60, aql="10")))
    shown = io.StringIO()
    story = Story(Console(file=shown, width=160), store, lambda: 0)
    story.look()
    assert shown.getvalue() == ""
    subject = "01/09506000134352/10/L42"
    store.write(lambda connection: lots.judged(connection, subject, verdict, inspected=13, nonconforming=4, closed_ms=1)).result()
    story.look()
    story.look()
    store.close()
    assert shown.getvalue().count(f"lot {subject}: {word}: 4 of 13 inspected items nonconforming\n") == 1


@pytest.mark.parametrize("terminal", [True, False])
def test_the_live_line_is_drawn_on_terminals_only_and_leaves_printed_lines_whole(terminal: bool) -> None:
    shown = io.StringIO()
    console = Console(file=shown, width=80, force_terminal=terminal, color_system=None)

    async def story() -> None:
        async with progress.trip_line(console, 0, 72 * HOUR_MS, lambda: 30 * HOUR_MS):
            await asyncio.sleep(0)
            console.print("a line of the story")

    asyncio.run(story())
    assert "a line of the story\n" in shown.getvalue()
    assert ("the trip: day" in shown.getvalue()) is terminal
