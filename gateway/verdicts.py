"""Verdicts on chain: staged here, in one commit with what they rest on, and taken on chain by the publisher.

A verdict is staged once for each recipient, subject and agent, as the contracts count them, and only when the resolver would take it now:
an escrow that nobody opened awaits nothing, and a transaction that reverts costs all the same. What is staged is proven like an anchor.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from edge_agents.conditions.judge import LASTING
from edge_agents.finding import Verdict
from edge_agents.manifest import Manifest, parse
from gateway.errors import GatewayError
from gateway.pipeline.stage import keep
from gateway.store import attestations, findings, manifests, publications, verdicts
from gateway.store.oracle_summary import WHOLE
from gateway.store.records import StoredAttestation
from gateway.store.store import Store
from gateway.store.verdicts import OWN, Awaited
from oracle import calls, gateway_registry
from oracle.chain import ChainRpc
from oracle.finality import AnchorTarget
from oracle.gs1 import SSCC, Key
from oracle.hexes import to_checksum
from oracle.keccak import keccak256
from oracle.publication import Kind, Publication
from oracle.publication_errors import RpcRefusedError
from oracle.schemas import LotVerdictStatement, ShipmentStatement
from oracle.verdicts import MAX_MEASURE, VerdictStatement


class VerdictRefusedError(GatewayError):
    """No verdict can be published about a subject now."""

    def __init__(self, subject: str, reason: str) -> None:
        """Names the subject and why."""
        self.subject = subject
        self.reason = reason
        super().__init__(f"no verdict about {subject}: {reason}")


class VerdictDesk:
    """Stages the verdicts of one gateway."""

    def __init__(
        self,
        store: Store,
        rpc: ChainRpc,
        target: AnchorTarget,
        schema: bytes | None,
        now_ms: Callable[[], int],
        policies: Mapping[str, Manifest] | None = None,
    ) -> None:
        """Asks `rpc` whether the resolver would take a verdict; with no `schema` there are none.

        `policies` are those that a shipment may be judged by, under their products' names.
        """
        self._store, self._rpc, self._target, self._schema, self._now_ms = store, rpc, target, schema, now_ms
        self._policies = policies or {}

    async def publish(self, awaited: Awaited) -> Publication:
        """Returns the staged verdict that somebody awaits, by the newest statement about its subject by its policy, of its newest edition.

        Raises:
            VerdictRefusedError: verdicts are off, there is none to publish, one stands or is under way, or the resolver would refuse it.
        """
        subject = awaited.subject
        if self._schema is None:
            raise VerdictRefusedError(subject, "verdicts are off: set oracle.verdicts.schema")
        with self._store.read() as connection:
            stored = self._newest(connection, awaited)
            said = statement_of(connection, stored)
            ballot = replace(awaited, agent=said.agent)
            if verdicts.get(connection, self._target.gateway, ballot) is not None:
                raise VerdictRefusedError(subject, "one is published or under way already, and money moves once")
            attestation = said.attestation(self._schema, awaited.recipient)
            index = publications.next_index(connection, self._target.gateway, Kind.VERDICT)
        record = calls.stage_verdict(
            self._target.chain_id, self._target.eas, self._target.gateway, index=index, attestation=attestation, now_ms=self._now_ms()
        )
        try:
            await self._rpc.estimate_gas(self._target.gateway, self._target.eas, record.calldata)
        except RpcRefusedError as error:
            raise VerdictRefusedError(subject, f"the resolver would refuse it: {error.message}") from error

        def work(connection: sqlite3.Connection) -> None:
            if verdicts.get(connection, self._target.gateway, ballot) is not None or not publications.swap(connection, None, record):
                raise VerdictRefusedError(subject, "another was staged at the same moment; try again")
            verdicts.insert(connection, self._target.gateway, ballot, stored.attestation.uid, record.index)

        await keep(self._store, work)
        return record

    async def publish_all(self, subject: str) -> list[Publication]:
        """Returns every verdict about a subject that is awaited, not made yet, and staged now.

        Raises:
            VerdictRefusedError: none was; of several refusals the first.
        """
        with self._store.read() as connection:
            wanted = verdicts.select_awaited(connection, subject)
            if not wanted and next(_whole(connection, Awaited(subject, b"")), None) is not None:
                raise VerdictRefusedError(subject, "nobody is named who awaits it: aios oracle await SUBJECT --recipient 0x..")
        staged: list[Publication] = []
        refusals: list[VerdictRefusedError] = []
        for one in wanted or [Awaited(subject, bytes(20))]:
            try:
                staged.append(await self.publish(one))
            except VerdictRefusedError as refusal:
                refusals.append(refusal)
        if not staged:
            raise refusals[0]
        return staged

    def _newest(self, connection: sqlite3.Connection, awaited: Awaited) -> StoredAttestation:
        whole = list(_whole(connection, awaited))
        if not whole:
            by = f" by policy 0x{awaited.agent.hex()}" if awaited.agent else ""
            raise VerdictRefusedError(awaited.subject, f"there is no statement about it yet{by}")
        return whole[-1]

    # For the control socket

    async def await_command(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Returns the ballot that `aios oracle await` named; the verdict follows once there is a statement and the resolver takes it.

        The policy is kept as it stands now: the trip is judged by it even if its file changes before the trip ends.
        """
        subject = Key.from_path(str(arguments.get("subject"))).path
        recipient = bytes.fromhex(str(arguments.get("recipient")).removeprefix("0x"))
        manifest = self._policy(subject, str(arguments.get("policy") or ""))
        awaited = Awaited(subject, recipient, OWN if manifest is None else manifest.hash)
        forget = arguments.get("forget") is True
        if manifest is not None and not forget:
            await self._require_lenient(subject)

        def work(connection: sqlite3.Connection) -> None:
            if forget and not verdicts.forget(connection, awaited):
                raise VerdictRefusedError(subject, "it is not awaited for that recipient and policy")
            if not forget:
                if manifest is not None:
                    manifests.insert(connection, manifest.text)
                verdicts.await_for(connection, awaited)

        await keep(self._store, work)
        return {"subject": subject, "recipient": to_checksum(recipient), "agent": f"0x{awaited.agent.hex()}" if awaited.agent else ""}

    async def _require_lenient(self, subject: str) -> None:
        """Returns if the GatewayRegistry, where there is one, lets two policies judge one shipment: those of earlier builds slash for it.

        The node's word is enough: whoever chose it can lose his own stake only.
        """
        if not any(self._target.gateway_registry):
            return
        found, genuine = keccak256(await self._rpc.get_code(self._target.gateway_registry)), gateway_registry.code_hash()
        if found != genuine:
            reason = "the GatewayRegistry is of another build, which may call two policies' statements an equivocation: deploy this one's"
            raise VerdictRefusedError(subject, f"{reason} (docs/contracts.md)")

    def _policy(self, subject: str, name: str) -> Manifest | None:
        """Returns the policy with a product's name or a hash, None for no name; raises VerdictRefusedError where there is no such one."""
        if not name:
            return None
        if Key.from_path(subject).primary != SSCC:
            raise VerdictRefusedError(subject, "a lot is judged by its own sampling plan: give no --policy")
        for product, manifest in self._policies.items():
            if name in (product, f"0x{manifest.hash.hex()}"):
                return manifest
        if name.startswith("0x"):
            with self._store.read() as connection:
                text = manifests.get(connection, bytes.fromhex(name.removeprefix("0x")))
            if text is not None and (kept := parse(text.encode(), Path(name))).policy is not None:
                return kept
        raise VerdictRefusedError(
            subject, f"there is no policy {name}: {', '.join(sorted(self._policies))}, or the hash of one that was used"
        )

    async def publish_command(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Returns what was staged for `aios oracle verdict`."""
        staged = await self.publish_all(str(arguments.get("subject")))
        return {"verdicts": [{"index": record.index, "state": record.state.value} for record in staged]}


def _whole(connection: sqlite3.Connection, awaited: Awaited) -> Iterator[StoredAttestation]:
    """Yields the statements about a whole subject that an awaited verdict may speak for, in order."""
    stated = attestations.select_current(connection, awaited.subject, agent=awaited.agent)
    return (one for one in stated if one.attestation.schema in WHOLE)


def statement_of(connection: sqlite3.Connection, stored: StoredAttestation) -> VerdictStatement:
    """Returns what a statement about a whole subject says, in the form that moves money."""
    attestation = stored.attestation
    if attestation.schema == LotVerdictStatement.UID:
        lot = LotVerdictStatement.decode(attestation.data)
        return VerdictStatement(lot.lot, attestation.uid, lot.verdict, lot.nonconforming, lot.from_ms, lot.to_ms, lot.agent)
    trip = ShipmentStatement.decode(attestation.data)
    found = findings.get(connection, stored.finding)
    seconds = seconds_of(trip.verdict, found.finding.label if found else "", dict(found.finding.measures) if found else {})
    return VerdictStatement(trip.shipment, attestation.uid, trip.verdict, seconds, trip.from_ms, trip.to_ms, trip.agent)


def seconds_of(verdict: int, label: str, measures: Mapping[str, float]) -> int:
    """Returns the measure of a verdict about a shipment: the seconds outside the band, or all that a contract keeps.

    Money is split by it, and little time outside would pay the seller of broken or late goods. A breach that no duration measures, alone or
    beside an excursion, therefore counts as the longest.
    """
    if verdict == Verdict.BREACH and (label not in LASTING or measures.get("outright_breaches", 0.0) > 0):
        return MAX_MEASURE
    return int(measures.get("outside_seconds", measures.get("excursion_minutes", 0.0) * 60))
