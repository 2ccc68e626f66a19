"""`aios verify`: what a bundle proves, without asking anybody."""

import json
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from gateway.cli.terminal import JsonOption, err, fail, out, visible

if TYPE_CHECKING:
    from oracle.verify_walk import Report

SHOW_PROGRESS_FROM = 4
"""Fewer files are done before a progress bar could be read: one takes 20 ms, or 100 with many committees."""
MAX_CHECKPOINT = 66
"""Characters of a checkpoint: 0x and 64 hexadecimal digits."""


def verify(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Bundles, JSON or CBOR.")],
    checkpoint: Annotated[str, typer.Option(help="Root of a finalized beacon block that you trust: 0x and 64 hexadecimal digits.")],
    network: Annotated[str, typer.Option(help="The chain: mainnet, sepolia, hoodi, devnet-minimal, or a network file.")] = "mainnet",
    registry: Annotated[str | None, typer.Option(help="Address of the AnchorRegistry, if the network file does not name it.")] = None,
    gateway: Annotated[str | None, typer.Option(help="Address of the gateway that you expect to have anchored and signed.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Checks bundles offline and prints one line per check: what holds, or why it does not.

    Nothing is asked of any server; what you trust is the checkpoint, the network file and what you pin by hand, and the end of the report
    names it. Exit code 0 if every check of every file passed, 1 if one was refused, 2 if a file or an option cannot be read.

    Example: `aios verify demo-data/bundles/*.json --checkpoint 0x… --network demo-data/network.toml`
    """
    from lightclient.errors import LightClientError
    from lightclient.network import load_network
    from oracle.bundle_codec import MAX_BYTES
    from oracle.verify import verify as check
    from oracle.verify_walk import Expected

    root = _hex("--checkpoint", checkpoint, 32)
    pinned = _hex("--gateway", gateway, 20) if gateway else None
    expected = Expected(registry=_hex("--registry", registry, 20) if registry else None, gateway=pinned, attester=pinned)
    try:
        chain = load_network(network)
    except LightClientError as error:
        fail(str(error), code=2)
    passed, unread = True, False
    for file in _counted(files):
        try:
            with file.open("rb") as opened:
                data = opened.read(MAX_BYTES + 1)
        except OSError as error:
            err.print(f"aios: {visible(str(file))}: cannot be read: {error.strerror}", style="red", markup=False)
            unread = True
            continue
        started = time.perf_counter()
        report = check(data, checkpoint=root, network=chain, now_s=int(time.time()), expected=expected)
        _show(file, report, time.perf_counter() - started, as_json=as_json)
        passed = passed and report.passed
    # A file that was not read outranks one that was refused: nothing at all is known of it.
    sys.exit(2 if unread else 0 if passed else 1)


def _counted(files: list[Path]) -> Iterable[Path]:
    """Returns the files, with a line on a terminal that says how many are done."""
    if len(files) < SHOW_PROGRESS_FROM or not out.is_terminal:
        return files
    from rich.progress import track

    return track(files, description="verifying", console=out, transient=True)


def _hex(option: str, text: str, length: int) -> bytes:
    try:
        value = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        value = b""
    if len(value) != length or not text.startswith("0x"):
        fail(f"{option} {text[:MAX_CHECKPOINT]!r} is not 0x and {2 * length} hexadecimal digits", code=2)
    return value


def _show(file: Path, report: "Report", seconds: float, *, as_json: bool) -> None:
    if as_json:
        checks = [{"name": c.name, "outcome": c.outcome.value, "detail": c.detail} for c in report.checks]
        document = {"file": str(file), "passed": report.passed, "conclusion": report.conclusion, "checks": checks}
        out.print_json(json.dumps(document | {"trusted": report.trusted, "warnings": report.warnings}))
        return
    out.print(Text(visible(str(file)), "bold"))
    for check in report.checks:
        mark, style = {"passed": ("ok", "green"), "refused": ("REFUSED", "bold red")}.get(check.outcome.value, ("-", "dim"))
        out.print(Text.assemble((f"  {mark:8}", style), f"{check.name:12} {visible(check.detail)}"))
    for warning in report.warnings:
        err.print(f"  warning: {visible(warning)}", style="yellow", markup=False)
    out.print(
        f"  {'proven' if report.passed else 'NOT PROVEN'}: {visible(report.conclusion) or 'nothing'} ({seconds * 1000:.0f} ms)",
        markup=False,
    )
    for line in report.trusted:
        out.print(Text(f"  trusted: {visible(line)}", "dim"))
