"""`aios lightclient replay` and `check-proof`: recorded answers of servers, verified without asking anybody."""

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from gateway.cli.hexadecimal import exactly, pinned, storage_key
from gateway.cli.plain import cell, plain
from gateway.cli.terminal import JsonOption, err, fail, out

if TYPE_CHECKING:
    from lightclient.errors import PeerError
    from lightclient.network import Network
    from lightclient.replay import Replay
    from lightclient.types import LightClientHeader

MAX_BYTES = 64 * 1024 * 1024
"""Largest file read: a year of mainnet's updates in JSON is some 20 MB."""


def replay(
    network: Annotated[
        str, typer.Option(help="The chain: mainnet, sepolia, hoodi, devnet-minimal, a .toml file, or a server's spec .json.")
    ],
    bootstrap: Annotated[Path, typer.Option(metavar="FILE", help="The recorded bootstrap; or one update, to trust its attested block.")],
    root: Annotated[str | None, typer.Option(help="Block root that you trust; without it the bootstrap's own is taken.")] = None,
    updates: Annotated[list[Path] | None, typer.Option(metavar="FILE", help="Recorded updates, in order; may be repeated.")] = None,
    finality: Annotated[list[Path] | None, typer.Option(metavar="FILE", help="A recorded finality update; may be repeated.")] = None,
    optimistic: Annotated[list[Path] | None, typer.Option(metavar="FILE", help="A recorded optimistic update; may be repeated.")] = None,
    slot: Annotated[int | None, typer.Option(min=0, help="Slot that the clock shows; without it the slot of now.")] = None,
    genesis_root: Annotated[
        str | None, typer.Option("--genesis-validators-root", help="With a spec .json as --network: the chain's genesis validators root.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Feeds recorded beacon answers through the light client, and prints the heads and periods it ends at, or what it refuses and why.

    Files hold the REST API's JSON or SSZ (for updates the SSZ stream), of any fork. The order is bootstrap, updates, finality, optimistic.
    Messages older than what is known are verified and passed over. Exit code 0 if everything verified, 1 if a message was refused, 2 if
    a file or an option cannot be read.

    Example: `aios lightclient replay --network mainnet --bootstrap bootstrap.json --updates updates.json --finality finality.json`
    """
    from lightclient.bls.pyblst_backend import PyblstBackend
    from lightclient.errors import PeerError
    from lightclient.replay import begin, read_start

    chain = _network(network, genesis_root)
    trusted = pinned("--root", root, 32)
    current = chain.slot_at_time(time.time()) if slot is None else slot
    steps: list[dict[str, Any]] = []
    contents = [(kind, path, _read(path)) for kind, paths in _kinds(updates, finality, optimistic) for path in paths]
    state: Replay | None = None
    step: dict[str, Any] = {"file": str(bootstrap), "message": "bootstrap"}
    try:
        state = begin(chain, trusted, read_start(_read(bootstrap), chain), current_slot=current, bls=PyblstBackend())
        if trusted is None:
            err.print(f"no --root given: trusting the block that {bootstrap} is about", style="yellow", markup=False)
        steps.append(step | {"outcome": "trusted", "slot": state.store.finalized_header.beacon.slot})
        for kind, path, data in contents:
            step = {"file": str(path), "message": kind}
            for index, message in enumerate(_messages(kind, data, chain)):
                step = {"file": str(path), "message": f"{kind}[{index}]" if kind == "update" else kind}
                outcome = state.feed(message)
                steps.append(step | {"outcome": outcome.value, "slot": message.attested_header.beacon.slot})
    except PeerError as error:
        _show(chain, state, steps, step | _refusal(error), as_json=as_json)
        sys.exit(1)
    _show(chain, state, steps, None, as_json=as_json)


def check_proof(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A recorded eth_getProof answer: the result, or the whole JSON-RPC answer.")],
    state_root: Annotated[str, typer.Option(help="State root that you trust: 0x and 64 hexadecimal digits.")],
    address: Annotated[str, typer.Option(help="The account that was asked for.")],
    key: Annotated[list[str] | None, typer.Option(help="A storage key that was asked for; may be repeated, in the order asked.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Verifies a recorded eth_getProof answer against a state root, the account and the storage keys that were asked for.

    Without --key, every storage entry in the answer is verified for the key that it states. Exit code 0 if it is proven, 1 if it is
    refused, 2 if a file or an option cannot be read.

    Example: `aios lightclient check-proof --state-root 0x… --address 0x… --key 0x0 proof.json`
    """
    from lightclient import json_text
    from lightclient.errors import PeerError
    from lightclient.execution.proof import verify_proof_answer
    from oracle.hexes import to_checksum

    trusted, account = exactly("--state-root", state_root, 32), exactly("--address", address, 20)
    keys = [storage_key("--key", text) for text in key or ()]
    data = _read(file)
    try:
        document = json_text.decode(data)
        answer = document["result"] if isinstance(document, dict) and isinstance(document.get("result"), dict) else document
        keys = keys or _stated_keys(answer)
        proven = verify_proof_answer(answer, state_root=trusted, address=account, keys=keys)
    except PeerError as error:
        _show_refusal({"file": str(file)} | _refusal(error), as_json=as_json)
        sys.exit(1)
    values = {f"0x{asked.hex()}": hex(value) for asked, value in zip(keys, proven.storage, strict=True)}
    facts = {
        "address": to_checksum(account),
        "exists": proven.exists,
        "nonce": proven.account.nonce,
        "balance": str(proven.account.balance),
        "code_hash": f"0x{proven.account.code_hash.hex()}",
        "storage_hash": f"0x{proven.account.storage_hash.hex()}",
    }
    if as_json:
        out.print_json(json.dumps({"proven": True, **facts, "storage": values}))
        return
    grid = Table(show_header=False)
    grid.add_column(overflow="fold")
    grid.add_column(overflow="fold")
    for name, value in {**facts, **values}.items():
        grid.add_row(name.replace("_", " "), cell(value))
    out.print(grid)
    out.print(f"proven in state 0x{trusted.hex()}", markup=False)


def _network(name: str, genesis_root: str | None) -> "Network":
    from lightclient import json_text
    from lightclient.errors import LightClientError, MalformedMessage
    from lightclient.network import load_network, network_from_spec

    try:
        if not name.endswith(".json"):
            return load_network(name)
        if genesis_root is None:
            fail("a spec .json does not say which chain it is of: give --genesis-validators-root", code=2)
        document = json_text.decode(_read(Path(name)))
        spec = document.get("data", document) if isinstance(document, dict) else None
        if not isinstance(spec, dict):
            raise MalformedMessage("data", "not an object")
        root = exactly("--genesis-validators-root", genesis_root, 32)
        return network_from_spec(str(spec.get("CONFIG_NAME", Path(name).stem)), spec, genesis_validators_root=root, genesis_time=0)
    except LightClientError as error:
        fail(str(error), code=2)


def _kinds(*paths: list[Path] | None) -> list[tuple[str, Sequence[Path]]]:
    return [(kind, given or ()) for kind, given in zip(("update", "finality update", "optimistic update"), paths, strict=True)]


def _messages(kind: str, data: bytes, network: "Network") -> Sequence[Any]:
    from lightclient.replay import read_message, read_updates
    from lightclient.types import LightClientFinalityUpdate, LightClientOptimisticUpdate

    if kind == "update":
        return read_updates(data, network)
    return [read_message(LightClientFinalityUpdate if kind.startswith("finality") else LightClientOptimisticUpdate, data, network)]


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        fail(f"{path}: cannot be read: {error.strerror}", code=2)
    if len(data) > MAX_BYTES:
        fail(f"{path}: larger than {MAX_BYTES} bytes", code=2)
    return data


def _stated_keys(answer: Any) -> list[bytes]:
    from lightclient.execution.json_fields import get, quantity

    entries = get(answer, "storageProof")
    if not isinstance(entries, list):
        return []
    return [quantity(get(entry, "key"), "storageProof.key").to_bytes(32, "big") for entry in entries]


def _refusal(error: "PeerError") -> dict[str, str]:
    return {"refused_by": type(error).__name__, "reason": plain(str(error))}


def _show(
    network: "Network", state: "Replay | None", steps: list[dict[str, Any]], refusal: dict[str, Any] | None, *, as_json: bool
) -> None:
    heads: dict[str, Any] = {}
    if state is not None:
        store = state.store
        heads = {
            "finalized": _head(network, store.finalized_header),
            "optimistic": _head(network, store.optimistic_header),
            "period": network.period_at_slot(store.finalized_header.beacon.slot),
            "next_committee_known": store.next_sync_committee is not None,
        }
    if as_json:
        out.print_json(json.dumps({"network": network.name, **heads, "steps": steps, "refused": refusal}))
        return
    for step in steps:
        out.print(f"{step['outcome']:12} {step['message']} at slot {step['slot']} ({step['file']})", markup=False)
    if heads:
        out.print(_table(network, heads))
    if refusal is not None:
        _show_refusal(refusal, as_json=False)


def _table(network: "Network", heads: dict[str, Any]) -> Table:
    table = Table("head", "slot", "period", "block", title=cell(network.name), title_justify="left")
    table.add_column("root", overflow="fold")
    for name in ("finalized", "optimistic"):
        head = heads[name]
        table.add_row(name, *(cell(head[field]) for field in ("slot", "period", "execution_block", "root")))
    table.caption = f"period {heads['period']}, the next committee is {'known' if heads['next_committee_known'] else 'not known'}"
    return table


def _show_refusal(refusal: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        out.print_json(json.dumps({"proven": False, "refused": refusal}))
        return
    what = f"{refusal['message']} of {refusal['file']}" if "message" in refusal else refusal["file"]
    out.print(f"REFUSED {what}: {refusal['refused_by']}: {refusal['reason']}", style="bold red", markup=False)


def _head(network: "Network", header: "LightClientHeader") -> dict[str, Any]:
    from lightclient.ssz import hash_tree_root

    execution = header.execution
    return {
        "slot": header.beacon.slot,
        "period": network.period_at_slot(header.beacon.slot),
        "root": f"0x{hash_tree_root(header.beacon).hex()}",
        "execution_block": execution.block_number if execution else None,
        "execution_hash": f"0x{execution.block_hash.hex()}" if execution else None,
        "state_root": f"0x{execution.state_root.hex()}" if execution else None,
    }
