// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEAS} from "@ethereum-attestation-service/eas-contracts/contracts/IEAS.sol";

import {Bls} from "./Bls.sol";
import {GatewayRegistry} from "./GatewayRegistry.sol";
import {ShipmentEscrow} from "./ShipmentEscrow.sol";

/// @title A ShipmentEscrow that also takes one signature of many gateways
/// @notice Gateways that agree on verdict and measure sign the same words with keys of BLS12-381; anybody adds their signatures up and hands
/// in one. Each gateway's voice counts once, whichever way it came. For chains with EIP-2537.
contract BlsShipmentEscrow is ShipmentEscrow {
    /// @notice The gateway has registered no BLS key here.
    /// @param gateway Which.
    error BlsKeyUnknown(address gateway);
    /// @notice The key is the identity, has another length, or did not sign that it belongs to the gateway.
    /// @param gateway For which it was given.
    error BlsKeyRefused(address gateway);
    /// @notice The signature is not that of all the gateways named.
    error BlsSignatureInvalid();
    /// @notice Only the gateway's operator registers its key.
    /// @param caller Who tried.
    error NotGatewayOperator(address caller);

    /// @notice A gateway's BLS key was registered, in the place of an earlier one if there was one.
    /// @param gateway Whose it is.
    /// @param key The key, 128 bytes.
    event BlsKeyRegistered(address indexed gateway, bytes key);

    /// @notice Domain separation tag of verdicts.
    string public constant VERDICT_TAG = "BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_";
    /// @notice Domain separation tag of proofs of possession.
    string public constant POSSESSION_TAG = "BLS_POP_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_";

    mapping(address gateway => bytes key) private _blsKeys;

    /// @notice Fixes, for good, where verdicts come from.
    /// @param eas The EAS of this chain.
    /// @param gatewayRegistry Says who is a gateway.
    constructor(IEAS eas, GatewayRegistry gatewayRegistry) ShipmentEscrow(eas, gatewayRegistry) {}

    /// @notice Registers a gateway's BLS key. That the key signs for it keeps anybody from adding a key made of others' keys.
    /// @param gateway Whose it is.
    /// @param key The key: a point of G1, not the identity.
    /// @param possession The key's signature over `possessionMessage`, under POSSESSION_TAG.
    function registerBlsKey(address gateway, bytes calldata key, bytes calldata possession) external {
        if (GATEWAY_REGISTRY.gatewayOf(gateway).operator != msg.sender) revert NotGatewayOperator(msg.sender);
        if (key.length != Bls.KEY_LENGTH || keccak256(key) == keccak256(new bytes(Bls.KEY_LENGTH))) revert BlsKeyRefused(gateway);
        if (!Bls.verify(key, possessionMessage(gateway, key), possession, POSSESSION_TAG)) revert BlsKeyRefused(gateway);
        _blsKeys[gateway] = key;
        emit BlsKeyRegistered(gateway, key);
    }

    /// @notice Gives the verdict of several gateways that agree, by one signature.
    /// @param id The escrow.
    /// @param verdict What they found.
    /// @param measure What they measured.
    /// @param gateways Who they are: active, each with a key here.
    /// @param signature The sum of their signatures over `verdictMessage`, under VERDICT_TAG.
    function voteTogether(bytes32 id, Verdict verdict, uint64 measure, address[] calldata gateways, bytes calldata signature) external {
        bytes memory sum = new bytes(Bls.KEY_LENGTH);
        for (uint256 i = 0; i < gateways.length; ++i) {
            address gateway = gateways[i];
            // At most as many calls as a panel has places, and each is to the registry.
            // slither-disable-next-line calls-loop
            if (!GATEWAY_REGISTRY.isActive(gateway)) revert GatewayNotActive(gateway);
            if (_blsKeys[gateway].length == 0) revert BlsKeyUnknown(gateway);
            sum = Bls.add(sum, _blsKeys[gateway]);
            _vote(id, gateway, uint256(verdict), measure);
        }
        if (gateways.length == 0 || !Bls.verify(sum, verdictMessage(id, verdict, measure), signature, VERDICT_TAG)) {
            revert BlsSignatureInvalid();
        }
    }

    /// @notice Returns a gateway's BLS key.
    /// @param gateway Which.
    /// @return The key, or nothing.
    function blsKeyOf(address gateway) external view returns (bytes memory) {
        return _blsKeys[gateway];
    }

    /// @notice Returns what a key signs to show that it agrees to belong to a gateway.
    /// @param gateway Which.
    /// @param key The key.
    /// @return The message.
    function possessionMessage(address gateway, bytes calldata key) public view returns (bytes memory) {
        return abi.encode(block.chainid, address(this), gateway, key);
    }

    /// @notice Returns what gateways sign that agree on a verdict.
    /// @param id The escrow.
    /// @param verdict What they found.
    /// @param measure What they measured.
    /// @return The message.
    function verdictMessage(bytes32 id, Verdict verdict, uint64 measure) public view returns (bytes memory) {
        return abi.encode(block.chainid, address(this), id, verdict, measure);
    }
}
