"""Measures what anchoring costs: gas on the devnet's Osaka rules, and milliseconds of this process per anchor from root to signed bytes."""

import asyncio
import time

from fullnode.devnet.execution.chain import ExecutionChain
from fullnode.devnet.execution.genesis import make_genesis
from fullnode.devnet.execution.settings import ExecutionSettings
from oracle import anchor, gateway_registry
from oracle.deploy import CREATION_GAS, REGISTRATION_GAS, registry_addresses
from oracle.fees import GWEI, Fees
from oracle.keccak import keccak256
from oracle.secret import SecretKey
from oracle.signer import LocalSigner
from oracle.transaction import SignedTransaction, Transaction, sign

FEES = Fees(20 * GWEI, GWEI)
SIZES = (1, 100, 10_000)
READINGS = 1_440
"""Readings under one statement: a day at one a minute."""
SIGNATURES = 200


def measure() -> dict[str, float]:
    """Returns gas of an anchor, per attestation and per reading at three batch sizes, of the deployment, and ms per signed anchor."""
    settings = ExecutionSettings()
    chain = ExecutionChain(make_genesis(settings, timestamp=0), settings)
    signer = LocalSigner(SecretKey(chain.accounts[0].private_key))
    gateways, registry = registry_addresses(signer.address)
    own = {"gateway": signer.address, "key": signer.address, "operator": signer.address}
    possession = signer.sign_digest(gateway_registry.possession_digest(chain_id=chain.chain_id, registry=gateways, **own))
    deployment = [
        _gas(chain, signer, None, gateway_registry.creation(signer.address), CREATION_GAS),
        _gas(chain, signer, None, anchor.anchor_registry_creation(gateways), CREATION_GAS),
        _gas(chain, signer, gateways, gateway_registry.register_calldata(signer.address, possession), REGISTRATION_GAS),
    ]
    # Index 0 is cheaper, for it has no predecessor to look at: it is anchored first and not counted.
    _gas(chain, signer, registry, anchor.anchor_calldata(0, keccak256(b"first"), 1), 100_000)
    anchors = {
        size: _gas(chain, signer, registry, anchor.anchor_calldata(index, keccak256(b"%d" % size), size), 100_000)
        for index, size in enumerate(SIZES, start=1)
    }
    return {
        "anchor_gas": max(anchors.values()),
        **{f"gas per attestation, {size} in a batch": gas / size for size, gas in anchors.items()},
        **{f"gas per reading, {size} statements of {READINGS:,} readings": gas / size / READINGS for size, gas in anchors.items()},
        "gas of both registries and one gateway": sum(deployment),
        "anchor built and signed, ms": _signing_ms(signer, registry),
    }


def _gas(chain: ExecutionChain, signer: LocalSigner, to: bytes | None, data: bytes, limit: int) -> int:
    nonce = chain.head.number
    raw = _signed(signer, Transaction(chain.chain_id, nonce, to, data, limit)).raw
    tx_hash = chain.submit(raw)
    before = chain.head.block
    chain.produce_block(timestamp=before.timestamp + 12, prev_randao=bytes(32), parent_beacon_block_root=bytes(32))
    mined = chain.receipt(tx_hash)
    if mined is None or not mined[1].succeeded:
        raise RuntimeError(f"transaction {nonce} of the benchmark was not mined or failed")
    return mined[1].gas_used


def _signed(signer: LocalSigner, transaction: Transaction) -> SignedTransaction:
    async def signature(digest: bytes) -> bytes:
        return signer.sign_digest(digest)

    return asyncio.run(sign(transaction, FEES, signer.address, signature))


def _signing_ms(signer: LocalSigner, registry: bytes) -> float:
    async def signature(digest: bytes) -> bytes:
        return signer.sign_digest(digest)

    async def anchors() -> float:
        started = time.perf_counter()
        for index in range(SIGNATURES):
            data = anchor.anchor_calldata(index, keccak256(b"root"), 1)
            await sign(Transaction(1, index, registry, data, 100_000), FEES, signer.address, signature)
        return (time.perf_counter() - started) * 1e3 / SIGNATURES

    return asyncio.run(anchors())
