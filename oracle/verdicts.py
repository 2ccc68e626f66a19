"""The verdict on chain: the one statement that moves money, as the resolvers of escrow and bond read it. Pure.

It repeats what an off-chain attestation says, names that attestation by its uid, and adds a measure whose median over the gateways decides
how money is split. The schema is registered with its resolver and is not revocable: money that moved does not come back by a word.
"""

from dataclasses import dataclass
from typing import ClassVar, Self

from oracle import abi
from oracle.eas import OnchainAttestation, schema_uid
from oracle.errors import MalformedStatementError
from oracle.schemas import MAX_VERDICT

WORDS = 7
"""Words in a verdict's data."""
MAX_MEASURE = (1 << 26) - 1
"""The largest measure that a resolver keeps (`QuorumResolver.MAX_MEASURE`): two years of seconds, beyond any escrow's ruin."""


@dataclass(frozen=True, slots=True)
class VerdictStatement:
    """What a gateway found about one subject."""

    SCHEMA: ClassVar[str] = "bytes32 subject,bytes32 statement,uint8 verdict,uint64 measure,uint64 from,uint64 to,bytes32 agent"
    """The schema as registered."""

    subject: bytes
    """`subject_id` of the shipment or lot."""
    statement: bytes
    """Uid of the off-chain attestation that says the same with its evidence."""
    verdict: int
    """0 conforms or accept, 1 breach or reject, 2 insufficient."""
    measure: int
    """Whole seconds outside the allowed band (`MAX_MEASURE` for a breach of no duration), or nonconforming items found."""
    from_ms: int
    """Device time of the first reading or item, milliseconds."""
    to_ms: int
    """Device time of the last one, milliseconds."""
    agent: bytes
    """sha256 of the agent's manifest or policy."""

    def encode(self) -> bytes:
        """Returns the attestation's data, 224 bytes; raises FieldRangeError for a field that does not fit."""
        return b"".join(
            (
                abi.bytes32("subject", self.subject),
                abi.bytes32("statement", self.statement),
                abi.uint("verdict", self.verdict, 8),
                abi.uint("measure", self.measure, 64),
                abi.uint("from", self.from_ms, 64),
                abi.uint("to", self.to_ms, 64),
                abi.bytes32("agent", self.agent),
            )
        )

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Returns the statement in an attestation's data.

        Raises:
            MalformedStatementError: wrong length, a number beyond its type, an unknown verdict, or time running backwards.

        """
        words = [data[at : at + 32] for at in range(0, len(data), 32)]
        if len(data) != 32 * WORDS:
            raise MalformedStatementError("verdict", f"{len(data)} bytes instead of {32 * WORDS}")
        verdict, measure, from_ms, to_ms = (int.from_bytes(word, "big") for word in words[2:6])
        if verdict > MAX_VERDICT:
            raise MalformedStatementError("verdict", f"verdict {verdict} is not known")
        if max(measure, from_ms, to_ms) >= 1 << 64:
            raise MalformedStatementError("verdict", "a number is beyond uint64")
        if from_ms > to_ms:
            raise MalformedStatementError("verdict", f"from {from_ms} is after to {to_ms}")
        return cls(words[0], words[1], verdict, measure, from_ms, to_ms, words[6])

    def attestation(self, schema: bytes, recipient: bytes) -> OnchainAttestation:
        """Returns what EAS is asked to write: for ever, not revocable, to the escrow's buyer or the bond's supplier, as resolvers demand.

        The recipient is part of what names an escrow or bond, so that nobody can take another's place.
        """
        return OnchainAttestation(schema=schema, data=self.encode(), recipient=recipient)


def verdict_schema_uid(resolver: bytes) -> bytes:
    """Returns the uid of the verdict schema with its resolver."""
    return schema_uid(VerdictStatement.SCHEMA, resolver, revocable=False)
