// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {GatewayRegistry} from "../src/GatewayRegistry.sol";
import {BlsKeys} from "./BlsKeys.sol";
import {Tested} from "./Vm.sol";

/// @title A registry with stakes, an operator, and gateways whose keys the tests hold
abstract contract Registered is Tested {
    address internal constant OPERATOR = address(0x09E7A702);
    address internal constant TREASURY = address(0x72EA5);
    address internal constant REPORTER = address(0x5EE);
    uint256 internal constant STAKE = 1 ether;
    uint40 internal constant DELAY = 14 days;
    uint256 internal constant GATEWAY_KEY = 0x6A7E;

    GatewayRegistry internal registry;
    address internal gateway;

    function setUpRegistry() internal {
        vm.warp(1_800_000_000);
        gateway = vm.addr(GATEWAY_KEY);
        registry = new GatewayRegistry(OWNER, STAKE, DELAY, TREASURY);
        vm.prank(OWNER);
        registry.admit(OPERATOR);
    }

    function possession(uint256 key, address of_, address operator) internal view returns (bytes memory) {
        return signedK1(key, registry.possessionDigest(of_, vm.addr(key), operator));
    }

    function registered(uint256 key) internal returns (address named) {
        named = vm.addr(key);
        bytes memory proof = possession(key, named, OPERATOR);
        vm.deal(OPERATOR, STAKE);
        vm.prank(OPERATOR);
        registry.register{value: STAKE}(named, keccak256("document"), "did:web:example.org", proof);
    }

    function blsPossession(address of_, uint256 secret) internal view returns (bytes memory) {
        bytes memory message = registry.blsPossessionMessage(of_, BlsKeys.publicKey(secret));
        return BlsKeys.sign(secret, message, registry.BLS_POSSESSION_TAG());
    }

    function registeredBls(address of_, uint256 secret) internal returns (bytes memory key) {
        key = BlsKeys.publicKey(secret);
        bytes memory proof = blsPossession(of_, secret);
        vm.prank(OPERATOR);
        registry.registerBlsKey(of_, key, proof);
    }

    function refusedFor(bytes memory refusal, address caller) internal {
        vm.expectRevert(refusal);
        vm.prank(caller);
    }

    function forbidden(address named, GatewayRegistry.Standing standing) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(GatewayRegistry.StandingForbids.selector, named, standing);
    }
}
