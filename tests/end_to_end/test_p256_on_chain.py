"""An attestation signed under P-256, as a TPM signs it, verified by the chain itself: P256VERIFY at 0x100 (EIP-7951)."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from oracle.attestation import Attestation, verify
from oracle.signature import address_of, lower_p256
from tests.oracle.bundle_fixture import DOMAIN, LOT_STATEMENT, attest
from tests.peers.chains import CHAINS, peer_chain

pytestmark = pytest.mark.peer
P256VERIFY = (0x100).to_bytes(20, "big")
VALID = (1).to_bytes(32, "big")


def signed_under_p256() -> Attestation:
    key = ec.derive_private_key(7, ec.SECP256R1())
    numbers = key.public_key().public_numbers()
    point = numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")

    def sign(digest: bytes) -> bytes:
        r, s = decode_dss_signature(key.sign(digest, ec.ECDSA(Prehashed(SHA256()))))
        return lower_p256(r.to_bytes(32, "big") + s.to_bytes(32, "big")) + point

    return Attestation.signed(attest(LOT_STATEMENT), DOMAIN, address_of(b"\x04" + point), sign)


@pytest.mark.parametrize("name", CHAINS)
def test_the_chain_verifies_what_a_tpm_key_signed(name: str, tmp_path: Path) -> None:
    attestation = signed_under_p256()
    verify(attestation, domain=DOMAIN, now_s=attestation.time)
    tampered = replace(attestation, time=attestation.time + 1)

    async def run() -> None:
        async with peer_chain(name, tmp_path) as chain:
            assert await chain.rpc.call(P256VERIFY, attestation.digest + attestation.signature) == VALID
            assert await chain.rpc.call(P256VERIFY, tampered.digest + tampered.signature) == b""

    asyncio.run(run())
