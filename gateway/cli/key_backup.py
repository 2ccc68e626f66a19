"""`aios key backup` and `restore`: a key in a file, as shares of which some give it back."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.key_options import KeyOption, SecretOption, parsed
from gateway.cli.terminal import err, fail, out

if TYPE_CHECKING:
    from oracle.shares import Share
    from oracle.signer import AnyCurve
    from oracle.signing.backends import KeyUri


def backup(
    keystore: KeyOption,
    passphrase_file: SecretOption,
    directory: Annotated[Path, typer.Option(help="Empty or new folder for the shares, one file each; move them apart from each other.")],
    shares: Annotated[int, typer.Option(min=2, max=16, help="How many shares to make.")] = 5,
    threshold: Annotated[int, typer.Option(min=2, max=16, help="How many of them give the key back.")] = 3,
) -> None:
    """Splits a key into Shamir shares: any THRESHOLD of them give it back, fewer tell nothing about it.

    Each share is one line in a file of its own, mode 0600: print it or copy it, give it to somebody else, and delete the file. A key in a
    token or TPM cannot be backed up; register a second key instead.

    Example: `aios key backup --keystore key.json --passphrase-file passphrase --shares 5 --threshold 3 --directory /media/usb/shares`
    """
    from oracle.hexes import to_checksum
    from oracle.private_file import write_new
    from oracle.shares import split, to_line
    from oracle.signing.backends import bls, file

    uri = parsed(keystore, passphrase_file)
    if uri.scheme != "file":
        fail("only a key in a file can be backed up: token and TPM never give theirs away; register a second key instead", code=2)
    signer, secret = (bls.load(uri), bls.reveal(uri)) if bls.holds(uri) else (file.load(uri), file.reveal(uri))
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(directory.iterdir()):
        fail(f"{directory} is not empty; shares of two keys or two splits must not lie together: name an empty or a new folder", code=2)
    for share in split(secret, signer.curve, signer.address, threshold=threshold, count=shares):
        path = directory / f"share-{share.index}-of-{shares}"
        write_new(path, to_line(share).encode() + b"\n")
        out.print(str(path), markup=False)
    err.print(
        f"any {threshold} of these give back the key {to_checksum(signer.address)}; try it before you rely on it", style="dim", markup=False
    )


def restore(
    shares: Annotated[list[Path], typer.Argument(metavar="SHARE...", help="Files with one share each, or with several lines of them.")],
    keystore: Annotated[str, typer.Option("--keystore", metavar="FILE", help="New key file to write.")],
    passphrase_file: Annotated[Path, typer.Option(help="File that holds its new passphrase, mode 0600.")],
) -> None:
    """Puts a key together from its shares, and seals it into a new file. Prints the address that the shares name, or the BLS key.

    What the key signed before is in the log alone: put that back too, or the signer refuses to go on (docs/keys.md).

    Example: `aios key restore share-1-of-5 share-3-of-5 share-4-of-5 --keystore key.json --passphrase-file passphrase`
    """
    from oracle.hexes import to_checksum
    from oracle.key_errors import InvalidSecretError
    from oracle.shares import ShareRefusedError, combine

    given = _given(shares)
    try:
        secret = combine([share for _, share in given])
    except ShareRefusedError as refusal:
        held = "; ".join(f"{place}: share {share.index} of {to_checksum(share.address)}" for place, share in given)
        raise ShareRefusedError(f"{refusal.reason} ({held or ', '.join(map(str, shares))})") from refusal
    first = given[0][1]
    try:
        found = _address_of(secret, first.curve)
    except InvalidSecretError as error:
        raise ShareRefusedError("the shares give no key") from error
    if found != first.address:
        raise ShareRefusedError("the shares give another key than they name: one of them is of another split")
    out.print(_sealed(parsed(keystore, passphrase_file), first.curve, secret))


def _given(paths: list[Path]) -> "list[tuple[str, Share]]":
    """Returns each share with the file and line where it stands; raises ShareRefusedError, naming these."""
    from oracle.private_file import read_private
    from oracle.shares import ShareRefusedError, from_line

    found = []
    for path in paths:
        for number, line in enumerate(read_private(path).decode(errors="replace").splitlines(), 1):
            if line.strip():
                place = f"{path}, line {number}"
                try:
                    found.append((place, from_line(line)))
                except ShareRefusedError as refusal:
                    raise ShareRefusedError(f"{place}: {refusal.reason}") from refusal
    return found


def _address_of(secret: bytes, curve: "AnyCurve") -> bytes:
    from oracle.bls_secret import BlsSecretKey
    from oracle.signing.backends import file

    return BlsSecretKey(secret).address if curve == "BLS12-381" else file.address_of_secret(secret, curve)


def _sealed(uri: "KeyUri", curve: "AnyCurve", secret: bytes) -> str:
    """Returns what `aios key new` printed of the key, once it is in its new file."""
    from oracle.hexes import to_checksum
    from oracle.signing.backends import bls, file

    if curve == "BLS12-381":
        return f"0x{bls.restore(uri, secret).public_key.hex()}"
    return to_checksum(file.restore(uri, curve, secret).address)
