// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEAS} from "@ethereum-attestation-service/eas-contracts/contracts/IEAS.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {GatewayRegistry} from "./GatewayRegistry.sol";
import {PullPayments} from "./PullPayments.sol";
import {QuorumResolver} from "./QuorumResolver.sol";

/// @title A supplier's bond that pays for rejected lots
/// @notice The supplier deposits a bond in favour of a buyer and covers lots with it: each covered lot reserves one penalty. A quorum of
/// gateways that rejects the lot pays the penalty to the buyer; one that accepts it, or none by the deadline, frees the reserve. No deadline
/// comes sooner than the bond's terms say, for a lot is covered once, and one whose verdicts came too late would be free of it for ever.
/// @dev A ballot is named by supplier, lot and agent: attestations name the supplier as their recipient. Every wei that comes in goes out
/// to this bond's buyer or supplier and to nobody else; what is reserved cannot be taken out.
contract DefectBond is QuorumResolver, PullPayments {
    /// @notice One bond.
    /// @param supplier Who deposited.
    /// @param quorum How many gateways must agree.
    /// @param size How many gateways are named; zero where any may speak.
    /// @param shortest Least time that verdicts on a covered lot have, seconds.
    /// @param buyer Who is paid for rejected lots.
    /// @param token The ERC-20 token of the bond.
    /// @param balance What is left of it.
    /// @param reserved How much of that waits for verdicts.
    /// @param penalty What one rejected lot costs.
    /// @param agent sha256 of the inspection plan that verdicts go by.
    struct Bond {
        address supplier;
        uint8 quorum;
        uint8 size;
        uint40 shortest;
        address buyer;
        IERC20 token;
        uint128 balance;
        uint128 reserved;
        uint128 penalty;
        bytes32 agent;
    }

    /// @notice The bond has less that is not reserved.
    /// @param id The bond.
    /// @param wanted How much was wanted.
    /// @param unreserved How much there is.
    error BondTooSmall(bytes32 id, uint256 wanted, uint256 unreserved);
    /// @notice A bond between these two about this agent and token exists already: fund it.
    /// @param id The bond.
    error BondExists(bytes32 id);
    /// @notice There is no such bond.
    /// @param id The name given.
    error BondUnknown(bytes32 id);
    /// @notice The deadline leaves less time for verdicts than the bond's terms promise.
    /// @param id The bond.
    /// @param deadline The deadline given.
    /// @param earliest The earliest one allowed.
    error CoverTooShort(bytes32 id, uint40 deadline, uint256 earliest);
    /// @notice The lot is not covered by this bond, or was settled.
    /// @param id The bond.
    /// @param lot The lot.
    error LotNotCovered(bytes32 id, bytes32 lot);
    /// @notice Only the bond's supplier may do this.
    /// @param caller Who tried.
    error NotSupplier(address caller);
    /// @notice The terms contradict themselves: no penalty, no buyer, the supplier as buyer, or no time for verdicts.
    error TermsImpossible();
    /// @notice No quorum agrees yet, and the deadline has not passed.
    /// @param id The bond.
    /// @param lot The lot.
    /// @param deadline Until when verdicts count.
    error Undecided(bytes32 id, bytes32 lot, uint40 deadline);

    /// @notice A supplier opened a bond.
    /// @param id The bond.
    /// @param supplier Who.
    /// @param buyer Who is paid for rejected lots.
    /// @param token The token of the bond.
    /// @param penalty What one rejected lot costs.
    /// @param agent sha256 of the inspection plan.
    /// @param quorum How many gateways must agree.
    /// @param shortest Least time that verdicts on a covered lot have, seconds.
    /// @param gateways Who may speak, or empty where any gateway may.
    event BondOpened(
        bytes32 indexed id,
        address indexed supplier,
        address indexed buyer,
        IERC20 token,
        uint256 penalty,
        bytes32 agent,
        uint8 quorum,
        uint40 shortest,
        address[] gateways
    );
    /// @notice A bond grew.
    /// @param id The bond.
    /// @param from Who paid.
    /// @param amount By how much.
    event BondFunded(bytes32 indexed id, address indexed from, uint256 amount);
    /// @notice The supplier took out what was not reserved.
    /// @param id The bond.
    /// @param amount How much.
    event BondFreed(bytes32 indexed id, uint256 amount);
    /// @notice A lot is covered: one penalty waits for its verdict.
    /// @param id The bond.
    /// @param lot keccak256 of the lot's canonical Digital Link.
    /// @param deadline Until when verdicts count.
    event LotCovered(bytes32 indexed id, bytes32 indexed lot, uint40 deadline);
    /// @notice A lot's verdict took effect.
    /// @param id The bond.
    /// @param lot The lot.
    /// @param decided Whether a quorum agreed on anything.
    /// @param verdict On what.
    /// @param measure The median of what they found: nonconforming items.
    /// @param penalty What the buyer is paid.
    event LotSettled(bytes32 indexed id, bytes32 indexed lot, bool decided, Verdict verdict, uint256 measure, uint256 penalty);

    mapping(bytes32 id => Bond bond) private _bonds;
    /// @dev The bond that covers a lot; zero once it is settled.
    mapping(bytes32 topic => bytes32 id) private _covering;

    /// @notice Fixes, for good, where verdicts come from.
    /// @param eas The EAS of this chain.
    /// @param gatewayRegistry Says who is a gateway.
    constructor(IEAS eas, GatewayRegistry gatewayRegistry) QuorumResolver(eas, gatewayRegistry) {}

    /// @notice Opens a bond of the caller's and takes its first deposit, which the caller must have approved.
    /// @param token The token of the bond.
    /// @param buyer Who is paid for rejected lots.
    /// @param agent sha256 of the inspection plan that verdicts go by.
    /// @param amount The first deposit.
    /// @param penalty What one rejected lot costs.
    /// @param quorum How many gateways must agree.
    /// @param shortest Least time that verdicts on a covered lot have, seconds; no cover is shorter.
    /// @param gateways Who may speak, or empty where any active gateway may.
    /// @return id The bond's name.
    function open(
        IERC20 token,
        address buyer,
        bytes32 agent,
        uint128 amount,
        uint128 penalty,
        uint8 quorum,
        uint40 shortest,
        address[] calldata gateways
    ) external nonReentrant returns (bytes32 id) {
        if (penalty == 0 || buyer == address(0) || buyer == msg.sender || shortest == 0) revert TermsImpossible();
        id = idOf(msg.sender, buyer, agent, token);
        if (_bonds[id].supplier != address(0)) revert BondExists(id);
        _requireMajority(quorum, gateways.length);
        _name(id, gateways);
        _bonds[id] = Bond(msg.sender, quorum, uint8(gateways.length), shortest, buyer, token, 0, 0, penalty, agent);
        emit BondOpened(id, msg.sender, buyer, token, penalty, agent, quorum, shortest, gateways);
        _fund(id, amount);
    }

    /// @notice Adds to a bond. Anybody may.
    /// @param id The bond.
    /// @param amount How much, which the caller must have approved.
    function fund(bytes32 id, uint128 amount) external nonReentrant {
        if (_bonds[id].supplier == address(0)) revert BondUnknown(id);
        _fund(id, amount);
    }

    /// @notice Takes out what is not reserved, as a credit.
    /// @param id The bond.
    /// @param amount How much.
    function free(bytes32 id, uint128 amount) external {
        Bond storage bond = _ofCaller(id);
        _requireUnreserved(id, bond, amount);
        bond.balance -= amount;
        emit BondFreed(id, amount);
        _credit(bond.token, msg.sender, amount);
    }

    /// @notice Covers a lot: reserves one penalty until its verdict.
    /// @param id The bond.
    /// @param lot keccak256 of the lot's canonical Digital Link; a lot is covered once.
    /// @param deadline Until when verdicts count, seconds; at least the bond's shortest time away.
    function cover(bytes32 id, bytes32 lot, uint40 deadline) external {
        Bond storage bond = _ofCaller(id);
        uint256 earliest = block.timestamp + bond.shortest;
        if (deadline < earliest) revert CoverTooShort(id, deadline, earliest);
        _requireUnreserved(id, bond, bond.penalty);
        bytes32 topic = topicOf(msg.sender, lot, bond.agent);
        bond.reserved += bond.penalty;
        _open(topic, deadline, bond.quorum, bond.size);
        _covering[topic] = id;
        emit LotCovered(id, lot, deadline);
    }

    /// @notice Lets a lot's verdict take effect, once a quorum agrees or the deadline has passed. Anybody may call it.
    /// @param id The bond.
    /// @param lot The lot.
    function settle(bytes32 id, bytes32 lot) external {
        Bond storage bond = _bonds[id];
        bytes32 topic = topicOf(bond.supplier, lot, bond.agent);
        if (_covering[topic] != id || id == bytes32(0)) revert LotNotCovered(id, lot);
        Tally memory tally = tallyOf(topic);
        bool judged = tally.decided && tally.verdict != Verdict.Insufficient;
        uint40 deadline = deadlineOf(topic);
        if (!judged && block.timestamp <= deadline) revert Undecided(id, lot, deadline);
        uint128 penalty = judged && tally.verdict == Verdict.Breach ? bond.penalty : 0;
        _covering[topic] = bytes32(0);
        bond.reserved -= bond.penalty;
        bond.balance -= penalty;
        emit LotSettled(id, lot, tally.decided, tally.verdict, tally.measure, penalty);
        _credit(bond.token, bond.buyer, penalty);
    }

    /// @notice Returns a bond.
    /// @param id Its name.
    /// @return The bond; all zero where there is none.
    function bondOf(bytes32 id) external view returns (Bond memory) {
        return _bonds[id];
    }

    /// @notice Says whether a bond covers a lot whose verdict has not taken effect.
    /// @param id The bond.
    /// @param lot The lot.
    /// @return Whether it does.
    function covers(bytes32 id, bytes32 lot) external view returns (bool) {
        Bond storage bond = _bonds[id];
        return bond.supplier != address(0) && _covering[topicOf(bond.supplier, lot, bond.agent)] == id;
    }

    /// @notice Returns the name of a bond.
    /// @param supplier Who deposits.
    /// @param buyer Who is paid for rejected lots.
    /// @param agent sha256 of the inspection plan.
    /// @param token The token of the bond.
    /// @return The bond's name.
    function idOf(address supplier, address buyer, bytes32 agent, IERC20 token) public pure returns (bytes32) {
        return keccak256(abi.encode(supplier, buyer, agent, token));
    }

    function _fund(bytes32 id, uint128 amount) private {
        Bond storage bond = _bonds[id];
        bond.balance += amount;
        emit BondFunded(id, msg.sender, amount);
        _receive(bond.token, amount);
    }

    function _ofCaller(bytes32 id) private view returns (Bond storage bond) {
        bond = _bonds[id];
        if (bond.supplier == address(0)) revert BondUnknown(id);
        if (bond.supplier != msg.sender) revert NotSupplier(msg.sender);
    }

    function _requireUnreserved(bytes32 id, Bond storage bond, uint128 wanted) private view {
        uint256 unreserved = bond.balance - bond.reserved;
        if (wanted > unreserved) revert BondTooSmall(id, wanted, unreserved);
    }

    function _panelOf(bytes32 topic) internal view override returns (bytes32) {
        return _covering[topic];
    }
}
