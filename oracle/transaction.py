"""Transactions of type 2 (EIP-1559): built, signed, and named by their hash.

Pure; the signature comes through a callable. It knows one type, no access lists, and only what EIP-7825 lets into a block. RLP is
written out: three cases of it are needed, and importing a library for them costs half a second of start-up.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from oracle.errors import FieldRangeError, MisuseError
from oracle.fees import Fees
from oracle.keccak import keccak256
from oracle.signature import recover_secp256k1

TYPE = b"\x02"
"""Transaction type of EIP-1559."""
GAS_CAP = 1 << 24
"""Most gas that one transaction may ask for (EIP-7825)."""

Item = int | bytes | Sequence["Item"]
"""What RLP can say; integers are non-negative."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """A call or a creation, without fees and signature."""

    chain_id: int
    """Chain that it is valid on (EIP-155)."""
    nonce: int
    """How many transactions of the sender come before it."""
    to: bytes | None
    """Address called, 20 bytes; None creates a contract."""
    data: bytes
    """Calldata, or creation code."""
    gas_limit: int
    """Most gas that execution may use."""
    value_wei: int = 0
    """What is sent along."""


@dataclass(frozen=True, slots=True)
class SignedTransaction:
    """A transaction as nodes take it."""

    raw: bytes
    """The envelope of EIP-2718."""
    tx_hash: bytes
    """keccak256 of `raw`."""


def rlp(item: Item) -> bytes:
    """Returns the RLP encoding of an integer, bytes or a list of such (Yellow Paper, appendix B)."""
    if isinstance(item, int):
        return rlp(item.to_bytes((item.bit_length() + 7) // 8, "big"))
    if isinstance(item, bytes):
        return item if len(item) == 1 and item[0] < 0x80 else _length(len(item), 0x80) + item
    payload = b"".join(rlp(inner) for inner in item)
    return _length(len(payload), 0xC0) + payload


def _length(size: int, offset: int) -> bytes:
    if size < 56:
        return bytes((offset + size,))
    digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((offset + 55 + len(digits),)) + digits


def signing_digest(transaction: Transaction, fees: Fees) -> bytes:
    """Returns what the sender signs (EIP-1559); raises FieldRangeError for what no block may hold."""
    return keccak256(TYPE + rlp(_fields(transaction, fees)))


def commitment(transaction: Transaction) -> bytes:
    """Returns 32 bytes that name what a transaction does, whatever its nonce, gas and fees: chain, callee, value and calldata."""
    return keccak256(rlp([transaction.chain_id, transaction.to or b"", transaction.value_wei, transaction.data]))


async def sign(transaction: Transaction, fees: Fees, sender: bytes, sign_digest: Callable[[bytes], Awaitable[bytes]]) -> SignedTransaction:
    """Returns the signed transaction; raises MisuseError if the signature is not the sender's."""
    digest = signing_digest(transaction, fees)
    signature = await sign_digest(digest)
    # A wrong key would spend another account's nonce and anchor under another name.
    if recover_secp256k1(digest, signature) != sender:
        raise MisuseError(f"the signer did not sign as 0x{sender.hex()}")
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
    raw = TYPE + rlp([*_fields(transaction, fees), signature[64] - 27, r, s])
    return SignedTransaction(raw=raw, tx_hash=keccak256(raw))


def created_address(sender: bytes, nonce: int) -> bytes:
    """Returns the address of the contract that the sender's transaction with this nonce creates."""
    return keccak256(rlp([sender, nonce]))[12:]


def _fields(transaction: Transaction, fees: Fees) -> list[Item]:
    for field, number, limit in (
        ("chainId", transaction.chain_id, 1 << 64),
        ("nonce", transaction.nonce, (1 << 64) - 1),  # EIP-2681
        ("gasLimit", transaction.gas_limit, GAS_CAP + 1),
        ("value", transaction.value_wei, 1 << 256),
        ("maxFeePerGas", fees.max_fee_wei, 1 << 256),
        ("maxPriorityFeePerGas", fees.priority_fee_wei, fees.max_fee_wei + 1),
    ):
        if not 0 <= number < limit:
            raise FieldRangeError(field, number, f"a number below {limit}")
    if transaction.to is not None and len(transaction.to) != 20:
        raise FieldRangeError("to", transaction.to, "address")
    return [
        transaction.chain_id,
        transaction.nonce,
        fees.priority_fee_wei,
        fees.max_fee_wei,
        transaction.gas_limit,
        transaction.to or b"",
        transaction.value_wei,
        transaction.data,
        [],
    ]
