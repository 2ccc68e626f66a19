import pytest
from eth_abi.abi import encode
from hypothesis import given
from hypothesis import strategies as st

from oracle import artifacts
from oracle.keccak import keccak256
from oracle.reverts import describe

ADDRESS = "0x" + "11" * 20
ABI = (
    {"type": "function", "name": "GatewayNotActive", "inputs": []},
    {"type": "error", "name": "GatewayNotActive", "inputs": [{"name": "gateway", "type": "address"}]},
    {
        "type": "error",
        "name": "Odd",
        "inputs": [{"name": "a", "type": "int64"}, {"name": "b", "type": "bool"}, {"name": "c", "type": "bytes32"}],
    },
)


def data(signature: str, types: list[str], values: list[object]) -> bytes:
    return keccak256(signature.encode())[:4] + encode(types, values)


@pytest.mark.parametrize(
    ("revert", "said"),
    [
        (data("GatewayNotActive(address)", ["address"], [ADDRESS]), "GatewayNotActive(gateway=0x1111111111111111111111111111111111111111)"),
        (data("Odd(int64,bool,bytes32)", ["int64", "bool", "bytes32"], [-5, True, b"z" * 32]), f"Odd(a=-5, b=true, c=0x{'7a' * 32})"),
        (data("Error(string)", ["string"], ["too late"]), "too late"),
        (data("Panic(uint256)", ["uint256"], [0x11]), "Panic(0x11)"),
        (b"\xde\xad\xbe\xef" + bytes(32), "0xdeadbeef" + "00" * 32),
        (b"", "it gives no reason"),
    ],
)
def test_a_revert_is_said_by_its_name(revert: bytes, said: str) -> None:
    assert describe(revert, [ABI]) == said


def test_every_error_of_our_contracts_is_known_by_name() -> None:
    for name in ("AnchorRegistry", "GatewayRegistry"):
        abi = artifacts.load(name).abi
        for entry in (one for one in abi if one["type"] == "error"):
            selector = keccak256(f"{entry['name']}({','.join(one['type'] for one in entry['inputs'])})".encode())[:4]
            assert describe(selector + bytes(32 * len(entry["inputs"])), [abi]).startswith(entry["name"])


@given(st.binary(max_size=300))
def test_any_bytes_are_described_and_stay_short(revert: bytes) -> None:
    assert len(describe(revert, [ABI])) < 500
    assert len(describe(keccak256(b"Error(string)")[:4] + revert, [ABI])) < 500
