import rlp
from hypothesis import given
from hypothesis import strategies as st

from fullnode.devnet.execution.encoding import code_hash, hex_prefix, keccak, nibbles, rlp_bytes, rlp_int, rlp_list


def test_keccak_of_nothing() -> None:
    assert keccak(b"").hex() == code_hash(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"


@given(st.one_of(st.binary(max_size=80), st.binary(min_size=250, max_size=300)))
def test_bytes_encode_as_the_rlp_library_encodes_them(data: bytes) -> None:
    assert rlp_bytes(data) == rlp.encode(data)


@given(st.integers(min_value=0, max_value=2**256 - 1))
def test_integers_encode_as_the_rlp_library_encodes_them(value: int) -> None:
    assert rlp_int(value) == rlp.encode(value)


@given(st.lists(st.binary(max_size=40), max_size=10))
def test_lists_encode_as_the_rlp_library_encodes_them(items: list[bytes]) -> None:
    assert rlp_list(b"".join(map(rlp_bytes, items))) == rlp.encode(items)


def test_hex_prefix_of_the_four_kinds() -> None:
    path = nibbles(bytes.fromhex("012345"))
    assert hex_prefix(path[1:], leaf=False).hex() == "112345"
    assert hex_prefix(path, leaf=False).hex() == "00012345"
    assert hex_prefix(path[1:], leaf=True).hex() == "312345"
    assert hex_prefix(path, leaf=True).hex() == "20012345"
