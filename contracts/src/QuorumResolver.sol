// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Attestation} from "@ethereum-attestation-service/eas-contracts/contracts/Common.sol";
import {IEAS} from "@ethereum-attestation-service/eas-contracts/contracts/IEAS.sol";
import {SchemaResolver} from "@ethereum-attestation-service/eas-contracts/contracts/resolver/SchemaResolver.sol";

import {GatewayRegistry} from "./GatewayRegistry.sol";

/// @title Verdicts of several gateways on one subject
/// @notice An EAS resolver: takes the verdicts that active gateways attest, one from each, and tells what a quorum of them agrees on.
/// @dev A ballot is one storage slot: up to seven lanes of 28 bits (2 for the verdict, 26 for the measure), the deadline, the quorum and
/// the size of the panel. It is opened before the first verdict, so that a verdict changes slots and never fills one. Who has spoken on an
/// open panel is kept by the lower 80 bits of the gateways' addresses, three to a slot: nobody finds a key whose address has another's.
abstract contract QuorumResolver is SchemaResolver {
    /// @notice What a gateway found. The order is part of the schema.
    enum Verdict {
        Conforms,
        Breach,
        Insufficient
    }

    /// @notice One subject's verdicts.
    /// @param votes Seven lanes of 28 bits: verdict + 1 in the lower 2 bits, measure above.
    /// @param deadline Until when verdicts count, seconds; zero where there is no ballot.
    /// @param quorum How many must agree.
    /// @param size How many gateways are on the panel; zero where any may speak, until 2 * quorum - 1 have.
    struct Ballot {
        uint200 votes;
        uint40 deadline;
        uint8 quorum;
        uint8 size;
    }

    /// @notice What a quorum agrees on.
    /// @param decided Whether a quorum agrees on anything.
    /// @param verdict On what.
    /// @param measure The median of what those who agree measured; of two middle ones the lower.
    /// @param cast How many verdicts were cast.
    struct Tally {
        bool decided;
        Verdict verdict;
        uint256 measure;
        uint256 cast;
    }

    /// @notice A ballot cannot be opened twice.
    /// @param topic The ballot.
    error BallotExists(bytes32 topic);
    /// @notice The ballot's deadline has passed.
    /// @param topic The ballot.
    /// @param deadline Until when verdicts counted.
    error BallotClosed(bytes32 topic, uint40 deadline);
    /// @notice All gateways that this ballot waits for have spoken.
    /// @param topic The ballot.
    error BallotFull(bytes32 topic);
    /// @notice The deadline is not in the future.
    /// @param deadline The deadline given.
    error DeadlinePassed(uint40 deadline);
    /// @notice The gateway has given its verdict already.
    /// @param topic The ballot.
    /// @param gateway Who tried.
    error DoubleVerdict(bytes32 topic, address gateway);
    /// @notice A gateway is named twice.
    /// @param gateway Which.
    error GatewayNamedTwice(address gateway);
    /// @notice The attester's key is not one of an active gateway.
    /// @param attester Who tried.
    error GatewayNotActive(address attester);
    /// @notice The gateway is not among those named.
    /// @param topic The ballot.
    /// @param gateway Who tried.
    error GatewayNotNamed(bytes32 topic, address gateway);
    /// @notice There is no contract where the gateway registry should be.
    /// @param gatewayRegistry The address given.
    error NoGatewayRegistry(address gatewayRegistry);
    /// @notice A quorum is more than half of at most seven gateways.
    /// @param quorum The quorum given.
    /// @param size How many gateways were named.
    error QuorumImpossible(uint256 quorum, uint256 size);
    /// @notice The attestation is under another schema, may expire, or is not of the schema's form.
    /// @param schema Its schema.
    error VerdictMalformed(bytes32 schema);
    /// @notice Nobody waits for a verdict on this.
    /// @param topic The ballot that there would be.
    error VerdictNotAwaited(bytes32 topic);

    /// @notice A gateway gave its verdict.
    /// @param topic The ballot.
    /// @param gateway Who.
    /// @param verdict What it found.
    /// @param measure What it measured.
    event VerdictGiven(bytes32 indexed topic, address indexed gateway, Verdict verdict, uint256 measure);

    /// @notice Most gateways on one panel.
    uint256 public constant MAX_PANEL = 7;
    /// @notice The largest measure that is kept; a larger one is kept as this.
    uint256 public constant MAX_MEASURE = (1 << 26) - 1;
    /// @notice The schema of verdicts, to be registered with this contract as resolver and not revocable.
    string public constant SCHEMA =
        "bytes32 subject,bytes32 statement,uint8 verdict,uint64 measure,uint64 from,uint64 to,bytes32 agent";

    uint256 private constant LANE_BITS = 28;
    uint256 private constant LANE_MASK = (1 << LANE_BITS) - 1;
    uint256 private constant DATA_LENGTH = 224;
    uint256 private constant TAG_BITS = 80;
    uint256 private constant TAGS = 3;
    uint256 private constant MARK = 1 << 255;

    /// @notice Says whose key an attester's is.
    GatewayRegistry public immutable GATEWAY_REGISTRY;
    /// @notice uid of the schema of verdicts.
    bytes32 public immutable SCHEMA_UID;

    mapping(bytes32 topic => Ballot ballot) private _ballots;
    /// @dev Lane + 1 of a gateway that a panel names.
    mapping(bytes32 panel => mapping(address gateway => uint256 place)) private _places;
    /// @dev Who has spoken on a ballot where any gateway may, in the order of the lanes; each slot is marked when the ballot is opened.
    mapping(bytes32 topic => mapping(uint256 index => uint256 tags)) private _speakers;

    /// @notice Fixes, for good, where verdicts come from.
    /// @param eas The EAS of this chain.
    /// @param gatewayRegistry Says who is a gateway.
    constructor(IEAS eas, GatewayRegistry gatewayRegistry) SchemaResolver(eas) {
        if (address(gatewayRegistry).code.length == 0) revert NoGatewayRegistry(address(gatewayRegistry));
        GATEWAY_REGISTRY = gatewayRegistry;
        SCHEMA_UID = keccak256(abi.encodePacked(SCHEMA, address(this), false));
    }

    /// @notice Returns the address of EAS.
    /// @return Its address.
    function EAS() external view returns (IEAS) {
        return _eas;
    }

    /// @notice Returns the name of a ballot.
    /// @param recipient Recipient of its attestations: for whom the verdict is given.
    /// @param subject What it is about.
    /// @param agent By which rules it is judged.
    /// @return The ballot's name.
    function topicOf(address recipient, bytes32 subject, bytes32 agent) public pure returns (bytes32) {
        return keccak256(abi.encode(recipient, subject, agent));
    }

    /// @notice Returns a ballot as it is stored.
    /// @param topic Its name.
    /// @return The ballot; all zero where there is none.
    function ballotOf(bytes32 topic) external view returns (Ballot memory) {
        return _ballots[topic];
    }

    /// @notice Returns what the verdicts on a ballot say.
    /// @param topic Its name.
    /// @return What a quorum agrees on, if one does.
    function tallyOf(bytes32 topic) public view virtual returns (Tally memory) {
        return _count(_ballots[topic]);
    }

    /// @notice Returns until when verdicts count.
    /// @param topic The ballot.
    /// @return The time, seconds; zero where there is no ballot.
    function deadlineOf(bytes32 topic) public view returns (uint40) {
        return _ballots[topic].deadline;
    }

    // What the contracts that rest on verdicts use

    /// @dev Refuses a quorum that is not more than half of those who may speak: two verdicts could reach it, or none.
    function _requireMajority(uint256 quorum, uint256 named) internal pure {
        if (quorum == 0) revert QuorumImpossible(quorum, named);
        uint256 size = named == 0 ? 2 * quorum - 1 : named;
        if (size > MAX_PANEL || quorum > size || 2 * quorum <= size) revert QuorumImpossible(quorum, named);
    }

    /// @dev Names the gateways of a panel, once.
    function _name(bytes32 panel, address[] calldata gateways) internal {
        for (uint256 lane = 0; lane < gateways.length; ++lane) {
            address gateway = gateways[lane];
            if (_places[panel][gateway] != 0) revert GatewayNamedTwice(gateway);
            _places[panel][gateway] = lane + 1;
        }
    }

    /// @dev Opens a ballot; the quorum is a majority.
    function _open(bytes32 topic, uint40 deadline, uint256 quorum, uint256 size) internal {
        if (deadline <= block.timestamp) revert DeadlinePassed(deadline);
        if (_ballots[topic].deadline != 0) revert BallotExists(topic);
        _ballots[topic] = Ballot(0, deadline, uint8(quorum), uint8(size));
        if (size != 0) return;
        for (uint256 lane = 0; lane < 2 * quorum - 1; lane += TAGS) {
            _speakers[topic][lane / TAGS] = MARK;
        }
    }

    /// @dev The panel of named gateways that may speak on a ballot.
    function _panelOf(bytes32 topic) internal view virtual returns (bytes32);

    /// @inheritdoc SchemaResolver
    function onAttest(Attestation calldata attestation, uint256) internal override returns (bool) {
        bytes calldata data = attestation.data;
        if (attestation.schema != SCHEMA_UID || attestation.expirationTime != 0 || data.length != DATA_LENGTH) {
            revert VerdictMalformed(attestation.schema);
        }
        uint256 verdict = uint256(bytes32(data[64:96]));
        uint256 measure = uint256(bytes32(data[96:128]));
        if (verdict > uint256(Verdict.Insufficient) || measure > type(uint64).max) revert VerdictMalformed(attestation.schema);
        // EAS hands in several attestations at once only if one sender made them: nobody else's hangs on this call.
        // slither-disable-next-line calls-loop
        address gateway = GATEWAY_REGISTRY.activeGatewayOf(attestation.attester);
        if (gateway == address(0)) revert GatewayNotActive(attestation.attester);
        bytes32 topic = topicOf(attestation.recipient, bytes32(data[:32]), bytes32(data[192:224]));
        _vote(topic, gateway, verdict, measure);
        return true;
    }

    /// @inheritdoc SchemaResolver
    function onRevoke(Attestation calldata, uint256) internal pure override returns (bool) {
        return false;
    }

    /// @dev Counts the verdict of a gateway that is known to be active.
    function _vote(bytes32 topic, address gateway, uint256 verdict, uint256 measure) internal {
        Ballot memory ballot = _ballots[topic];
        if (ballot.deadline == 0) revert VerdictNotAwaited(topic);
        if (block.timestamp > ballot.deadline) revert BallotClosed(topic, ballot.deadline);
        uint256 votes = ballot.votes;
        uint256 shift = LANE_BITS * _laneOf(topic, ballot, gateway);
        if ((votes >> shift) & LANE_MASK != 0) revert DoubleVerdict(topic, gateway);
        uint256 kept = measure > MAX_MEASURE ? MAX_MEASURE : measure;
        _ballots[topic].votes = uint200(votes | (((kept << 2) | (verdict + 1)) << shift));
        emit VerdictGiven(topic, gateway, Verdict(verdict), measure);
    }

    function _laneOf(bytes32 topic, Ballot memory ballot, address gateway) private returns (uint256) {
        if (ballot.size == 0) return _nextLane(topic, ballot, uint80(uint160(gateway)), gateway);
        uint256 place = _places[_panelOf(topic)][gateway];
        if (place == 0) revert GatewayNotNamed(topic, gateway);
        return place - 1;
    }

    function _nextLane(bytes32 topic, Ballot memory ballot, uint256 tag, address gateway) private returns (uint256 lane) {
        mapping(uint256 index => uint256 tags) storage speakers = _speakers[topic];
        uint256 tags = 0;
        for (uint256 votes = ballot.votes; votes != 0; votes >>= LANE_BITS) {
            if (lane % TAGS == 0) tags = speakers[lane / TAGS];
            if (uint80(tags >> (TAG_BITS * (lane % TAGS))) == tag) revert DoubleVerdict(topic, gateway);
            ++lane;
        }
        if (lane >= 2 * uint256(ballot.quorum) - 1) revert BallotFull(topic);
        if (lane % TAGS == 0) tags = speakers[lane / TAGS];
        speakers[lane / TAGS] = tags | (tag << (TAG_BITS * (lane % TAGS)));
    }

    function _count(Ballot memory ballot) private pure returns (Tally memory tally) {
        // Memory arrays begin as zeros.
        // slither-disable-next-line uninitialized-local
        uint256[3] memory counts;
        for (uint256 votes = ballot.votes; votes != 0; votes >>= LANE_BITS) {
            uint256 mark = votes & 3;
            if (mark == 0) continue;
            ++tally.cast;
            // A quorum is more than half of all who may speak, so no two verdicts reach it.
            if (++counts[mark - 1] == ballot.quorum) (tally.decided, tally.verdict) = (true, Verdict(mark - 1));
        }
        if (tally.decided) tally.measure = _median(ballot.votes, uint256(tally.verdict) + 1, counts[uint256(tally.verdict)]);
    }

    /// @dev The measure of rank (count + 1) / 2 among the votes with this mark: the one that as many are below as the rank says.
    function _median(uint256 votes, uint256 mark, uint256 count) private pure returns (uint256) {
        uint256 rank = (count + 1) / 2;
        for (uint256 lane = 0; lane < MAX_PANEL; ++lane) {
            uint256 vote = (votes >> (LANE_BITS * lane)) & LANE_MASK;
            if (vote & 3 != mark) continue;
            uint256 below = 0;
            uint256 equal = 0;
            for (uint256 other = 0; other < MAX_PANEL; ++other) {
                uint256 against = (votes >> (LANE_BITS * other)) & LANE_MASK;
                if (against & 3 != mark) continue;
                if (against < vote) ++below;
                else if (against == vote) ++equal;
            }
            if (below < rank && rank <= below + equal) return vote >> 2;
        }
        // Some vote has the rank, for rank is at most the number of votes with the mark.
        assert(false);
        return 0;
    }
}
