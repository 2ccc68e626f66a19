"""`aios key`: the keys under which a gateway signs: made, shown, replaced, backed up, and the log of what they signed."""

import json
import secrets
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli import key_backup, key_log, key_rotate
from gateway.cli.key_options import CurveOption, KeyOption, SecretOption, opened, parsed
from gateway.cli.terminal import JsonOption, err, fail, out, print_fields, print_table

app = typer.Typer(no_args_is_help=True)
app.command("possession")(key_rotate.possession)
app.command("rotate")(key_rotate.rotate)
app.command("backup")(key_backup.backup)
app.command("restore")(key_backup.restore)
app.add_typer(key_log.app, name="log")


@app.callback()
def key() -> None:
    """Makes the keys under which a gateway signs, shows, replaces and backs them up, and checks the log of what they signed.

    Example: `aios key new --keystore key.json --passphrase-file passphrase`
    """


@app.command()
def new(keystore: KeyOption, passphrase_file: SecretOption = None, curve: CurveOption = "secp256k1") -> None:
    """Makes a new key in a file, a token or a TPM, and prints its address; of a BLS key, the key itself.

    A passphrase file that does not exist is made with a random passphrase. Nothing is ever overwritten. The key must be registered in the
    GatewayRegistry, and the one that sends transactions needs ether; a BLS key (`--curve BLS12-381`) is registered there too
    (`aios gateway add-bls-key`).

    Example: `aios key new --keystore /var/lib/aios/key.json --passphrase-file /var/lib/aios/passphrase`
    """
    from oracle.hexes import to_checksum
    from oracle.key_errors import KeyFileTakenError
    from oracle.private_file import write_new
    from oracle.signing.backends import bls, create_key

    uri = parsed(keystore, passphrase_file)
    if uri.scheme == "file" and uri.below(uri.path).exists():
        raise KeyFileTakenError(uri.below(uri.path))
    if passphrase_file is not None and not passphrase_file.exists():
        write_new(passphrase_file, secrets.token_urlsafe(32).encode() + b"\n")
        err.print(f"{passphrase_file}: made, with a random passphrase; keep a copy of both files", style="dim", markup=False)
    if curve == "BLS12-381":
        out.print(f"0x{bls.create(uri).public_key.hex()}")
        return
    # A TPM has one curve, so nobody need say it.
    out.print(to_checksum(create_key(uri, "P-256" if uri.scheme == "tpm2" else curve).address))


@app.command()
def address(keystore: KeyOption, passphrase_file: SecretOption = None) -> None:
    """Opens a key and prints its address.

    Example: `aios key address --keystore /var/lib/aios/key.json --passphrase-file /var/lib/aios/passphrase`
    """
    from oracle.hexes import to_checksum
    from oracle.signing.backends import bls

    uri = parsed(keystore, passphrase_file)
    if bls.holds(uri):
        fail("a BLS key has no address, for it sends nothing; `aios key show` shows its public key", code=2)
    out.print(to_checksum(opened(keystore, passphrase_file).address))


@app.command()
def show(keystore: KeyOption, passphrase_file: SecretOption = None, as_json: JsonOption = False) -> None:
    """Opens a key and shows its public side: address, curve, public key, did:key (of a BLS key what logs call it). Never the key itself.

    Example: `aios key show --keystore tpm2:file=gateway.tpm`
    """
    from oracle.did import PublicKey
    from oracle.hexes import to_checksum
    from oracle.signing.backends import bls

    uri = parsed(keystore, passphrase_file)
    shown: dict[str, str]
    if bls.holds(uri):
        key = bls.load(uri)
        shown = {"curve": key.curve, "publicKey": f"0x{key.public_key.hex()}", "logName": to_checksum(key.address)}
    else:
        signer = opened(keystore, passphrase_file)
        shown = {
            "address": to_checksum(signer.address),
            "curve": signer.curve,
            "publicKey": f"0x{signer.public_key.hex()}",
            "did": PublicKey("key", signer.curve, signer.public_key).did,
        }
    if as_json:
        out.print(json.dumps(shown, indent=2), markup=False)
    else:
        print_fields(shown.items())


@app.command("list")
def list_keys(log: key_log.LogOption, as_json: JsonOption = False) -> None:
    """Lists the keys that a signer's log has signatures of: how many in each stream, the first and the newest.

    Example: `aios key list --log /var/lib/aios-signer/signed.jsonl`
    """
    rows = key_log.summary(log)
    if as_json:
        out.print(json.dumps(rows, indent=2), markup=False)
    else:
        print_table(
            ("key", "stream", "signatures", "last number", "newest", "first"), [[str(value) for value in row.values()] for row in rows]
        )


@app.command()
def did(
    did: Annotated[str, typer.Argument(metavar="DID", help="The gateway's did:web, such as did:web:example.com:gateways:box-7.")],
    keystore: KeyOption,
    passphrase_file: SecretOption = None,
    gateway_keystore: Annotated[str, typer.Option(help="The key that sends transactions, where it is another.")] = "",
    gateway_passphrase_file: Annotated[Path | None, typer.Option(help="File with its passphrase or PIN.")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write the document here, instead of to the screen.")] = None,
) -> None:
    """Makes a gateway's DID document, and says where to publish it and what to register: its address and the sha256 of its bytes.

    Publish exactly these bytes: `aios gateway register --document FILE --document-uri URL` registers their hash.

    Example: `aios key did did:web:example.com:gateways:box-7 --keystore key.json --passphrase-file passphrase --output did.json`
    """
    import hashlib

    from oracle.did import PublicKey, address_of_web, document

    attester = opened(keystore, passphrase_file)
    keys: list[PublicKey] = [PublicKey("attester", attester.curve, attester.public_key)]
    if gateway_keystore:
        sender = opened(gateway_keystore, gateway_passphrase_file or passphrase_file)
        keys.append(PublicKey("gateway", sender.curve, sender.public_key))
    text = document(did, keys)
    if output is None:
        out.print(text.decode(), markup=False)
    else:
        _require_replaceable(output)
        output.write_bytes(text)
    err.print(f"publish at {address_of_web(did)}\nsha256     0x{hashlib.sha256(text).hexdigest()}", markup=False)


def _require_replaceable(output: Path) -> None:
    """Returns if a document may be written there: over an earlier one of its kind, and over nothing else."""
    try:
        found = json.loads(output.read_bytes())
    except FileNotFoundError:
        return
    except ValueError:
        found = None
    if not isinstance(found, dict) or not str(found.get("id", "")).startswith("did:"):
        fail(f"{output}: is there already and is no DID document, so it is not overwritten; name another file with --output", code=2)
