import asyncio
from dataclasses import replace

import pytest
import rlp as reference_rlp
from eth_account import Account
from hexbytes import HexBytes
from hypothesis import given
from hypothesis import strategies as st

from oracle.errors import FieldRangeError, MisuseError
from oracle.fees import Fees
from oracle.secret import SecretKey
from oracle.signer import LocalSigner
from oracle.transaction import GAS_CAP, SignedTransaction, Transaction, created_address, rlp, sign, signing_digest

SECRET = bytes(range(1, 33))
SIGNER = LocalSigner(SecretKey(SECRET))
TO = b"\x70" * 20
CALL = Transaction(chain_id=1, nonce=7, to=TO, data=b"\xab\xcd", gas_limit=80_000)
FEES = Fees(max_fee_wei=30_000_000_000, priority_fee_wei=1_000_000_000)


async def local(digest: bytes) -> bytes:
    return SIGNER.sign_digest(digest)


def signed(transaction: Transaction, fees: Fees = FEES, sender: bytes = SIGNER.address) -> SignedTransaction:
    return asyncio.run(sign(transaction, fees, sender, local))


def referenced(transaction: Transaction, fees: Fees) -> tuple[HexBytes, HexBytes]:
    fields = {
        "type": 2,
        "chainId": transaction.chain_id,
        "nonce": transaction.nonce,
        "gas": transaction.gas_limit,
        "value": transaction.value_wei,
        "data": transaction.data,
        "maxFeePerGas": fees.max_fee_wei,
        "maxPriorityFeePerGas": fees.priority_fee_wei,
    } | ({} if transaction.to is None else {"to": transaction.to})
    signed = Account.from_key(SECRET).sign_transaction(fields)
    return signed.raw_transaction, signed.hash


TRANSACTIONS = st.builds(
    Transaction,
    chain_id=st.just(31337),
    nonce=st.integers(0, 2**64 - 2),
    to=st.none() | st.just(TO),
    data=st.binary(max_size=300),
    gas_limit=st.integers(0, GAS_CAP),
    value_wei=st.integers(0, 2**256 - 1),
)


@given(transaction=TRANSACTIONS, fee=st.integers(0, 2**100))
def test_signs_like_eth_account(transaction: Transaction, fee: int) -> None:
    ours = signed(transaction, Fees(2 * fee, fee))
    assert (HexBytes(ours.raw), HexBytes(ours.tx_hash)) == referenced(transaction, Fees(2 * fee, fee))


@given(st.recursive(st.integers(0, 2**70) | st.binary(max_size=80), lambda inner: st.lists(inner, max_size=5), max_leaves=20))
def test_rlp_is_that_of_the_reference(item: int | bytes | list[object]) -> None:
    assert rlp(item) == reference_rlp.encode(item)  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [0, 1, 55, 56, 255, 256, 65_536])
def test_rlp_of_every_length_of_length(size: int) -> None:
    assert rlp(b"\x90" * size) == reference_rlp.encode(b"\x90" * size)
    assert rlp([b"\x00"] * size) == reference_rlp.encode([b"\x00"] * size)


def test_address_of_a_creation() -> None:
    # The example of the EIP-1014 discussions: the first contracts of a well-known deployer.
    sender = bytes.fromhex("6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0")
    assert created_address(sender, 0).hex() == "cd234a471b72ba2f1ccf0a70fcaba648a5eecd8d"
    assert created_address(sender, 1).hex() == "343c43a37d37dff08ae8c4a11544c718abb4fcf8"


@pytest.mark.parametrize(
    "transaction",
    [
        replace(CALL, gas_limit=GAS_CAP + 1),
        replace(CALL, nonce=2**64 - 1),
        replace(CALL, nonce=-1),
        replace(CALL, to=bytes(19)),
        replace(CALL, value_wei=2**256),
        replace(CALL, chain_id=-1),
    ],
)
def test_refuses_what_no_block_may_hold(transaction: Transaction) -> None:
    with pytest.raises(FieldRangeError):
        signing_digest(transaction, FEES)


def test_refuses_a_tip_above_the_whole_fee() -> None:
    with pytest.raises(FieldRangeError):
        signing_digest(CALL, Fees(max_fee_wei=1, priority_fee_wei=2))


def test_refuses_a_signature_by_another_key() -> None:
    with pytest.raises(MisuseError):
        signed(CALL, sender=TO)
