"""What each kind of publication calls, and how it is recognised on chain. Pure.

An anchor's calldata follows from its record; every other kind carries its own. `commitment` is what the signer never contradicts under
one index, so it must not change with fees or nonces.
"""

from oracle import eas
from oracle.anchor import anchor_calldata
from oracle.keccak import keccak256
from oracle.publication import Kind, Publication, stage_call

SEARCH_LIMIT = 1_024
"""Times of blocks that one round looks at for a verdict; a day of Ethereum has 7,200 slots, an epoch 32."""


def calldata_of(record: Publication) -> bytes:
    """Returns what the contract is called with."""
    return anchor_calldata(record.index, record.root, record.count) if record.kind is Kind.ANCHOR else record.calldata


def stage_stamp(chain_id: int, contract: bytes, gateway: bytes, *, index: int, root: bytes, count: int, now_ms: int) -> Publication:
    """Returns the record of a batch that is to be stamped; its root in the record is the batch's, what is stamped is salted."""
    calldata = eas.timestamp_calldata(eas.stamp_of(chain_id, gateway, index, root))
    return stage_call(Kind.STAMP, chain_id, contract, gateway, index=index, root=root, calldata=calldata, now_ms=now_ms, count=count)


def stage_verdict(
    chain_id: int, contract: bytes, gateway: bytes, *, index: int, attestation: eas.OnchainAttestation, now_ms: int
) -> Publication:
    """Returns the record of an attestation that is to be written on chain."""
    calldata = eas.attest_calldata(attestation)
    return stage_call(Kind.VERDICT, chain_id, contract, gateway, index=index, root=keccak256(calldata), calldata=calldata, now_ms=now_ms)


def stage_revocation(chain_id: int, contract: bytes, gateway: bytes, *, index: int, uid: bytes, now_ms: int) -> Publication:
    """Returns the record of an off-chain attestation that is to be revoked."""
    calldata = eas.revoke_offchain_calldata(uid)
    return stage_call(Kind.REVOCATION, chain_id, contract, gateway, index=index, root=uid, calldata=calldata, now_ms=now_ms)


def slot_of(record: Publication, layout: eas.Layout) -> bytes:
    """Returns the storage key in EAS that is not zero exactly when the stamp or revocation stands."""
    if record.kind is Kind.STAMP:
        return eas.timestamp_slot(layout, eas.stamp_of(record.chain_id, record.gateway, record.index, record.root))
    return eas.revocation_slot(layout, record.gateway, record.root)


def verdict_uids(record: Publication, *, searched_s: int, until_s: int, spacing_s: int) -> list[tuple[int, bytes]]:
    """Returns the uids that a verdict can have in the blocks from `searched_s` up to a block's time, by time; so many, oldest first.

    Blocks are `spacing_s` apart or a multiple of it, so that every time at which one can have been made is looked at. The first is one
    that was searched before: development chains make several blocks in one second.
    """
    attestation = eas.decode_attest(record.calldata)
    first = until_s - (until_s - searched_s) // spacing_s * spacing_s
    times = range(first, until_s + 1, spacing_s)[:SEARCH_LIMIT] if until_s >= searched_s else range(0)
    return [(time_s, eas.uid_of(attestation, record.gateway, time_s)) for time_s in times]
