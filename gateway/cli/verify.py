"""`aios verify`: what a bundle proves, without asking anybody."""

import sys
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.hexadecimal import pinned, version
from gateway.cli.terminal import DEFAULT_CONFIG, JsonOption, err, fail, out, visible

if TYPE_CHECKING:
    from gateway.cli.bundle_files import Source
    from gateway.cli.trusted import Trusted
    from oracle.verify_walk import Expected, Report

SHOW_PROGRESS_FROM = 4
"""Fewer files are done before a progress bar could be read: one takes 20 ms, or 100 with many committees."""
EXIT_CODES = {"refuted": 1, "cannot tell": 2}
"""Over many files, one refutation outweighs everything, then one that cannot be told; otherwise 0."""


def verify(
    files: Annotated[list[str], typer.Argument(metavar="FILE|DIGITAL-LINK|DIRECTORY...", help="Bundles (JSON or CBOR), folders, links.")],
    checkpoint: Annotated[
        str | None, typer.Option(help="Root of a finalized beacon block that you trust; default: what this box or the network file trusts.")
    ] = None,
    network: Annotated[
        str | None, typer.Option(help="The chain: mainnet, sepolia, hoodi, or a network file; default: the one the bundle names.")
    ] = None,
    registry: Annotated[str | None, typer.Option(help="Address of the AnchorRegistry, if the network file does not name it.")] = None,
    eas: Annotated[
        str | None, typer.Option("--eas", metavar="0x..", help="Address of the EAS contract, if the network file does not name it.")
    ] = None,
    eas_version: Annotated[
        str | None,
        typer.Option("--eas-version", metavar="V", help="Its version, such as 0.26 or 1.4.0, which says where it keeps revocations."),
    ] = None,
    gateway: Annotated[
        str | None, typer.Option(help="Address of the gateway that you expect: as it is registered, or of its key that anchors.")
    ] = None,
    attester: Annotated[
        str | None, typer.Option(help="Address of the key that you expect to have signed; default: any key of --gateway.")
    ] = None,
    device_key: Annotated[
        list[str] | None, typer.Option("--device-key", metavar="ID=KEY", help="A device's public key: a PEM or COSE_Key file, or 0x hex.")
    ] = None,
    quorum: Annotated[
        int, typer.Option(min=0, max=32, help="How many registered gateways must have attested the same verdict; 0 asks for none.")
    ] = 0,
    offline: Annotated[bool, typer.Option("--offline", help="Fetch nothing: a Digital Link is looked up in --bundles only.")] = False,
    bundles: Annotated[Path | None, typer.Option(help="Folder in which Digital Links are looked up; default: this box's own.")] = None,
    config: Annotated[Path, typer.Option("--config", "-c", help="This box's settings file, where it has one.")] = DEFAULT_CONFIG,
    report: Annotated[Path | None, typer.Option(help="Write a report to hand over, of one bundle: a .pdf or .html file.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Checks bundles and prints one line per check: what holds, what it shows, who vouches for it, or why it does not hold.

    Nothing is asked of any server, save for a Digital Link that is not in the local folder. What you trust is the checkpoint, the network
    file and what you pin by hand, and the end of the report names it. Exit code 0 if every bundle is proven, 1 if one is refuted, 2 if
    none is refuted and one cannot be told, or a file or an option cannot be read.

    --json prints one object; for several files or a folder JSON Lines, one object a line, also for a file that cannot be read.

    Example: `aios verify demo-data/bundles --network demo-data/network.toml`
    """
    from gateway.cli.bundle_files import UnreadableError, found, read
    from gateway.cli.report_file import require_report, write_report
    from gateway.cli.trusted import Trusted, device_keys
    from gateway.cli.verify_report import conclude, show, show_document, unread

    expected = replace(_expected(registry, gateway, attester, quorum), device_keys=device_keys(device_key or []))
    contract = pinned("--eas", eas, 20)
    trusted = Trusted(
        pinned("--checkpoint", checkpoint, 32),
        network,
        config,
        None if contract is None else f"0x{contract.hex()}",
        version("--eas-version", eas_version),
    )
    trusted.require()
    folder = trusted.bundles if bundles is None else bundles
    try:
        sources = list(found(files, folder, offline=offline))
    except UnreadableError as error:
        fail(str(error), code=2)
    if report is not None:
        require_report(report, len(sources))
    lines = len(sources) > 1 or any(Path(word).is_dir() for word in files)
    reports: list[tuple[str, Report]] = []
    for source in _counted(sources):
        started = time.perf_counter()
        try:
            data = read(source)
            outcome = source.label.compared(_verify(data, trusted, expected), data)
        except UnreadableError as error:
            err.print(f"aios: {visible(str(error))}", style="red", markup=False)
            data, outcome = None, unread(str(error))
        if as_json:
            show_document(source.name, outcome, lines=lines)
        elif data is not None:
            show(source.name, outcome, time.perf_counter() - started)
        if report is not None and data is not None:
            write_report(report, data, outcome, source.name)
        reports.append((source.name, outcome))
    if not as_json:
        conclude(reports)
    verdicts = {one.verdict.value for _, one in reports}
    sys.exit(next((code for verdict, code in EXIT_CODES.items() if verdict in verdicts), 0))


def _verify(data: bytes, trusted: "Trusted", expected: "Expected") -> "Report":
    from oracle.verify import Check, Outcome, Report
    from oracle.verify import verify as check
    from oracle.verify_errors import CannotTellError

    try:
        start = trusted.for_bundle(data)
    except CannotTellError as error:
        return Report((Check("network", Outcome.UNKNOWN, str(error), refusal=error),))
    wanted = replace(expected, checkpoint_source=start.source)
    return check(data, checkpoint=start.checkpoint, network=start.network, now_s=int(time.time()), expected=wanted)


def _expected(registry: str | None, gateway: str | None, attester: str | None, quorum: int) -> "Expected":
    from oracle.verify_walk import Expected

    return Expected(
        registry=pinned("--registry", registry, 20),
        gateway=pinned("--gateway", gateway, 20),
        attester=pinned("--attester", attester, 20),
        quorum=quorum,
    )


def _counted(sources: "list[Source]") -> "Iterable[Source]":
    """Returns the sources, with a line on a terminal that says how many are done."""
    if len(sources) < SHOW_PROGRESS_FROM or not out.is_terminal:
        return sources
    from rich.progress import track

    return track(sources, description="verifying", console=out, transient=True)
