"""`aios quorum`: what other gateways attested about the same shipments and lots."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.terminal import DEFAULT_CONFIG, ConfigOption, fail, out

app = typer.Typer(no_args_is_help=True)


@app.callback()
def quorum() -> None:
    """Collects what other gateways attested, for bundles that show it beside this gateway's own word.

    Example: `aios quorum add theirs.json`
    """


@app.command()
def add(
    bundles: Annotated[list[Path], typer.Argument(metavar="BUNDLE...", help="Bundles of other gateways about this gateway's subjects.")],
    path: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Takes another gateway's attestation out of its bundle and puts it into this gateway's, which is written anew; the gateway must run.

    Its anchor and its standing are proven again in this gateway's own finalized block, so nothing of the file is trusted.

    Example: `aios quorum add theirs.json --config demo-data/gateway.toml`
    """
    from gateway.control import call
    from gateway.pipeline.quorum import co_attestation
    from gateway.settings import load
    from oracle.bundle_codec import MAX_BYTES, loads
    from oracle.errors import OracleError

    data_dir = Path(load(path).gateway.data_dir)
    for file in bundles:
        try:
            with file.open("rb") as opened:
                bundle = loads(opened.read(MAX_BYTES + 1))
        except OSError as error:
            fail(f"{file}: cannot be read: {error.strerror}", code=2)
        except OracleError as error:
            fail(f"{file}: {error}", code=1)
        answer = call(data_dir, "quorum-add", subject=bundle.subject.path, member=co_attestation(bundle))
        out.print(f"{answer['subject']}: gateway {answer['gateway']} enters the next bundle", markup=False)
