"""`aios shipments handover`: a handover's way from the giver's signature over the taker's to the gateway."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.terminal import DEFAULT_CONFIG, ConfigOption, fail, out

if TYPE_CHECKING:
    from oracle.custody import Handover, Terms

SignAs = Annotated[
    str | None,
    typer.Option(
        "--sign-as", metavar="KEY", help="The party's key: a keystore file, a pkcs11: or tpm2: URI, or a signer's socket as unix:PATH."
    ),
]
Passphrase = Annotated[Path | None, typer.Option("--passphrase-file", help="File that holds the key's passphrase or PIN, mode 0600.")]


@dataclass(frozen=True, slots=True)
class Party:
    """Who signs."""

    address: bytes
    """Its key's address."""
    sign: "Callable[[Terms], bytes]"
    """Signs the terms of a handover."""


def handover(
    sscc: Annotated[str, typer.Argument(metavar="SSCC", help="The shipment's GS1 key: 18 digits, the last a check digit.")],
    to: Annotated[str | None, typer.Option("--to", metavar="ADDRESS", help="Begin one as the giver: the taker's address.")] = None,
    countersign: Annotated[
        Path | None, typer.Option("--countersign", metavar="FILE", help="Complete the giver's file as the taker.")
    ] = None,
    record: Annotated[Path | None, typer.Option("--import", metavar="FILE", help="Record a completed file in the running gateway.")] = None,
    sign_as: SignAs = None,
    passphrase_file: Passphrase = None,
    output: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Where the signed handover is written.")] = None,
    after: Annotated[
        Path | None, typer.Option("--after", metavar="FILE", help="The completed handover before it, where no gateway is at hand.")
    ] = None,
    first: Annotated[bool, typer.Option("--first", help="It is the shipment's first one, where no gateway is at hand.")] = False,
    place: Annotated[str, typer.Option(help="Where, such as a GLN's Digital Link.")] = "",
    party: Annotated[str, typer.Option(help="What the giver is called, such as a GLN's Digital Link.")] = "",
    to_party: Annotated[str, typer.Option(help="What the taker is called.")] = "",
    at: Annotated[str | None, typer.Option("--at", metavar="TIME", help="When the goods changed hands; without it, now.")] = None,
    path: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Hands goods over: the giver signs, the taker signs the same file, and a gateway records it.

    Three steps: `--to` with `--sign-as` writes the giver's half; `--countersign` with `--sign-as` completes it; `--import` records it. Only
    the last needs the running gateway. The handover before it is looked up in the gateway's store; elsewhere give it with --after, or say
    --first. What contradicts the chain of custody is refused with the field.

    Example: `aios shipments handover 106141412345678908 --import handover.json`
    """
    from oracle import custody
    from oracle.hexes import to_checksum

    if sum(one is not None for one in (to, countersign, record)) != 1:
        fail("give one of --to, --countersign and --import", code=2)
    if record is not None:
        _record(sscc, record, path)
        return
    if sign_as is None:
        fail("name the party's key with --sign-as", code=2)
    signer = _signer(sign_as, passphrase_file)
    if countersign is not None:
        begun = _read(countersign, sscc, complete=False)
        if signer.address == begun.terms.giver and begun.giver_signature:
            fail(f"{countersign}: you are the giver, and have signed; the taker {to_checksum(begun.terms.taker)} completes it", code=2)
        custody.check_parties(None, begun.terms)
        signed = begun.signed_by(signer.address, signer.sign(begun.terms))
        _write(output or countersign, signed, replace=output is None)
        return
    assert to is not None
    if first and after is not None:
        fail("the first handover comes after none: give --first or --after", code=2)
    before = _before(sscc, after, path, first=first)
    begun = _begin(sscc, to, signer, place, party, to_party, at, before)
    _write(output or Path(f"handover-{sscc}-{begun.terms.number}.json"), begun, replace=False)


def _begin(
    sscc: str, to: str, signer: Party, place: str, party: str, to_party: str, at: str | None, before: "Handover | None"
) -> "Handover":
    from gateway.cli.hexadecimal import exactly
    from gateway.cli.moments import milliseconds
    from oracle import custody, custody_json
    from oracle.gs1 import SSCC, Key

    terms = custody.Terms(
        shipment=Key(SSCC, sscc),
        number=before.terms.number + 1 if before else 0,
        previous=before.hash if before else custody.FIRST,
        giver=signer.address,
        giver_party=party,
        taker=exactly("--to", to, 20),
        taker_party=to_party,
        time_ms=time.time_ns() // 1_000_000 if at is None else milliseconds("--at", at),
        place=place,
    )
    custody.check_parties(before.terms if before else None, terms)
    begun = custody.Handover(terms).signed_by(signer.address, signer.sign(terms))
    # Read back at once: what the other party's program would refuse is refused here.
    return custody_json.loads(custody_json.dumps(begun), complete=False)


def _before(sscc: str, after: Path | None, path: Path, *, first: bool) -> "Handover | None":
    """Returns the handover that the new one follows: from its file, or the newest in the gateway's store; None where it is the first."""
    from oracle.gs1 import SSCC, Key

    if after is not None:
        before = _read(after, sscc, complete=True)
        before.verify()
        return before
    if first:
        return None
    if not path.is_file():
        fail(f"there is no {path} that says where a gateway keeps the handovers; give the one before with --after, or say --first", code=2)
    known = _known(Key(SSCC, sscc).path, path)
    return known[-1] if known else None


def _known(subject: str, path: Path) -> "list[Handover]":
    from gateway.cli.reading import open_store
    from gateway.settings import load
    from gateway.store import custody

    with open_store(load(path)) as connection:
        return custody.select(connection, subject)


def _record(sscc: str, file: Path, path: Path) -> None:
    from gateway.control import call
    from gateway.settings import load
    from oracle import custody_json

    document = custody_json.to_json(_read(file, sscc, complete=True))
    answer = call(Path(load(path).gateway.data_dir), "shipments-handover", sscc=sscc, handover=document)
    out.print(f"{answer['subject']} is {answer['life']}", markup=False)
    _foretell(str(answer["subject"]), path)


def _foretell(subject: str, path: Path) -> None:
    """Prints whether the goods will be on time, where the shipment has a deadline."""
    from gateway import forecast
    from gateway.cli.reading import open_store
    from gateway.settings import load
    from gateway.store import shipments

    with open_store(load(path)) as connection:
        shipment = shipments.get(connection, subject)
        found = None if shipment is None else forecast.of_shipment(connection, shipment, time.time_ns() // 1_000_000)
    if found is not None:
        out.print(f"forecast: {forecast.sentence(found)}", markup=False)


def _read(file: Path, sscc: str, *, complete: bool) -> "Handover":
    from oracle import custody_json

    with file.open("rb") as opened:
        found = custody_json.loads(opened.read(custody_json.MAX_BYTES + 1), complete=complete)
    if found.terms.shipment.number != sscc:
        fail(f"{file}: is about {found.terms.shipment.uri}, not about {sscc}", code=2)
    return found


def _write(file: Path, handover: "Handover", *, replace: bool) -> None:
    from gateway.files import write_whole
    from oracle import custody_json

    if file.exists() and not replace:
        fail(f"{file}: is there already; name another file with --out", code=2)
    write_whole(file, custody_json.dumps(handover) + b"\n")
    waits = "complete; record it with --import" if handover.complete else "signed by one party; the other completes it with --countersign"
    out.print(f"{file}: handover 0x{handover.hash.hex()}, {waits}", markup=False)


def _signer(key: str, passphrase_file: Path | None) -> Party:
    from oracle.signing.backends import open_key, parse
    from oracle.signing.client import over_socket

    if key.startswith("unix:"):
        # The gateway's own key: its signer is shown the terms, and keeps them in its log.
        path = Path(key.removeprefix("unix:"))

        def sign(terms: "Terms") -> bytes:
            with over_socket(path) as client:
                return client.sign_handover(terms)

        with over_socket(path) as client:
            return Party(client.attester, sign)
    signer = open_key(parse(key, Path.cwd(), passphrase_file))
    return Party(signer.address, lambda terms: signer.sign_digest(terms.hash))
