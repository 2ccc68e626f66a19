// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title A token for tests, which anybody mints
contract TestToken is ERC20 {
    constructor() ERC20("Test Euro", "TEUR") {}

    function mint(address receiver, uint256 amount) external {
        _mint(receiver, amount);
    }

    function decimals() public pure override returns (uint8) {
        return 6;
    }
}
