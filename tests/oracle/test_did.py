import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from oracle.did import MULTICODEC, DidError, PublicKey, address_of_web, document
from oracle.signer import Curve
from tests.vectors import vectors

DID = "did:web:example.com:gateways:box-7"


def point(curve: Curve, compressed: bytes) -> bytes:
    curves = {"secp256k1": ec.SECP256K1(), "P-256": ec.SECP256R1()}
    numbers = ec.EllipticCurvePublicKey.from_encoded_point(curves[curve], compressed).public_numbers()
    return numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")


def test_did_keys_are_those_of_the_vectors() -> None:
    known = json.loads(vectors("web", "did-key", "did-key.json").read_text())
    for curve, name in (("secp256k1", "secp256k1-pub"), ("P-256", "p256-pub")):
        assert MULTICODEC[curve].hex() == known["multicodec_prefixes"][name]  # type: ignore[index]
    seen = 0
    for one in known["vectors"]:
        if one["alg"] in MULTICODEC:
            key = PublicKey("key", one["alg"], point(one["alg"], bytes.fromhex(one["public_key_compressed_hex"])))
            assert key.did == one["did"]
            seen += 1
    assert seen >= 7


def test_a_document_names_every_key_and_has_one_spelling() -> None:
    keys = [PublicKey("attester", "P-256", bytes(range(64))), PublicKey("gateway", "secp256k1", bytes(range(1, 65)))]
    text = document(DID, keys)
    read = json.loads(text)
    assert text == json.dumps(read, sort_keys=True, separators=(",", ":")).encode()
    assert read["id"] == DID
    assert [method["id"] for method in read["verificationMethod"]] == [f"{DID}#attester", f"{DID}#gateway"] == read["assertionMethod"]
    assert [method["publicKeyMultibase"] for method in read["verificationMethod"]] == [key.multibase for key in keys]


@pytest.mark.parametrize(
    ("did", "address"),
    [
        (DID, "https://example.com/gateways/box-7/did.json"),
        ("did:web:example.com", "https://example.com/.well-known/did.json"),
        ("did:web:example.com%3A8443:a", "https://example.com:8443/a/did.json"),
    ],
)
def test_where_a_document_is_published(did: str, address: str) -> None:
    assert address_of_web(did) == address


@pytest.mark.parametrize("did", ["", "did:key:z1", "did:web:", "did:web:a/b", "did:web:a:..%2f", "did:web:a b", "did:web:a:" + "x" * 200])
def test_another_did_is_refused(did: str) -> None:
    for use in (address_of_web, lambda one: document(one, [])):
        with pytest.raises(DidError):
            use(did)
