"""The verdict on chain: the one statement that moves money, as the resolvers of escrow and bond read it. Pure.

It repeats what an off-chain attestation says, names that attestation by its uid, and adds a measure whose median over the gateways decides
how money is split. The schema is registered with its resolver and is not revocable: money that moved does not come back by a word.
"""

from dataclasses import dataclass
from typing import ClassVar

from oracle.eas import OnchainAttestation, schema_uid
from oracle.statement import StaticStatement

WORDS = 7
"""Words in a verdict's data."""
MAX_MEASURE = (1 << 26) - 1
"""The largest measure that a resolver keeps (`QuorumResolver.MAX_MEASURE`): two years of seconds, beyond any escrow's ruin."""


@dataclass(frozen=True, slots=True)
class VerdictStatement(StaticStatement):
    """What a gateway found about one subject."""

    SCHEMA: ClassVar[str] = "bytes32 subject,bytes32 statement,uint8 verdict,uint64 measure,uint64 from,uint64 to,bytes32 agent"
    """The schema as registered."""
    NAME: ClassVar[str] = "verdict"
    """What a refusal calls it."""

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

    def attestation(self, schema: bytes, recipient: bytes) -> OnchainAttestation:
        """Returns what EAS is asked to write: for ever, not revocable, to the escrow's buyer or the bond's supplier, as resolvers demand.

        The recipient is part of what names an escrow or bond, so that nobody can take another's place.
        """
        return OnchainAttestation(schema=schema, data=self.encode(), recipient=recipient)


def verdict_schema_uid(resolver: bytes) -> bytes:
    """Returns the uid of the verdict schema with its resolver."""
    return schema_uid(VerdictStatement.SCHEMA, resolver, revocable=False)
