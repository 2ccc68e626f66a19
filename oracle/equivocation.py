"""Equivocation: two attestations by one gateway that cannot both have been signed in good faith. Pure.

A correction names what it corrects in refUID, so one agent's statements about one subject form a chain that never forks. Two of them under
one schema, about one subject (and item), by one agent's rules and with one refUID, that say different things, are a fork: the
GatewayRegistry slashes the gateway for it whoever shows them (`GatewayRegistry.slashStatements`). This says beforehand what the contract
will say, in words, for whoever holds the two files; whether two keys are one gateway's, the contract alone knows.
"""

from dataclasses import dataclass

from oracle import abi, attestation
from oracle.attestation import Attestation
from oracle.errors import RefusedError
from oracle.hexes import to_checksum
from oracle.schemas import BY_UID
from oracle.topics import about


class NoContradictionError(RefusedError):
    """Two attestations, or two votes (`oracle.vote_equivocation`), do not prove equivocation."""

    def __init__(self, reason: str, what: str = "attestations") -> None:
        """Holds the reason, and what the two are."""
        self.reason = reason
        self.what = what
        super().__init__(f"the two {what} do not contradict each other: {reason}")


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two attestations of which one must not have been signed."""

    first: Attestation
    """One."""
    second: Attestation
    """The other, for the same deployment, by the same key or another one of the gateway."""

    def __str__(self) -> str:
        """Returns what they contradict each other about."""
        kind = BY_UID[self.first.schema]
        fields = [word.split()[1] for word in kind.SCHEMA.split(",")]
        words = [[data[at : at + 32] for at in range(0, len(data), 32)] for data in (self.first.data, self.second.data)]
        differing = [name for name, one, other in zip(fields, *words, strict=False) if one != other]
        keys = " and ".join(to_checksum(key) for key in dict.fromkeys((self.first.attester, self.second.attester)))
        return f"{keys} signed two statements about one subject that differ in {', '.join(differing)}"


def contradiction(first: Attestation, second: Attestation) -> Contradiction:
    """Returns the contradiction between two attestations, both of whose signatures hold.

    Raises:
        NoContradictionError: they differ in deployment, schema, subject, agent or refUID, or they say the same.
        RefusedError: a signature or a uid does not hold.

    """
    for one in (first, second):
        attestation.verify(one, domain=None, now_s=None)
    for what, ours, theirs in (
        ("deployments", first.domain, second.domain),
        ("schemas", first.schema, second.schema),
        ("refUIDs, so one corrects what the other does not", first.ref_uid, second.ref_uid),
        ("subjects", _about(first)[: -abi.WORD], _about(second)[: -abi.WORD]),
        ("agents, and each judges by its own rules", _about(first), _about(second)),
    ):
        if ours != theirs:
            raise NoContradictionError(f"they have different {what}")
    if first.data == second.data:
        raise NoContradictionError("they say the same")
    return Contradiction(first, second)


def _about(one: Attestation) -> bytes:
    if one.schema not in BY_UID:
        raise NoContradictionError(f"schema 0x{one.schema.hex()} is not one that a gateway answers for")
    return about(one.schema, one.data)
