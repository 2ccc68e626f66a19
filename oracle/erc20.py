"""What an ERC-20 token is asked and told here: balance, allowance, approval, decimals, symbol. Pure. ERC-20."""

from oracle import abi


def approve_calldata(spender: bytes, amount: int) -> bytes:
    """Returns the calldata that lets `spender` take so many units of the sender's."""
    return abi.call("approve(address,uint256)", abi.address("spender", spender), abi.uint("amount", amount, 256))


def balance_calldata(owner: bytes) -> bytes:
    """Returns the calldata that asks what somebody owns, in the token's smallest unit."""
    return abi.call("balanceOf(address)", abi.address("owner", owner))


def allowance_calldata(owner: bytes, spender: bytes) -> bytes:
    """Returns the calldata that asks how much `spender` may still take."""
    return abi.call("allowance(address,address)", abi.address("owner", owner), abi.address("spender", spender))


def decimals_calldata() -> bytes:
    """Returns the calldata that asks how many decimals people write."""
    return abi.call("decimals()")
