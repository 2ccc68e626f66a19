"""The execution payload header: an execution block's header as consensus sees it.

One record serves every fork; fields that a fork does not have are None, and the fork's table leaves them out of encoding and root.
Source: `specs/{bellatrix,capella,deneb}/beacon-chain.md#executionpayloadheader`; electra and fulu keep deneb's.
"""

from dataclasses import dataclass

from lightclient.forks import ForkName
from lightclient.ssz import ByteList, ByteVector, Container, SszType, Uint
from lightclient.types.beacon import BYTES32, UINT64

Field = tuple[str, SszType[bytes] | SszType[int]]


@dataclass(frozen=True, slots=True)
class ExecutionPayloadHeader:
    """The header of the execution block inside a beacon block."""

    parent_hash: bytes
    """Hash of the parent execution block."""
    fee_recipient: bytes
    """Address that receives the priority fees, 20 bytes."""
    state_root: bytes
    """Root of the execution state: what account proofs are checked against."""
    receipts_root: bytes
    """Root of the receipts' trie."""
    logs_bloom: bytes
    """Bloom filter over all logs, 256 bytes."""
    prev_randao: bytes
    """Randomness of the beacon chain, 32 bytes."""
    block_number: int
    """Number of the execution block."""
    gas_limit: int
    """Gas that the block may use."""
    gas_used: int
    """Gas that it used."""
    timestamp: int
    """Seconds since the Unix epoch."""
    extra_data: bytes
    """At most 32 bytes of the builder's choice."""
    base_fee_per_gas: int
    """Wei."""
    block_hash: bytes
    """Hash of the execution block: keccak256 of its RLP header."""
    transactions_root: bytes
    """SSZ root of the transactions (not the trie root that the RLP header has)."""
    withdrawals_root: bytes | None = None
    """SSZ root of the withdrawals; capella and later."""
    blob_gas_used: int | None = None
    """Blob gas that the block used; deneb and later."""
    excess_blob_gas: int | None = None
    """Running excess of blob gas; deneb and later."""

    def fork(self) -> ForkName:
        """Returns the first fork whose headers have exactly these fields."""
        if self.withdrawals_root is None:
            return ForkName.BELLATRIX
        return ForkName.CAPELLA if self.blob_gas_used is None else ForkName.DENEB

    def ssz_type(self) -> Container["ExecutionPayloadHeader"]:
        """Returns the SSZ type of the fork that has exactly these fields."""
        return execution_payload_header(self.fork())


_BELLATRIX: tuple[Field, ...] = (
    ("parent_hash", BYTES32),
    ("fee_recipient", ByteVector(20)),
    ("state_root", BYTES32),
    ("receipts_root", BYTES32),
    ("logs_bloom", ByteVector(256)),
    ("prev_randao", BYTES32),
    ("block_number", UINT64),
    ("gas_limit", UINT64),
    ("gas_used", UINT64),
    ("timestamp", UINT64),
    ("extra_data", ByteList(32)),
    ("base_fee_per_gas", Uint(32)),
    ("block_hash", BYTES32),
    ("transactions_root", BYTES32),
)
_CAPELLA: tuple[Field, ...] = (*_BELLATRIX, ("withdrawals_root", BYTES32))
_DENEB: tuple[Field, ...] = (*_CAPELLA, ("blob_gas_used", UINT64), ("excess_blob_gas", UINT64))

_HEADERS = {
    ForkName.BELLATRIX: Container(ExecutionPayloadHeader, _BELLATRIX),
    ForkName.CAPELLA: Container(ExecutionPayloadHeader, _CAPELLA),
    ForkName.DENEB: Container(ExecutionPayloadHeader, _DENEB),
}


def execution_payload_header(fork: ForkName) -> Container[ExecutionPayloadHeader]:
    """Returns the SSZ type of the fork's header; bellatrix is the first fork that has one."""
    return _HEADERS[min(fork, ForkName.DENEB)]
