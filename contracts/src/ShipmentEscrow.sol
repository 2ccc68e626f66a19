// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEAS} from "@ethereum-attestation-service/eas-contracts/contracts/IEAS.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {GatewayRegistry} from "./GatewayRegistry.sol";
import {PullPayments} from "./PullPayments.sol";
import {QuorumResolver} from "./QuorumResolver.sol";

/// @title A price that waits for a verdict on the shipment
/// @notice The buyer deposits the price. A quorum of gateways that finds the shipment conforming releases it to the seller; one that finds a
/// breach splits it by how long the shipment was outside its band; without a verdict by the deadline it goes back. Either party may dispute
/// what the verdict says within a window, and the arbiter then decides.
/// @dev An escrow is named by buyer, subject and agent, and so is the ballot on it: attestations name the buyer as their recipient. Nobody
/// but the buyer can open it, so nobody occupies its name. Every wei that comes in goes out to buyer and seller and to nobody else.
contract ShipmentEscrow is QuorumResolver, PullPayments {
    /// @notice How far an escrow is.
    enum State {
        None,
        Open,
        Proposed,
        Disputed,
        Closed
    }

    /// @notice What buyer and seller agreed on.
    /// @param token The ERC-20 token of the price.
    /// @param seller Who is paid.
    /// @param arbiter Who decides disputes, neither party; zero for none, and then nothing can be disputed.
    /// @param subject keccak256 of the shipment's canonical Digital Link.
    /// @param agent sha256 of the condition policy that verdicts go by.
    /// @param amount The price.
    /// @param deadline Until when verdicts count, seconds.
    /// @param window How long a proposal may be disputed, seconds; zero closes at once.
    /// @param quorum How many gateways must agree.
    /// @param tolerance Seconds outside the band up to which the seller gets all.
    /// @param ruin Seconds outside the band, at most MAX_MEASURE, from which the seller gets nothing; between both his part falls in a
    /// straight line.
    struct Terms {
        IERC20 token;
        address seller;
        address arbiter;
        bytes32 subject;
        bytes32 agent;
        uint128 amount;
        uint40 deadline;
        uint40 window;
        uint8 quorum;
        uint32 tolerance;
        uint32 ruin;
    }

    /// @notice One escrow.
    /// @param buyer Who deposited.
    /// @param state How far it is.
    /// @param until When the window, or the arbiter's time, ends; zero while open.
    /// @param seller Who is paid.
    /// @param window How long a proposal may be disputed, seconds.
    /// @param arbiter Who decides disputes, or zero.
    /// @param tolerance Seconds outside the band up to which the seller gets all.
    /// @param ruin Seconds outside the band from which he gets nothing.
    /// @param token The token of the price.
    /// @param amount The price.
    /// @param sellerPart What the seller gets by the proposal, or got.
    struct Escrow {
        address buyer;
        State state;
        uint40 until;
        address seller;
        uint40 window;
        address arbiter;
        uint32 tolerance;
        uint32 ruin;
        IERC20 token;
        uint128 amount;
        uint128 sellerPart;
    }

    /// @notice The seller's part is more than the price.
    /// @param sellerPart What the arbiter said.
    /// @param amount The price.
    error PartTooLarge(uint256 sellerPart, uint256 amount);
    /// @notice No arbiter was agreed on.
    /// @param id The escrow.
    error NoArbiter(bytes32 id);
    /// @notice Only the arbiter may do this.
    /// @param caller Who tried.
    error NotArbiter(address caller);
    /// @notice Only buyer and seller may do this.
    /// @param caller Who tried.
    error NotParty(address caller);
    /// @notice The escrow is not at the point where this can be done.
    /// @param id The escrow.
    /// @param state How far it is.
    error StateForbids(bytes32 id, State state);
    /// @notice The terms contradict themselves: no price, no seller, the buyer as seller, a party as arbiter, a window beyond MAX_WINDOW, or
    /// ruin before tolerance or beyond MAX_MEASURE, which no measure would reach.
    error TermsImpossible();
    /// @notice The window, or the arbiter's time, has not ended.
    /// @param id The escrow.
    /// @param until When it ends.
    error TooEarly(bytes32 id, uint40 until);
    /// @notice The window, or the arbiter's time, has ended.
    /// @param id The escrow.
    /// @param until When it ended.
    error TooLate(bytes32 id, uint40 until);
    /// @notice No quorum agrees yet, and the deadline has not passed.
    /// @param id The escrow.
    /// @param deadline Until when verdicts count.
    error Undecided(bytes32 id, uint40 deadline);

    /// @notice A buyer deposited the price.
    /// @param id The escrow.
    /// @param buyer Who deposited.
    /// @param seller Who is to be paid.
    /// @param terms What was agreed.
    /// @param gateways Who may speak, or empty where any gateway may.
    event EscrowCreated(bytes32 indexed id, address indexed buyer, address indexed seller, Terms terms, address[] gateways);
    /// @notice What the verdict, or its absence, says about the price.
    /// @param id The escrow.
    /// @param decided Whether a quorum agreed on anything.
    /// @param verdict On what.
    /// @param measure The median of what they measured.
    /// @param sellerPart What the seller gets.
    /// @param until Until when it may be disputed.
    event Proposed(bytes32 indexed id, bool decided, Verdict verdict, uint256 measure, uint256 sellerPart, uint40 until);
    /// @notice A party disputes the proposal.
    /// @param id The escrow.
    /// @param party Who.
    /// @param until Until when the arbiter may decide; afterwards the proposal stands.
    event Disputed(bytes32 indexed id, address indexed party, uint40 until);
    /// @notice The price was divided for good.
    /// @param id The escrow.
    /// @param sellerPart What the seller may withdraw.
    /// @param buyerPart What the buyer may withdraw.
    event Closed(bytes32 indexed id, uint256 sellerPart, uint256 buyerPart);

    /// @notice The longest window for disputes, seconds.
    uint40 public constant MAX_WINDOW = 90 days;
    /// @notice How long the arbiter has, seconds; if he says nothing the proposal stands.
    uint40 public constant ARBITRATION_PERIOD = 30 days;

    mapping(bytes32 id => Escrow escrow) private _escrows;

    /// @notice Fixes, for good, where verdicts come from.
    /// @param eas The EAS of this chain.
    /// @param gatewayRegistry Says who is a gateway.
    constructor(IEAS eas, GatewayRegistry gatewayRegistry) QuorumResolver(eas, gatewayRegistry) {}

    /// @notice Opens an escrow of the caller's and takes its price, which the caller must have approved.
    /// @param terms What buyer and seller agreed on.
    /// @param gateways Who may speak, or empty where any active gateway may.
    /// @return id The escrow's name.
    function create(Terms calldata terms, address[] calldata gateways) external nonReentrant returns (bytes32 id) {
        if (
            terms.amount == 0 || terms.seller == address(0) || terms.seller == msg.sender || terms.arbiter == msg.sender
                || terms.arbiter == terms.seller || terms.window > MAX_WINDOW || terms.ruin <= terms.tolerance || terms.ruin > MAX_MEASURE
        ) revert TermsImpossible();
        id = topicOf(msg.sender, terms.subject, terms.agent);
        _requireMajority(terms.quorum, gateways.length);
        _open(id, terms.deadline, terms.quorum, gateways.length);
        _name(id, gateways);
        _escrows[id] = Escrow({
            buyer: msg.sender,
            state: State.Open,
            until: 0,
            seller: terms.seller,
            window: terms.window,
            arbiter: terms.arbiter,
            tolerance: terms.tolerance,
            ruin: terms.ruin,
            token: terms.token,
            amount: terms.amount,
            sellerPart: 0
        });
        emit EscrowCreated(id, msg.sender, terms.seller, terms, gateways);
        _receive(terms.token, terms.amount);
    }

    /// @notice Proposes what the verdict says, once a quorum agrees or the deadline has passed. Anybody may call it.
    /// @param id The escrow.
    function settle(bytes32 id) external {
        Escrow storage escrow = _in(id, State.Open);
        Tally memory tally = tallyOf(id);
        bool judged = tally.decided && tally.verdict != Verdict.Insufficient;
        uint40 deadline = deadlineOf(id);
        if (!judged && block.timestamp <= deadline) revert Undecided(id, deadline);
        uint128 part = judged ? _sellerPart(escrow, tally) : 0;
        uint40 until = uint40(block.timestamp) + escrow.window;
        (escrow.state, escrow.until, escrow.sellerPart) = (State.Proposed, until, part);
        emit Proposed(id, tally.decided, tally.verdict, tally.measure, part, until);
        if (escrow.window == 0) _close(id, escrow, part);
    }

    /// @notice Takes the proposal to the arbiter.
    /// @param id The escrow.
    function dispute(bytes32 id) external {
        Escrow storage escrow = _in(id, State.Proposed);
        if (msg.sender != escrow.buyer && msg.sender != escrow.seller) revert NotParty(msg.sender);
        if (escrow.arbiter == address(0)) revert NoArbiter(id);
        if (block.timestamp >= escrow.until) revert TooLate(id, escrow.until);
        uint40 until = uint40(block.timestamp) + ARBITRATION_PERIOD;
        (escrow.state, escrow.until) = (State.Disputed, until);
        emit Disputed(id, msg.sender, until);
    }

    /// @notice Decides a dispute.
    /// @param id The escrow.
    /// @param sellerPart What the seller gets; the buyer gets the rest.
    function resolve(bytes32 id, uint128 sellerPart) external {
        Escrow storage escrow = _in(id, State.Disputed);
        if (msg.sender != escrow.arbiter) revert NotArbiter(msg.sender);
        if (block.timestamp >= escrow.until) revert TooLate(id, escrow.until);
        if (sellerPart > escrow.amount) revert PartTooLarge(sellerPart, escrow.amount);
        _close(id, escrow, sellerPart);
    }

    /// @notice Closes by the proposal, once nobody disputed it in its window, or the arbiter let his time pass. Anybody may call it.
    /// @param id The escrow.
    function finalize(bytes32 id) external {
        Escrow storage escrow = _escrows[id];
        if (escrow.state != State.Proposed && escrow.state != State.Disputed) revert StateForbids(id, escrow.state);
        if (block.timestamp < escrow.until) revert TooEarly(id, escrow.until);
        _close(id, escrow, escrow.sellerPart);
    }

    /// @notice Returns an escrow.
    /// @param id Its name.
    /// @return The escrow; all zero where there is none.
    function escrowOf(bytes32 id) external view returns (Escrow memory) {
        return _escrows[id];
    }

    function _in(bytes32 id, State state) private view returns (Escrow storage escrow) {
        escrow = _escrows[id];
        if (escrow.state != state) revert StateForbids(id, escrow.state);
    }

    function _close(bytes32 id, Escrow storage escrow, uint128 sellerPart) private {
        (escrow.state, escrow.sellerPart) = (State.Closed, sellerPart);
        uint128 buyerPart = escrow.amount - sellerPart;
        emit Closed(id, sellerPart, buyerPart);
        _credit(escrow.token, escrow.seller, sellerPart);
        _credit(escrow.token, escrow.buyer, buyerPart);
    }

    function _sellerPart(Escrow storage escrow, Tally memory tally) private view returns (uint128) {
        if (tally.verdict == Verdict.Conforms || tally.measure <= escrow.tolerance) return escrow.amount;
        if (tally.measure >= escrow.ruin) return 0;
        // Both factors are below 2^128, and the quotient is at most the amount; the buyer keeps what does not divide.
        return uint128(uint256(escrow.amount) * (escrow.ruin - tally.measure) / (escrow.ruin - escrow.tolerance));
    }

    function _panelOf(bytes32 topic) internal pure override returns (bytes32) {
        return topic;
    }
}
