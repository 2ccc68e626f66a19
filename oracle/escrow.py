"""ShipmentEscrow as its parties see it: terms, calldata, and what its answers say. Pure.

An escrow is named by buyer, shipment and policy, so its name is known before it exists. What a node answers about one is that node's word;
the money moves by verdicts on chain whatever anybody is told. The contract and its rules: docs/contracts.md.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal, Self

from oracle import abi
from oracle.errors import MalformedStatementError
from oracle.keccak import keccak256

TERMS_TYPE = "(address,address,address,bytes32,bytes32,uint128,uint40,uint40,uint8,uint32,uint32)"
"""ABI type of the terms, in the order of the record below."""
MAX_GATEWAYS = 7
"""Most gateways that an escrow can name (`QuorumResolver.MAX_PANEL`)."""
LANE_BITS = 28
"""Bits of one verdict in a ballot: 2 for the verdict plus one, 26 for the measure."""


class EscrowState(IntEnum):
    """How far an escrow is. The order is part of the ABI."""

    NONE = 0
    OPEN = 1
    PROPOSED = 2
    DISPUTED = 3
    CLOSED = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What buyer and seller agreed on."""

    token: bytes
    """ERC-20 token of the price."""
    seller: bytes
    """Who is paid."""
    arbiter: bytes
    """Who decides disputes; zero for none."""
    subject: bytes
    """`subject_id` of the shipment."""
    agent: bytes
    """sha256 of the condition policy that verdicts go by."""
    amount: int
    """The price, in the token's smallest unit."""
    deadline_s: int
    """Until when verdicts count, seconds since the Unix epoch."""
    window_seconds: int
    """How long a proposal may be disputed; 0 closes at once."""
    quorum: int
    """How many gateways must agree."""
    tolerance_seconds: int
    """Outside the band for so long, the seller still gets all."""
    ruin_seconds: int
    """Outside the band for so long, the seller gets nothing; between both his part falls in a straight line."""

    def words(self) -> bytes:
        """Returns the terms as ABI words; raises FieldRangeError for one that does not fit."""
        return b"".join(
            (
                abi.address("token", self.token),
                abi.address("seller", self.seller),
                abi.address("arbiter", self.arbiter),
                abi.bytes32("subject", self.subject),
                abi.bytes32("agent", self.agent),
                abi.uint("amount", self.amount, 128),
                abi.uint("deadline", self.deadline_s, 40),
                abi.uint("window", self.window_seconds, 40),
                abi.uint("quorum", self.quorum, 8),
                abi.uint("tolerance", self.tolerance_seconds, 32),
                abi.uint("ruin", self.ruin_seconds, 32),
            )
        )


@dataclass(frozen=True, slots=True)
class Escrow:
    """An escrow as a node says that it stands."""

    buyer: bytes
    """Who deposited."""
    state: EscrowState
    """How far it is."""
    until_s: int
    """When the window, or the arbiter's time, ends; 0 while open."""
    seller: bytes
    """Who is paid."""
    window_seconds: int
    """How long a proposal may be disputed."""
    arbiter: bytes
    """Who decides disputes, or zero."""
    tolerance_seconds: int
    """Outside the band for so long, the seller still gets all."""
    ruin_seconds: int
    """Outside the band for so long, the seller gets nothing."""
    token: bytes
    """ERC-20 token of the price."""
    amount: int
    """The price."""
    seller_part: int
    """What the seller gets by the proposal, or got."""

    @classmethod
    def decode(cls, answer: bytes) -> Self:
        """Returns the escrow in the answer to `escrow_of_calldata`; raises MalformedStatementError for what the contract never answers."""
        buyer, state, until, seller, window, arbiter, tolerance, ruin, token, amount, part = _numbers("escrow", answer, 11)
        if state > EscrowState.CLOSED:
            raise MalformedStatementError("escrow", f"state {state} is not known")
        return cls(
            _address(buyer),
            EscrowState(state),
            until,
            _address(seller),
            window,
            _address(arbiter),
            tolerance,
            ruin,
            _address(token),
            amount,
            part,
        )


@dataclass(frozen=True, slots=True)
class Tally:
    """What the verdicts on a subject say so far."""

    decided: bool
    """Whether a quorum agrees on anything."""
    verdict: int
    """On what: 0 conforms, 1 breach, 2 insufficient."""
    measure: int
    """The median of what those who agree measured."""
    cast: int
    """How many verdicts were cast."""

    @classmethod
    def decode(cls, answer: bytes) -> Self:
        """Returns the tally in the answer to `tally_of_calldata`; raises MalformedStatementError for what the contract never answers."""
        decided, verdict, measure, cast = _numbers("tally", answer, 4)
        return cls(bool(decided), verdict, measure, cast)


@dataclass(frozen=True, slots=True)
class Ballot:
    """The verdicts on an escrow, one by one."""

    votes: tuple[tuple[int, int], ...]
    """Verdict and measure of each, in the order of their lanes."""
    deadline_s: int
    """Until when verdicts count, seconds since the Unix epoch; 0 where there is no ballot."""
    quorum: int
    """How many must agree."""
    size: int
    """How many gateways are named; 0 where any may speak."""

    def count(self, verdict: int) -> int:
        """Returns how many gave a verdict."""
        return sum(said == verdict for said, _ in self.votes)

    @property
    def voices(self) -> int:
        """How many verdicts are taken at most."""
        return self.size or max(2 * self.quorum - 1, 0)

    @classmethod
    def decode(cls, answer: bytes) -> Self:
        """Returns the ballot in the answer to `ballot_of_calldata`; raises MalformedStatementError for what the contract never answers."""
        lanes, deadline, quorum, size = _numbers("ballot", answer, 4)
        if lanes >> (LANE_BITS * MAX_GATEWAYS):
            raise MalformedStatementError("ballot", f"more than {MAX_GATEWAYS} lanes")
        found = [lanes >> (LANE_BITS * lane) & ((1 << LANE_BITS) - 1) for lane in range(MAX_GATEWAYS)]
        return cls(tuple((vote % 4 - 1, vote >> 2) for vote in found if vote), deadline, quorum, size)


def escrow_id(buyer: bytes, subject: bytes, agent: bytes) -> bytes:
    """Returns an escrow's name, which is also that of the ballot on it."""
    return keccak256(abi.address("buyer", buyer) + abi.bytes32("subject", subject) + abi.bytes32("agent", agent))


def create_calldata(terms: Terms, gateways: tuple[bytes, ...]) -> bytes:
    """Returns the calldata by which a buyer opens an escrow; no gateways named lets any registered one speak."""
    named = abi.dynamic_list(*(abi.address("gateway", gateway) for gateway in gateways))
    return abi.call(f"create({TERMS_TYPE},address[])", terms.words(), named)


def step_calldata(step: Literal["settle", "dispute", "finalize"], escrow: bytes) -> bytes:
    """Returns the calldata that proposes what the verdict says, disputes it, or closes by it."""
    return abi.call(f"{step}(bytes32)", abi.bytes32("id", escrow))


def resolve_calldata(escrow: bytes, seller_part: int) -> bytes:
    """Returns the calldata by which the arbiter decides."""
    return abi.call("resolve(bytes32,uint128)", abi.bytes32("id", escrow), abi.uint("sellerPart", seller_part, 128))


def withdraw_calldata(token: bytes) -> bytes:
    """Returns the calldata by which anybody takes all that he is owed in a token."""
    return abi.call("withdraw(address)", abi.address("token", token))


def credits_calldata(token: bytes, receiver: bytes) -> bytes:
    """Returns the calldata that asks what somebody is owed in a token."""
    return abi.call("credits(address,address)", abi.address("token", token), abi.address("receiver", receiver))


def escrow_of_calldata(escrow: bytes) -> bytes:
    """Returns the calldata that asks for an escrow."""
    return abi.call("escrowOf(bytes32)", abi.bytes32("id", escrow))


def tally_of_calldata(escrow: bytes) -> bytes:
    """Returns the calldata that asks for the verdicts on it."""
    return abi.call("tallyOf(bytes32)", abi.bytes32("topic", escrow))


def ballot_of_calldata(escrow: bytes) -> bytes:
    """Returns the calldata that asks for each of the verdicts on it."""
    return abi.call("ballotOf(bytes32)", abi.bytes32("topic", escrow))


def custom_errors(*signatures: str) -> tuple[dict[str, object], ...]:
    """Returns the ABI of errors that are given as in Solidity."""
    parsed = (signature.rstrip(")").split("(") for signature in signatures)
    return tuple(
        {
            "type": "error",
            "name": name,
            "inputs": [dict(zip(("type", "name"), one.split(), strict=True)) for one in inputs.split(",") if one],
        }
        for name, inputs in parsed
    )


ERRORS = custom_errors(
    "BallotExists(bytes32 topic)",
    "DeadlinePassed(uint40 deadline)",
    "GatewayNamedTwice(address gateway)",
    "NoArbiter(bytes32 id)",
    "NotArbiter(address caller)",
    "NotParty(address caller)",
    "NothingCredited(address token,address receiver)",
    "PartTooLarge(uint256 sellerPart,uint256 amount)",
    "QuorumImpossible(uint256 quorum,uint256 size)",
    "StateForbids(bytes32 id,uint8 state)",
    "TermsImpossible()",
    "TokenTakesFee(address token,uint256 sent,uint256 received)",
    "TooEarly(bytes32 id,uint40 until)",
    "TooLate(bytes32 id,uint40 until)",
    "Undecided(bytes32 id,uint40 deadline)",
    "ERC20InsufficientAllowance(address spender,uint256 allowance,uint256 needed)",
    "ERC20InsufficientBalance(address sender,uint256 balance,uint256 needed)",
    "SafeERC20FailedOperation(address token)",
)
"""Errors of the contract and its token, as an ABI: its artifact is built for releases and not committed."""


def _numbers(what: str, answer: bytes, count: int) -> list[int]:
    if len(answer) != count * abi.WORD:
        raise MalformedStatementError(what, f"{len(answer)} bytes, expected {count * abi.WORD}: is there such a contract?")
    return [int.from_bytes(answer[at : at + abi.WORD], "big") for at in range(0, len(answer), abi.WORD)]


def _address(word: int) -> bytes:
    return (word & ((1 << 160) - 1)).to_bytes(20, "big")
