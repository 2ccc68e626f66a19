"""Why a block, its transactions, its receipts or its logs are refused; each class holds the offending values.

All but `HistoryOutOfRange`, `MalformedFilter` and `UnclesNotSupported` are the peer's fault: another server may be honest.
"""

from lightclient.errors import OursError, PeerError


class TooMany(PeerError):
    """A list or a range is longer than any honest one; nothing of it was read."""

    def __init__(self, what: str, size: int, limit: int) -> None:
        super().__init__(f"{what}: {size} where at most {limit} can be")
        self.what = what
        """What there is too much of."""
        self.size = size
        """How much."""
        self.limit = limit
        """Most that can be."""


class WrongRoot(PeerError):
    """What a list hashes to is not what the verified header commits to: something is missing, added, altered or moved."""

    what = "list"

    def __init__(self, found: bytes, expected: bytes) -> None:
        super().__init__(f"{self.what} hash to 0x{found.hex()}, the header commits to 0x{expected.hex()}")
        self.found = found
        """Root of what was received."""
        self.expected = expected
        """Root in the verified header."""


class WrongTransactionsRoot(WrongRoot):
    """These are not the block's transactions."""

    what = "transactions"


class WrongReceiptsRoot(WrongRoot):
    """These are not the block's receipts."""

    what = "receipts"


class WrongWithdrawalsRoot(WrongRoot):
    """These are not the block's withdrawals."""

    what = "withdrawals"


class WrongRequestsHash(WrongRoot):
    """These are not the block's execution requests (EIP-7685)."""

    what = "requests"


class UnclesNotSupported(OursError):
    """The block has uncles, as some before the merge have; they are not verified here."""

    def __init__(self, number: int) -> None:
        super().__init__(f"block {number} has uncles: blocks from before the merge are not verified")
        self.number = number
        """The block."""


class WrongFieldCount(PeerError):
    """The header's fields are not those of any fork."""

    def __init__(self, count: int) -> None:
        super().__init__(f"a header of {count} fields is of no fork")
        self.count = count
        """Fields that the header has."""


class BrokenHeaderChain(PeerError):
    """Two headers do not follow one another."""

    def __init__(self, number: int, found: bytes, expected: bytes) -> None:
        super().__init__(f"the header received as block {number} is 0x{found.hex()}, its child names 0x{expected.hex()}")
        self.number = number
        """Number that the header should have."""
        self.found = found
        """Hash of the header received."""
        self.expected = expected
        """Parent hash in the verified child."""


class WrongBlockNumber(PeerError):
    """A verified header has another number than was asked for."""

    def __init__(self, found: int, expected: int) -> None:
        super().__init__(f"block {found} instead of block {expected}")
        self.found = found
        """Number of the header."""
        self.expected = expected
        """Number asked for."""


class HistoryOutOfRange(OursError):
    """The history contract does not hold the hash of that block (EIP-2935): walk the headers instead, or ask under another head."""

    def __init__(self, number: int, head: int, window: int) -> None:
        super().__init__(f"the state after block {head} holds the hashes of blocks {max(head - window, 0)} to {head - 1}, not of {number}")
        self.number = number
        """Block asked for."""
        self.head = head
        """Block whose state would prove it."""
        self.window = window
        """How many blocks back the contract remembers."""


class HistoryMissing(PeerError):
    """The history contract is not there, or holds nothing for that block: the chain does not have EIP-2935 there."""

    def __init__(self, number: int, head: int) -> None:
        super().__init__(f"the state after block {head} is proven to hold no hash of block {number}: walk the headers instead")
        self.number = number
        """Block asked for."""
        self.head = head
        """Block whose state proves the absence."""


class TransactionsNotFull(PeerError):
    """A block's transactions are hashes only, which the header does not commit to; the block has to be asked for with full transactions."""

    def __init__(self, index: int) -> None:
        super().__init__(f"transactions[{index}] is a hash: ask for the block with full transactions")
        self.index = index
        """First transaction that is not an object."""


class MalformedTransaction(PeerError):
    """Bytes or fields are not one canonical transaction of their type."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"transaction: {reason}")
        self.reason = reason
        """What is wrong, with the offending values."""


class UnsupportedTransactionType(PeerError):
    """A transaction or receipt is of a type that this software does not know."""

    def __init__(self, kind: int) -> None:
        super().__init__(
            f"type {kind:#x} is none of 0x0 to 0x4: this software is older than the chain's rules, or the chain is no Ethereum"
        )
        self.kind = kind
        """The type."""


class UnrecoverableSender(PeerError):
    """A transaction's signature names no sender."""

    def __init__(self, transaction_hash: bytes) -> None:
        super().__init__(f"the signature of transaction 0x{transaction_hash.hex()} is not valid for any key")
        self.transaction_hash = transaction_hash
        """Hash of the transaction."""


class WrongStatement(PeerError):
    """A field beside a transaction, receipt or log says something else than the verified block."""

    def __init__(self, field: str, stated: str, proven: str) -> None:
        super().__init__(f"{field}: the answer states {stated}, the block proves {proven}")
        self.field = field
        """Path of the field."""
        self.stated = stated
        """What the answer states."""
        self.proven = proven
        """What the verified block says."""


class WrongBlockReference(WrongStatement):
    """`blockHash` or `blockNumber` is another block's."""


class WrongTransactionIndex(WrongStatement):
    """`transactionIndex` is not the place in the block."""


class WrongLogIndex(WrongStatement):
    """`logIndex` is not the place in the block."""


class WrongTransactionHash(WrongStatement):
    """`hash` or `transactionHash` is not the transaction's."""


class WrongSender(WrongStatement):
    """`from` is not who signed."""


class WrongReceiptField(WrongStatement):
    """A field that follows from the transaction or from the other receipts says something else."""


class WrongLog(WrongStatement):
    """A log's address, topics or data are not those of the verified receipt."""


class RemovedLog(PeerError):
    """A log is marked as removed by a reorganization, in an answer about a block that is part of the chain."""

    def __init__(self, field: str) -> None:
        super().__init__(f"{field} is true in a block of the verified chain")
        self.field = field
        """Path of the field."""


class UnindexedEntry(PeerError):
    """An entry, or a field that says where it belongs, is null: as pending entries are, and as half-indexed servers answer."""

    def __init__(self, field: str) -> None:
        super().__init__(f"{field} is null or missing: the server has not indexed it")
        self.field = field
        """Path of the entry or field."""


class WrongBloom(PeerError):
    """A bloom filter is not that of the logs beside it."""

    def __init__(self, where: str, stated: bytes, computed: bytes) -> None:
        super().__init__(f"{where}: the bloom stated is not that of the logs")
        self.where = where
        """Whose bloom."""
        self.stated = stated
        """The bloom stated, 256 bytes."""
        self.computed = computed
        """The bloom of the logs, 256 bytes."""


class WrongCount(PeerError):
    """There are more or fewer receipts than transactions."""

    def __init__(self, what: str, found: int, expected: int) -> None:
        super().__init__(f"{found} {what} instead of {expected}")
        self.what = what
        """What was counted."""
        self.found = found
        """How many there are."""
        self.expected = expected
        """How many there should be."""


class MissingEvidence(PeerError):
    """Receipts, or the transactions that name them, of a block whose bloom does not exclude a match are not there."""

    def __init__(self, what: str, number: int, block_hash: bytes) -> None:
        super().__init__(f"{what} of block {number}, 0x{block_hash.hex()}, are needed and missing")
        self.what = what
        """Receipts or transactions."""
        self.number = number
        """Block number."""
        self.block_hash = block_hash
        """Block hash."""


class MalformedFilter(OursError):
    """A filter of logs is not of its form, or too large."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"filter, {field}: {reason}")
        self.field = field
        """Which field."""
        self.reason = reason
        """What is wrong with it."""
