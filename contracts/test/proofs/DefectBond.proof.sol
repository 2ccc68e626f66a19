// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEAS} from "@ethereum-attestation-service/eas-contracts/contracts/IEAS.sol";

import {DefectBond} from "../../src/DefectBond.sol";
import {GatewayRegistry} from "../../src/GatewayRegistry.sol";
import {TestToken} from "../TestToken.sol";
import {Proof} from "./Halmos.sol";

/// @dev A bond whose verdicts are whatever they may be: counting them is proven by tests against a plain count.
contract AnyVerdictOnLots is DefectBond, Proof {
    constructor(IEAS eas, GatewayRegistry registry) DefectBond(eas, registry) {}

    function tallyOf(bytes32) public pure override returns (Tally memory) {
        uint256 verdict = svm.createUint(2, "verdict");
        vm.assume(verdict < 3);
        return Tally(svm.createUint(1, "decided") == 1, Verdict(verdict), svm.createUint(26, "measure"), svm.createUint(3, "cast"));
    }
}

/// @dev One bond of named gateways of which nothing is known but what its functions let come about, one lot, and any credits.
contract DefectBondProof is Proof {
    bytes32 private constant ID = bytes32(uint256(0xB0D));
    bytes32 private constant LOT = bytes32(uint256(0x107));
    /// @dev Slots of `credits`, `_bonds` and `_covering`, of which `setUp` makes sure.
    uint256 private constant CREDITS = 3;
    uint256 private constant BONDS = 4;
    uint256 private constant COVERING = 5;

    AnyVerdictOnLots private bond;
    TestToken private token;

    function setUp() public {
        token = new TestToken();
        bond = new AnyVerdictOnLots(IEAS(address(1)), new GatewayRegistry(address(1), 0, 0, address(0)));
        uint256 first = uint256(keccak256(abi.encode(ID, BONDS)));
        for (uint256 i = 0; i < 6; ++i) {
            if (i != 2) vm.store(address(bond), bytes32(first + i), svm.createBytes32("the_bond_word"));
        }
        vm.store(address(bond), bytes32(first + 2), bytes32(uint256(uint160(address(token)))));
        vm.warp(svm.createUint(40, "now"));
        assert(address(bond.bondOf(ID).token) == address(token));
    }

    function credit(address receiver) private view returns (uint256) {
        return bond.credits(token, receiver);
    }

    function anyCall(uint256 which, uint128 amount, uint40 deadline) private pure returns (bytes memory) {
        if (which == 0) return abi.encodeCall(DefectBond.settle, (ID, LOT));
        if (which == 1) return abi.encodeCall(DefectBond.free, (ID, amount));
        if (which == 2) return abi.encodeCall(DefectBond.cover, (ID, LOT, deadline));
        return abi.encodeCall(DefectBond.fund, (ID, amount));
    }

    /// @dev Whoever calls what, whenever: what leaves a bond is credited to its buyer, one penalty for the lot that is settled and no more,
    /// or to its supplier by his own hand out of what is not reserved; what enters is paid in. The reserve never exceeds the bond.
    function check_a_bond_pays_its_buyer_for_a_settled_lot_and_nobody_else(uint8 which, address caller, uint128 amount, uint40 deadline)
        public
    {
        vm.assume(which < 4);
        DefectBond.Bond memory was = bond.bondOf(ID);
        vm.assume(was.buyer != was.supplier && was.supplier != address(0) && was.size != 0 && was.penalty != 0);
        bytes32 topic = bond.topicOf(was.supplier, LOT, was.agent);
        bool covered = svm.createUint(1, "covered") == 1;
        if (covered) vm.store(address(bond), keccak256(abi.encode(topic, COVERING)), ID);
        // A covered lot has its penalty in the reserve, and the reserve is in the bond.
        vm.assume(was.reserved <= was.balance && (!covered || was.penalty <= was.reserved));
        address third = svm.createAddress("anybody_else");
        vm.assume(third != was.buyer && third != was.supplier && caller != address(bond) && caller != address(0));
        token.mint(caller, amount);
        vm.prank(caller);
        token.approve(address(bond), amount);
        vm.prank(caller);
        (bool done,) = address(bond).call(anyCall(which, amount, deadline));
        DefectBond.Bond memory now_ = bond.bondOf(ID);
        assert(now_.supplier == was.supplier && now_.buyer == was.buyer && now_.penalty == was.penalty && credit(third) == 0);
        assert(now_.reserved <= now_.balance);
        uint256 paidIn = token.balanceOf(address(bond));
        assert(uint256(now_.balance) + credit(was.buyer) + credit(was.supplier) == uint256(was.balance) + paidIn);
        if (credit(was.buyer) != 0) {
            assert(done && which == 0 && covered && credit(was.buyer) == was.penalty && was.reserved - now_.reserved == was.penalty);
        }
        if (credit(was.supplier) != 0) assert(done && which == 1 && caller == was.supplier);
        if (paidIn != 0) assert(done && which == 3 && paidIn == amount);
        if (done && which == 0) assert(covered && !bond.covers(ID, LOT));
        if (done && which == 2) assert(deadline >= block.timestamp + was.shortest && now_.shortest == was.shortest);
        if (done && which == 2) assert(caller == was.supplier && now_.reserved - was.reserved == was.penalty && bond.covers(ID, LOT));
    }
}
