"""A market for the stories about money: EAS and our contracts on a running chain, gateways that judge, a buyer, a seller, a token."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from oracle import artifacts, eas, erc20, gateway_registry
from oracle.deploy import Stakes, deploy
from oracle.escrow import ERRORS, Escrow, Tally, Terms, create_calldata, escrow_id, escrow_of_calldata, tally_of_calldata
from oracle.keccak import keccak256
from oracle.signer import LocalSigner
from oracle.transaction import created_address
from oracle.transactor import Transactor
from oracle.verdicts import VerdictStatement, verdict_schema_uid
from tests.oracle.anvil import built_contracts
from tests.peers.chains import ETHER, PeerChain
from tests.peers.eas import EasDeployment, deploy_eas

POLICY = keccak256(b"policy")
PRICE = 1_000_000_000
"""A thousand tokens of six decimals."""
GATEWAYS = 3


@dataclass(frozen=True, slots=True)
class Market:
    """Everything deployed and everybody funded."""

    chain: PeerChain
    eas: EasDeployment
    gateway_registry: bytes
    anchor_registry: bytes
    resolver: bytes
    """The escrow, or the bond."""
    schema: bytes
    """uid of the verdict schema with that resolver."""
    token: bytes
    gateways: tuple[LocalSigner, ...]

    def of(self, signer: LocalSigner) -> Transactor:
        return self.chain.transactor(signer, [ERRORS, artifacts.load_built("ShipmentEscrow").abi, artifacts.load_built("DefectBond").abi])

    async def ask(self, to: bytes, calldata: bytes) -> int:
        return int.from_bytes(await self.chain.rpc.call(to, calldata), "big")

    async def balance(self, signer: LocalSigner) -> int:
        return await self.ask(self.token, erc20.balance_calldata(signer.address))

    async def rich(self, name: str, units: int) -> LocalSigner:
        """Returns a key that owns tokens and lets the resolver take them."""
        signer = await self.chain.funded(name)
        await self.of(signer).transact("mint", self.token, abi_mint(signer.address, units))
        await self.of(signer).transact("approve", self.token, erc20.approve_calldata(self.resolver, units))
        return signer

    async def judge(self, gateway: LocalSigner, subject: bytes, recipient: bytes, verdict: int, measure: int, agent: bytes = POLICY) -> int:
        """Attests one gateway's verdict on chain; returns the gas that it took."""
        statement = VerdictStatement(subject, keccak256(gateway.address + subject), verdict, measure, 1, 2, agent)
        attestation = replace(eas.OnchainAttestation(schema=self.schema, data=statement.encode(), revocable=False), recipient=recipient)
        receipt = await self.of(gateway).transact("attest the verdict", self.eas.eas, eas.attest_calldata(attestation))
        return receipt.gas_used

    async def now(self) -> int:
        """Returns the time of the newest block."""
        return await self.chain.timestamp()

    async def open_escrow(self, buyer: LocalSigner, seller: LocalSigner, subject: bytes, **changes: object) -> bytes:
        """Opens an escrow in which all gateways are named and two must agree; returns its name."""
        terms = Terms(
            token=self.token,
            seller=seller.address,
            arbiter=bytes(20),
            subject=subject,
            agent=POLICY,
            amount=PRICE,
            deadline_s=await self.now() + 600,
            window_seconds=0,
            quorum=2,
            tolerance_seconds=600,
            ruin_seconds=1600,
        )
        terms = replace(terms, **changes)  # type: ignore[arg-type]
        calldata = create_calldata(terms, tuple(gateway.address for gateway in self.gateways))
        await self.of(buyer).transact("create", self.resolver, calldata)
        return escrow_id(buyer.address, subject, terms.agent)

    async def escrow(self, name: bytes) -> Escrow:
        return Escrow.decode(await self.chain.rpc.call(self.resolver, escrow_of_calldata(name)))

    async def tally(self, name: bytes) -> Tally:
        return Tally.decode(await self.chain.rpc.call(self.resolver, tally_of_calldata(name)))


async def market(chain: PeerChain, contract: str) -> Market:
    """Returns a market around one of our contracts, ShipmentEscrow or DefectBond."""
    built_contracts()
    deployed_eas = await deploy_eas(chain.rpc, chain.bank, chain.pause)
    gateways = tuple([await chain.funded(f"gateway {number}") for number in range(GATEWAYS)])
    target = (await deploy(chain.rpc, chain.bank, gateways[0], Stakes(ETHER, 3600), sleep=chain.pause)).target
    bank = chain.transactor(chain.bank, [artifacts.load("GatewayRegistry").abi])
    await _register(chain, bank, target.gateway_registry, gateways[1:])
    immutables = deployed_eas.eas.rjust(32, b"\0") + target.gateway_registry.rjust(32, b"\0")
    resolver = await _create(chain, bank, artifacts.load_built(contract).bytecode + immutables)
    token = await _create(chain, bank, artifacts.load_built("TestToken").bytecode)
    schema = eas.register_schema_calldata(VerdictStatement.SCHEMA, resolver, revocable=False)
    await bank.transact("register the schema", deployed_eas.schema_registry, schema)
    return Market(chain, deployed_eas, target.gateway_registry, target.registry, resolver, verdict_schema_uid(resolver), token, gateways)


async def _register(chain: PeerChain, bank: Transactor, registry: bytes, gateways: Sequence[LocalSigner]) -> None:
    for gateway in gateways:
        name = gateway.address
        digest = gateway_registry.possession_digest(
            chain_id=chain.chain_id, registry=registry, gateway=name, key=name, operator=bank.address
        )
        await bank.transact("register", registry, gateway_registry.register_calldata(name, gateway.sign_digest(digest)), ETHER)


async def _create(chain: PeerChain, bank: Transactor, code: bytes) -> bytes:
    address = created_address(bank.address, await chain.rpc.nonce(bank.address))
    await bank.transact("create", None, code)
    return address


def abi_mint(receiver: bytes, units: int) -> bytes:
    return keccak256(b"mint(address,uint256)")[:4] + receiver.rjust(32, b"\0") + units.to_bytes(32, "big")
