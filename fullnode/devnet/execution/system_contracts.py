"""The four system contracts that every Osaka block calls, with the code their EIPs publish.

Data only. Real networks deployed them by keyless transactions; here they stand in genesis, with nonce 1 as a deployment leaves them.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class SystemContract:
    """A contract that block processing itself calls."""

    address: bytes
    """Where it lives, 20 bytes, the same on every network."""
    code: bytes
    """Its runtime code."""


BEACON_ROOTS: Final = SystemContract(
    bytes.fromhex("000f3df6d732807ef1319fb7b8bb8522d0beac02"),
    bytes.fromhex(
        "3373fffffffffffffffffffffffffffffffffffffffe14604d57602036146024575f5ffd5b5f35801560495762001fff810690815414603c575f5ffd"
        "5b62001fff01545f5260205ff35b5f5ffd5b62001fff42064281555f359062001fff015500"
    ),
)
"""Beacon block roots (EIP-4788): timestamp to the parent beacon block's root, a ring of 8191."""

HISTORY: Final = SystemContract(
    bytes.fromhex("0000f90827f1c53a10cb7a02335b175320002935"),
    bytes.fromhex(
        "3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257611fff81430311604257611fff900654"
        "5f5260205ff35b5f5ffd5b5f35611fff60014303065500"
    ),
)
"""Block hashes in state (EIP-2935): number to hash, a ring of 8191."""

WITHDRAWAL_REQUESTS: Final = SystemContract(
    bytes.fromhex("00000961ef480eb55e80d19ad83579a64c007002"),
    bytes.fromhex(
        "3373fffffffffffffffffffffffffffffffffffffffe1460cb5760115f54807fffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
        "ffffffff146101f457600182026001905f5b5f82111560685781019083028483029004916001019190604d565b909390049250505036603814608857"
        "366101f457346101f4575f5260205ff35b34106101f457600154600101600155600354806003026004013381556001015f3581556001016020359055"
        "3360601b5f5260385f601437604c5fa0600101600355005b6003546002548082038060101160df575060105b5f5b8181146101835782810160030260"
        "040181604c02815460601b8152601401816001015481526020019060020154807fffffffffffffffffffffffffffffffff0000000000000000000000"
        "0000000000168252906010019060401c908160381c81600701538160301c81600601538160281c81600501538160201c81600401538160181c816003"
        "01538160101c81600201538160081c81600101535360010160e1565b910180921461019557906002556101a0565b90505f6002555f6003555b5f5480"
        "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff14156101cd57505f5b6001546002828201116101e25750505f6101"
        "e8565b01600290035b5f555f600155604c025ff35b5f5ffd"
    ),
)
"""Withdrawal requests triggered from execution (EIP-7002)."""

CONSOLIDATION_REQUESTS: Final = SystemContract(
    bytes.fromhex("0000bbddc7ce488642fb579f8b00f3a590007251"),
    bytes.fromhex(
        "3373fffffffffffffffffffffffffffffffffffffffe1460d35760115f54807fffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
        "ffffffff1461019a57600182026001905f5b5f82111560685781019083028483029004916001019190604d565b909390049250505036606014608857"
        "3661019a573461019a575f5260205ff35b341061019a57600154600101600155600354806004026004013381556001015f3581556001016020358155"
        "60010160403590553360601b5f5260605f60143760745fa0600101600355005b6003546002548082038060021160e7575060025b5f5b818114610129"
        "5782810160040260040181607402815460601b815260140181600101548152602001816002015481526020019060030154905260010160e9565b9101"
        "80921461013b5790600255610146565b90505f6002555f6003555b5f54807fffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
        "ffffff141561017357505f5b6001546001828201116101885750505f61018e565b01600190035b5f555f6001556074025ff35b5f5ffd"
    ),
)
"""Consolidation requests triggered from execution (EIP-7251)."""

SYSTEM_CONTRACTS: Final = (BEACON_ROOTS, HISTORY, WITHDRAWAL_REQUESTS, CONSOLIDATION_REQUESTS)
"""All of them, as they stand in genesis."""
