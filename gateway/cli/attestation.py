"""`aios attestation`: one off-chain attestation by itself, in the JSON of eas-sdk and EAS explorers."""

import dataclasses
import json
import re
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.revoke import revoke
from gateway.cli.terminal import JsonOption, fail, out, visible

if TYPE_CHECKING:
    from oracle.attestation import Attestation, Domain

app = typer.Typer(no_args_is_help=True)

_BUNDLE = re.compile(rb'"format"\s*:\s*"aios-bundle"|fformatkaios-bundle')
"""What a bundle has in JSON and in CBOR, and an attestation never."""


@app.callback()
def attestation() -> None:
    """Checks attestations that stand alone; one in a bundle is checked by `aios verify`.

    Example: `aios attestation verify attestation.json --chain-id 1`
    """


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The attestation, as eas-sdk writes it: {sig, signer}.")],
    chain_id: Annotated[int | None, typer.Option("--chain-id", min=1, help="Chain that it must be for.")] = None,
    eas: Annotated[str | None, typer.Option("--eas", metavar="0x..", help="Address of the EAS contract that it must be for.")] = None,
    eas_version: Annotated[
        str | None, typer.Option("--eas-version", metavar="V", help="Version of that contract, such as 0.26 or 1.4.0.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Checks form, uid, signature, expiry and, as far as you name it, the deployment that the attestation is for.

    Stricter than eas-sdk: fields that nobody signed, another domain version, and an expired attestation are refused. Whether it was revoked
    or anchored only the chain can tell. Exit code 0 if it holds, 1 with the reason if it does not, 2 if the file cannot be read.

    Example: `aios attestation verify a.json --chain-id 1 --eas 0xA1207F3BBa224E2c9c3c6D5aF63D0eb1582Ce587 --eas-version 0.26`
    """
    from gateway.cli.hexadecimal import pinned, version
    from oracle import attestation_json
    from oracle.attestation import verify as check
    from oracle.errors import RefusedError

    contract, wanted_version = pinned("--eas", eas, 20), version("--eas-version", eas_version)
    try:
        with file.open("rb") as opened:
            text = opened.read(attestation_json.MAX_TEXT + 1)
    except OSError as error:
        fail(f"{file}: cannot be read: {error.strerror}", code=2)
    try:
        read = attestation_json.loads(text)
        check(read, domain=_pinned(read, chain_id, contract, wanted_version), now_s=int(time.time()))
    except RefusedError as refusal:
        if _BUNDLE.search(text):
            fail(f"{file}: is a bundle, which holds more than an attestation: check it with `aios verify`", code=2)
        if as_json:
            out.print_json(json.dumps({"file": str(file), "valid": False, "reason": str(refusal)}))
            sys.exit(1)
        fail(f"{file}: refused: {refusal}", code=1)
    _show(
        file,
        read,
        unpinned=[name for name, given in (("chain", chain_id), ("EAS", eas), ("version", eas_version)) if not given],
        as_json=as_json,
    )


def _pinned(read: "Attestation", chain_id: int | None, contract: bytes | None, version: str | None) -> "Domain":
    """Returns the attestation's own deployment with whatever was given by hand in its place."""
    from oracle.attestation import Domain

    own = read.domain
    return Domain(version or own.version, chain_id or own.chain_id, contract or own.verifying_contract)


def _show(file: Path, read: "Attestation", *, unpinned: list[str], as_json: bool) -> None:
    from oracle.hexes import to_checksum, to_hex

    said: dict[str, Any] = {
        "uid": to_hex(read.uid),
        "attester": to_checksum(read.attester),
        "deployment": str(read.domain),
        "made": _moment(read.time),
        "expires": _moment(read.expiration_time) if read.expiration_time else "never",
        "schema": to_hex(read.schema),
        "refers_to": to_hex(read.ref_uid) if any(read.ref_uid) else None,
        "statement": _statement(read),
        "not_pinned": unpinned,
    }
    if as_json:
        out.print_json(json.dumps({"file": str(file), "valid": True} | said))
        return
    out.print(f"{visible(str(file))}: holds", style="green", markup=False)
    for name, value in said.items():
        if isinstance(value, dict):
            out.print(f"  {name.replace('_', ' ')}:", markup=False)
            for field, stated in value.items():
                out.print(f"    {field:14} {stated}", markup=False)
        elif value:
            shown = ", ".join(value) if isinstance(value, list) else value
            out.print(f"  {name.replace('_', ' '):12} {visible(shown)}", markup=False)


def _statement(read: "Attestation") -> dict[str, Any] | None:
    """Returns the statement by the names of its schema; None where the schema is not one of ours. Raises nothing: the signature holds."""
    from oracle.errors import MalformedStatementError
    from oracle.schemas import BY_UID

    kind = BY_UID.get(read.schema)
    if kind is None:
        return None
    try:
        statement = kind.decode(read.data)
    except MalformedStatementError as refusal:
        return {"unreadable": str(refusal)}
    fields = [word.split()[1] for word in kind.SCHEMA.split(",")]
    values = [getattr(statement, field.name) for field in dataclasses.fields(kind)]
    return {name: f"0x{value.hex()}" if isinstance(value, bytes) else value for name, value in zip(fields, values, strict=True)}


def _moment(seconds: int) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):
        return f"second {seconds}"


app.command()(revoke)
