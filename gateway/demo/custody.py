"""Who has the goods on the demo's trips: the maker, a carrier, a warehouse, each with a key of its own. Pure."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gateway.demo.cast import Role
from oracle import custody
from oracle.custody import Handover
from oracle.gs1 import SSCC, Key
from oracle.secret import SecretKey
from oracle.signer import LocalSigner, Signer


@dataclass(frozen=True, slots=True)
class Party:
    """One business that signs for the goods."""

    name: str
    """What it is called."""
    signer: Signer
    """Its key."""


@dataclass(frozen=True, slots=True)
class Parties:
    """Everybody who has the goods."""

    maker: Party
    """Packs them."""
    carrier: Party
    """Drives them."""
    warehouses: Mapping[str, Party]
    """Who takes them in, by SSCC."""


def new_parties(roles: Iterable[Role]) -> Parties:
    """Returns the parties of the containers' trips, each with a new key that lives as long as the demo."""
    warehouses = {role.sscc: _new_party(f"Warehouse {role.title.rpartition(' ')[2]}") for role in roles}
    return Parties(_new_party("Vaccine plant"), _new_party("Cold carrier"), warehouses)


def hand_over(role: Role, chain: Sequence[Handover], giver: Party, taker: Party, at_ms: int) -> Handover:
    """Returns the handover that follows `chain`, signed by both; `at_ms` in milliseconds since the Unix epoch."""
    terms = custody.next_terms(
        chain,
        shipment=Key(SSCC, role.sscc),
        giver=giver.signer.address,
        giver_party=giver.name,
        taker=taker.signer.address,
        taker_party=taker.name,
        time_ms=at_ms,
        place="",
    )
    handover = Handover(terms)
    for party in (giver, taker):
        handover = handover.signed_by(party.signer.address, party.signer.sign_digest(terms.hash))
    return handover


def _new_party(name: str) -> Party:
    return Party(name, LocalSigner(SecretKey(secrets.token_bytes(32))))
