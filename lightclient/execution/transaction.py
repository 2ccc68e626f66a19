"""One transaction of types 0x0 to 0x4: bytes or JSON to a record with its hash and the sender that its signature names."""

from dataclasses import dataclass
from typing import Any, cast

from coincurve import PublicKey

from lightclient.execution import rlp
from lightclient.execution.block_errors import (
    MalformedTransaction,
    UnrecoverableSender,
    UnsupportedTransactionType,
    WrongSender,
    WrongTransactionHash,
)
from lightclient.execution.json_fields import data, get, mapping, quantity
from lightclient.execution.transaction_fields import FIELDS, AccessList, Authorization, json_value
from lightclient.execution.trie import keccak256


@dataclass(frozen=True, slots=True)
class Transaction:
    """A signed transaction; None or empty where its type has no such field."""

    raw: bytes
    """Its encoding as the block holds it: RLP, after the type's byte from type 0x1 on."""
    hash: bytes
    """Keccak-256 of `raw`."""
    sender: bytes
    """Who signed it, 20 bytes."""
    kind: int
    """EIP-2718 type; 0 for legacy."""
    nonce: int
    """The sender's count of transactions before it."""
    gas: int
    """Gas limit."""
    to: bytes | None
    """Callee, or None where it creates a contract."""
    value: int
    """Wei sent along."""
    data: bytes
    """Calldata or initialization code."""
    v: int
    """Parity of the signature's point; for legacy with 27 or the chain id mixed in."""
    r: int
    """First half of the signature."""
    s: int
    """Second half of the signature."""
    chain_id: int | None = None
    """Chain that it is signed for; None for legacy without EIP-155."""
    gas_price: int | None = None
    """Wei per gas; types 0x0 and 0x1."""
    max_priority_fee_per_gas: int | None = None
    """Wei per gas for the block's builder; types 0x2 and later."""
    max_fee_per_gas: int | None = None
    """Most wei per gas; types 0x2 and later."""
    access_list: AccessList | None = None
    """Addresses and keys announced; types 0x1 and later."""
    max_fee_per_blob_gas: int | None = None
    """Most wei per blob gas; type 0x3."""
    blob_versioned_hashes: tuple[bytes, ...] = ()
    """Hashes of its blobs; type 0x3."""
    authorizations: tuple[Authorization, ...] = ()
    """Code delegations; type 0x4."""

    def effective_gas_price(self, base_fee_per_gas: int | None) -> int:
        """Returns the wei per gas that it pays in a block of this base fee (EIP-1559)."""
        if self.max_fee_per_gas is None or self.max_priority_fee_per_gas is None:
            return self.gas_price or 0
        base = base_fee_per_gas or 0
        return base + min(self.max_priority_fee_per_gas, self.max_fee_per_gas - base)

    def created_address(self) -> bytes | None:
        """Returns the address of the contract that it creates, or None where it calls."""
        if self.to is not None:
            return None
        return keccak256(rlp.encode([self.sender, rlp.encode_uint(self.nonce)]))[12:]


def decode_transaction(raw: bytes) -> Transaction:
    """Returns the transaction that the bytes encode, with the sender that its signature names.

    Raises:
        PeerError: it is not canonical, of an unknown type, or its signature is no signature; the class says which.
    """
    kind = 0 if raw[:1] >= b"\xc0" else int.from_bytes(raw[:1], "big")
    if kind not in FIELDS or not raw or raw[:1] == b"\0":
        raise UnsupportedTransactionType(kind)
    items = rlp.decode(raw if kind == 0 else raw[1:])
    fields = FIELDS[kind]
    if not isinstance(items, list) or len(items) != len(fields):
        raise MalformedTransaction(f"type {kind:#x} has {len(fields)} fields, the bytes are no such list")
    values = {ours: how.from_item(item, name) for (name, ours, how), item in zip(fields, items, strict=True)}
    digest = keccak256(raw)
    signed, parity = _signed(kind, items, values["v"])
    if kind == 0:
        values["chain_id"] = _legacy_chain_id(values["v"])
    return Transaction(raw=raw, hash=digest, kind=kind, sender=_recover(signed, values["r"], values["s"], parity, digest), **values)


def decode_pooled_transaction(raw: bytes) -> Transaction:
    """Returns the transaction in what `eth_sendRawTransaction` takes: with type 0x3, blobs and proofs may be wrapped around it.

    Blobs, commitments and proofs are the receiving node's to check; hash and sender do not depend on them (EIP-4844, EIP-7594).

    Raises:
        PeerError: as `decode_transaction`.
    """
    if raw[:1] == b"\x03":
        items = rlp.decode(raw[1:])
        if isinstance(items, list) and items and isinstance(items[0], list):
            return decode_transaction(b"\x03" + rlp.encode(cast("rlp.Encodable", items[0])))
    return decode_transaction(raw)


def transaction_from_json(answer: Any) -> Transaction:
    """Returns the transaction of a server's JSON, its bytes rebuilt from the fields; what it states as hash and sender must agree.

    Raises:
        WrongTransactionHash: the fields hash to something else than `hash`.
        WrongSender: the signature names another sender than `from`.
        PeerError: a field is missing or malformed; the class says which.
    """
    answer = mapping(answer, "transaction")
    kind = quantity(answer["type"], "type", bits=8) if answer.get("type") is not None else 0
    if kind not in FIELDS:
        raise UnsupportedTransactionType(kind)
    items = [how.from_json(json_value(answer, name), name) for name, _, how in FIELDS[kind]]
    transaction = decode_transaction((bytes([kind]) if kind else b"") + rlp.encode(items))
    stated_hash = data(get(answer, "hash"), "hash", length=32)
    if stated_hash != transaction.hash:
        raise WrongTransactionHash("hash", f"0x{stated_hash.hex()}", f"0x{transaction.hash.hex()}")
    if answer.get("from") is not None:
        stated = data(answer["from"], "from", length=20)
        if stated != transaction.sender:
            raise WrongSender("from", f"0x{stated.hex()}", f"0x{transaction.sender.hex()}")
    return transaction


def _signed(kind: int, items: list[rlp.Item], v: int) -> tuple[bytes, int]:
    """Returns the hash that is signed, and the parity of the signature."""
    unsigned = cast("list[rlp.Encodable]", items[:-3])
    if kind:
        return keccak256(bytes([kind]) + rlp.encode(unsigned)), v
    chain_id = _legacy_chain_id(v)
    if chain_id is None:
        return keccak256(rlp.encode(unsigned)), v - 27
    return keccak256(rlp.encode([*unsigned, rlp.encode_uint(chain_id), b"", b""])), (v - 35) % 2


def _legacy_chain_id(v: int) -> int | None:
    """Returns the chain id in a legacy `v` (EIP-155), or None for the forms before it."""
    if v in {27, 28}:
        return None
    if v < 35:
        raise MalformedTransaction(f"v is {v}")
    return (v - 35) // 2


def _recover(signed: bytes, r: int, s: int, parity: int, digest: bytes) -> bytes:
    if parity not in {0, 1}:
        raise UnrecoverableSender(digest)
    signature = r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes([parity])
    try:
        key = PublicKey.from_signature_and_message(signature, signed, hasher=None)
    except Exception:  # coincurve raises a bare Exception for a signature that fits no key
        raise UnrecoverableSender(digest) from None
    return keccak256(key.format(compressed=False)[1:])[12:]
