"""`aios key`: the key under which a gateway signs, in its encrypted file."""

import secrets
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.terminal import err, out

app = typer.Typer(no_args_is_help=True)


@app.callback()
def key() -> None:
    """Makes the key under which a gateway signs, and shows its address.

    Example: `aios key new --keystore key.json --passphrase-file passphrase`
    """


KeystoreOption = Annotated[Path, typer.Option(help="The encrypted key file, Web3 Secret Storage version 3.")]
PassphraseOption = Annotated[Path, typer.Option(help="File that holds the passphrase, mode 0600.")]


@app.command()
def new(keystore: KeystoreOption, passphrase_file: PassphraseOption) -> None:
    """Makes a new key, seals it into a new file, and prints its address.

    A passphrase file that does not exist is made with a random passphrase. Neither file is ever overwritten. The address must be allowed in
    the GatewayRegistry, and hold ether for the anchors.

    Example: `aios key new --keystore /var/lib/aios/key.json --passphrase-file /var/lib/aios/passphrase`
    """
    from oracle import keystore as files
    from oracle.key_errors import KeyFileTakenError
    from oracle.private_file import write_new

    if keystore.exists():
        raise KeyFileTakenError(keystore)
    if not passphrase_file.exists():
        write_new(passphrase_file, secrets.token_urlsafe(32).encode() + b"\n")
        err.print(f"{passphrase_file}: made, with a random passphrase; keep a copy of both files", style="dim", markup=False)
    made = files.generate()
    files.store(keystore, made, files.read_passphrase(passphrase_file))
    out.print(f"0x{made.address.hex()}")


@app.command()
def address(keystore: KeystoreOption, passphrase_file: PassphraseOption) -> None:
    """Opens a key file and prints the address of its key.

    Example: `aios key address --keystore /var/lib/aios/key.json --passphrase-file /var/lib/aios/passphrase`
    """
    from oracle import keystore as files

    out.print(f"0x{files.load(keystore, files.read_passphrase(passphrase_file)).address.hex()}")
