"""Refusals of a bootstrap, and of keys: what a committee is before anyone signs."""

from lightclient.errors.base import PeerError


class WrongCheckpoint(PeerError):
    """The bootstrap's header is not the block that the user trusts."""

    def __init__(self, root: bytes, trusted: bytes) -> None:
        super().__init__(f"bootstrap is for block 0x{root.hex()}, not for the trusted 0x{trusted.hex()}")
        self.root = root
        """Root of the header received."""
        self.trusted = trusted
        """Root given by the user."""


class WrongCommitteeBranch(PeerError):
    """The bootstrap's committee is not proven to be in the trusted state."""

    def __init__(self, committee_root: bytes, state_root: bytes) -> None:
        super().__init__(f"committee 0x{committee_root.hex()} is not proven in state 0x{state_root.hex()}")
        self.committee_root = committee_root
        """Root of the committee received."""
        self.state_root = state_root
        """State that should hold it."""


class WrongCommitteeSize(PeerError):
    """A committee or bit field has another size than the network's preset."""

    def __init__(self, size: int, expected: int) -> None:
        super().__init__(f"committee of {size} members where the network has {expected}; the server is of another preset")
        self.size = size
        """Members received."""
        self.expected = expected
        """Members of this network's committees."""


class InvalidCommitteeKey(PeerError):
    """A committee member's key is no valid public key: not on the curve, outside the subgroup, or the point at infinity."""

    def __init__(self, index: int, pubkey: bytes, reason: str) -> None:
        super().__init__(f"key {index} of the committee, 0x{pubkey.hex()}: {reason}")
        self.index = index
        """Its place in the committee."""
        self.pubkey = pubkey
        """The key as received."""
        self.reason = reason
        """What is wrong with it."""
