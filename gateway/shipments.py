"""What people and warehouse systems tell the gateway about a shipment, from its opening to a correction.

Each method makes one change in one commit: the shipment's place in its life (`gateway.life`, by compare-and-swap), what belongs to it
(devices, handovers, other gateways' parts), and a step with its EPCIS event. What contradicts is refused with the pointer to the field.
"""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from gateway import life
from gateway.errors import SubjectStateError, UnknownSubjectError
from gateway.life import Happening, Life
from gateway.shipment_errors import (
    AttachmentError,
    ChangedMeanwhileError,
    FutureTimeError,
    NotJudgedError,
    NotOursError,
    TimeOrderError,
    TwoVerdictsError,
    UnknownNameError,
)
from gateway.store import attachments, attestations, coverages, custody, epcis, findings, shipments, steps
from gateway.store.records import Shipment, ShipmentState, StoredCoverage
from gateway.store.store import Store
from oracle import attestation, attestation_json
from oracle import custody as rules
from oracle.drawing import words
from oracle.epcis import document
from oracle.epcis import life as events
from oracle.gs1 import SSCC, Key
from oracle.hexes import to_checksum
from oracle.schemas import ShipmentStatement, subject_id

TOLERANCE_MS = 300_000
"""How far in the future a person's clock may be; five minutes, as for devices."""

Work = Callable[[sqlite3.Connection, Shipment, int], Shipment]
"""Makes a change to a shipment at a gateway time and returns it as it is afterwards; runs inside a commit."""


class Shipments:
    """The shipments that this gateway knows."""

    def __init__(
        self,
        store: Store,
        devices: Collection[str],
        products: Collection[str],
        now_ms: Callable[[], int],
        read_point: str = "",
        attester: bytes = b"",
    ) -> None:
        """Knows which devices and products there are, where the gateway stands, and the address of the key that it attests under."""
        self._store = store
        self._devices = frozenset(devices)
        self._products = frozenset(products)
        self._now_ms = now_ms
        self._place = read_point
        self._attester = attester

    async def open(self, sscc: str, *, device: str, product: str, at_ms: int | None = None, deadline_ms: int | None = None) -> Shipment:
        """Begins a shipment now, or at the given time; returns it once it is durable.

        Raises:
            InvalidKeyError: the SSCC is not valid (18 digits with check digit).
            UnknownNameError: the device or the product is not configured.
            FutureTimeError, TimeOrderError: it would begin in the future, or after its deadline.
            SubjectStateError: the shipment is known already.
        """
        self._require("device", device, self._devices)
        self._require("product", product, self._products)
        now_ms = self._now_ms()
        at_ms = self._past("$.at", at_ms, now_ms)
        if deadline_ms is not None and deadline_ms <= at_ms:
            raise TimeOrderError("$.deadline", deadline_ms, at_ms, "it begins")
        shipment = Shipment(subject_of(sscc), device, product, at_ms, deadline_ms=deadline_ms)

        def record(connection: sqlite3.Connection) -> None:
            if not shipments.insert(connection, shipment):
                known = shipments.get(connection, shipment.subject)
                raise SubjectStateError(shipment.subject, known.state if known else "known", "opened")
            key = Key.from_path(shipment.subject)
            self._note(
                connection, shipment, Life.COMMISSIONED, events.commissioned(key, at_ms, self._place), at_ms, now_ms, f"as {product}"
            )
            self._note(connection, shipment, "attached", events.attached(key, at_ms, device), at_ms, now_ms, device)

        await asyncio.wrap_future(self._store.write(record))
        return shipment

    async def close(self, sscc: str, *, at_ms: int | None = None) -> Shipment:
        """Ends measuring now, or at the given time, wherever the goods are in their life; returns the shipment once that is durable.

        Raises:
            InvalidKeyError: the SSCC is not valid.
            UnknownSubjectError: there is no such shipment.
            SubjectStateError: it is not open, or would end before it began.
        """

        def work(connection: sqlite3.Connection, shipment: Shipment, now_ms: int) -> Shipment:
            return _closed(connection, shipment, self._past("$.at", at_ms, now_ms))

        return await self._change(sscc, work)

    async def attach(self, sscc: str, *, device: str, at_ms: int | None = None) -> Shipment:
        """Lets one more device travel with an open shipment.

        Raises:
            UnknownNameError, AttachmentError: the device is not configured, or travels with it already.
            SubjectStateError: the shipment is not open.
        """
        self._require("device", device, self._devices)

        def work(connection: sqlite3.Connection, shipment: Shipment, now_ms: int) -> Shipment:
            at = self._past("$.at", at_ms, now_ms)
            _require_open(shipment, f"joined by {device}")
            _not_before("$.at", at, shipment.opened_ms, "the shipment began")
            for known in attachments.select(connection, shipment.subject):
                if known.device == device and known.to_ms is None:
                    raise AttachmentError(device, shipment.subject, "travels already with")
                if known.device == device and known.to_ms is not None:
                    _not_before("$.at", at, known.to_ms + 1, f"{device} was detached")
            attachments.insert(connection, shipment.subject, device, at)
            self._note(connection, shipment, "attached", events.attached(Key.from_path(shipment.subject), at, device), at, now_ms, device)
            return shipment

        return await self._change(sscc, work)

    async def detach(self, sscc: str, *, device: str, at_ms: int | None = None) -> Shipment:
        """Lets a device go; what it states from then on is not the shipment's.

        Raises:
            AttachmentError: it is not attached.
            SubjectStateError: the shipment is not open.
        """

        def work(connection: sqlite3.Connection, shipment: Shipment, now_ms: int) -> Shipment:
            at = self._past("$.at", at_ms, now_ms)
            _require_open(shipment, f"left by {device}")
            if not attachments.detach(connection, shipment.subject, device, at):
                raise AttachmentError(device, shipment.subject, f"was not attached at {words.instant(at)} to")
            self._note(connection, shipment, "detached", events.detached(Key.from_path(shipment.subject), at, device), at, now_ms, device)
            return shipment

        return await self._change(sscc, work)

    async def pack(
        self, sscc: str, *, items: Sequence[str] = (), quantities: Sequence[Mapping[str, Any]] = (), at_ms: int | None = None
    ) -> Shipment:
        """Says what is inside: single items by their EPC, and quantities of a class.

        Raises:
            EpcisRefusedError: an item or a class is no valid identifier, or nothing is named.
            TransitionRefusedError: it is too late for that.
        """

        def work(connection: sqlite3.Connection, shipment: Shipment, now_ms: int) -> Shipment:
            at = self._past("$.at", at_ms, now_ms)
            _not_before("$.at", at, shipment.opened_ms, "the shipment began")
            event = events.packed(Key.from_path(shipment.subject), at, self._place, items=items, quantities=quantities)
            named = len(items) + len(quantities)
            return self._happened(
                connection, shipment, Happening.PACKED, event, at, now_ms, "1 item or class" if named == 1 else f"{named} items or classes"
            )

        return await self._change(sscc, work)

    async def hand_over(self, sscc: str, handover: rules.Handover) -> Shipment:
        """Records a handover that both parties have signed; one that is known already changes nothing.

        Raises:
            CustodyError: it contradicts the chain of custody, with the pointer to the field.
            TransitionRefusedError: the shipment is past being handed over.
        """

        def work(connection: sqlite3.Connection, shipment: Shipment, now_ms: int) -> Shipment:
            chain = custody.select(connection, shipment.subject)
            if any(known.hash == handover.hash for known in chain):
                return shipment
            rules.check_next(chain, handover, Key.from_path(shipment.subject), now_ms=now_ms)
            custody.insert(connection, shipment.subject, handover, recorded_ms=now_ms)
            terms = handover.terms
            giver, taker = terms.giver_party or to_checksum(terms.giver), terms.taker_party or to_checksum(terms.taker)
            detail = f"{giver} to {taker}" + (f", {terms.place}" if terms.place else "")
            return self._happened(connection, shipment, Happening.HANDED_OVER, events.handed_over(handover), terms.time_ms, now_ms, detail)

        return await self._change(sscc, work)

    async def depart(self, sscc: str, *, at_ms: int | None = None) -> Shipment:
        """Says that it left; raises TransitionRefusedError where it cannot."""

        def work(connection: sqlite3.Connection, shipment: Shipment, now_ms: int) -> Shipment:
            at = self._past("$.at", at_ms, now_ms)
            _not_before("$.at", at, shipment.opened_ms, "the shipment began")
            event = events.departed(Key.from_path(shipment.subject), at, self._place)
            return self._happened(connection, shipment, Happening.DEPARTED, event, at, now_ms, self._place)

        return await self._change(sscc, work)

    async def receive(self, sscc: str, *, at_ms: int | None = None) -> Shipment:
        """Says that it arrived, which also ends measuring; raises TransitionRefusedError where it cannot."""

        def work(connection: sqlite3.Connection, shipment: Shipment, now_ms: int) -> Shipment:
            at = self._past("$.at", at_ms, now_ms)
            if shipment.state is ShipmentState.OPEN:
                shipment = _closed(connection, shipment, at)
            event = events.received(Key.from_path(shipment.subject), at, self._place)
            return self._happened(connection, shipment, Happening.RECEIVED, event, at, now_ms, self._place)

        return await self._change(sscc, work)

    async def dispute(self, sscc: str, *, reason: str, by: str = "", at_ms: int | None = None) -> Shipment:
        """Says that a party objects to what was stated; raises TransitionRefusedError where it cannot."""

        def work(connection: sqlite3.Connection, shipment: Shipment, now_ms: int) -> Shipment:
            at = self._past("$.at", at_ms, now_ms)
            event = events.disputed(Key.from_path(shipment.subject), at, self._place)
            detail = f"{by}: {reason}" if by else reason
            return self._happened(connection, shipment, Happening.DISPUTED, event, at, now_ms, detail)

        return await self._change(sscc, work)

    async def correct(
        self,
        sscc: str,
        *,
        reason: str,
        product: str | None = None,
        opened_ms: int | None = None,
        closed_ms: int | None = None,
        deadline_ms: int | None = None,
        devices: Mapping[str, Sequence[tuple[int, int]]] | None = None,
    ) -> Shipment:
        """Mends what the statement rests on, so that the shipment is judged and attested again; the new statement names the old one.

        `devices` replaces when each named device travelled; an empty list says that it never did. What is not given stays as it is; late
        readings count in any case.

        Raises:
            UnknownNameError: a device or the product is not configured.
            TimeOrderError, FutureTimeError: times do not fit each other or lie in the future.
            NotJudgedError: there is nothing to correct yet.
            TransitionRefusedError: it was not received.
        """
        if product is not None:
            self._require("product", product, self._products)
        for device in devices or {}:
            self._require("device", device, self._devices)

        def work(connection: sqlite3.Connection, shipment: Shipment, now_ms: int) -> Shipment:
            if all(found.edition != shipment.edition for found in findings.select_subject(connection, shipment.subject)):
                raise NotJudgedError(shipment.subject)
            began = shipment.opened_ms if opened_ms is None else self._past("$.opened", opened_ms, now_ms)
            ended = shipment.closed_ms if closed_ms is None else self._past("$.closed", closed_ms, now_ms)
            assert ended is not None, "what was judged has ended"
            _not_before("$.closed", ended, began, "the shipment began")
            attachments.move_ends(connection, shipment.subject, (shipment.opened_ms, began), (shipment.closed_ms or ended, ended))
            for device, spans in (devices or {}).items():
                attachments.replace(connection, shipment.subject, device, _spans(device, spans, began, ended))
            event = events.declared_wrong(_newest_event(connection, shipment), now_ms)
            mended = replace(
                shipment,
                product=product or shipment.product,
                opened_ms=began,
                closed_ms=ended,
                deadline_ms=deadline_ms or shipment.deadline_ms,
                state=ShipmentState.CLOSED,
                edition=shipment.edition + 1,
            )
            return self._happened(connection, shipment, Happening.CORRECTED, event, now_ms, now_ms, reason, mended)

        return await self._change(sscc, work)

    async def cover(self, sscc: str, text: bytes) -> StoredCoverage:
        """Records the part of a trip about which another gateway has attested, from its attestation as eas-sdk writes it.

        Raises:
            MalformedDocumentError, RefusedError: it is no attestation, or its signature does not hold.
            NotOursError: it is not about this shipment, or by a key under which this gateway attests, or once did.
            TwoVerdictsError: its attester has stated something else already.
        """
        given = attestation_json.loads(text)
        attestation.verify(given, domain=given.domain, now_s=self._now_ms() // 1000)
        subject = subject_of(sscc)
        if given.schema != ShipmentStatement.UID:
            raise NotOursError("$.sig.message.schema", "is not that of a shipment's statement")
        statement = ShipmentStatement.decode(given.data)
        if statement.shipment != subject_id(Key.from_path(subject).uri):
            raise NotOursError("$.sig.message.data", f"is about another shipment than {subject}")
        found = StoredCoverage(
            subject, given.uid, given.attester, statement.from_ms, statement.to_ms, statement.verdict, text.decode().strip(), self._now_ms()
        )

        def record(connection: sqlite3.Connection) -> None:
            if shipments.get(connection, subject) is None:
                raise _unknown(connection, subject)
            if given.attester == self._attester or attestations.count(connection, given.attester):
                raise NotOursError(
                    "$.signer", f"{to_checksum(given.attester)} is a key of this gateway's own, and only other gateways cover for it"
                )
            _join(connection, found, given.ref_uid)

        await asyncio.wrap_future(self._store.write(record))
        return found

    # What all of them share

    async def _change(self, sscc: str, work: Work) -> Shipment:
        subject = subject_of(sscc)

        def record(connection: sqlite3.Connection) -> Shipment:
            known = shipments.get(connection, subject)
            if known is None:
                raise _unknown(connection, subject)
            return work(connection, known, self._now_ms())

        return await asyncio.wrap_future(self._store.write(record))

    def _happened(
        self,
        connection: sqlite3.Connection,
        shipment: Shipment,
        happening: Happening,
        event: dict[str, Any],
        at_ms: int,
        now_ms: int,
        detail: str,
        mended: Shipment | None = None,
    ) -> Shipment:
        after = replace(mended or shipment, life=life.follow(shipment.subject, shipment.life, happening))
        if not shipments.swap(connection, shipment, after):
            raise ChangedMeanwhileError(shipment.subject)
        self._note(connection, shipment, happening, event, at_ms, now_ms, detail)
        return replace(after, revision=shipment.revision + 1)

    def _note(
        self, connection: sqlite3.Connection, shipment: Shipment, step: str, event: dict[str, Any], at_ms: int, now_ms: int, detail: str
    ) -> None:
        # Read back as anybody else would read it: a wrong check digit in what a person typed is refused here, with its place.
        (checked,) = document.read(json.dumps(event).encode()).events
        epcis.note(connection, checked, now_ms)
        steps.insert(connection, shipment.subject, str(step), event, at_ms=at_ms, recorded_ms=now_ms, detail=detail)

    def _past(self, path: str, at_ms: int | None, now_ms: int) -> int:
        if at_ms is not None and at_ms > now_ms + TOLERANCE_MS:
            raise FutureTimeError(path, at_ms, now_ms)
        return now_ms if at_ms is None else at_ms

    @staticmethod
    def _require(kind: str, name: str, known: Collection[str]) -> None:
        if name not in known:
            raise UnknownNameError(kind, name, known)


def subject_of(sscc: str) -> str:
    """Returns the Digital Link path of a shipment's SSCC; raises InvalidKeyError if it is not valid."""
    return Key(SSCC, sscc).path


def _unknown(connection: sqlite3.Connection, subject: str) -> UnknownSubjectError:
    return UnknownSubjectError(subject, tuple(s.subject for s in shipments.select_all(connection, limit=5)))


def _closed(connection: sqlite3.Connection, shipment: Shipment, ended_ms: int) -> Shipment:
    if shipment.state is not ShipmentState.OPEN or ended_ms < shipment.opened_ms:
        raise SubjectStateError(shipment.subject, shipment.state, f"closed at {words.instant(ended_ms)}")
    shipments.close(connection, shipment.subject, ended_ms)
    closed = shipments.get(connection, shipment.subject)
    assert closed is not None
    return closed


def _require_open(shipment: Shipment, wanted: str) -> None:
    if shipment.state is not ShipmentState.OPEN:
        raise SubjectStateError(shipment.subject, shipment.state, wanted)


def _not_before(path: str, at_ms: int, before_ms: int, what: str) -> None:
    if at_ms < before_ms:
        raise TimeOrderError(path, at_ms, before_ms, what)


def _spans(device: str, spans: Sequence[tuple[int, int]], began_ms: int, ended_ms: int) -> list[tuple[int, int]]:
    """Returns when a device travelled, in order and within the trip; raises TimeOrderError where one span reaches into another."""
    ordered = sorted((max(start, began_ms), min(end, ended_ms)) for start, end in spans)
    last = began_ms
    for place, (start, end) in enumerate(ordered):
        path = f"$.devices.{device}[{place}]"
        _not_before(path, start, last, f"{device} was detached" if place else "the shipment began")
        _not_before(path, end, start, f"{device} was attached")
        last = end + 1
    return ordered


def _newest_event(connection: sqlite3.Connection, shipment: Shipment) -> dict[str, Any]:
    """Returns the event of the statement that is corrected; where none was signed, that the unit arrived."""
    signed = list(attestations.select_subject(connection, shipment.subject))
    if signed and signed[-1].event:
        newest: dict[str, Any] = json.loads(signed[-1].event)
        return newest
    return events.received(Key.from_path(shipment.subject), shipment.closed_ms or shipment.opened_ms)


def _agent_of(covered: StoredCoverage) -> bytes:
    return ShipmentStatement.decode(attestation_json.loads(covered.document.encode()).data).agent


def _join(connection: sqlite3.Connection, given: StoredCoverage, corrects: bytes) -> None:
    """Adds another gateway's part; a later statement of it takes the place of the one that it names. Each policy says one thing."""
    for known in coverages.select(connection, given.subject):
        if known.attester != given.attester or known.uid == given.uid:
            continue
        if known.uid != corrects and _agent_of(known) != _agent_of(given):
            continue
        if known.uid != corrects:
            raise TwoVerdictsError(given.attester, known.uid, given.uid)
        coverages.remove(connection, known.uid)
    coverages.insert(connection, given)
