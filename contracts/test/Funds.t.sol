// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DefectBond} from "../src/DefectBond.sol";
import {GatewayRegistry} from "../src/GatewayRegistry.sol";
import {ShipmentEscrow} from "../src/ShipmentEscrow.sol";
import {Judged} from "./Judged.sol";

/// @title Does whatever the fuzzer says, with a few parties, shipments and lots, and remembers what the contracts should hold
contract Crowd is Judged {
    uint256 private constant PARTIES = 4;
    uint256 private constant SUBJECTS = 3;
    uint128 private constant PENALTY = 500;

    ShipmentEscrow public escrow;
    DefectBond public bond;
    bytes32[] public escrows;
    bytes32[] public bonds;
    /// @dev Escrows that were closed, with the seller's part.
    mapping(bytes32 id => uint256 sellerPartPlusOne) public closed;
    /// @dev What each party deposited, and withdrew again.
    uint256 public deposited;
    uint256 public withdrawn;
    uint256 public stakes;
    uint256 public claimed;

    constructor() {
        setUpJudges(3);
        escrow = new ShipmentEscrow(eas, registry);
        bond = new DefectBond(eas, registry);
        registerSchema(escrow);
        registerSchema(bond);
        stakes = 3 * STAKE;
    }

    function party(uint256 seed) public pure returns (address) {
        return address(uint160(0xA000 + seed % PARTIES));
    }

    function subject(uint256 seed) private pure returns (bytes32) {
        return bytes32(1 + seed % SUBJECTS);
    }

    function paid(address payer, address receiver, uint128 amount) private {
        token.mint(payer, amount);
        vm.prank(payer);
        token.approve(receiver, amount);
    }

    function create(uint256 buyer, uint256 seller, uint256 about, uint128 amount, uint32 window, uint8 quorum, bool anybody) external {
        amount = 1 + amount % 1e12;
        ShipmentEscrow.Terms memory terms = ShipmentEscrow.Terms(
            token, party(seller), party(seller % PARTIES + 1), subject(about), AGENT, amount, uint40(block.timestamp) + 1 days, window % 2 days, 1 + quorum % 3, 60, 3600
        );
        paid(party(buyer), address(escrow), amount);
        vm.prank(party(buyer));
        try escrow.create(terms, named(anybody ? 0 : 3)) returns (bytes32 id) {
            escrows.push(id);
            deposited += amount;
        } catch {}
    }

    function vote(uint256 gateway_, uint256 recipient, uint256 about, uint8 verdict, uint16 measure, bool onBond) external {
        bytes32 schema = onBond ? bond.SCHEMA_UID() : escrow.SCHEMA_UID();
        vm.prank(gateways[gateway_ % 3]);
        try eas.attest(request(schema, party(recipient), verdictData(subject(about), verdict % 3, measure, AGENT))) {} catch {}
    }

    function step(uint256 which, uint256 caller, uint256 what, uint128 part) external {
        if (escrows.length == 0) return;
        bytes32 id = escrows[which % escrows.length];
        vm.prank(party(caller));
        if (what % 4 == 0) try escrow.settle(id) {} catch {}
        else if (what % 4 == 1) try escrow.dispute(id) {} catch {}
        else if (what % 4 == 2) try escrow.resolve(id, part % 1e12) {} catch {}
        else try escrow.finalize(id) {} catch {}
        ShipmentEscrow.Escrow memory now_ = escrow.escrowOf(id);
        if (now_.state != ShipmentEscrow.State.Closed) return;
        assert(closed[id] == 0 || closed[id] == uint256(now_.sellerPart) + 1);
        closed[id] = uint256(now_.sellerPart) + 1;
    }

    function open(uint256 supplier, uint256 buyer, uint128 amount, uint8 quorum, bool anybody) external {
        amount %= 1e12;
        paid(party(supplier), address(bond), amount);
        vm.prank(party(supplier));
        try bond.open(token, party(buyer), AGENT, amount, PENALTY, 1 + quorum % 3, 1 days, named(anybody ? 0 : 3)) returns (bytes32 id) {
            bonds.push(id);
            deposited += amount;
        } catch {}
    }

    function useBond(uint256 which, uint256 caller, uint256 what, uint256 lot, uint128 amount) external {
        if (bonds.length == 0) return;
        bytes32 id = bonds[which % bonds.length];
        vm.prank(party(caller));
        if (what % 3 == 0) try bond.cover(id, subject(lot), uint40(block.timestamp) + 1 days) {} catch {}
        else if (what % 3 == 1) try bond.settle(id, subject(lot)) {} catch {}
        else try bond.free(id, amount % 1e12) {} catch {}
    }

    function withdraw(uint256 caller, bool fromBond) external {
        uint256 before = token.balanceOf(party(caller));
        vm.prank(party(caller));
        if (fromBond) try bond.withdraw(token) {} catch {}
        else try escrow.withdraw(token) {} catch {}
        withdrawn += token.balanceOf(party(caller)) - before;
    }

    function pass(uint32 time) external {
        vm.warp(block.timestamp + time % 3 days);
    }

    function useRegistry(uint256 gateway_, uint256 what, bool asOwner) external {
        address one = gateways[gateway_ % 3];
        vm.prank(asOwner ? OWNER : OPERATOR);
        if (what % 5 == 0) try registry.unbond(one) {} catch {}
        else if (what % 5 == 1) try registry.release(one) {} catch {}
        else if (what % 5 == 2) try registry.suspend(one) {} catch {}
        else if (what % 5 == 3) try registry.reinstate(one) {} catch {}
        else claimFrom();
    }

    function claimFrom() private {
        uint256 before = OPERATOR.balance;
        try registry.claim() {} catch {}
        claimed += OPERATOR.balance - before;
    }

    // What the invariants ask

    function tokens() external view returns (uint256 held, uint256 owed) {
        held = token.balanceOf(address(escrow)) + token.balanceOf(address(bond));
        for (uint256 i = 0; i < escrows.length; i++) {
            ShipmentEscrow.Escrow memory one = escrow.escrowOf(escrows[i]);
            if (one.state != ShipmentEscrow.State.Closed) owed += one.amount;
        }
        for (uint256 i = 0; i < bonds.length; i++) {
            DefectBond.Bond memory one = bond.bondOf(bonds[i]);
            assert(one.reserved <= one.balance);
            owed += one.balance;
        }
        for (uint256 i = 0; i < PARTIES; i++) {
            owed += escrow.credits(token, party(i)) + bond.credits(token, party(i));
        }
    }

    function ether_() external view returns (uint256 held, uint256 owed) {
        held = address(registry).balance;
        for (uint256 i = 0; i < 3; i++) {
            owed += registry.gatewayOf(gateways[i]).stake;
        }
        owed += registry.claimable(OPERATOR) + registry.claimable(OWNER);
    }

    function noneSlashed() external view returns (bool) {
        for (uint256 i = 0; i < 3; i++) {
            if (registry.gatewayOf(gateways[i]).standing == GatewayRegistry.Standing.Slashed) return false;
        }
        return true;
    }
}

/// @dev Every call of every sequence is checked afterwards: what the contracts hold is what they owe, to the last unit.
contract FundsTest is Judged {
    Crowd private crowd;

    function setUp() public {
        crowd = new Crowd();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(crowd);
    }

    function invariant_tokens_held_are_tokens_owed() external view {
        (uint256 held, uint256 owed) = crowd.tokens();
        same(held, owed);
        same(held + crowd.withdrawn(), crowd.deposited());
    }

    function invariant_ether_held_is_ether_owed() external view {
        (uint256 held, uint256 owed) = crowd.ether_();
        same(held, owed);
        same(held + crowd.claimed(), crowd.stakes());
    }

    function invariant_without_a_proof_nobody_is_slashed() external view {
        assert(crowd.noneSlashed());
    }
}
