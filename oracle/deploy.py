"""Deploys the registries and registers a gateway: three transactions of one deployer, whose addresses are known before they are sent.

For devnets, demos and `aios`. It believes its RPC, for whoever deploys chooses it; gateways afterwards believe proofs only.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from oracle import anchor
from oracle.chain import ChainRpc, Sent
from oracle.fees import FeePolicy, Fees, first_fees
from oracle.finality import AnchorTarget
from oracle.keccak import keccak256
from oracle.publication import Inclusion
from oracle.publication_errors import NodeRefusesError, RegistryNotGenuineError, RpcUnreachableError, TransactionFailedError
from oracle.signer import Signer
from oracle.transaction import Transaction, created_address, sign

CREATION_GAS = 1_000_000
"""Limit for one creation; the larger of the two uses some 700,000."""
REGISTRATION_GAS = 150_000
"""Limit for registering a gateway, which writes three slots."""
POLLS = 240
"""How often receipts are asked for before giving up; with a pause of a second, twenty slots."""

Sleep = Callable[[float], Awaitable[None]]
"""Pauses for so many seconds."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """What was deployed."""

    target: AnchorTarget
    """Addresses of both registries, the chain and the gateway registered."""
    gas_used: int
    """Gas of the three transactions together."""
    block_number: int
    """Block of the last one: final once the light client has finalized it."""


def registry_addresses(deployer: bytes, first_nonce: int = 0) -> tuple[bytes, bytes]:
    """Returns the addresses that GatewayRegistry and AnchorRegistry get when `deploy` begins with this nonce."""
    return created_address(deployer, first_nonce), created_address(deployer, first_nonce + 1)


async def deploy(
    chain: ChainRpc, deployer: Signer, gateway: bytes, *, fees: FeePolicy | None = None, sleep: Sleep = asyncio.sleep
) -> Deployment:
    """Returns both registries, deployed with the deployer as owner and the gateway registered.

    Raises TransactionFailedError, NodeRefusesError, RegistryNotGenuineError, and what `ChainRpc` raises. Begun anew after a failure it
    deploys a fresh pair.
    """
    chain_id, first = await chain.chain_id(), await chain.nonce(deployer.address, "pending")
    gateway_registry, registry = registry_addresses(deployer.address, first)
    offer = first_fees(await chain.fee_history(5), fees or FeePolicy())
    steps = (
        ("create the GatewayRegistry", None, anchor.gateway_registry_creation(deployer.address), CREATION_GAS),
        ("create the AnchorRegistry", None, anchor.anchor_registry_creation(gateway_registry), CREATION_GAS),
        ("register the gateway", gateway_registry, anchor.register_calldata(gateway), REGISTRATION_GAS),
    )
    hashes = [
        (what, await _send(chain, deployer, Transaction(chain_id, first + place, to, data, gas), offer))
        for place, (what, to, data, gas) in enumerate(steps)
    ]
    receipts = [await _mined(chain, tx_hash, what, sleep) for what, tx_hash in hashes]
    await _check_code(chain, gateway_registry, anchor.gateway_registry_code_hash())
    await _check_code(chain, registry, anchor.anchor_registry_code_hash(gateway_registry))
    target = AnchorTarget(chain_id, registry, gateway_registry, gateway)
    return Deployment(target, sum(receipt.gas_used for receipt in receipts), receipts[-1].block_number)


async def _send(chain: ChainRpc, deployer: Signer, transaction: Transaction, fees: Fees) -> bytes:
    async def signature(digest: bytes) -> bytes:
        return deployer.sign_digest(digest)

    signed = await sign(transaction, fees, deployer.address, signature)
    sent = await chain.send_raw_transaction(signed.raw)
    if sent is not Sent.TAKEN:
        raise NodeRefusesError(transaction.nonce, sent.value, "give the deployer ether and use its key nowhere else meanwhile")
    return signed.tx_hash


async def _mined(chain: ChainRpc, tx_hash: bytes, what: str, sleep: Sleep) -> Inclusion:
    for _ in range(POLLS):
        receipt = await chain.receipt(tx_hash)
        if receipt is not None:
            if not receipt.succeeded:
                raise TransactionFailedError(tx_hash, what)
            return receipt
        await sleep(1.0)
    raise RpcUnreachableError("eth_getTransactionReceipt", f"{what}: 0x{tx_hash.hex()} is not mined after {POLLS} questions")


async def _check_code(chain: ChainRpc, address: bytes, wanted: bytes) -> None:
    found = keccak256(await chain.get_code(address))
    if found != wanted:
        raise RegistryNotGenuineError(address, wanted, found)
