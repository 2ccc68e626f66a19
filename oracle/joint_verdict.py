"""What gateways sign that agree on a verdict, and what shows that a key belongs to a gateway. Pure.

The contracts' own words: `BlsShipmentEscrow.verdictMessage`, which `GatewayRegistry.slashVotes` reads too, and
`GatewayRegistry.blsPossessionMessage`. Both name the chain and the contract, so that nothing signed for one counts elsewhere.
"""

from dataclasses import dataclass

from oracle import abi, bls
from oracle.escrow import escrow_id
from oracle.verdicts import VerdictStatement


@dataclass(frozen=True, slots=True)
class Agreed:
    """A verdict on one escrow: what each of the gateways signs."""

    chain_id: int
    """Chain of the contract."""
    contract: bytes
    """The BlsShipmentEscrow."""
    escrow: bytes
    """The escrow's name."""
    verdict: int
    """0 conforms, 1 breach, 2 insufficient."""
    measure: int
    """Whole seconds outside the band, or the largest measure."""

    def message(self) -> bytes:
        """Returns `verdictMessage`; raises FieldRangeError for a field that does not fit."""
        return b"".join(
            (
                abi.uint("chain_id", self.chain_id, 256),
                abi.address("contract", self.contract),
                abi.bytes32("escrow", self.escrow),
                abi.uint("verdict", self.verdict, 8),
                abi.uint("measure", self.measure, 64),
            )
        )


def agreed(chain_id: int, contract: bytes, statement: VerdictStatement, recipient: bytes) -> Agreed:
    """Returns what is signed of a whole verdict: the escrow's name follows from its buyer, the subject and the policy."""
    name = escrow_id(recipient, statement.subject, statement.agent)
    return Agreed(chain_id, contract, name, statement.verdict, statement.measure)


def possession_message(chain_id: int, registry: bytes, gateway: bytes, key: bytes) -> bytes:
    """Returns `blsPossessionMessage`; raises FieldRangeError, and PointRefusedError for what is no key."""
    return abi.arguments(
        abi.uint("chain_id", chain_id, 256),
        abi.address("registry", registry),
        abi.address("gateway", gateway),
        abi.dynamic_bytes(bls.contract_key(key)),
    )
