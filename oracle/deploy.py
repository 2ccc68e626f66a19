"""Deploys the registries and registers a gateway: three transactions of one deployer, whose addresses are known before they are sent.

For devnets, demos and `aios`. It believes its RPC, for whoever deploys chooses it; gateways afterwards believe proofs only.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from oracle import anchor, gateway_registry
from oracle.chain import ChainRpc, Sent
from oracle.fees import FeePolicy, Fees, first_fees
from oracle.finality import AnchorTarget
from oracle.keccak import keccak256
from oracle.publication import Inclusion
from oracle.publication_errors import NodeRefusesError, NotMinedError, RegistryNotGenuineError, TransactionFailedError
from oracle.signer import Signer
from oracle.transaction import Transaction, created_address, sign

CREATION_GAS = 6_000_000
"""Limit for one creation; the larger of the two uses some 5,000,000."""
REGISTRATION_GAS = 300_000
"""Limit for registering a gateway, which writes two to six slots and checks one signature."""
POLLS = 240
"""How often receipts are asked for before giving up; with a pause of a second, twenty slots."""

Sleep = Callable[[float], Awaitable[None]]
"""Pauses for so many seconds."""


@dataclass(frozen=True, slots=True)
class Stakes:
    """The rules of stakes that a GatewayRegistry is created with, for good; as they are, for demos and tests: nothing at stake."""

    minimum_wei: int = 0
    """The least stake of a gateway."""
    unbonding_seconds: int = 0
    """How long a stake stays bound after its operator asks for it."""
    treasury: bytes = bytes(20)
    """Who may claim what slashed gateways forfeit; zero burns it."""


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
    chain: ChainRpc,
    deployer: Signer,
    gateway: Signer,
    stakes: Stakes | None = None,
    *,
    fees: FeePolicy | None = None,
    sleep: Sleep = asyncio.sleep,
) -> Deployment:
    """Returns both registries, deployed with the deployer as owner and operator and the gateway registered with the least stake.

    The gateway's key signs nothing but that it agrees to belong to the gateway.

    Raises TransactionFailedError, NodeRefusesError, RegistryNotGenuineError, and what `ChainRpc` raises. Begun anew after a failure it
    deploys a fresh pair.
    """
    chain_id, first = await chain.chain_id(), await chain.nonce(deployer.address, "pending")
    gateways, registry = registry_addresses(deployer.address, first)
    offer, rules, name = first_fees(await chain.fee_history(5), fees or FeePolicy()), stakes or Stakes(), gateway.address
    possession = gateway.sign_digest(
        gateway_registry.possession_digest(chain_id=chain_id, registry=gateways, gateway=name, key=name, operator=deployer.address)
    )
    creation = gateway_registry.creation(deployer.address, rules.minimum_wei, rules.unbonding_seconds, rules.treasury)
    registration = gateway_registry.register_calldata(name, possession)
    steps = (
        ("create the GatewayRegistry", Transaction(chain_id, first, None, creation, CREATION_GAS)),
        ("create the AnchorRegistry", Transaction(chain_id, first + 1, None, anchor.anchor_registry_creation(gateways), CREATION_GAS)),
        ("register the gateway", Transaction(chain_id, first + 2, gateways, registration, REGISTRATION_GAS, rules.minimum_wei)),
    )
    hashes = [(what, await _send(chain, deployer, transaction, offer)) for what, transaction in steps]
    receipts = [await _mined(chain, tx_hash, what, sleep) for what, tx_hash in hashes]
    await _check_code(chain, gateways, gateway_registry.code_hash())
    await _check_code(chain, registry, anchor.anchor_registry_code_hash(gateways))
    target = AnchorTarget(chain_id, registry, gateways, name)
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
    raise NotMinedError(tx_hash, what, POLLS)


async def _check_code(chain: ChainRpc, address: bytes, wanted: bytes) -> None:
    found = keccak256(await chain.get_code(address))
    if found != wanted:
        raise RegistryNotGenuineError(address, wanted, found)
