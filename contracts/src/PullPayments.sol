// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

/// @title Payments that the receiver fetches
/// @notice What somebody is owed is credited, and he takes it when he likes: no receiver can hold up another's payment.
abstract contract PullPayments is ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @notice The caller is owed nothing in this token.
    /// @param token The token.
    /// @param receiver Who tried.
    error NothingCredited(IERC20 token, address receiver);
    /// @notice Less arrived than was sent: tokens that take a fee from transfers are not accepted.
    /// @param token The token.
    /// @param sent What was to arrive.
    /// @param received What arrived.
    error TokenTakesFee(IERC20 token, uint256 sent, uint256 received);

    /// @notice Somebody is owed more.
    /// @param token The token.
    /// @param receiver Who.
    /// @param amount How much more.
    event Credited(IERC20 indexed token, address indexed receiver, uint256 amount);
    /// @notice Somebody took all that he was owed.
    /// @param token The token.
    /// @param receiver Who.
    /// @param amount How much.
    event Withdrawn(IERC20 indexed token, address indexed receiver, uint256 amount);

    /// @notice What somebody is owed.
    mapping(IERC20 token => mapping(address receiver => uint256 amount)) public credits;

    /// @notice Pays the caller all that he is owed in a token.
    /// @param token The token.
    function withdraw(IERC20 token) external nonReentrant {
        uint256 amount = credits[token][msg.sender];
        if (amount == 0) revert NothingCredited(token, msg.sender);
        credits[token][msg.sender] = 0;
        emit Withdrawn(token, msg.sender, amount);
        token.safeTransfer(msg.sender, amount);
    }

    function _credit(IERC20 token, address receiver, uint256 amount) internal {
        if (amount == 0) return;
        credits[token][receiver] += amount;
        emit Credited(token, receiver, amount);
    }

    /// @dev Only in functions that are nonReentrant: what arrives is told by the balance.
    function _receive(IERC20 token, uint256 amount) internal {
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = token.balanceOf(address(this)) - before;
        if (received != amount) revert TokenTakesFee(token, amount, received);
    }
}
