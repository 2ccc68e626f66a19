// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Signatures} from "./Signatures.sol";

/// @title Signed transactions that anchor
/// @notice Reads a signed transaction of type 2 (EIP-1559) as nodes pass it on, and tells who signed it and what it anchors.
/// @dev The signed payload is the list of the first nine fields, so it is rebuilt by giving their bytes a new list header: whatever
/// the access list, the fees and the value are, they are covered as they stand.
library AnchorTransaction {
    /// @notice What a signed transaction says.
    /// @param signer Who signed it.
    /// @param chainId The chain that it is valid on.
    /// @param to The contract called.
    /// @param index The batch's number.
    /// @param root The batch's root.
    /// @param digest What was signed.
    struct Read {
        address signer;
        uint256 chainId;
        address to;
        uint256 index;
        bytes32 root;
        bytes32 digest;
    }

    /// @notice The bytes are not a signed transaction of type 2 that anchors.
    error NotAnAnchor();

    /// @dev anchor(uint64,bytes32,uint32)
    bytes4 private constant ANCHOR = bytes4(keccak256("anchor(uint64,bytes32,uint32)"));
    /// @dev Selector and three words; the ABI allows more behind them.
    uint256 private constant CALL_LENGTH = 100;
    uint256 private constant FIELDS = 9;
    uint256 private constant TO = 5;
    uint256 private constant DATA = 7;

    /// @notice Reads a signed transaction.
    /// @param raw The envelope of EIP-2718, as sent.
    /// @return said What it says.
    function read(bytes calldata raw) internal pure returns (Read memory said) {
        if (raw.length == 0 || raw[0] != 0x02) revert NotAnAnchor();
        (uint256 first, uint256 end) = _item(raw, 1);
        if (uint8(raw[1]) < 0xc0 || end != raw.length) revert NotAnAnchor();
        uint256 offset = first;
        for (uint256 field = 0; field < FIELDS; ++field) {
            (uint256 from, uint256 to) = _item(raw, offset);
            if (field == 0) (said.chainId,) = _integer(raw, offset);
            if (field == TO) {
                if (to - from != 20) revert NotAnAnchor();
                said.to = address(bytes20(raw[from:to]));
            }
            if (field == DATA) (said.index, said.root) = _call(raw[from:to]);
            offset = to;
        }
        said.digest = keccak256(abi.encodePacked(hex"02", _listHeader(offset - first), raw[first:offset]));
        said.signer = _signer(raw, offset, said.digest);
    }

    function _signer(bytes calldata raw, uint256 offset, bytes32 digest) private pure returns (address) {
        uint256 parity;
        uint256 r;
        uint256 s;
        (parity, offset) = _integer(raw, offset);
        (r, offset) = _integer(raw, offset);
        (s, offset) = _integer(raw, offset);
        if (offset != raw.length || parity > 1) revert NotAnAnchor();
        return Signatures.signerK1(digest, uint8(27 + parity), bytes32(r), bytes32(s));
    }

    function _call(bytes calldata data) private pure returns (uint256, bytes32) {
        if (data.length < CALL_LENGTH || bytes4(data[:4]) != ANCHOR) revert NotAnAnchor();
        return (uint256(bytes32(data[4:36])), bytes32(data[36:68]));
    }

    /// @dev Where the content of the RLP item at `offset` begins and ends; the next item begins where it ends. Only the one spelling that
    /// RLP allows for a length is read.
    function _item(bytes calldata raw, uint256 offset) private pure returns (uint256 from, uint256 to) {
        if (offset >= raw.length) revert NotAnAnchor();
        uint256 prefix = uint8(raw[offset]);
        if (prefix < 0x80) return (offset, offset + 1);
        uint256 length = prefix - (prefix < 0xc0 ? 0x80 : 0xc0);
        from = offset + 1;
        if (length > 55) {
            uint256 digits = length - 55;
            if (digits > 4 || from + digits > raw.length) revert NotAnAnchor();
            length = _number(raw[from:from + digits]);
            if (length < 56) revert NotAnAnchor();
            from += digits;
        }
        to = from + length;
        if (to > raw.length || (prefix == 0x81 && uint8(raw[from]) < 0x80)) revert NotAnAnchor();
    }

    /// @dev The integer at `offset`, and where the next item begins.
    function _integer(bytes calldata raw, uint256 offset) private pure returns (uint256, uint256) {
        (uint256 from, uint256 to) = _item(raw, offset);
        if (uint8(raw[offset]) >= 0xc0) revert NotAnAnchor();
        return (_number(raw[from:to]), to);
    }

    function _number(bytes calldata content) private pure returns (uint256 number) {
        if (content.length == 0) return 0;
        if (content.length > 32 || content[0] == 0) revert NotAnAnchor();
        number = uint256(bytes32(content)) >> (256 - 8 * content.length);
    }

    function _listHeader(uint256 length) private pure returns (bytes memory) {
        if (length < 56) return abi.encodePacked(uint8(0xc0 + length));
        if (length < 1 << 8) return abi.encodePacked(uint8(0xf8), uint8(length));
        if (length < 1 << 16) return abi.encodePacked(uint8(0xf9), uint16(length));
        if (length < 1 << 24) return abi.encodePacked(uint8(0xfa), uint24(length));
        revert NotAnAnchor();
    }
}
