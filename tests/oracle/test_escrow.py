from dataclasses import replace

import pytest
from eth_abi.abi import encode

from oracle import erc20
from oracle.errors import FieldRangeError, MalformedStatementError
from oracle.escrow import (
    ERRORS,
    Escrow,
    EscrowState,
    Tally,
    Terms,
    create_calldata,
    credits_calldata,
    escrow_id,
    resolve_calldata,
    step_calldata,
    withdraw_calldata,
)
from oracle.keccak import keccak256
from oracle.reverts import describe

WHO = [bytes([n]) * 20 for n in range(1, 6)]
TERMS = Terms(
    token=WHO[0],
    seller=WHO[1],
    arbiter=WHO[2],
    subject=b"s" * 32,
    agent=b"a" * 32,
    amount=10**21,
    deadline_s=2_000_000_000,
    window_seconds=259_200,
    quorum=2,
    tolerance_seconds=60,
    ruin_seconds=3600,
)
TERMS_TYPES = "(address,address,address,bytes32,bytes32,uint128,uint40,uint40,uint8,uint32,uint32)"
VALUES = (WHO[0], WHO[1], WHO[2], b"s" * 32, b"a" * 32, 10**21, 2_000_000_000, 259_200, 2, 60, 3600)


@pytest.mark.parametrize("gateways", [(), (WHO[3],), (WHO[3], WHO[4], WHO[0])])
def test_creation_is_encoded_as_eth_abi_does(gateways: tuple[bytes, ...]) -> None:
    calldata = create_calldata(TERMS, gateways)
    assert calldata[:4] == keccak256(f"create({TERMS_TYPES},address[])".encode())[:4]
    assert calldata[4:] == encode([TERMS_TYPES, "address[]"], [VALUES, list(gateways)])


@pytest.mark.parametrize(
    ("calldata", "signature", "types", "values"),
    [
        (step_calldata("dispute", b"e" * 32), "dispute(bytes32)", ["bytes32"], [b"e" * 32]),
        (resolve_calldata(b"e" * 32, 7), "resolve(bytes32,uint128)", ["bytes32", "uint128"], [b"e" * 32, 7]),
        (withdraw_calldata(WHO[0]), "withdraw(address)", ["address"], [WHO[0]]),
        (credits_calldata(WHO[0], WHO[1]), "credits(address,address)", ["address", "address"], WHO[:2]),
        (erc20.approve_calldata(WHO[0], 9), "approve(address,uint256)", ["address", "uint256"], [WHO[0], 9]),
        (erc20.allowance_calldata(WHO[0], WHO[1]), "allowance(address,address)", ["address", "address"], WHO[:2]),
    ],
)
def test_each_call_is_encoded_as_eth_abi_does(calldata: bytes, signature: str, types: list[str], values: list[object]) -> None:
    assert calldata == keccak256(signature.encode())[:4] + encode(types, values)


def test_a_name_depends_on_buyer_shipment_and_policy() -> None:
    names = {escrow_id(WHO[0], b"s" * 32, b"a" * 32), escrow_id(WHO[1], b"s" * 32, b"a" * 32), escrow_id(WHO[0], b"a" * 32, b"s" * 32)}
    assert len(names) == 3


@pytest.mark.parametrize(("field", "value"), [("amount", 2**128), ("deadline_s", 2**40), ("quorum", 256), ("seller", b"short")])
def test_terms_that_do_not_fit_are_refused_by_name(field: str, value: object) -> None:
    with pytest.raises(FieldRangeError):
        replace(TERMS, **{field: value}).words()  # type: ignore[arg-type]


def test_answers_are_read_back() -> None:
    types = ["address", "uint8", "uint40", "address", "uint40", "address", "uint32", "uint32", "address", "uint128", "uint128"]
    answer = encode(types, [WHO[0], 2, 9, WHO[1], 8, WHO[2], 7, 6, WHO[3], 5, 4])
    assert Escrow.decode(answer) == Escrow(WHO[0], EscrowState.PROPOSED, 9, WHO[1], 8, WHO[2], 7, 6, WHO[3], 5, 4)
    assert Tally.decode(encode(["bool", "uint8", "uint256", "uint256"], [True, 1, 90, 3])) == Tally(True, 1, 90, 3)


@pytest.mark.parametrize("answer", [b"", bytes(32 * 10), bytes(32) + (5).to_bytes(32, "big") + bytes(32 * 9)])
def test_what_the_contract_never_answers_is_refused(answer: bytes) -> None:
    with pytest.raises(MalformedStatementError):
        Escrow.decode(answer)


def test_refusals_of_the_contract_are_said_by_name() -> None:
    revert = keccak256(b"TooEarly(bytes32,uint40)")[:4] + b"e" * 32 + (77).to_bytes(32, "big")
    assert describe(revert, [ERRORS]) == f"TooEarly(id=0x{'65' * 32}, until=77)"
