from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
import sha3
from eth_abi.abi import decode
from eth_account.messages import encode_typed_data
from hypothesis import given
from hypothesis import strategies as st

from oracle import artifacts, bls, gateway_registry, votes
from oracle.attestation import Attestation, Domain, Message
from oracle.errors import FieldRangeError
from oracle.gateway_registry import Curve, GatewayRecord, KeyRecord, Standing
from oracle.joint_verdict import Agreed
from oracle.publication_errors import StorageWordError
from oracle.schemas import LotStatement, ShipmentStatement
from oracle.secret import SecretKey
from oracle.signer import LocalSigner
from oracle.vote_equivocation import VoteContradiction, slash_votes_calldata

GATEWAY, KEY, OPERATOR, REGISTRY = (bytes([place]) * 20 for place in range(1, 5))
SIGNER = LocalSigner(SecretKey(bytes(range(1, 33))))
DOMAIN = Domain("1.4.0", 1, bytes.fromhex("ea" * 20))
SIGNED = "(bytes32,address,uint64,uint64,bool,bytes32,bytes,bytes32,bytes)"
TIMES = st.integers(0, 2**40 - 1)
ADDRESSES = st.binary(min_size=20, max_size=20)


def abi_type(entry: Mapping[str, Any]) -> str:
    if entry["type"] == "tuple":
        return f"({','.join(abi_type(part) for part in entry['components'])})"
    return str(entry["type"])


def selectors() -> dict[bytes, str]:
    entries = [entry for entry in artifacts.load("GatewayRegistry").abi if entry["type"] == "function"]
    signatures = [f"{entry['name']}({','.join(abi_type(field) for field in entry['inputs'])})" for entry in entries]
    return {sha3.keccak_256(signature.encode()).digest()[:4]: signature for signature in signatures}


def attestation(salt: int, domain: Domain = DOMAIN) -> Attestation:
    message = Message(
        schema=ShipmentStatement.UID,
        recipient=bytes(20),
        time=1_800_000_000,
        expiration_time=0,
        revocable=True,
        ref_uid=bytes(32),
        data=bytes(255) + b"\1",
        salt=salt.to_bytes(32, "big"),
    )
    return Attestation.signed(message, domain, SIGNER.address, SIGNER.sign_digest)


def vote(verdict: int, measure: int) -> votes.Vote:
    agreed = Agreed(1, b"\xe5" * 20, b"\x1d" * 32, verdict, measure)
    return votes.Vote(agreed, GATEWAY, bls.public_key(7), bls.sign(7, agreed.message(), bls.VERDICT_TAG))


VOTES = VoteContradiction(vote(0, 0), vote(1, 1_100))
PART = "(bytes,uint8,uint64,bytes)"
CALLS = {
    "register": (gateway_registry.register_calldata(GATEWAY, b"p" * 65, b"d" * 32, "did:web:example.org"), 4),
    "setDocument": (gateway_registry.set_document_calldata(GATEWAY, b"d" * 32, "did:web:example.org"), 3),
    "addKey": (gateway_registry.add_key_calldata(GATEWAY, KEY, b"p" * 128), 3),
    "revokeKey": (gateway_registry.revoke_key_calldata(KEY), 1),
    "setOperator": (gateway_registry.set_operator_calldata(GATEWAY, OPERATOR), 2),
    "addStake": (gateway_registry.stake_calldata("addStake", GATEWAY), 1),
    "unbond": (gateway_registry.stake_calldata("unbond", GATEWAY), 1),
    "release": (gateway_registry.stake_calldata("release", GATEWAY), 1),
    "claim": (gateway_registry.claim_calldata(), 0),
    "admit": (gateway_registry.owner_calldata("admit", OPERATOR), 1),
    "dismiss": (gateway_registry.owner_calldata("dismiss", OPERATOR), 1),
    "suspend": (gateway_registry.owner_calldata("suspend", GATEWAY), 1),
    "reinstate": (gateway_registry.owner_calldata("reinstate", GATEWAY), 1),
    "isActive": (gateway_registry.query_calldata("isActive", GATEWAY), 1),
    "activeGatewayOf": (gateway_registry.query_calldata("activeGatewayOf", KEY), 1),
    "gatewayOf": (gateway_registry.query_calldata("gatewayOf", GATEWAY), 1),
    "keyOf": (gateway_registry.query_calldata("keyOf", KEY), 1),
    "claimable": (gateway_registry.query_calldata("claimable", KEY), 1),
    "slashStatements": (gateway_registry.slash_statements_calldata(attestation(1), attestation(2), OPERATOR), 5),
    "registerBlsKey": (votes.register_key_calldata(GATEWAY, bls.public_key(7), VOTES.first.signature), 3),
    "blsKeyOf": (votes.bls_key_of_calldata(GATEWAY), 1),
    "slashVotes": (slash_votes_calldata(VOTES, OPERATOR), 5),
    "slashAnchors": (gateway_registry.slash_anchors_calldata(b"\2first", b"\2second" * 9, OPERATOR), 3),
}


@pytest.mark.parametrize("name", CALLS)
def test_the_contract_knows_the_call_and_eth_abi_reads_it(name: str) -> None:
    data, count = CALLS[name]
    signature = selectors()[data[:4]]
    assert signature.partition("(")[0] == name
    assert len(decode(split(signature), data[4:])) == count


def split(signature: str) -> list[str]:
    """The types of a signature's arguments; a struct stays one."""
    types, depth = [""], 0
    for sign in signature.partition("(")[2][:-1]:
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if sign == "," and depth == 0:
            types.append("")
        else:
            types[-1] += sign
    return [kind for kind in types if kind]


def test_dynamic_arguments_say_what_was_given() -> None:
    registered = decode(["address", "bytes32", "string", "bytes"], CALLS["register"][0][4:])
    assert registered == ("0x" + GATEWAY.hex(), b"d" * 32, "did:web:example.org", b"p" * 65)
    first = attestation(1)
    version, eas, one, other, reporter = decode(["string", "address", SIGNED, SIGNED, "address"], CALLS["slashStatements"][0][4:])
    assert (version, eas, reporter) == ("1.4.0", "0x" + "ea" * 20, "0x" + OPERATOR.hex())
    assert one == (first.schema, "0x" + "00" * 20, 1_800_000_000, 0, True, bytes(32), first.data, first.salt, first.signature)
    assert other[-1] == attestation(2).signature
    contract, escrow, one, other, reporter = decode(["address", "bytes32", PART, PART, "address"], CALLS["slashVotes"][0][4:])
    assert (contract, escrow, reporter) == ("0x" + "e5" * 20, b"\x1d" * 32, "0x" + OPERATOR.hex())
    assert one == (bls.contract_key(bls.public_key(7)), 0, 0, bls.contract_signature(VOTES.first.signature))
    assert other[1:] == (1, 1_100, bls.contract_signature(VOTES.second.signature))
    assert decode(["bytes", "bytes", "address"], CALLS["slashAnchors"][0][4:])[:2] == (b"\2first", b"\2second" * 9)


def test_refuses_attestations_for_two_deployments() -> None:
    other = attestation(2, replace(DOMAIN, chain_id=2))
    with pytest.raises(FieldRangeError, match="domain"):
        gateway_registry.slash_statements_calldata(attestation(1), other, OPERATOR)


def test_slots_are_those_of_the_artifact() -> None:
    storage = artifacts.load("GatewayRegistry").storage
    assert (storage["_gateways"], storage["_keys"]) == (gateway_registry.GATEWAYS_SLOT, gateway_registry.KEYS_SLOT)
    assert gateway_registry.gateway_slot(GATEWAY) == sha3.keccak_256(bytes(12) + GATEWAY + bytes(32)).digest()
    assert gateway_registry.key_slot(KEY) == sha3.keccak_256(bytes(12) + KEY + (1).to_bytes(32, "big")).digest()


def test_code_hash_has_no_immutables_and_creation_ends_with_its_arguments() -> None:
    artifact = artifacts.load("GatewayRegistry")
    assert not artifact.immutables
    assert gateway_registry.code_hash() == sha3.keccak_256(artifact.deployed_bytecode).digest()
    creation = gateway_registry.creation(GATEWAY, 5, 7, OPERATOR)
    assert creation.startswith(artifact.bytecode)
    arguments = decode(["address", "uint256", "uint40", "address"], creation[len(artifact.bytecode) :])
    assert arguments == ("0x" + GATEWAY.hex(), 5, 7, "0x" + OPERATOR.hex())


@given(standing=st.sampled_from(Standing), since=TIMES, registered=TIMES, operator=ADDRESSES)
def test_a_gateways_word_is_read_back(standing: Standing, since: int, registered: int, operator: bytes) -> None:
    word = standing | since << 8 | registered << 48 | int.from_bytes(operator, "big") << 88
    assert GatewayRecord.decode(word) == GatewayRecord(standing, since, registered, operator)


@given(gateway=ADDRESSES, since=TIMES, revoked=TIMES, curve=st.sampled_from(Curve))
def test_a_keys_word_is_read_back(gateway: bytes, since: int, revoked: int, curve: Curve) -> None:
    word = int.from_bytes(gateway, "big") | since << 160 | revoked << 200 | curve << 240
    assert KeyRecord.decode(word) == KeyRecord(gateway, since, revoked, curve)


def test_empty_words_are_unknown() -> None:
    assert GatewayRecord.decode(0).standing is Standing.UNKNOWN
    assert not KeyRecord.decode(0).known
    assert KeyRecord.decode(1).known


@pytest.mark.parametrize("word", [6, 255, 1 << 248, (1 << 256) - 1])
def test_refuses_words_that_are_no_gateway(word: int) -> None:
    with pytest.raises(StorageWordError, match="gateway"):
        GatewayRecord.decode(word)


@pytest.mark.parametrize("word", [3 << 240, 1 << 248, (1 << 256) - 1])
def test_refuses_words_that_are_no_key(word: int) -> None:
    with pytest.raises(StorageWordError, match="key"):
        KeyRecord.decode(word)


def test_possession_is_typed_data() -> None:
    typed = {
        "types": {
            "EIP712Domain": [
                {"name": "name", "type": "string"},
                {"name": "version", "type": "string"},
                {"name": "chainId", "type": "uint256"},
                {"name": "verifyingContract", "type": "address"},
            ],
            "KeyPossession": [{"name": name, "type": "address"} for name in ("gateway", "key", "operator")],
        },
        "primaryType": "KeyPossession",
        "domain": {"name": "AiOS GatewayRegistry", "version": "1", "chainId": 5, "verifyingContract": "0x" + REGISTRY.hex()},
        "message": {"gateway": "0x" + GATEWAY.hex(), "key": "0x" + KEY.hex(), "operator": "0x" + OPERATOR.hex()},
    }
    message = encode_typed_data(full_message=typed)
    expected = sha3.keccak_256(b"\x19\x01" + message.header + message.body).digest()
    digest = gateway_registry.possession_digest(chain_id=5, registry=REGISTRY, gateway=GATEWAY, key=KEY, operator=OPERATOR)
    assert digest == expected


def test_the_contract_judges_the_schemas_that_the_gateway_signs() -> None:
    code = artifacts.load("GatewayRegistry").deployed_bytecode
    for statement in (ShipmentStatement, LotStatement):
        assert statement.UID in code or statement.SCHEMA.encode()[:32] in code
