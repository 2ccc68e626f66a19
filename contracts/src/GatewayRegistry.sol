// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AnchorTransaction} from "./AnchorTransaction.sol";
import {Bls} from "./Bls.sol";
import {JointVerdict} from "./JointVerdict.sol";
import {OffchainAttestation} from "./OffchainAttestation.sol";
import {Signatures} from "./Signatures.sol";

/// @title What this registry asks of an anchor registry
interface IAnchors {
    /// @notice Returns the registry that says whose key an anchoring address is.
    /// @return That registry's address.
    function GATEWAY_REGISTRY() external view returns (address);
}

/// @title Whose key is whose, and what stands behind it
/// @notice Operators whom the owner admits register gateways, keep their keys and put up a stake in ether. Whoever proves that a gateway's
/// keys signed two things that contradict takes a tenth of the stake; the gateway stands as slashed for good.
/// @dev A gateway is named by the address of its first key. Verifiers read two words of storage by `eth_getProof`: `_gateways[gateway]`
/// in slot keccak256(gateway . 0) and `_keys[key]` in slot keccak256(key . 1); their places must never move. Nothing is deleted: a key
/// keeps the times of its registration and revocation, a gateway its last standing. The contract cannot be upgraded; `successor` points
/// to a registry that replaces it, and moves nothing by itself.
/// The owner admits operators and suspends gateways; no stake ever passes through his hands.
contract GatewayRegistry {
    /// @notice How a gateway stands. The order is part of the ABI and of what verifiers read.
    enum Standing {
        Unknown,
        Active,
        Suspended,
        Unbonding,
        Retired,
        Slashed
    }

    /// @notice Curves of keys. The order is part of the ABI and of what verifiers read.
    enum Curve {
        Secp256k1,
        P256,
        Bls12381
    }

    /// @notice What is known of one gateway. The first four fields share one slot, lowest bits first.
    /// @param standing How it stands.
    /// @param since Time of the block in which the standing last changed, seconds.
    /// @param registeredAt Time of the block in which it was registered, seconds.
    /// @param operator Who controls it.
    /// @param stake What stands behind it, wei.
    /// @param unbondedAt When an unbonding stake may leave, seconds; zero before unbonding.
    /// @param documentHash sha256 of its DID document.
    /// @param documentUri Where its DID document is.
    struct Gateway {
        Standing standing;
        uint40 since;
        uint40 registeredAt;
        address operator;
        uint128 stake;
        uint40 unbondedAt;
        bytes32 documentHash;
        string documentUri;
    }

    /// @notice What is known of one signer key: one slot, lowest bits first. The coordinates of a P-256 key stand in the event only; its
    /// address binds them, as that of a BLS key does.
    /// @param gateway Whose it is; zero where the key is unknown.
    /// @param since Time of the block in which it was registered, seconds.
    /// @param revokedAt Time of the block in which it was revoked, or zero.
    /// @param curve Its curve.
    struct Key {
        address gateway;
        uint40 since;
        uint40 revokedAt;
        Curve curve;
    }

    /// @notice The BLS key is the identity, has another length, or did not sign that it belongs to the gateway.
    /// @param gateway For which it was given.
    error BlsKeyRefused(address gateway);
    /// @notice The two signed things do not contradict.
    error NoContradiction();
    /// @notice The caller has nothing to claim.
    /// @param caller Who tried.
    error NothingToClaim(address caller);
    /// @notice A gateway of this address was registered before.
    /// @param gateway The address given.
    error GatewayTaken(address gateway);
    /// @notice No gateway was registered under this address.
    /// @param gateway The address given.
    error GatewayUnknown(address gateway);
    /// @notice The key was registered before, and a key is registered once.
    /// @param key Its address.
    error KeyTaken(address key);
    /// @notice The key was never registered.
    /// @param key Its address.
    error KeyUnknown(address key);
    /// @notice The key was revoked already, or too long ago for the gateway to answer for it.
    /// @param key Its address.
    error KeyIsRevoked(address key);
    /// @notice Only the gateway's operator may do this.
    /// @param caller Who tried.
    error NotOperator(address caller);
    /// @notice Only the owner may do this.
    /// @param caller Who tried.
    error NotOwner(address caller);
    /// @notice Only the address to which ownership was offered may accept it.
    /// @param caller Who tried.
    error NotPendingOwner(address caller);
    /// @notice The called contract does not rest on this registry.
    /// @param anchors The contract that the transaction calls.
    error NotOurAnchors(address anchors);
    /// @notice The owner has not admitted this operator.
    /// @param operator The address given.
    error OperatorNotAdmitted(address operator);
    /// @notice The key did not sign that it belongs to this gateway under this operator.
    /// @param signer Who signed instead.
    /// @param key The key that should have.
    error PossessionNotProven(address signer, address key);
    /// @notice The two signatures are not by keys of one gateway, or, under anchors, not by one key.
    /// @param first Who signed the first.
    /// @param second Who signed the second.
    error SignersDiffer(address first, address second);
    /// @notice The stake would be less than the least that is asked.
    /// @param stake What it would be, wei.
    /// @param minimum The least, wei.
    error StakeTooLow(uint256 stake, uint256 minimum);
    /// @notice Ether can be sent with up to 2^128 - 1 wei.
    /// @param stake What the stake would be.
    error StakeTooHigh(uint256 stake);
    /// @notice A gateway that stands like this cannot do that.
    /// @param gateway Its address.
    /// @param standing How it stands.
    error StandingForbids(address gateway, Standing standing);
    /// @notice The receiver refused the ether.
    /// @param receiver Who refused.
    error TransferRefused(address receiver);
    /// @notice The stake is still bound.
    /// @param gateway Whose stake.
    /// @param unbondedAt When it may leave, seconds.
    error StillBound(address gateway, uint40 unbondedAt);
    /// @notice A BLS key did not sign what is said of it; a signature of several gateways together is not one of any of them.
    /// @param key The key's address.
    error VoteNotSigned(address key);
    /// @notice The transaction is for another chain.
    /// @param chainId That chain.
    error WrongChain(uint256 chainId);
    /// @notice The zero address owns nothing and operates nothing.
    error ZeroAddress();

    /// @notice A gateway was registered and is active.
    /// @param gateway Its address, which is that of its first key.
    /// @param operator Who controls it.
    /// @param stake What stands behind it, wei.
    event GatewayRegistered(address indexed gateway, address indexed operator, uint256 stake);
    /// @notice A gateway's DID document was stated.
    /// @param gateway Its address.
    /// @param documentHash sha256 of the document.
    /// @param documentUri Where the document is.
    event DocumentStated(address indexed gateway, bytes32 documentHash, string documentUri);
    /// @notice A gateway's standing changed.
    /// @param gateway Its address.
    /// @param standing How it stands now.
    event StandingChanged(address indexed gateway, Standing standing);
    /// @notice A gateway passed to another operator.
    /// @param gateway Its address.
    /// @param operator Who controls it now.
    event OperatorChanged(address indexed gateway, address indexed operator);
    /// @notice A key was registered.
    /// @param gateway Whose it is.
    /// @param key Its address.
    /// @param curve Its curve.
    /// @param x The P-256 key's x, or zero.
    /// @param y The P-256 key's y, or zero.
    event KeyAdded(address indexed gateway, address indexed key, Curve curve, bytes32 x, bytes32 y);
    /// @notice A BLS key was registered; it is the gateway's only one from now on.
    /// @param gateway Whose it is.
    /// @param key Its address: the last 20 bytes of keccak256 of the point.
    /// @param point The key, 128 bytes, as EIP-2537 writes it.
    event BlsKeyAdded(address indexed gateway, address indexed key, bytes point);
    /// @notice A key was revoked: nothing that it signs from now on counts.
    /// @param gateway Whose it was.
    /// @param key Its address.
    event KeyRevoked(address indexed gateway, address indexed key);
    /// @notice Ether was added to a stake.
    /// @param gateway Whose stake.
    /// @param from Who gave it.
    /// @param amount How much, wei.
    event StakeAdded(address indexed gateway, address indexed from, uint256 amount);
    /// @notice A stake was released to its operator, who may claim it.
    /// @param gateway Whose stake it was.
    /// @param operator Who may claim it.
    /// @param amount How much, wei.
    event StakeReleased(address indexed gateway, address indexed operator, uint256 amount);
    /// @notice A gateway's keys, one or two of them, signed two things that contradict.
    /// @param gateway Whose keys.
    /// @param key Address of the key that signed the first.
    /// @param reporter Who proved it.
    /// @param first Digest of the first.
    /// @param second Digest of the second.
    /// @param reward What the reporter may claim, wei.
    /// @param forfeited What the treasury may claim or, without one, nobody ever, wei.
    event EquivocationProven(
        address indexed gateway, address indexed key, address indexed reporter, bytes32 first, bytes32 second, uint256 reward, uint256 forfeited
    );
    /// @notice Somebody took what was his.
    /// @param receiver Who.
    /// @param amount How much, wei.
    event Claimed(address indexed receiver, uint256 amount);
    /// @notice An operator was admitted, or may register no further gateways.
    /// @param operator Who.
    /// @param admitted Whether he is admitted now.
    event OperatorAdmitted(address indexed operator, bool admitted);
    /// @notice Ownership was offered and waits to be accepted.
    /// @param owner Who owns the registry still.
    /// @param pendingOwner Who may accept; zero withdraws an offer.
    event OwnershipOffered(address indexed owner, address indexed pendingOwner);
    /// @notice Ownership moved.
    /// @param previousOwner Who owned the registry, zero at creation.
    /// @param owner Who owns it now.
    event OwnershipTransferred(address indexed previousOwner, address indexed owner);
    /// @notice The owner names the registry that replaces this one; gateways register there anew.
    /// @param successor Its address.
    event SuccessorAnnounced(address indexed successor);

    /// @notice The reporter's part of a slashed stake: one in so many.
    uint256 public constant REWARD_DIVISOR = 10;
    /// @notice Domain separation tag under which BLS keys sign that they belong to a gateway.
    string public constant BLS_POSSESSION_TAG = "BLS_POP_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_";

    bytes32 private constant DOMAIN_TYPE = keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant DOMAIN_NAME = keccak256("AiOS GatewayRegistry");
    bytes32 private constant DOMAIN_VERSION = keccak256("1");
    bytes32 private constant POSSESSION_TYPE = keccak256("KeyPossession(address gateway,address key,address operator)");

    /// @dev Slot 0, and it must stay there: verifiers compute slots from it.
    mapping(address gateway => Gateway record) private _gateways;
    /// @dev Slot 1, and it must stay there: verifiers compute slots from it.
    mapping(address key => Key record) private _keys;
    /// @notice What an address may claim, wei.
    mapping(address receiver => uint256 amount) public claimable;
    /// @notice Whether an address may register gateways.
    mapping(address operator => bool admitted) public admitted;
    /// @notice Who admits operators and suspends gateways.
    address public owner;
    /// @notice To whom ownership is offered, or zero.
    address public pendingOwner;
    /// @notice The registry that replaces this one, or zero.
    address public successor;
    /// @notice Who may claim what slashed gateways forfeit; zero burns it. Kept in storage and not in the code, as the two below, so that
    /// every genuine registry has the same code hash.
    address public treasury;
    /// @notice The least stake of a gateway, wei; fixed at creation.
    uint256 public minimumStake;
    /// @notice How long a stake stays bound after its operator asks for it, and a gateway answers for a revoked key, seconds; fixed at
    /// creation.
    uint40 public unbondingDelay;
    /// @dev The BLS key that a gateway has now; those that it had stand in `_keys`, as this one does.
    mapping(address gateway => bytes point) private _blsKeys;

    modifier onlyOwner() {
        if (msg.sender != owner) revert NotOwner(msg.sender);
        _;
    }

    modifier onlyOperator(address gateway) {
        _requireOperator(gateway);
        _;
    }

    /// @notice Fixes the rules of the stakes and admits the owner as the first operator.
    /// @param initialOwner Who admits operators at first.
    /// @param leastStake The least stake of a gateway, wei; may be zero.
    /// @param delay How long a stake stays bound, seconds.
    /// @param forfeits Who may claim what slashed gateways forfeit, or zero to burn it.
    constructor(address initialOwner, uint256 leastStake, uint40 delay, address forfeits) {
        if (initialOwner == address(0)) revert ZeroAddress();
        owner = initialOwner;
        minimumStake = leastStake;
        unbondingDelay = delay;
        // No treasury means that what is forfeited is burnt.
        // slither-disable-next-line missing-zero-check
        treasury = forfeits;
        admitted[initialOwner] = true;
        emit OwnershipTransferred(address(0), initialOwner);
        emit OperatorAdmitted(initialOwner, true);
    }

    // Gateways and their keys

    /// @notice Registers a gateway of the caller's, with its first key and the ether sent along as its stake.
    /// @param gateway Address of its first key, which names it for good and must be of secp256k1, for it anchors.
    /// @param documentHash sha256 of its DID document, or zero.
    /// @param documentUri Where its DID document is, or empty.
    /// @param possession The key's signature over KeyPossession(gateway, gateway, caller).
    function register(address gateway, bytes32 documentHash, string calldata documentUri, bytes calldata possession) external payable {
        if (!admitted[msg.sender]) revert OperatorNotAdmitted(msg.sender);
        if (_gateways[gateway].standing != Standing.Unknown) revert GatewayTaken(gateway);
        if (possession.length != Signatures.K1_LENGTH) revert Signatures.SignatureInvalid();
        _addKey(gateway, gateway, msg.sender, possession);
        Gateway storage record = _gateways[gateway];
        record.registeredAt = uint40(block.timestamp);
        record.operator = msg.sender;
        record.documentHash = documentHash;
        record.documentUri = documentUri;
        _stand(gateway, Standing.Active);
        _stake(gateway, msg.value);
        emit GatewayRegistered(gateway, msg.sender, msg.value);
        emit DocumentStated(gateway, documentHash, documentUri);
    }

    /// @notice States a gateway's DID document anew.
    /// @param gateway Its address.
    /// @param documentHash sha256 of the document, or zero.
    /// @param documentUri Where the document is, or empty.
    function setDocument(address gateway, bytes32 documentHash, string calldata documentUri) external onlyOperator(gateway) {
        _gateways[gateway].documentHash = documentHash;
        _gateways[gateway].documentUri = documentUri;
        emit DocumentStated(gateway, documentHash, documentUri);
    }

    /// @notice Passes a gateway, with its stake, to another admitted operator.
    /// @param gateway Its address.
    /// @param operator Who controls it from now on.
    function setOperator(address gateway, address operator) external onlyOperator(gateway) {
        if (!admitted[operator]) revert OperatorNotAdmitted(operator);
        _gateways[gateway].operator = operator;
        emit OperatorChanged(gateway, operator);
    }

    /// @notice Registers a further key of a gateway.
    /// @param gateway Whose it is.
    /// @param key Its address.
    /// @param possession The key's signature over KeyPossession(gateway, key, caller), in the form of its curve.
    function addKey(address gateway, address key, bytes calldata possession) external onlyOperator(gateway) {
        _requireInService(gateway);
        _addKey(gateway, key, msg.sender, possession);
    }

    /// @notice Registers a gateway's BLS key; the one that it had before is revoked. For chains with EIP-2537.
    /// @dev That the key signs for the gateway keeps anybody from registering one made of others' keys, which could speak for both.
    /// @param gateway Whose it is.
    /// @param key The key: a point of G1, not the identity.
    /// @param possession The key's signature over `blsPossessionMessage`, under BLS_POSSESSION_TAG.
    function registerBlsKey(address gateway, bytes calldata key, bytes calldata possession) external onlyOperator(gateway) {
        _requireInService(gateway);
        address named = _addressOf(key);
        if (_keys[named].gateway != address(0)) revert KeyTaken(named);
        if (key.length != Bls.KEY_LENGTH || keccak256(key) == keccak256(new bytes(Bls.KEY_LENGTH))) revert BlsKeyRefused(gateway);
        if (!Bls.verify(key, blsPossessionMessage(gateway, key), possession, BLS_POSSESSION_TAG)) revert BlsKeyRefused(gateway);
        bytes memory before = _blsKeys[gateway];
        if (before.length != 0) _revoke(gateway, _addressOf(before));
        _keys[named] = Key(gateway, uint40(block.timestamp), 0, Curve.Bls12381);
        _blsKeys[gateway] = key;
        emit BlsKeyAdded(gateway, named, key);
    }

    /// @notice Revokes a key for good, of whichever curve. What it signed before stays provable by blocks from before.
    /// @param key Its address.
    function revokeKey(address key) external {
        address gateway = _keys[key].gateway;
        if (gateway == address(0)) revert KeyUnknown(key);
        if (msg.sender != _gateways[gateway].operator) revert NotOperator(msg.sender);
        if (_keys[key].revokedAt != 0) revert KeyIsRevoked(key);
        // A gateway's only unrevoked BLS key is the one that it has. A curve is one of three words, as a standing is one of six.
        // slither-disable-next-line incorrect-equality
        if (_keys[key].curve == Curve.Bls12381) delete _blsKeys[gateway];
        _revoke(gateway, key);
    }

    // Stake

    /// @notice Adds ether to a gateway's stake.
    /// @param gateway Whose stake.
    function addStake(address gateway) external payable {
        _requireInService(gateway);
        _stake(gateway, msg.value);
        emit StakeAdded(gateway, msg.sender, msg.value);
    }

    /// @notice Takes a gateway out of service for good; its stake stays bound for the delay, for what it signed until now.
    /// @param gateway Its address.
    function unbond(address gateway) external onlyOperator(gateway) {
        _requireInService(gateway);
        _gateways[gateway].unbondedAt = uint40(block.timestamp) + unbondingDelay;
        _stand(gateway, Standing.Unbonding);
    }

    /// @notice Releases the stake of a gateway whose delay is over to its operator.
    /// @param gateway Its address.
    function release(address gateway) external onlyOperator(gateway) {
        Gateway storage record = _gateways[gateway];
        if (record.standing != Standing.Unbonding) revert StandingForbids(gateway, record.standing);
        if (block.timestamp < record.unbondedAt) revert StillBound(gateway, record.unbondedAt);
        uint256 stake = record.stake;
        record.stake = 0;
        claimable[msg.sender] += stake;
        _stand(gateway, Standing.Retired);
        emit StakeReleased(gateway, msg.sender, stake);
    }

    /// @notice Pays the caller what is his: a released stake, a reward, or what was forfeited to the treasury.
    function claim() external {
        uint256 amount = claimable[msg.sender];
        if (amount == 0) revert NothingToClaim(msg.sender);
        claimable[msg.sender] = 0;
        emit Claimed(msg.sender, amount);
        (bool success,) = msg.sender.call{value: amount}("");
        if (!success) revert TransferRefused(msg.sender);
    }

    // Slashing

    /// @notice Slashes the gateway whose keys, one or two of them, signed two off-chain attestations that contradict: under one schema,
    /// about one subject (and item), by one agent's rules, correcting the same attestation or none, with different statements.
    /// @dev Only attestations for this chain count, so that a key's exercises on a test network cost nothing here.
    /// @param version EAS version of the deployment for which both were signed.
    /// @param eas That deployment's address.
    /// @param first One attestation.
    /// @param second The other.
    /// @param reporter Who may claim the reward.
    function slashStatements(
        string calldata version,
        address eas,
        OffchainAttestation.Signed calldata first,
        OffchainAttestation.Signed calldata second,
        address reporter
    ) external {
        if (OffchainAttestation.topicOf(first) != OffchainAttestation.topicOf(second)) revert NoContradiction();
        if (keccak256(first.data) == keccak256(second.data)) revert NoContradiction();
        bytes32 separator = OffchainAttestation.separatorOf(version, eas);
        bytes32 one = OffchainAttestation.digestOf(separator, first);
        bytes32 other = OffchainAttestation.digestOf(separator, second);
        address signer = Signatures.signerOf(one, first.signature);
        _slash(signer, Signatures.signerOf(other, second.signature), one, other, reporter);
    }

    /// @notice Slashes the gateway one of whose keys signed two transactions that anchor different roots under one index.
    /// @dev They need not have been mined: that both were signed is the contradiction. Transactions of type 2 are judged, which are the
    /// only ones that the gateway signs.
    /// @param first One signed transaction, as nodes pass it on.
    /// @param second The other.
    /// @param reporter Who may claim the reward.
    function slashAnchors(bytes calldata first, bytes calldata second, address reporter) external {
        AnchorTransaction.Read memory one = AnchorTransaction.read(first);
        AnchorTransaction.Read memory other = AnchorTransaction.read(second);
        // Each key has an anchor 0 of its own: only one key's two roots contradict.
        if (one.signer != other.signer) revert SignersDiffer(one.signer, other.signer);
        if (one.chainId != block.chainid) revert WrongChain(one.chainId);
        if (other.chainId != block.chainid) revert WrongChain(other.chainId);
        if (one.to != other.to || one.index != other.index || one.root == other.root) revert NoContradiction();
        if (one.to.code.length == 0 || IAnchors(one.to).GATEWAY_REGISTRY() != address(this)) revert NotOurAnchors(one.to);
        _slash(one.signer, other.signer, one.digest, other.digest, reporter);
    }

    /// @notice Slashes the gateway whose BLS keys, one or two of them, signed two different votes on one escrow: another verdict, or
    /// another measure. For chains with EIP-2537.
    /// @dev Nobody need have handed them in, and the escrow is not asked: that both were signed is the contradiction.
    /// @param escrow The contract for which both were signed.
    /// @param id The escrow in it.
    /// @param first One vote, signed by one gateway alone.
    /// @param second The other.
    /// @param reporter Who may claim the reward.
    function slashVotes(address escrow, bytes32 id, JointVerdict.Part calldata first, JointVerdict.Part calldata second, address reporter)
        external
    {
        if (first.verdict == second.verdict && first.measure == second.measure) revert NoContradiction();
        (address signer, bytes32 one) = _voterOf(escrow, id, first);
        (address otherSigner, bytes32 other) = _voterOf(escrow, id, second);
        _slash(signer, otherSigner, one, other, reporter);
    }

    // The owner

    /// @notice Admits an operator.
    /// @param operator Who may register gateways from now on.
    function admit(address operator) external onlyOwner {
        if (operator == address(0)) revert ZeroAddress();
        admitted[operator] = true;
        emit OperatorAdmitted(operator, true);
    }

    /// @notice Lets an operator register no further gateways; those that he has stand as they stand.
    /// @param operator Who may not.
    function dismiss(address operator) external onlyOwner {
        admitted[operator] = false;
        emit OperatorAdmitted(operator, false);
    }

    /// @notice Suspends an active gateway; what it anchored stands, and so does its stake.
    /// @param gateway Its address.
    function suspend(address gateway) external onlyOwner {
        if (_gateways[gateway].standing != Standing.Active) revert StandingForbids(gateway, _gateways[gateway].standing);
        _stand(gateway, Standing.Suspended);
    }

    /// @notice Makes a suspended gateway active again.
    /// @param gateway Its address.
    function reinstate(address gateway) external onlyOwner {
        if (_gateways[gateway].standing != Standing.Suspended) revert StandingForbids(gateway, _gateways[gateway].standing);
        _stand(gateway, Standing.Active);
    }

    /// @notice Names the registry that replaces this one; nothing moves by itself.
    /// @param registry Its address, or zero to take the word back.
    function announceSuccessor(address registry) external onlyOwner {
        // Zero takes the word back.
        // slither-disable-next-line missing-zero-check
        successor = registry;
        emit SuccessorAnnounced(registry);
    }

    /// @notice Offers ownership; nothing moves until it is accepted.
    /// @param newOwner Who may accept, or zero to withdraw an offer.
    function offerOwnership(address newOwner) external onlyOwner {
        // Zero withdraws an offer; nothing moves until somebody accepts.
        // slither-disable-next-line missing-zero-check
        pendingOwner = newOwner;
        emit OwnershipOffered(msg.sender, newOwner);
    }

    /// @notice Takes ownership that was offered to the caller.
    function acceptOwnership() external {
        if (msg.sender != pendingOwner) revert NotPendingOwner(msg.sender);
        address previousOwner = owner;
        owner = msg.sender;
        pendingOwner = address(0);
        emit OwnershipTransferred(previousOwner, msg.sender);
    }

    // What others ask

    /// @notice Says whether a gateway is active.
    /// @param gateway Its address.
    /// @return Whether it is registered, and neither suspended, leaving nor slashed.
    function isActive(address gateway) external view returns (bool) {
        // slither-disable-next-line incorrect-equality
        return _gateways[gateway].standing == Standing.Active;
    }

    /// @notice Returns whose key this is, if it counts now.
    /// @param key The key's address.
    /// @return gateway The active gateway whose unrevoked key it is, or zero.
    function activeGatewayOf(address key) external view returns (address gateway) {
        Key storage record = _keys[key];
        gateway = record.gateway;
        if (record.revokedAt != 0 || _gateways[gateway].standing != Standing.Active) gateway = address(0);
    }

    /// @notice Returns the BLS key that a gateway has now, whatever its standing.
    /// @param gateway Its address.
    /// @return The key, 128 bytes, or nothing.
    function blsKeyOf(address gateway) external view returns (bytes memory) {
        return _blsKeys[gateway];
    }

    /// @notice Returns what is known of a gateway.
    /// @param gateway Its address.
    /// @return Its record; all zero where none was registered.
    function gatewayOf(address gateway) external view returns (Gateway memory) {
        return _gateways[gateway];
    }

    /// @notice Returns what is known of a key.
    /// @param key Its address; a BLS key's is the last 20 bytes of keccak256 of the point.
    /// @return Its record; all zero where none was registered.
    function keyOf(address key) external view returns (Key memory) {
        return _keys[key];
    }

    /// @notice Returns what a key signs to show that it agrees to belong to a gateway.
    /// @param gateway The gateway.
    /// @param key The key's address.
    /// @param operator Who registers it.
    /// @return The EIP-712 digest of KeyPossession.
    function possessionDigest(address gateway, address key, address operator) public view returns (bytes32) {
        bytes32 separator = keccak256(abi.encode(DOMAIN_TYPE, DOMAIN_NAME, DOMAIN_VERSION, block.chainid, address(this)));
        return keccak256(abi.encodePacked(hex"1901", separator, keccak256(abi.encode(POSSESSION_TYPE, gateway, key, operator))));
    }

    /// @notice Returns what a BLS key signs to show that it agrees to belong to a gateway.
    /// @param gateway The gateway.
    /// @param key The key, 128 bytes.
    /// @return The message.
    function blsPossessionMessage(address gateway, bytes calldata key) public view returns (bytes memory) {
        return abi.encode(block.chainid, address(this), gateway, key);
    }

    // Helpers

    function _addKey(address gateway, address key, address operator, bytes calldata possession) private {
        if (_keys[key].gateway != address(0)) revert KeyTaken(key);
        address signer = Signatures.signerOf(possessionDigest(gateway, key, operator), possession);
        if (signer != key) revert PossessionNotProven(signer, key);
        bool onP256 = possession.length == Signatures.R1_LENGTH;
        Curve curve = onP256 ? Curve.P256 : Curve.Secp256k1;
        _keys[key] = Key(gateway, uint40(block.timestamp), 0, curve);
        emit KeyAdded(gateway, key, curve, onP256 ? bytes32(possession[64:96]) : bytes32(0), onP256 ? bytes32(possession[96:128]) : bytes32(0));
    }

    function _revoke(address gateway, address key) private {
        _keys[key].revokedAt = uint40(block.timestamp);
        emit KeyRevoked(gateway, key);
    }

    /// @dev The key that signed a vote, and the digest of what it signed. Only a registered key is computed with: its bytes are a point.
    function _voterOf(address escrow, bytes32 id, JointVerdict.Part calldata said) private view returns (address key, bytes32 digest) {
        key = _addressOf(said.key);
        if (_keys[key].gateway == address(0)) revert KeyUnknown(key);
        bytes memory message = JointVerdict.messageOf(escrow, id, said.verdict, said.measure);
        if (!Bls.verify(said.key, message, said.signature, JointVerdict.TAG)) revert VoteNotSigned(key);
        digest = keccak256(message);
    }

    function _addressOf(bytes memory point) private pure returns (address) {
        return address(uint160(uint256(keccak256(point))));
    }

    function _stake(address gateway, uint256 amount) private {
        uint256 stake = _gateways[gateway].stake + amount;
        if (stake < minimumStake) revert StakeTooLow(stake, minimumStake);
        if (stake > type(uint128).max) revert StakeTooHigh(stake);
        _gateways[gateway].stake = uint128(stake);
    }

    function _requireOperator(address gateway) private view {
        // A standing is one of six words, not an amount that somebody could move off its mark.
        // slither-disable-next-line incorrect-equality
        if (_gateways[gateway].standing == Standing.Unknown) revert GatewayUnknown(gateway);
        if (msg.sender != _gateways[gateway].operator) revert NotOperator(msg.sender);
    }

    function _requireInService(address gateway) private view {
        Standing standing = _gateways[gateway].standing;
        if (standing != Standing.Active && standing != Standing.Suspended) revert StandingForbids(gateway, standing);
    }

    function _stand(address gateway, Standing standing) private {
        _gateways[gateway].standing = standing;
        _gateways[gateway].since = uint40(block.timestamp);
        emit StandingChanged(gateway, standing);
    }

    /// @dev A gateway that has left can be slashed still, of nothing: its standing says what it was worth.
    function _slash(address signer, address otherSigner, bytes32 one, bytes32 other, address reporter) private {
        address gateway = _keys[signer].gateway;
        if (gateway != _keys[otherSigner].gateway) revert SignersDiffer(signer, otherSigner);
        if (gateway == address(0)) revert KeyUnknown(signer);
        if (reporter == address(0)) revert ZeroAddress();
        _requireAnswerable(signer);
        _requireAnswerable(otherSigner);
        Gateway storage record = _gateways[gateway];
        if (record.standing == Standing.Slashed) revert StandingForbids(gateway, Standing.Slashed);
        uint256 stake = record.stake;
        uint256 reward = stake / REWARD_DIVISOR;
        record.stake = 0;
        claimable[reporter] += reward;
        // Nobody can call as the zero address, so without a treasury this ether is out of the world.
        claimable[treasury] += stake - reward;
        _stand(gateway, Standing.Slashed);
        emit EquivocationProven(gateway, signer, reporter, one, other, reward, stake - reward);
    }

    /// @dev A revoked key answers until its gateway could have left: whoever holds it afterwards can cost nobody anything.
    function _requireAnswerable(address key) private view {
        uint256 revokedAt = _keys[key].revokedAt;
        if (revokedAt != 0 && block.timestamp > revokedAt + unbondingDelay) revert KeyIsRevoked(key);
    }
}
