"""Attestations between eas-sdk and us, and EAS on a real node, deployed from npm."""

import asyncio
import json
import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from oracle.attestation import Attestation, Domain, Message, verify
from oracle.attestation_json import from_json
from oracle.chain import ChainRpc
from oracle.eas import register_schema_calldata
from oracle.errors import RefusedError
from oracle.hexes import to_checksum, to_hex
from oracle.keccak import keccak256
from oracle.schemas import LOT_SCHEMA, SHIPMENT_SCHEMA, LotStatement, ShipmentStatement
from oracle.secret import SecretKey
from oracle.signer import LocalSigner
from tests.oracle.anvil import FUNDED, PATIENT, anvil
from tests.peers.eas import Sdk, deploy_eas, eas_sdk, transact
from tests.vectors import vectors

pytestmark = pytest.mark.peer
SIGNER = LocalSigner(SecretKey(FUNDED))
MAINNET = Domain("0.26", 1, bytes.fromhex("a1207f3bba224e2c9c3c6d5af63d0eb1582ce587"))
RANDOM = random.Random(4)
ROUNDS = 50
"""Attestations each way; each differs in every field."""


@pytest.fixture(scope="module")
def sdk() -> Iterator[Sdk]:
    with eas_sdk() as running:
        yield running


def any_domain() -> Domain:
    deployments = json.loads(vectors("eas", "deployments.json").read_text())["networks"]
    one = RANDOM.choice([network for network in deployments if "readme_version" in network])
    return Domain(one["readme_version"], one["chainId"], bytes.fromhex(one["EAS"][2:]))


def any_message() -> Message:
    statement = ShipmentStatement(
        shipment=RANDOM.randbytes(32),
        event_hash=RANDOM.randbytes(32),
        readings_root=RANDOM.randbytes(32),
        readings=RANDOM.randrange(1, 2**32),
        from_ms=RANDOM.randrange(2**40),
        to_ms=RANDOM.randrange(2**40, 2**41),
        verdict=RANDOM.randrange(3),
        agent=RANDOM.randbytes(32),
    )
    return Message(
        schema=RANDOM.choice((ShipmentStatement.UID, LotStatement.UID)),
        recipient=RANDOM.choice((bytes(20), RANDOM.randbytes(20))),
        time=RANDOM.randrange(2**32),
        expiration_time=RANDOM.choice((0, RANDOM.randrange(2**32, 2**33))),
        revocable=RANDOM.random() < 0.5,
        ref_uid=RANDOM.choice((bytes(32), RANDOM.randbytes(32))),
        data=statement.encode(),
        salt=RANDOM.randbytes(32),
    )


def sdk_message(message: Message) -> dict[str, Any]:
    return {
        "schema": to_hex(message.schema),
        "recipient": to_checksum(message.recipient),
        "time": str(message.time),
        "expirationTime": str(message.expiration_time),
        "revocable": message.revocable,
        "refUID": to_hex(message.ref_uid),
        "data": to_hex(message.data),
        "salt": to_hex(message.salt),
    }


def test_the_sdk_verifies_what_we_sign(sdk: Sdk) -> None:
    for _ in range(ROUNDS):
        attestation = Attestation.signed(any_message(), any_domain(), SIGNER.address, SIGNER.sign_digest)
        assert sdk.verifies(attestation)
        # The SDK's own verdict on a tampered one, so that the line above could have failed.
        assert not sdk.verifies(replace(attestation, data=attestation.data[:-1] + bytes([attestation.data[-1] ^ 1])))
        assert not sdk.verifies(replace(attestation, attester=bytes(19) + b"\x01"))


def test_we_verify_what_the_sdk_signs(sdk: Sdk) -> None:
    for _ in range(ROUNDS):
        message, domain = any_message(), any_domain()
        attestation = from_json(sdk.signed(domain, sdk_message(message)))
        verify(attestation, domain=domain, now_s=None)
        assert attestation.compute_uid() == message.compute_uid() == attestation.uid
        assert attestation.digest == message.digest_under(domain)
        with pytest.raises(RefusedError):
            verify(replace(attestation, time=attestation.time + 1), domain=domain, now_s=None)


def test_eas_from_npm_registers_our_schemas_under_our_uids() -> None:
    async def work(url: str) -> None:
        async with httpx.AsyncClient() as client:
            chain = ChainRpc(client, url, PATIENT)
            deployed = await deploy_eas(chain, SIGNER)
            assert deployed.version == "1.4.0"
            for schema, uid in ((SHIPMENT_SCHEMA, ShipmentStatement.UID), (LOT_SCHEMA, LotStatement.UID)):
                receipt = await transact(chain, SIGNER, deployed.schema_registry, register_schema_calldata(schema))
                assert receipt.succeeded
                stored = await chain.call(deployed.schema_registry, keccak256(b"getSchema(bytes32)")[:4] + uid)
                assert uid in stored
                assert schema.encode() in stored

    with anvil("--hardfork", "osaka") as url:
        asyncio.run(work(url))
