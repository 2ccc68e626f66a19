from eth_account import Account
from hypothesis import given
from hypothesis import strategies as st

from oracle.secret import SecretKey
from oracle.signature import address_of, recover
from oracle.signer import SECP256K1, LocalSigner

SECRET = bytes(range(1, 33))


@given(digest=st.binary(min_size=32, max_size=32))
def test_signs_like_eth_account(digest: bytes) -> None:
    signer, reference = LocalSigner(SecretKey(SECRET)), Account.from_key(SECRET)
    signature = signer.sign_digest(digest)
    assert signature == reference.unsafe_sign_hash(digest).signature
    assert signature[64] in (27, 28)
    assert recover(digest, signature) == signer.address == bytes.fromhex(reference.address[2:])


def test_shows_its_public_side_only() -> None:
    signer = LocalSigner(SecretKey(SECRET))
    assert SECRET.hex() not in repr(signer)
    assert (signer.curve, address_of(b"\x04" + signer.public_key)) == (SECP256K1, signer.address)
