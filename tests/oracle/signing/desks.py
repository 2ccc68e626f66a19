"""A desk over a folder, with the policy and the statements that tests sign."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from oracle import abi
from oracle.anchor import anchor_calldata
from oracle.attestation import Domain, Message
from oracle.eas import ATTEST
from oracle.fees import GWEI, Fees
from oracle.schemas import LotStatement, ShipmentStatement
from oracle.secret import SecretKey
from oracle.signer import LocalSigner, Signer
from oracle.signing.desk import Desk, Keys
from oracle.signing.journal import Journal
from oracle.signing.policy import ContractRule, FeeRules, Policy, RateRules, known_schemas
from oracle.transaction import Transaction

SECRET = bytes(range(1, 33))
CHAIN = 1337
REGISTRY, EAS, GATEWAYS = (bytes([number]) * 20 for number in (0xA1, 0xEA, 0x6A))
NOW = 1_800_000_000
DOMAIN = Domain("1.4.0", CHAIN, EAS)
FEES = Fees(5 * GWEI, GWEI)
POLICY = Policy(
    chains=(CHAIN,),
    schemas=known_schemas(),
    contracts=(
        ContractRule(f"0x{REGISTRY.hex()}", "anchor-registry"),
        ContractRule(f"0x{EAS.hex()}", "eas"),
        ContractRule(f"0x{GATEWAYS.hex()}", "gateway-registry"),
    ),
    rates=RateRules(attestations_per_hour=1_000, transactions_per_hour=1_000),
    fees=FeeRules(),
)


def open_desk(folder: Path, *, policy: Policy = POLICY, now_s: Callable[[], int] = lambda: NOW, attester: Signer | None = None) -> Desk:
    local = LocalSigner(SecretKey(SECRET))
    return Desk(Keys(attester or local, local), policy, Journal(folder), now_s=now_s)


def shipment(subject: int, **changes: Any) -> Message:
    statement = ShipmentStatement(bytes([subject]) * 32, b"\x0e" * 32, b"\x0f" * 32, 5, 1, 2, 0, b"\xaa" * 32)
    words = {name: changes.pop(name) for name in ("verdict", "from_ms", "agent") if name in changes}
    message = Message(
        schema=ShipmentStatement.UID,
        recipient=bytes(20),
        time=NOW,
        expiration_time=0,
        revocable=True,
        ref_uid=bytes(32),
        data=replace(statement, **words).encode(),
        salt=bytes([subject]) * 32,
    )
    return replace(message, **changes)


def lot_item(lot: int, item: int, *, defect: int = 0) -> Message:
    statement = LotStatement(bytes([lot]) * 32, bytes([item]) * 32, b"\x0e" * 32, defect, 1, 2, b"\xaa" * 32)
    return replace(shipment(1), schema=LotStatement.UID, data=statement.encode(), salt=bytes([lot, item, defect]) + bytes(29))


def anchor(index: int, root: int = 1, nonce: int | None = None, **changes: Any) -> Transaction:
    data = anchor_calldata(index, bytes([root]) * 32, 9)
    return replace(Transaction(CHAIN, index if nonce is None else nonce, REGISTRY, data, 100_000), **changes)


def verdict_calldata(schema: bytes, data: bytes, ref_uid: bytes = bytes(32), *, value: int = 0, recipient: bytes = bytes(20)) -> bytes:
    """Returns `EAS.attest` as Solidity's encoder writes it."""
    numbers = [abi.uint("word", number, 256) for number in (0x20, 0x40, 0, 0, 1, 0xC0, value, len(data))]
    head = (
        numbers[0]
        + schema
        + numbers[1]
        + recipient.rjust(32, b"\0")
        + numbers[3]
        + numbers[4]
        + ref_uid
        + numbers[5]
        + numbers[6]
        + numbers[7]
    )
    return ATTEST + head + data + bytes(-len(data) % 32)
