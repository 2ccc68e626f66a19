"""Where `aios-signer` begins."""

import argparse
import socket
import sys
from pathlib import Path
from typing import NoReturn

from oracle.errors import OracleError
from oracle.hexes import to_checksum
from oracle.signing import process
from oracle.signing.settings import DEFAULT_CONFIG, load


def main(words: list[str] | None = None) -> NoReturn:
    """Runs the signer; ends with 0 when told to stop, with 2 and one line where it cannot begin."""
    parser = argparse.ArgumentParser(
        prog="aios-signer",
        description="Holds a gateway's keys, and signs on a Unix socket what its policy allows. It opens no network socket.",
        epilog="Example: aios-signer --config /etc/aios/signer.toml",
    )
    parser.add_argument("--config", type=Path, default=DEFAULT_CONFIG, help=f"settings file (default: {DEFAULT_CONFIG})")
    parser.add_argument("--check", action="store_true", help="open keys and log, verify them, print the addresses, and end")
    parser.add_argument("--inherited-socket", type=int, metavar="FD", help="answer on this connected socket only (used by `aios run`)")
    options = parser.parse_args(words)
    process.forbid_network()
    parent = (
        None if options.inherited_socket is None else socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, fileno=options.inherited_socket)
    )
    try:
        _run(options.config, parent, check=options.check)
    except OracleError as error:
        if parent is not None:
            process.refuse_connection(parent, error)
        print(f"aios-signer: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(0)


def _run(config: Path, parent: socket.socket | None, *, check: bool) -> None:
    settings = load(config)
    desk = process.open_desk(settings)
    with desk.journal:
        if check:
            print(f"attester {to_checksum(desk.attester)}\ngateway  {to_checksum(desk.gateway)}\nrecords  {desk.journal.count}")  # noqa: T201
            if desk.keys.bls is not None:
                print(f"bls      0x{desk.keys.bls.public_key.hex()}")  # noqa: T201
        elif parent is not None:
            process.serve_connection(desk, parent)
        else:
            process.serve(desk, settings)


if __name__ == "__main__":
    main()
