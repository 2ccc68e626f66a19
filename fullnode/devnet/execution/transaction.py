"""Raw bytes to a transaction whose sender is known.

The one place where untrusted transaction bytes become a validated type. Blob transactions are refused: there is nobody here to keep blobs.
"""

from dataclasses import dataclass
from typing import Final

from ethereum.exceptions import EthereumException
from ethereum.forks.osaka.transactions import (
    AccessListTransaction,
    BlobTransaction,
    FeeMarketTransaction,
    LegacyTransaction,
    SetCodeTransaction,
    Transaction,
    decode_transaction,
    encode_transaction,
    recover_sender,
    validate_transaction,
)
from ethereum_rlp import rlp
from ethereum_rlp.exceptions import RLPException
from ethereum_types.numeric import U64

from fullnode.devnet.execution.encoding import keccak
from fullnode.devnet.execution.errors import RefusedTransactionError

MAX_SIZE: Final = 131_072
"""Longest raw transaction the pool takes, bytes (geth's limit)."""

_TYPES: Final[dict[type, int]] = {
    LegacyTransaction: 0,
    AccessListTransaction: 1,
    FeeMarketTransaction: 2,
    BlobTransaction: 3,
    SetCodeTransaction: 4,
}


@dataclass(frozen=True, slots=True)
class SignedTransaction:
    """A transaction with valid form and signature."""

    raw: bytes
    """As it was sent (EIP-2718)."""
    hash: bytes
    """keccak-256 of `raw`."""
    sender: bytes
    """Recovered from the signature, 20 bytes."""
    tx: Transaction
    """The same in EELS's form."""

    @property
    def type(self) -> int:
        """EIP-2718 transaction type."""
        return _TYPES[type(self.tx)]

    @property
    def nonce(self) -> int:
        """The sender's transaction count before this one."""
        return int(self.tx.nonce)

    @property
    def max_fee(self) -> int:
        """The most wei per gas the sender pays."""
        return int(self.tx.gas_price if isinstance(self.tx, LegacyTransaction | AccessListTransaction) else self.tx.max_fee_per_gas)

    @property
    def max_tip(self) -> int:
        """The most wei per gas the sender gives the fee recipient."""
        return int(
            self.tx.gas_price if isinstance(self.tx, LegacyTransaction | AccessListTransaction) else self.tx.max_priority_fee_per_gas
        )

    def tip(self, base_fee: int) -> int:
        """Returns the wei per gas that reach the fee recipient; negative when the base fee is not even covered."""
        return min(self.max_tip, self.max_fee - base_fee)

    @property
    def cost(self) -> int:
        """The most wei the transaction can take from its sender."""
        return int(self.tx.gas) * self.max_fee + int(self.tx.value)


def parse_transaction(raw: bytes, chain_id: int) -> SignedTransaction:
    """Returns the transaction; raises RefusedTransactionError when its form, chain, gas or signature is wrong."""
    if len(raw) > MAX_SIZE:
        raise RefusedTransactionError(f"oversized data: {len(raw)} bytes, limit {MAX_SIZE}")
    tx = _decode(raw)
    if isinstance(tx, BlobTransaction):
        raise RefusedTransactionError("transaction type not supported: blobs are not kept by this devnet")
    if not isinstance(tx, LegacyTransaction) and int(tx.chain_id) != chain_id:
        raise RefusedTransactionError(f"invalid chain id for signer: have {int(tx.chain_id)} want {chain_id}")
    if isinstance(tx, FeeMarketTransaction | SetCodeTransaction) and tx.max_fee_per_gas < tx.max_priority_fee_per_gas:
        raise RefusedTransactionError("max priority fee per gas higher than max fee per gas")
    try:
        validate_transaction(tx)
        sender = bytes(recover_sender(U64(chain_id), tx))
    except (EthereumException, ValueError, OverflowError) as error:
        raise RefusedTransactionError(_reason(error)) from error
    return SignedTransaction(raw, keccak(raw), sender, tx)


def _decode(raw: bytes) -> Transaction:
    if not raw:
        raise RefusedTransactionError("empty transaction")
    try:
        tx: Transaction = rlp.decode_to(LegacyTransaction, raw) if raw[0] >= 0xC0 else decode_transaction(raw)
        encoded = encode_transaction(tx)
        again = rlp.encode(encoded) if isinstance(encoded, LegacyTransaction) else encoded
    except (RLPException, EthereumException, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise RefusedTransactionError(f"rlp: {_reason(error)}") from error
    if again != raw:
        raise RefusedTransactionError("rlp: not in canonical form")
    return tx


def _reason(error: Exception) -> str:
    words = {
        "Insufficient gas": "intrinsic gas too low",
        "Gas limit too high": "transaction gas limit too high (cap: 16777216)",
        "Code size too large": "max initcode size exceeded",
    }
    text = str(error) or type(error).__name__
    return words.get(text, text)
