"""One live line below the story: how much of the trip is over, then how the proof comes along. Nothing where the output is no terminal."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

DRAW_SECONDS = 0.25
"""How often the line is drawn."""
DAY_MS = 86_400_000


@contextlib.asynccontextmanager
async def trip_line(console: Console, start_ms: int, end_ms: int, now_ms: Callable[[], int]) -> AsyncIterator[None]:
    """Shows a trip between two virtual times, and after it that the proof is awaited, for as long as the block lasts."""
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=None), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal, expand=True) as progress:
        task = progress.add_task(said(start_ms, end_ms, start_ms), total=end_ms - start_ms)

        async def draw() -> None:
            while True:
                done = min(now_ms(), end_ms) - start_ms
                # Without a total the bar only pulses: nobody knows when finality comes.
                progress.update(task, description=said(start_ms, end_ms, now_ms()), completed=done)
                if start_ms + done >= end_ms:
                    progress.update(task, total=None)
                await asyncio.sleep(DRAW_SECONDS)

        drawing = asyncio.ensure_future(draw())
        try:
            yield
        finally:
            drawing.cancel()
            await asyncio.wait([drawing])


def said(start_ms: int, end_ms: int, now_ms: int) -> str:
    """Returns the words of the line at a virtual time."""
    if now_ms >= end_ms:
        return "the proof: judged, signed, anchored, final, bundled"
    hours = (now_ms - start_ms) // 3_600_000
    return f"the trip: day {hours // 24 + 1} of {-(-(end_ms - start_ms) // DAY_MS)}, hour {hours % 24:2}"
