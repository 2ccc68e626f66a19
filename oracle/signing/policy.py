"""What an operator lets the signer sign. Frozen records, read from the signer's own TOML file. Pure.

The signer's file is not the gateway's: whoever takes over the gateway finds here what it still cannot have signed.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from oracle.anchor import ANCHOR
from oracle.eas import ATTEST, REVOKE_OFFCHAIN, TIMESTAMP
from oracle.publication import Kind
from oracle.schemas import BY_UID, LotStatement

ContractKind = Literal["anchor-registry", "eas", "gateway-registry", "bls-escrow"]
"""What stands at an address."""

CALLS: dict[Kind, tuple[ContractKind, bytes]] = {
    Kind.ANCHOR: ("anchor-registry", ANCHOR),
    Kind.STAMP: ("eas", TIMESTAMP),
    Kind.VERDICT: ("eas", ATTEST),
    Kind.REVOCATION: ("eas", REVOKE_OFFCHAIN),
}
"""Which function of which kind of contract each stream of transactions calls; a filler calls nothing."""


class SchemaRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One schema that may be attested."""

    uid: Annotated[str, Meta(pattern="^0x[0-9a-fA-F]{64}$")]
    """Its uid."""
    subject_words: Annotated[int, Meta(ge=1, le=8)] = 1
    """How many of the first 32-byte words name what a statement is about: two statements about the same would contradict each other.

    Under the gateway's own schemas the contracts say it, whatever stands here: subject, item and agent."""


class ContractRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One contract that transactions may call, or that attestations or BLS signatures are made for."""

    address: Annotated[str, Meta(pattern="^0x[0-9a-fA-F]{40}$")]
    """Its address."""
    kind: ContractKind
    """What it is; that says which functions may be called."""


class RateRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much is signed in an hour."""

    attestations_per_hour: Annotated[int, Meta(ge=1)] = 20_000
    """A gateway that wants more is broken or not ours."""
    transactions_per_hour: Annotated[int, Meta(ge=1)] = 1_200
    """Each stream of transactions by itself, with replacements."""
    votes_per_hour: Annotated[int, Meta(ge=1)] = 1_000
    """BLS signatures under verdicts given together, and as many proofs that the key is held."""


class FeeRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What transactions may cost at most."""

    max_fee_gwei: Annotated[int, Meta(ge=1)] = 200
    """Most that one unit of gas may be offered."""
    transaction_gwei: Annotated[int, Meta(ge=1)] = 500_000_000
    """Most that one transaction may cost: its gas limit at its full offer; the default is half an ether."""
    day_gwei: Annotated[int, Meta(ge=1)] = 2_000_000_000
    """Most that the transactions of 24 hours may cost together, counted like that; the default is two ether."""


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the signer signs."""

    chains: tuple[Annotated[int, Meta(ge=1, lt=1 << 62)], ...] = ()
    """EIP-155 chain ids."""
    schemas: tuple[SchemaRule, ...] = ()
    """Schemas that may be attested, off chain and on."""
    contracts: tuple[ContractRule, ...] = ()
    """Contracts that may be called, be named as an attestation's domain, or take BLS signatures."""
    rates: RateRules = RateRules()
    """How much is signed in an hour."""
    fees: FeeRules = FeeRules()
    """What transactions may cost."""

    def words_of(self, schema: bytes) -> int | None:
        """Returns how many words name the subject under a schema, or None where it may not be attested."""
        return next((rule.subject_words for rule in self.schemas if to_bytes(rule.uid) == schema), None)

    def kind_of(self, contract: bytes) -> ContractKind | None:
        """Returns what is known to stand at an address, or None."""
        return next((rule.kind for rule in self.contracts if to_bytes(rule.address) == contract), None)


def to_bytes(text: str) -> bytes:
    """Returns the bytes of a hexadecimal text with its 0x."""
    return bytes.fromhex(text[2:])


def known_schemas() -> tuple[SchemaRule, ...]:
    """Returns the rules of the gateway's own schemas: an inspected item is a subject of two words, everything else of one."""
    return tuple(SchemaRule(f"0x{uid.hex()}", 2 if uid == LotStatement.UID else 1) for uid in BY_UID)


def document(policy: Policy) -> dict[str, Any]:
    """Returns the policy as it stands in TOML."""
    return msgspec.to_builtins(policy)  # type: ignore[no-any-return]
