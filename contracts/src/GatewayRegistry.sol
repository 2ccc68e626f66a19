// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Who may anchor
/// @notice The owner registers gateways by address and may suspend and reinstate them. A suspended gateway's earlier anchors stand:
/// whether a statement was made by a gateway in good standing is judged at the block of its anchor.
/// @dev No gateway is ever deleted, and none changes its key: a gateway with a new key is a new gateway.
/// Ownership cannot be renounced by accident: it moves only when the new owner accepts it.
contract GatewayRegistry {
    /// @notice How a gateway stands. The order is part of the ABI.
    enum Standing {
        Unknown,
        Active,
        Suspended
    }

    /// @notice What is known of one gateway.
    struct Gateway {
        /// @dev Read on every anchor; shares its slot with `since` so that one cold load answers.
        Standing standing;
        /// @dev Time of the block in which the standing last changed, in seconds.
        uint64 since;
        /// @dev Id of the key the gateway seals its readings with, or zero; this contract gives it no meaning.
        bytes32 keyId;
        /// @dev sha256 of the document that describes the gateway (site, operator, devices), or zero.
        bytes32 metadataHash;
    }

    /// @notice The gateway is active already.
    /// @param gateway The address given.
    error GatewayAlreadyActive(address gateway);
    /// @notice The gateway has been registered before; reinstate it or register another address.
    /// @param gateway The address given.
    error GatewayAlreadyRegistered(address gateway);
    /// @notice The gateway is suspended already.
    /// @param gateway The address given.
    error GatewayAlreadySuspended(address gateway);
    /// @notice No gateway was registered under this address.
    /// @param gateway The address given.
    error GatewayUnknown(address gateway);
    /// @notice Only the owner may do this.
    /// @param caller Who tried.
    error NotOwner(address caller);
    /// @notice Only the address to which ownership was offered may accept it.
    /// @param caller Who tried.
    error NotPendingOwner(address caller);
    /// @notice The zero address owns nothing and anchors nothing.
    error ZeroAddress();

    /// @notice A gateway may anchor from now on.
    /// @param gateway Its address.
    /// @param keyId Id of the key it seals readings with, or zero.
    /// @param metadataHash sha256 of the document that describes it, or zero.
    event GatewayRegistered(address indexed gateway, bytes32 keyId, bytes32 metadataHash);
    /// @notice A suspended gateway may anchor again.
    /// @param gateway Its address.
    event GatewayReinstated(address indexed gateway);
    /// @notice A gateway may no longer anchor.
    /// @param gateway Its address.
    event GatewaySuspended(address indexed gateway);
    /// @notice Ownership was offered and waits to be accepted.
    /// @param owner Who owns the registry still.
    /// @param pendingOwner Who may accept; zero withdraws an offer.
    event OwnershipOffered(address indexed owner, address indexed pendingOwner);
    /// @notice Ownership moved.
    /// @param previousOwner Who owned the registry, zero at creation.
    /// @param owner Who owns it now.
    event OwnershipTransferred(address indexed previousOwner, address indexed owner);

    /// @notice Who registers and suspends.
    address public owner;
    /// @notice To whom ownership is offered, or zero.
    address public pendingOwner;
    mapping(address gateway => Gateway record) private _gateways;

    modifier onlyOwner() {
        if (msg.sender != owner) revert NotOwner(msg.sender);
        _;
    }

    /// @param initialOwner Who registers and suspends at first.
    constructor(address initialOwner) {
        if (initialOwner == address(0)) revert ZeroAddress();
        owner = initialOwner;
        emit OwnershipTransferred(address(0), initialOwner);
    }

    /// @notice Lets a new gateway anchor.
    /// @param gateway Its address; never registered before.
    /// @param keyId Id of the key it seals readings with, or zero.
    /// @param metadataHash sha256 of the document that describes it, or zero.
    function register(address gateway, bytes32 keyId, bytes32 metadataHash) external onlyOwner {
        if (gateway == address(0)) revert ZeroAddress();
        if (_gateways[gateway].standing != Standing.Unknown) revert GatewayAlreadyRegistered(gateway);
        _gateways[gateway] = Gateway(Standing.Active, uint64(block.timestamp), keyId, metadataHash);
        emit GatewayRegistered(gateway, keyId, metadataHash);
    }

    /// @notice Stops an active gateway from anchoring; what it anchored stands.
    /// @param gateway Its address.
    function suspend(address gateway) external onlyOwner {
        Gateway storage record = _gateways[gateway];
        if (record.standing == Standing.Unknown) revert GatewayUnknown(gateway);
        if (record.standing == Standing.Suspended) revert GatewayAlreadySuspended(gateway);
        record.standing = Standing.Suspended;
        record.since = uint64(block.timestamp);
        emit GatewaySuspended(gateway);
    }

    /// @notice Lets a suspended gateway anchor again, at the index after its last.
    /// @param gateway Its address.
    function reinstate(address gateway) external onlyOwner {
        Gateway storage record = _gateways[gateway];
        if (record.standing == Standing.Unknown) revert GatewayUnknown(gateway);
        if (record.standing == Standing.Active) revert GatewayAlreadyActive(gateway);
        record.standing = Standing.Active;
        record.since = uint64(block.timestamp);
        emit GatewayReinstated(gateway);
    }

    /// @notice Offers ownership; nothing moves until it is accepted.
    /// @param newOwner Who may accept, or zero to withdraw an offer.
    function offerOwnership(address newOwner) external onlyOwner {
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

    /// @notice Says whether a gateway may anchor now.
    /// @param gateway Its address.
    /// @return Whether it is registered and not suspended.
    function isActive(address gateway) external view returns (bool) {
        return _gateways[gateway].standing == Standing.Active;
    }

    /// @notice Returns what is known of a gateway.
    /// @param gateway Its address.
    /// @return Its record; all zero where none was registered.
    function gatewayOf(address gateway) external view returns (Gateway memory) {
        return _gateways[gateway];
    }
}
