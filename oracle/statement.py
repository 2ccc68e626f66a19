"""Statements as abi.encode writes them: the schema, as registered with EAS, is the one table of a statement's fields. Pure.

All types are static, so a statement has one encoding only and `decode(encode(x)) == x`. Nothing but `bytes32` and `uintN` is known here,
for no schema of ours has more.
"""

from collections.abc import Callable, Iterator
from dataclasses import fields
from functools import cache
from typing import Any, ClassVar, NamedTuple, Self

from oracle import abi
from oracle.errors import MalformedStatementError

MAX_VERDICT = 2
"""Verdicts are 0 conforms, 1 breach, 2 insufficient data; a larger byte is a statement from a future that this code does not know."""


class Field(NamedTuple):
    """One field of a schema."""

    name: str
    """As registered."""
    bits: int
    """Size of its uint; 0 for a bytes32."""

    def encode(self, value: Any) -> bytes:
        """Returns its word; raises FieldRangeError for a value that does not fit."""
        return abi.uint(self.name, value, self.bits) if self.bits else abi.bytes32(self.name, value)


@cache
def fields_of(schema: str) -> tuple[Field, ...]:
    """Returns the fields of a schema in their order."""
    found = []
    for kind, name in (column.split() for column in schema.split(",")):
        found.append(Field(name, 0 if kind == "bytes32" else int(kind.removeprefix("uint"))))
    return tuple(found)


class StaticStatement:
    """What an attestation says: a dataclass whose fields are those of SCHEMA, in its order."""

    __slots__ = ()

    SCHEMA: ClassVar[str]
    """The schema as registered."""
    NAME: ClassVar[str]
    """What a refusal calls the statement."""

    def encode(self) -> bytes:
        """Returns the attestation's data, 32 bytes for each field; raises FieldRangeError for a field that does not fit."""
        return b"".join(field.encode(value) for field, value in zip(fields_of(self.SCHEMA), self._values(), strict=True))

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Returns the statement in an attestation's data.

        Raises:
            MalformedStatementError: wrong length, a number beyond its type, or what `require_sound` refuses.

        """
        columns = fields_of(cls.SCHEMA)
        if len(data) != len(columns) * abi.WORD:
            raise MalformedStatementError(cls.NAME, f"{len(data)} bytes, expected {len(columns) * abi.WORD}")
        make: Callable[..., Self] = cls
        statement = make(*(cls._read(field, data[place * abi.WORD :][: abi.WORD]) for place, field in enumerate(columns)))
        statement.require_sound()
        return statement

    def require_sound(self) -> None:
        """Returns if the fields can be true together.

        Raises:
            MalformedStatementError: an unknown verdict, or time running backwards; a statement may refuse more.

        """
        verdict, begin, end = (getattr(self, name, 0) for name in ("verdict", "from_ms", "to_ms"))
        if verdict > MAX_VERDICT:
            raise MalformedStatementError(self.NAME, f"verdict {verdict} is not known")
        if begin > end:
            raise MalformedStatementError(self.NAME, f"from {begin} is after to {end}")

    def _values(self) -> Iterator[Any]:
        return (getattr(self, field.name) for field in fields(self))  # type: ignore[arg-type]  # every statement is a dataclass

    @classmethod
    def _read(cls, field: Field, word: bytes) -> int | bytes:
        if not field.bits:
            return word
        value = int.from_bytes(word, "big")
        if value >> field.bits:
            raise MalformedStatementError(cls.NAME, f"{field.name} does not fit uint{field.bits}")
        return value
