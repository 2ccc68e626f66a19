"""A small contract written by hand.

set(uint256) stores and emits Stored(address,uint256), get() reads, fail() reverts, spin() never ends.
"""

from fullnode.devnet.execution.encoding import keccak


def selector(signature: str) -> bytes:
    return keccak(signature.encode())[:4]


TOPIC = keccak(b"Stored(address,uint256)")
SET, GET, FAIL, SPIN = (selector(s) for s in ("set(uint256)", "get()", "fail()", "spin()"))

_BODIES = {
    # slot 0 = argument; log2(argument; TOPIC, caller)
    SET: bytes.fromhex("6004355f55600435") + bytes.fromhex("5f52337f") + TOPIC + bytes.fromhex("60205fa200"),
    GET: bytes.fromhex("5f545f5260205ff3"),
    # revert with Error("nope")
    FAIL: bytes.fromhex("7f08c379a0" + "00" * 28 + "5f52")
    + bytes.fromhex("6020600452")
    + bytes.fromhex("6004602452")
    + bytes.fromhex("7f" + b"nope".hex() + "00" * 28 + "604452")
    + bytes.fromhex("60645ffd"),
    SPIN: b"",
}


def _runtime() -> bytes:
    head = bytes.fromhex("5f3560e01c")
    at = len(head) + 11 * len(_BODIES) + 4
    jumps, code = b"", b""
    for name, body in _BODIES.items():
        here = at + len(code)
        full = b"\x5b" + (body or bytes.fromhex("61") + here.to_bytes(2, "big") + b"\x56")
        jumps += bytes.fromhex("8063") + name + bytes.fromhex("1461") + here.to_bytes(2, "big") + b"\x57"
        code += full
    return head + jumps + bytes.fromhex("5f5ffd00") + code


RUNTIME = _runtime()
INIT = bytes.fromhex("61") + len(RUNTIME).to_bytes(2, "big") + bytes.fromhex("80600a5f395ff3") + RUNTIME

ABI = [
    {"type": "constructor", "inputs": [], "stateMutability": "nonpayable"},
    {"type": "function", "name": "set", "inputs": [{"name": "value", "type": "uint256"}], "outputs": [], "stateMutability": "nonpayable"},
    {"type": "function", "name": "get", "inputs": [], "outputs": [{"name": "", "type": "uint256"}], "stateMutability": "view"},
    {"type": "function", "name": "fail", "inputs": [], "outputs": [], "stateMutability": "nonpayable"},
    {
        "type": "event",
        "name": "Stored",
        "anonymous": False,
        "inputs": [{"name": "by", "type": "address", "indexed": True}, {"name": "value", "type": "uint256", "indexed": False}],
    },
]


def word(value: int) -> bytes:
    return value.to_bytes(32, "big")
