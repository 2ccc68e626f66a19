// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEAS} from "@ethereum-attestation-service/eas-contracts/contracts/IEAS.sol";

import {Bls} from "./Bls.sol";
import {GatewayRegistry} from "./GatewayRegistry.sol";
import {JointVerdict} from "./JointVerdict.sol";
import {ShipmentEscrow} from "./ShipmentEscrow.sol";

/// @title A ShipmentEscrow that also takes one signature of many gateways
/// @notice Gateways that agree on verdict and measure sign the same words with keys of BLS12-381; anybody adds their signatures up and hands
/// in one. Each gateway's voice counts once, whichever way it came. For chains with EIP-2537.
contract BlsShipmentEscrow is ShipmentEscrow {
    /// @notice The gateway has no BLS key in the GatewayRegistry.
    /// @param gateway Which.
    error BlsKeyUnknown(address gateway);
    /// @notice The signature is not that of all the gateways named.
    error BlsSignatureInvalid();

    /// @notice Domain separation tag of verdicts.
    string public constant VERDICT_TAG = JointVerdict.TAG;

    /// @notice Fixes, for good, where verdicts come from.
    /// @param eas The EAS of this chain.
    /// @param gatewayRegistry Says who is a gateway.
    constructor(IEAS eas, GatewayRegistry gatewayRegistry) ShipmentEscrow(eas, gatewayRegistry) {}

    /// @notice Gives the verdict of several gateways that agree, by one signature.
    /// @param id The escrow.
    /// @param verdict What they found.
    /// @param measure What they measured.
    /// @param gateways Who they are: active, each with a key in the GatewayRegistry.
    /// @param signature The sum of their signatures over `verdictMessage`, under VERDICT_TAG.
    function voteTogether(bytes32 id, Verdict verdict, uint64 measure, address[] calldata gateways, bytes calldata signature) external {
        bytes memory sum = new bytes(Bls.KEY_LENGTH);
        for (uint256 i = 0; i < gateways.length; ++i) {
            address gateway = gateways[i];
            // At most as many calls as a panel has places, and each is to the registry.
            // slither-disable-next-line calls-loop
            if (!GATEWAY_REGISTRY.isActive(gateway)) revert GatewayNotActive(gateway);
            // slither-disable-next-line calls-loop
            bytes memory key = GATEWAY_REGISTRY.blsKeyOf(gateway);
            if (key.length == 0) revert BlsKeyUnknown(gateway);
            sum = Bls.add(sum, key);
            _vote(id, gateway, uint256(verdict), measure);
        }
        if (gateways.length == 0 || !Bls.verify(sum, verdictMessage(id, verdict, measure), signature, VERDICT_TAG)) {
            revert BlsSignatureInvalid();
        }
    }

    /// @notice Returns what gateways sign that agree on a verdict.
    /// @param id The escrow.
    /// @param verdict What they found.
    /// @param measure What they measured.
    /// @return The message.
    function verdictMessage(bytes32 id, Verdict verdict, uint64 measure) public view returns (bytes memory) {
        return JointVerdict.messageOf(address(this), id, uint8(verdict), measure);
    }
}
