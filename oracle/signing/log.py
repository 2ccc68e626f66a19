"""The log of everything signed: one JSON object a line, each naming the sha256 of the line before. Pure.

A line holds the whole statement, not its digest alone, so that a reader computes the digest himself and sees what the key said. The first
line's `previous` is 32 zero bytes. Bytes are in base64; `aios key log show` prints them in hexadecimal. Whoever alters, removes or
inserts a line breaks the chain at that place; the newest line is held by the index beside the log (`journal`), and by every copy of the
log that somebody keeps.
"""

import hashlib
from dataclasses import replace
from typing import Annotated

import msgspec
from msgspec import Meta

from oracle.signing.errors import SigningLogError
from oracle.signing.statements import Ask, Request, examine

GENESIS = bytes(32)
"""What the first line names as the one before."""
MAX_LINE = 64 * 1024
"""Bytes of one line; an attestation with the longest data takes some 12,000."""

_Digest = Annotated[bytes, Meta(min_length=32, max_length=32)]


class Imported(msgspec.Struct, tag="imported", forbid_unknown_fields=True, frozen=True):
    """What an earlier memory knew: under this number the key had signed something with this commitment."""

    stream: str
    """Which sequence."""
    time_s: int
    """Time of the newest statement that was remembered."""


class Record(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One line: one signature that was about to be made, or one that is known from before the log."""

    number: int
    """Its place, from 0."""
    previous: _Digest
    """sha256 of the line before."""
    at_s: int
    """When, by the signer's clock, seconds since the Unix epoch."""
    key: Annotated[bytes, Meta(min_length=20, max_length=20)]
    """Address of the key that signs."""
    sequence: int
    """Number in the stream; -1 where the stream has none."""
    digest: _Digest
    """What was signed; of an imported line, the commitment."""
    words: int
    """How many words of the statement's data name its subject; 0 where there is none."""
    what: Request | Imported
    """The statement."""

    def ask(self) -> Ask:
        """Returns the statement as the rules see it; its number is the one it was signed under."""
        if isinstance(self.what, Imported):
            return Ask(self.what.stream, self.sequence, self.digest, self.digest, time_s=self.what.time_s)
        return replace(examine(self.what, self.words), sequence=self.sequence)


class _Link(msgspec.Struct, frozen=True):
    number: int
    previous: _Digest


_encoder = msgspec.json.Encoder()
_links = msgspec.json.Decoder(_Link)
_decoder = msgspec.json.Decoder(Record)


def encode(record: Record) -> bytes:
    """Returns the record's line, with its end."""
    return _encoder.encode(record) + b"\n"


def hash_of(line: bytes) -> bytes:
    """Returns what the next line names: sha256 of a line without its end."""
    return hashlib.sha256(line.removesuffix(b"\n")).digest()


def decode(line: bytes, number: int, previous: bytes, name: str) -> Record:
    """Returns the record of a line that stands at this place after that one; `name` is the log's, for refusals.

    Raises SigningLogError where the line is none, is spelled otherwise, or does not belong here.
    """
    try:
        record = _decoder.decode(line)
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError) as error:
        raise SigningLogError(name, number, f"is not a record ({str(error)[:120]})") from error
    if encode(record) != line:
        raise SigningLogError(name, number, "is spelled otherwise than the signer writes")
    _check_place(record, number, previous, name)
    return record


def check_link(line: bytes, number: int, previous: bytes, name: str) -> None:
    """Returns if a line stands at this place after that one, several times faster than `decode`; raises SigningLogError otherwise.

    Enough where the hash of a later line is known: what this one says is then bound by the chain.
    """
    try:
        _check_place(_links.decode(line), number, previous, name)
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError) as error:
        raise SigningLogError(name, number, f"is not a record ({str(error)[:120]})") from error


def _check_place(record: "Record | _Link", number: int, previous: bytes, name: str) -> None:
    if record.number != number:
        raise SigningLogError(name, number, f"calls itself record {record.number}")
    if record.previous != previous:
        raise SigningLogError(name, number, "does not follow the record before it: one of the two was altered, or one is missing")


def check(record: Record, name: str) -> Ask:
    """Returns the statement of a record once its digest is that of the statement; raises SigningLogError otherwise."""
    try:
        ask = record.ask()
    except Exception as error:  # whatever a forged statement breaks, the record is not one of ours
        raise SigningLogError(name, record.number, f"holds no statement that could be signed ({str(error)[:120]})") from error
    if ask.digest != record.digest:
        raise SigningLogError(name, record.number, "names another digest than its statement has")
    return ask
