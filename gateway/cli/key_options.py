"""What the commands about keys share: how a key and its secret are named, and how it is opened."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from oracle.signer import Signer
    from oracle.signing.backends import KeyUri

KeyOption = Annotated[str, typer.Option("--keystore", metavar="KEY", help="The key: an encrypted file, or a pkcs11: or tpm2: URI.")]
"""Which key."""
SecretOption = Annotated[Path | None, typer.Option("--passphrase-file", help="File that holds its passphrase or PIN, mode 0600.")]
"""What opens it; a passphrase is never an argument."""
CurveOption = Annotated[
    Literal["secp256k1", "P-256", "BLS12-381"],
    typer.Option(help="Its curve: transactions need secp256k1, TPMs have P-256 only, verdicts given together BLS12-381."),
]
"""Which curve a new key is on."""


def parsed(keystore: str, passphrase_file: Path | None) -> "KeyUri":
    """Returns the parts of a key's URI; names of files are below the working directory."""
    from oracle.signing.backends import parse

    return parse(keystore, Path(), passphrase_file)


def opened(keystore: str, passphrase_file: Path | None) -> "Signer":
    """Returns the signer of a key."""
    from oracle.signing.backends import open_key

    return open_key(parsed(keystore, passphrase_file))
