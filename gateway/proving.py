"""Proves the gateway's anchors, its standing and its attestations in the finalized head of its own light client."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from gateway.pipeline.proof import Proof, Prover
from lightclient.client import LightClient
from lightclient.errors import NotStarted, TraceBroken
from oracle import eas
from oracle.anchor import anchor_slot
from oracle.attestation import Attestation, Domain
from oracle.bundle import CoAttestation, KeyProof, Revocation, Standing
from oracle.bundle_build import account_nodes, anchor_of, storage_nodes, storage_value, trace_of
from oracle.chain import Chain
from oracle.finality import AnchorTarget
from oracle.gateway_registry import GatewayRecord, KeyRecord, gateway_slot, key_slot
from oracle.gateway_registry import Standing as Standings
from oracle.keccak import keccak256

NO_CODE = (f"0x{keccak256(b'').hex()}", f"0x{bytes(32).hex()}")
"""Code hashes by which servers say that an address holds no contract."""


class ChainProver(Prover):
    """Asks a chain's endpoints for proofs; they are believed when they verify, which happens with the whole bundle."""

    def __init__(self, light: LightClient, rpc: Chain, target: AnchorTarget, domain: Domain) -> None:
        """Takes the light client whose finalized head counts, and where to ask."""
        self.network = light.network
        self.domain = domain
        self._light = light
        self._rpc = rpc
        self._target = target

    async def prove(self, gateway: bytes, index: int, attestation: Attestation, others: Sequence[CoAttestation] = ()) -> Proof | None:
        """Returns the proof of one anchor that `gateway` sent, or None until a finality update brings a head."""
        try:
            trace = self._light.trace()
        except (NotStarted, TraceBroken):
            return None
        update = trace.finality_update
        if update is None or update.finalized_header.execution is None:
            return None
        # The trace is one moment's; proofs are asked for in exactly the state that it finalizes, whatever the head is by then.
        block = update.finalized_header.execution.block_number
        target = self._target
        slots = [anchor_slot(gateway, index), *(anchor_slot(one.gateway, one.index) for one in others)]
        answer = await self._rpc.get_proof(target.registry, slots, block)
        anchored = [replace(one, storage_proof=storage_nodes(answer, place + 1)) for place, one in enumerate(others)]
        standing, members = await self._members(gateway, attestation, anchored, block)
        revocation, quorum = await self._revocations(attestation, members, block)
        return Proof(
            anchor=anchor_of(
                registry=target.registry, gateway_registry=target.gateway_registry, gateway=gateway, index=index, answer=answer
            ),
            trace=trace_of(self.network, trace.bootstrap, trace.updates, update),
            checkpoint=self._light.status().checkpoint,
            standing=standing,
            revocation=revocation,
            quorum=quorum,
        )

    async def _members(
        self, gateway: bytes, attestation: Attestation, others: Sequence[CoAttestation], block: int
    ) -> tuple[Standing | None, tuple[CoAttestation, ...]]:
        """Returns the gateway's own standing and the others whose gateways are registered; nothing where it is not itself."""
        pairs = [(attestation.attester, gateway), *((one.attestation.attester, one.gateway) for one in others)]
        keys = sorted({key for pair in pairs for key in pair})
        registry = self._target.gateway_registry
        known = await self._rpc.get_proof(registry, [key_slot(key) for key in keys], block)
        records = {key: KeyRecord.decode(storage_value(known, place)) for place, key in enumerate(keys)}
        gateways = sorted({record.gateway for record in records.values() if record.known})
        if not gateways:
            return None, ()
        standings = await self._rpc.get_proof(registry, [gateway_slot(one) for one in gateways], block)

        def proof(attester: bytes, anchored_by: bytes) -> KeyProof | None:
            record, anchoring = records[attester], records[anchored_by]
            if not (record.known and anchoring.known) or record.gateway != anchoring.gateway or record.revoked_at or anchoring.revoked_at:
                return None
            if not _active(standings, gateways.index(record.gateway)):
                return None
            anchor_key = None if attester == anchored_by else storage_nodes(known, keys.index(anchored_by))
            return KeyProof(
                storage_nodes(known, keys.index(attester)), anchor_key, storage_nodes(standings, gateways.index(record.gateway))
            )

        own, *theirs = (proof(*pair) for pair in pairs)
        if own is None:
            return None, ()
        kept = (replace(one, keys=found) for one, found in zip(others, theirs, strict=True) if found is not None)
        return Standing(account_nodes(known), own), tuple(sorted(kept, key=lambda one: one.gateway))

    async def _revocations(
        self, attestation: Attestation, members: Sequence[CoAttestation], block: int
    ) -> tuple[Revocation | None, tuple[CoAttestation, ...]]:
        """Returns whether the attestation was revoked, and the members each with the same of theirs; of neither without an EAS contract."""
        signed = (attestation, *(one.attestation for one in members))
        slots = [eas.revocation_slot(eas.layout_of(one.domain.version), one.attester, one.uid) for one in signed]
        answer = await self._rpc.get_proof(attestation.domain.verifying_contract, slots, block)
        if answer.get("codeHash") in NO_CODE:
            return None, tuple(replace(one, revocation_proof=None) for one in members)
        proven = (replace(one, revocation_proof=storage_nodes(answer, place)) for place, one in enumerate(members, 1))
        return Revocation(account_nodes(answer), storage_nodes(answer, 0)), tuple(proven)


def _active(answer: Mapping[str, Any], place: int) -> bool:
    return GatewayRecord.decode(storage_value(answer, place)).standing is Standings.ACTIVE
