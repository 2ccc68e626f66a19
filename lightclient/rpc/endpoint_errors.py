"""What endpoints answer that contradicts what is verified, beyond the checks of `lightclient.execution`; each is the peer's fault."""

from lightclient.errors import PeerError


class WithheldTransaction(PeerError):
    """An endpoint says that a transaction is not included although a verified block holds it."""

    def __init__(self, transaction_hash: bytes, number: int) -> None:
        super().__init__(f"transaction 0x{transaction_hash.hex()} is in block {number}, and the endpoint says that it is in none")
        self.transaction_hash = transaction_hash
        """Hash of the transaction."""
        self.number = number
        """Number of the block that holds it."""


class WrongPlace(PeerError):
    """A transaction is said to lie where a verified block holds another, or none."""

    def __init__(self, transaction_hash: bytes, number: int, index: int) -> None:
        super().__init__(f"transaction 0x{transaction_hash.hex()} is not number {index} of block {number}, as the endpoint says")
        self.transaction_hash = transaction_hash
        """Hash of the transaction."""
        self.number = number
        """Number of the block."""
        self.index = index
        """Place that the endpoint named."""


class WrongPendingTransaction(PeerError):
    """An endpoint shows another transaction than the one asked for."""

    def __init__(self, found: bytes, expected: bytes) -> None:
        super().__init__(f"transaction 0x{found.hex()} is shown for 0x{expected.hex()}")
        self.found = found
        """Hash of what is shown."""
        self.expected = expected
        """Hash asked for."""


class WrongSentHash(PeerError):
    """An endpoint answers a transaction handed over with another hash than the transaction has."""

    def __init__(self, stated: str, expected: bytes) -> None:
        super().__init__(f"the endpoint calls the transaction {stated[:80]}, its hash is 0x{expected.hex()}")
        self.stated = stated[:80]
        """What the endpoint says."""
        self.expected = expected
        """Keccak-256 of the transaction."""


class SwallowedTransaction(PeerError):
    """An endpoint accepted a transaction and does not know it afterwards."""

    def __init__(self, transaction_hash: bytes) -> None:
        super().__init__(f"transaction 0x{transaction_hash.hex()} was accepted and is not known afterwards")
        self.transaction_hash = transaction_hash
        """Hash of the transaction."""


class UnreasonableFee(PeerError):
    """A suggested fee lies past what the settings allow."""

    def __init__(self, fee_wei: int, limit_wei: int) -> None:
        super().__init__(f"a priority fee of {fee_wei} wei is suggested, limit {limit_wei}")
        self.fee_wei = fee_wei
        """Fee suggested."""
        self.limit_wei = limit_wei
        """Highest allowed."""


class WrongRewards(PeerError):
    """Rewards of a fee history have not one entry per block and percentile, or fall where they must rise."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"rewards: {reason}")
        self.reason = reason
        """What is wrong."""
