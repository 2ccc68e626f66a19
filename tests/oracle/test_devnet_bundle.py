"""A bundle over a chain with real state and finality, across committee rotations: made from answers of servers, checked by a stranger."""

from dataclasses import replace
from typing import Any

import httpx
import pytest

from lightclient.beacon_json import from_document
from lightclient.bls.pyblst_backend import PyblstBackend
from lightclient.spec import initialize_light_client_store, process_light_client_update
from lightclient.trace import Trace, record
from lightclient.types import LightClientBootstrap, LightClientFinalityUpdate, LightClientUpdate
from oracle.anchor import anchor_slot
from oracle.attestation import Domain
from oracle.batch import Batch, BatchLeaf
from oracle.bundle import Bundle
from oracle.bundle_build import anchor_of, build_bundle, journey, trace_of
from oracle.bundle_codec import dumps_cbor, dumps_json
from oracle.publication import State, stage
from oracle.verify import Expected, verify
from tests.oracle import bundle_fixture as fixture
from tests.oracle.test_devnet import Gateway, on_devnet

pytestmark = pytest.mark.slow
BLS = PyblstBackend()


async def beacon(gateway: Gateway, path: str) -> Any:
    async with httpx.AsyncClient() as client:
        return (await client.get(f"{gateway.devnet.beacon_url}/eth/v1/beacon/light_client/{path}")).json()


async def follow(gateway: Gateway, checkpoint: bytes) -> tuple[Trace, LightClientFinalityUpdate]:
    """Follows the chain as a light client does, keeping what made a committee known."""
    network, head = gateway.devnet.network, gateway.devnet.consensus.head.slot
    bootstrap = from_document(LightClientBootstrap, await beacon(gateway, f"bootstrap/0x{checkpoint.hex()}"), network)
    store = initialize_light_client_store(network, checkpoint, bootstrap)
    trace = Trace(bootstrap)
    first = network.period_at_slot(bootstrap.header.beacon.slot)
    for document in await beacon(gateway, f"updates?start_period={first}&count=10"):
        update = from_document(LightClientUpdate, document, network)
        after = process_light_client_update(store, update, head, network, BLS)
        trace, store = record(trace, store, after, update), after
    return trace, from_document(LightClientFinalityUpdate, await beacon(gateway, "finality_update"), network)


async def bundle_on(gateway: Gateway, checkpoint: bytes, periods: int) -> Bundle:
    """Attests, batches, anchors and waits, then builds the bundle."""
    network, target = gateway.devnet.network, gateway.target
    readings = fixture.trip(40)
    event = fixture.shipment_event(readings)
    domain = Domain("1.4.0", target.chain_id, bytes.fromhex("e0" * 20))
    signed = fixture.attest(fixture.shipment_statement(readings, event), domain=domain)
    batch = Batch.build(0, [BatchLeaf(signed.uid, signed.attester, signed.digest)])
    staged = stage(target.chain_id, target.registry, gateway.address, index=0, root=batch.root, count=batch.count, now_ms=0)
    gateway.store.put(staged)
    assert await gateway.rounds(30) == [State.FINAL]
    gateway.blocks(periods * network.preset.slots_per_period)
    trace, finality = await follow(gateway, checkpoint)
    execution = finality.finalized_header.execution
    assert execution is not None
    answer = await gateway.chain.get_proof(target.registry, [anchor_slot(gateway.address, 0)], execution.block_number)
    place = {"registry": target.registry, "gateway_registry": target.gateway_registry, "gateway": gateway.address}
    return build_bundle(
        network=network,
        subject=fixture.SHIPMENT,
        content=journey(readings, event, fixture.SETTINGS),
        manifest=fixture.MANIFEST,
        attestation=signed,
        batch=batch,
        anchor=anchor_of(**place, index=0, answer=answer),
        light_client=trace_of(network, trace.bootstrap, trace.updates, finality),
    )


@pytest.mark.parametrize("periods", [0, 1, 3])
def test_a_stranger_proves_the_shipment_from_a_checkpoint(periods: int) -> None:
    async def work(gateway: Gateway) -> None:
        gateway.blocks(40)
        checkpoint = gateway.devnet.checkpoint()
        bundle = await bundle_on(gateway, checkpoint, periods)
        network = gateway.devnet.network
        now_s = network.time_at_slot(gateway.devnet.consensus.head.slot)
        pins = Expected(gateway.target.registry, gateway.target.gateway_registry, gateway.address, fixture.ATTESTER)
        for data in (dumps_json(bundle), dumps_cbor(bundle)):
            report = verify(data, checkpoint=checkpoint, network=network, now_s=now_s, expected=pins)
            assert report.passed, report.refusal
            crossed = report.checks[[check.name for check in report.checks].index("committees")].detail
            assert crossed.startswith("periods 0 to ")
            assert int(crossed.split()[-1]) >= periods
        moved = replace(bundle, anchor=replace(bundle.anchor, index=1))
        assert not verify(moved, checkpoint=checkpoint, network=network, now_s=now_s).passed

    on_devnet(work)
