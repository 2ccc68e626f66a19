"""Deploys everything: registries, escrow and bond, and registers the verdict schema with each; records where it all stands. Thin.

Every step is prepared against the chain as it is after the one before, so that a constructor finds what it looks for, and is handed to
the caller to send: a person may be asked first. What was created is compared with what the artifacts say that its code must be. It
believes its RPC, for whoever deploys chooses it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from oracle import abi, anchor, artifacts, gateway_registry
from oracle.artifacts import Artifact
from oracle.deploy import Stakes
from oracle.eas import register_schema_calldata
from oracle.hexes import to_checksum
from oracle.keccak import keccak256
from oracle.publication import Inclusion
from oracle.publication_errors import EasMissingError, PrecompilesMissingError, RegistryNotGenuineError
from oracle.transaction import created_address
from oracle.transactor import Prepared, Transactor
from oracle.verdicts import VerdictStatement, verdict_schema_uid

RESOLVER_VERSION = {"_major": b"\x01", "_minor": b"\x04", "_patch": b""}
"""Immutables of EAS' resolver base, 1.4.0."""

G1_ADD = bytes(19) + b"\x0b"
"""The first precompile of EIP-2537: the identity plus itself is 128 bytes of zeros there, and nothing where no contract is."""

Send = Callable[[Prepared], Awaitable[Inclusion]]
"""Sends a prepared transaction and waits for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where the contracts of one chain are."""

    chain_id: int
    """The chain."""
    gateway_registry: bytes
    """The GatewayRegistry."""
    anchor_registry: bytes
    """The AnchorRegistry that rests on it."""
    eas: bytes
    """The chain's EAS."""
    schema_registry: bytes
    """Where EAS keeps its schemas."""
    shipment_escrow: bytes
    """The ShipmentEscrow."""
    defect_bond: bytes
    """The DefectBond."""
    block_number: int
    """Block of the last transaction."""
    bls_shipment_escrow: bytes | None = None
    """The BlsShipmentEscrow, where there is one."""

    def to_json(self) -> dict[str, Any]:
        """Returns the record that is kept per network."""
        resolvers = ("shipment_escrow", "defect_bond", *(() if self.bls_shipment_escrow is None else ("bls_shipment_escrow",)))
        places = ("gateway_registry", "anchor_registry", "eas", "schema_registry", *resolvers)
        return {
            "chain_id": self.chain_id,
            "block_number": self.block_number,
            "contracts": {name: to_checksum(getattr(self, name)) for name in places},
            "verdict_schemas": {name: f"0x{verdict_schema_uid(getattr(self, name)).hex()}" for name in resolvers},
        }


def resolver_code_hash(artifact: Artifact, address: bytes, eas: bytes, registry: bytes) -> bytes:
    """Returns the code hash of a genuine escrow or bond at this address."""
    immutables = {"_eas": eas, "GATEWAY_REGISTRY": registry, "SCHEMA_UID": verdict_schema_uid(address)}
    return artifacts.runtime_code_hash(artifact, immutables | RESOLVER_VERSION)


class Deployer:
    """Creates contracts one after the other with one key."""

    def __init__(self, transactor: Transactor, send: Send) -> None:
        """Takes the key's transactor, and what sends what it prepared."""
        self._transactor = transactor
        self._send = send
        self.block_number = 0
        """Block of the last transaction."""

    async def registries(self, owner: bytes, stakes: Stakes) -> tuple[bytes, bytes]:
        """Returns a new GatewayRegistry and the AnchorRegistry that rests on it; raises what the transactor raises."""
        creation = gateway_registry.creation(owner, stakes.minimum_wei, stakes.unbonding_seconds, stakes.treasury)
        gateways = await self._create("create the GatewayRegistry", creation, lambda _: gateway_registry.code_hash())
        anchors = await self._create(
            "create the AnchorRegistry", anchor.anchor_registry_creation(gateways), lambda _: anchor.anchor_registry_code_hash(gateways)
        )
        return gateways, anchors

    async def resolver(self, artifact: Artifact, eas: bytes, schema_registry: bytes, registry: bytes) -> bytes:
        """Returns a new escrow or bond, whose verdict schema is registered; raises what the transactor raises."""
        creation = artifact.bytecode + abi.address("EAS", eas) + abi.address("gateway registry", registry)
        created = await self._create(
            f"create the {artifact.name}", creation, lambda address: resolver_code_hash(artifact, address, eas, registry)
        )
        await self._do(
            f"register the verdict schema of the {artifact.name}",
            schema_registry,
            register_schema_calldata(VerdictStatement.SCHEMA, created, revocable=False),
        )
        return created

    async def schema_registry_of(self, eas: bytes) -> bytes:
        """Returns where an EAS keeps its schemas, by its own word.

        Raises EasMissingError where nothing at that address says so, or where it names an address without code.
        """
        answer = await self._transactor.ask(eas, abi.call("getSchemaRegistry()")) if await self._transactor.code(eas) else b""
        if len(answer) != 32 or not await self._transactor.code(answer[12:]):
            raise EasMissingError(eas, self._transactor.chain_id)
        return answer[12:]

    async def _do(self, what: str, to: bytes | None, data: bytes) -> int:
        prepared = await self._transactor.prepare(what, to, data)
        self.block_number = (await self._send(prepared)).block_number
        return prepared.transaction.nonce

    async def _create(self, what: str, creation: bytes, code_hash: Callable[[bytes], bytes]) -> bytes:
        address = created_address(self._transactor.address, await self._do(what, None, creation))
        found, wanted = keccak256(await self._transactor.code(address)), code_hash(address)
        if found != wanted:
            raise RegistryNotGenuineError(address, wanted, found)
        return address


async def deploy_all(
    transactor: Transactor,
    send: Send,
    *,
    escrow: Artifact,
    bond: Artifact,
    eas: bytes,
    owner: bytes,
    stakes: Stakes,
    bls_escrow: Artifact | None = None,
) -> Addresses:
    """Returns where everything stands on a chain that has EAS; with `bls_escrow` also an escrow that takes aggregated signatures.

    Raises PrecompilesMissingError and EasMissingError before anything is sent, RegistryNotGenuineError, and what the transactor raises.
    Begun anew after a failure it deploys afresh; what was created before costs nothing and is referred to by nothing.
    """
    if bls_escrow is not None and len(await transactor.ask(G1_ADD, bytes(256))) != 128:
        raise PrecompilesMissingError(transactor.chain_id)
    deployer = Deployer(transactor, send)
    schemas = await deployer.schema_registry_of(eas)
    gateways, anchors = await deployer.registries(owner, stakes)
    shipment_escrow = await deployer.resolver(escrow, eas, schemas, gateways)
    defect_bond = await deployer.resolver(bond, eas, schemas, gateways)
    together = None if bls_escrow is None else await deployer.resolver(bls_escrow, eas, schemas, gateways)
    return Addresses(
        chain_id=transactor.chain_id,
        gateway_registry=gateways,
        anchor_registry=anchors,
        eas=eas,
        schema_registry=schemas,
        shipment_escrow=shipment_escrow,
        defect_bond=defect_bond,
        block_number=deployer.block_number,
        bls_shipment_escrow=together,
    )
