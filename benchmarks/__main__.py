"""Runs every benchmark and prints each budget as a ratio to the limit measured beside it.

A figure is never a verdict: the table says which budgets are met on this machine now. The exit code is 1 only if a benchmark fails to run.
"""

import argparse
import importlib
import pkgutil
import sys
import time

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

import benchmarks
from benchmarks.budget import BUDGETS, Budget


def names() -> list[str]:
    """Returns the benchmark modules in alphabetical order."""
    return sorted(m.name for m in pkgutil.iter_modules(benchmarks.__path__) if m.name.startswith("bench_"))


def main(argv: list[str] | None = None) -> int:
    """Runs the chosen benchmarks; returns 1 if one of them could not run."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument(
        "only", nargs="*", help=f"which to run: {', '.join(n.removeprefix('bench_') for n in names())}; all if none is named"
    )
    chosen = parser.parse_args(argv).only
    console = Console()
    figures: dict[str, float] = {}
    failed = []
    with Progress(SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=console, transient=True) as progress:
        for name in names():
            room = name.removeprefix("bench_")
            if chosen and room not in chosen:
                continue
            task = progress.add_task(f"measuring {room}")
            started = time.monotonic()
            try:
                measured = importlib.import_module(f"benchmarks.{name}").measure()
            except Exception as error:  # one benchmark that cannot run here must not hide the others
                failed.append(room)
                console.print(f"[red]{room}: could not be measured: {error!r}")
            else:
                figures |= {f"{room}.{key}": value for key, value in measured.items()}
                console.print(f"{room}: measured in {time.monotonic() - started:.1f} s")
            progress.remove_task(task)
    console.print(budget_table([b for b in BUDGETS if b.figure in figures], figures))
    console.print(other_table(figures))
    return 1 if failed else 0


def budget_table(rows: list[Budget], figures: dict[str, float]) -> Table:
    """Returns the table of budgets, each with its figure, the figure's ratio to the bound, and whether it is met."""
    table = Table(title="Budgets", title_justify="left")
    for column in ("work", "figure", "budget", "of it", "met"):
        table.add_column(column, justify="left" if column == "work" else "right")
    for row in rows:
        value = figures[row.figure]
        met = value >= row.limit if row.at_least else value <= row.limit
        limit = f"{'≥' if row.at_least else '≤'} {row.limit:,g} {row.unit}"
        table.add_row(row.work, f"{value:,.3g} {row.unit}", limit, f"{value / row.limit:.2f}", "yes" if met else "[red]no")
    return table


def other_table(figures: dict[str, float]) -> Table:
    """Returns every measured figure by its name."""
    table = Table(title="All figures", title_justify="left")
    table.add_column("figure")
    table.add_column("value", justify="right")
    for name, value in sorted(figures.items()):
        table.add_row(name, f"{value:,.4g}")
    return table


if __name__ == "__main__":
    sys.exit(main())
