"""`aios lightclient unfreeze`: an operator's word that the light client may go on after two valid messages contradicted each other."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.terminal import DEFAULT_CONFIG, ConfigOption, fail, out, visible


def unfreeze(
    note: Annotated[str, typer.Option(help="Why it may go on; kept beside the evidence.")],
    path: ConfigOption = DEFAULT_CONFIG,
    store: Annotated[Path | None, typer.Option(help="The light client's store file, where it is not the gateway's.")] = None,
) -> None:
    """Releases a light client that stopped because two valid messages contradict each other; the evidence stays where it is.

    Read the evidence first: somebody who controls two thirds of a sync committee signed both. Exit code 1 if nothing is frozen.

    Example: `aios lightclient unfreeze --note "the chain's developers confirmed block 0x…" --config /etc/aios/gateway.toml`
    """
    from gateway.settings import load
    from lightclient.evidence import EvidenceFolder
    from lightclient.network import load_network

    settings = load(path) if store is None else None
    if settings is not None and settings.lightclient is None:
        fail(f"{path}: has no [lightclient], so nothing can be frozen", code=2)
    file = store if settings is None else settings.below("lightclient.store")
    assert file is not None
    # The evidence is not read back here, so any network will do for its folder.
    folder = EvidenceFolder(file.with_name(file.name + ".evidence"), load_network("mainnet"))
    reason = folder.frozen()
    if reason is None or not folder.unfreeze(note):
        fail(f"{folder.path}: nothing is frozen", code=1)
    out.print(f"released: {visible(reason)}", markup=False)
    for kept in folder.files():
        out.print(f"evidence: {kept}", markup=False)
