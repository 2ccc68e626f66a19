// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEAS} from "@ethereum-attestation-service/eas-contracts/contracts/IEAS.sol";

import {GatewayRegistry} from "../../src/GatewayRegistry.sol";
import {PullPayments} from "../../src/PullPayments.sol";
import {ShipmentEscrow} from "../../src/ShipmentEscrow.sol";
import {TestToken} from "../TestToken.sol";
import {Proof} from "./Halmos.sol";

/// @dev An escrow whose verdicts are whatever they may be: counting them is proven by tests against a plain count.
contract AnyVerdict is ShipmentEscrow, Proof {
    constructor(IEAS eas, GatewayRegistry registry) ShipmentEscrow(eas, registry) {}

    function tallyOf(bytes32) public pure override returns (Tally memory) {
        uint256 verdict = svm.createUint(2, "verdict");
        vm.assume(verdict < 3);
        return Tally(svm.createUint(1, "decided") == 1, Verdict(verdict), svm.createUint(26, "measure"), svm.createUint(3, "cast"));
    }
}

/// @dev One escrow of which nothing is known but what `create` lets come about, another that must not be touched, and any credits.
contract ShipmentEscrowProof is Proof {
    bytes32 private constant ID = bytes32(uint256(0xE5C));
    /// @dev Slots of `credits` and `_escrows`, of which `setUp` makes sure.
    uint256 private constant CREDITS = 3;
    uint256 private constant ESCROWS = 4;

    AnyVerdict private escrow;
    TestToken private token;

    function setUp() public {
        token = new TestToken();
        escrow = new AnyVerdict(IEAS(address(1)), new GatewayRegistry(address(1), 0, 0, address(0)));
        uint256 first = uint256(keccak256(abi.encode(ID, ESCROWS)));
        for (uint256 i = 0; i < 5; ++i) {
            if (i != 3) vm.store(address(escrow), bytes32(first + i), svm.createBytes32("the_escrow_word"));
        }
        vm.store(address(escrow), bytes32(first + 3), bytes32(uint256(uint160(address(token)))));
        vm.warp(svm.createUint(40, "now"));
        assert(address(escrow.escrowOf(ID).token) == address(token));
    }

    function credit(address receiver) private view returns (uint256) {
        return escrow.credits(token, receiver);
    }

    function setCredit(address receiver, uint256 amount) private {
        bytes32 ofToken = keccak256(abi.encode(address(token), CREDITS));
        vm.store(address(escrow), keccak256(abi.encode(receiver, ofToken)), bytes32(amount));
    }

    function anyCall(uint256 which, uint128 part) private pure returns (bytes memory) {
        if (which == 0) return abi.encodeCall(ShipmentEscrow.settle, (ID));
        if (which == 1) return abi.encodeCall(ShipmentEscrow.dispute, (ID));
        if (which == 2) return abi.encodeCall(ShipmentEscrow.resolve, (ID, part));
        return abi.encodeCall(ShipmentEscrow.finalize, (ID));
    }

    /// @dev Whoever calls what, whenever: a closed escrow stays as it is and pays nobody again; one that closes credits exactly its price,
    /// to its seller and its buyer; before that it credits nothing. Nobody else's credit changes, and its parties and price never do.
    function check_a_price_is_divided_once_between_seller_and_buyer(uint8 which, address caller, uint128 part) public {
        vm.assume(which < 4);
        ShipmentEscrow.Escrow memory was = escrow.escrowOf(ID);
        vm.assume(was.buyer != was.seller && was.sellerPart <= was.amount);
        address third = svm.createAddress("anybody_else");
        vm.assume(third != was.buyer && third != was.seller);
        (uint128 seller, uint128 buyer, uint128 others) = (uint128(svm.createUint(128, "a")), uint128(svm.createUint(128, "b")), 5);
        setCredit(was.seller, seller);
        setCredit(was.buyer, buyer);
        setCredit(third, others);
        vm.prank(caller);
        (bool done,) = address(escrow).call(anyCall(which, part));
        ShipmentEscrow.Escrow memory now_ = escrow.escrowOf(ID);
        assert(now_.buyer == was.buyer && now_.seller == was.seller && now_.amount == was.amount && address(now_.token) == address(was.token));
        assert(now_.arbiter == was.arbiter && credit(third) == others);
        if (was.state == ShipmentEscrow.State.Closed || was.state == ShipmentEscrow.State.None) assert(!done);
        if (done && now_.state == ShipmentEscrow.State.Closed) {
            assert(credit(was.seller) - seller == now_.sellerPart);
            assert(credit(was.buyer) - buyer == was.amount - now_.sellerPart);
        } else {
            assert(credit(was.seller) == seller && credit(was.buyer) == buyer);
        }
    }

    /// @dev Only the arbiter decides otherwise than the proposal says, only in his time, and only what a party disputed in the window.
    function check_nobody_but_the_arbiter_departs_from_the_proposal(uint8 which, address caller, uint128 part) public {
        vm.assume(which < 4);
        ShipmentEscrow.Escrow memory was = escrow.escrowOf(ID);
        vm.prank(caller);
        (bool done,) = address(escrow).call(anyCall(which, part));
        if (!done) return;
        ShipmentEscrow.Escrow memory now_ = escrow.escrowOf(ID);
        if (was.state == ShipmentEscrow.State.Proposed || was.state == ShipmentEscrow.State.Disputed) {
            if (now_.sellerPart != was.sellerPart) {
                assert(which == 2 && caller == was.arbiter && was.state == ShipmentEscrow.State.Disputed && block.timestamp < was.until);
            }
            if (now_.state == ShipmentEscrow.State.Disputed) {
                assert((caller == was.buyer || caller == was.seller) && block.timestamp < was.until && was.arbiter != address(0));
            }
        }
        // While open, nothing but a settlement does anything, whoever calls it.
        if (was.state == ShipmentEscrow.State.Open) assert(which == 0);
    }

    /// @dev Whoever withdraws gets exactly what he is owed, out of the contract, and nobody else gains or loses.
    function check_a_withdrawal_pays_the_caller_what_he_is_owed(address caller, uint128 owed, uint128 held) public {
        address third = svm.createAddress("anybody_else");
        vm.assume(caller != third && caller != address(escrow) && third != address(escrow) && caller != address(0));
        setCredit(caller, owed);
        setCredit(third, 7);
        token.mint(address(escrow), held);
        vm.prank(caller);
        (bool done,) = address(escrow).call(abi.encodeCall(PullPayments.withdraw, (token)));
        assert(token.balanceOf(third) == 0 && credit(third) == 7);
        if (done) {
            assert(owed != 0 && token.balanceOf(caller) == owed && credit(caller) == 0);
            assert(token.balanceOf(address(escrow)) == held - owed);
        } else {
            assert(token.balanceOf(caller) == 0 && credit(caller) == owed && token.balanceOf(address(escrow)) == held);
        }
    }
}
