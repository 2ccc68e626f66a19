"""A block's body: the execution block and the sync committee's signature of the parent, with the branch that proves the payload.

Pure. The body's other lists stay empty. Spec: consensus-specs `electra/beacon-chain.md` BeaconBlockBody,
`capella/light-client/full-node.md` block_to_light_client_header.
"""

from dataclasses import fields
from typing import Any

from fullnode.devnet.consensus import schema
from fullnode.devnet.consensus.presets import Preset
from fullnode.devnet.consensus.records import BeaconBlockBody, Eth1Data, ExecutionPayload, ExecutionRequests
from fullnode.devnet.execution.block import ExecutionBlock
from lightclient.ssz import build_branch
from lightclient.types import BeaconBlockHeader, ExecutionPayloadHeader, LightClientHeader, SyncAggregate

PAYLOAD_INDEX = 9
"""Place of `execution_payload` among the body's fields: generalized index 16 + 9 = 25."""

WITHDRAWAL_REQUEST_TYPE = 1
"""WITHDRAWAL_REQUEST_TYPE of EIP-7002."""
CONSOLIDATION_REQUEST_TYPE = 2
"""CONSOLIDATION_REQUEST_TYPE of EIP-7251."""


def block_body(
    *,
    randao_reveal: bytes,
    eth1_data: Eth1Data,
    graffiti: bytes,
    sync_aggregate: SyncAggregate,
    execution: ExecutionBlock,
) -> BeaconBlockBody:
    """Returns the body of a block that carries `execution` and `sync_aggregate` and nothing else."""
    return BeaconBlockBody(
        randao_reveal=randao_reveal,
        eth1_data=eth1_data,
        graffiti=graffiti,
        proposer_slashings=(),
        attester_slashings=(),
        attestations=(),
        deposits=(),
        voluntary_exits=(),
        sync_aggregate=sync_aggregate,
        execution_payload=ExecutionPayload(**{field.name: getattr(execution, field.name) for field in fields(ExecutionPayload)}),
        bls_to_execution_changes=(),
        blob_kzg_commitments=(),
        execution_requests=execution_requests(execution.requests),
    )


def execution_requests(requests: tuple[bytes, ...]) -> ExecutionRequests:
    """Returns the requests of an execution block, each a type byte and an SSZ list (spec: get_execution_requests, EIP-7685)."""
    data = {request[0]: request[1:] for request in requests}
    return ExecutionRequests(
        withdrawals=schema.WITHDRAWAL_REQUESTS.decode(data.get(WITHDRAWAL_REQUEST_TYPE, b"")),
        consolidations=schema.CONSOLIDATION_REQUESTS.decode(data.get(CONSOLIDATION_REQUEST_TYPE, b"")),
    )


def payload_header(preset: Preset, payload: ExecutionPayload | ExecutionBlock) -> ExecutionPayloadHeader:
    """Returns the header of a payload, its transactions and withdrawals as SSZ roots."""
    kinds = dict(schema.execution_payload(preset).fields)
    copied: dict[str, Any] = {field.name: getattr(payload, field.name, None) for field in fields(ExecutionPayloadHeader)}
    copied["transactions_root"] = kinds["transactions"].root(payload.transactions)
    copied["withdrawals_root"] = kinds["withdrawals"].root(payload.withdrawals)
    return ExecutionPayloadHeader(**copied)


def light_client_header(preset: Preset, beacon: BeaconBlockHeader, body: BeaconBlockBody) -> LightClientHeader:
    """Returns a block's header as light clients read it (spec: block_to_light_client_header)."""
    return LightClientHeader(
        beacon=beacon,
        execution=payload_header(preset, body.execution_payload),
        execution_branch=build_branch(schema.block_body(preset).field_roots(body), PAYLOAD_INDEX),
    )
