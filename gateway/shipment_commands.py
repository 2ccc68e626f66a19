"""The commands of the control socket about shipments: JSON in, checked once, handed to `gateway.shipments`."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Struct

from gateway.control import Command
from gateway.shipments import Shipments
from gateway.store.records import Shipment
from oracle import custody_json

Sscc = Annotated[str, Meta(max_length=20)]
Name = Annotated[str, Meta(min_length=1, max_length=64)]
Sentence = Annotated[str, Meta(min_length=1, max_length=400)]
Text = Annotated[str, Meta(max_length=200)]
Moment = Annotated[int, Meta(ge=0, lt=1 << 53)]
Uri = Annotated[str, Meta(min_length=1, max_length=400)]

T = TypeVar("T", bound=Struct)


class _Given(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A command's arguments."""

    sscc: Sscc
    """Whose shipment."""
    at: Moment | None = None
    """When it happened, milliseconds; none is now."""


class Opening(_Given, frozen=True, kw_only=True):
    """Of `shipments-open`."""

    device: Name
    """What travels with it."""
    product: Name
    """Whose policy applies."""
    deadline: Moment | None = None
    """When it has to end."""


class Device(_Given, frozen=True, kw_only=True):
    """Of `shipments-attach` and `shipments-detach`."""

    device: Name
    """Which one."""


class Quantity(Struct, frozen=True, forbid_unknown_fields=True, rename="camel", omit_defaults=True):
    """So much of a class, as EPCIS writes it."""

    epc_class: Uri
    """URI of the class."""
    quantity: Annotated[float, Meta(gt=0)]
    """How much."""
    uom: Annotated[str, Meta(min_length=2, max_length=3)] | msgspec.UnsetType = msgspec.UNSET
    """UN/ECE Recommendation 20 code; none counts pieces."""


class Contents(_Given, frozen=True, kw_only=True):
    """Of `shipments-pack`."""

    items: Annotated[tuple[Uri, ...], Meta(max_length=200)] = ()
    """EPCs of single items."""
    quantities: Annotated[tuple[Quantity, ...], Meta(max_length=100)] = ()
    """Quantities of classes."""


class Signed(_Given, frozen=True, kw_only=True):
    """Of `shipments-handover`."""

    handover: dict[str, Any]
    """The completed handover."""


class Objection(_Given, frozen=True, kw_only=True):
    """Of `shipments-dispute`."""

    reason: Sentence
    """Why."""
    by: Text = ""
    """Who objects."""


class Correction(_Given, frozen=True, kw_only=True):
    """Of `shipments-correct`."""

    reason: Sentence
    """What was wrong."""
    product: Name | None = None
    """The right product."""
    opened: Moment | None = None
    """When it really began."""
    closed: Moment | None = None
    """When it really ended."""
    deadline: Moment | None = None
    """When it had to end."""
    devices: Annotated[dict[str, tuple[tuple[Moment, Moment], ...]], Meta(max_length=100)] = {}
    """When each device really travelled."""


class Covered(_Given, frozen=True, kw_only=True):
    """Of `shipments-cover`."""

    attestation: dict[str, Any]
    """The other gateway's attestation, in eas-sdk's JSON."""


def shipment_commands(known: Shipments) -> dict[str, Command]:
    """Returns the commands of the control socket about shipments."""

    async def hand_over(given: Signed) -> Shipment:
        return await known.hand_over(given.sscc, custody_json.from_json(given.handover, "$.handover"))

    async def pack(given: Contents) -> Shipment:
        quantities = [msgspec.to_builtins(one) for one in given.quantities]
        return await known.pack(given.sscc, items=given.items, quantities=quantities, at_ms=given.at)

    async def correct(given: Correction) -> Shipment:
        return await known.correct(
            given.sscc,
            reason=given.reason,
            product=given.product,
            opened_ms=given.opened,
            closed_ms=given.closed,
            deadline_ms=given.deadline,
            devices=given.devices,
        )

    async def cover(given: Covered) -> dict[str, Any]:
        covered = await known.cover(given.sscc, json.dumps(given.attestation).encode())
        return {
            "subject": covered.subject,
            "uid": covered.uid.hex(),
            "from": covered.from_ms,
            "to": covered.to_ms,
            "verdict": covered.verdict,
        }

    return {
        "shipments-open": _command(
            Opening, lambda g: known.open(g.sscc, device=g.device, product=g.product, at_ms=g.at, deadline_ms=g.deadline)
        ),
        "shipments-close": _command(_Given, lambda g: known.close(g.sscc, at_ms=g.at)),
        "shipments-attach": _command(Device, lambda g: known.attach(g.sscc, device=g.device, at_ms=g.at)),
        "shipments-detach": _command(Device, lambda g: known.detach(g.sscc, device=g.device, at_ms=g.at)),
        "shipments-pack": _command(Contents, pack),
        "shipments-handover": _command(Signed, hand_over),
        "shipments-depart": _command(_Given, lambda g: known.depart(g.sscc, at_ms=g.at)),
        "shipments-receive": _command(_Given, lambda g: known.receive(g.sscc, at_ms=g.at)),
        "shipments-dispute": _command(Objection, lambda g: known.dispute(g.sscc, reason=g.reason, by=g.by, at_ms=g.at)),
        "shipments-correct": _command(Correction, correct),
        "shipments-cover": _command(Covered, cover),
    }


def _command(kind: type[T], does: Callable[[T], Awaitable[Shipment | dict[str, Any]]]) -> Command:
    async def command(arguments: Mapping[str, Any]) -> dict[str, Any]:
        done = await does(msgspec.convert(dict(arguments), kind))
        return done if isinstance(done, dict) else _answer(done)

    return command


def _answer(shipment: Shipment) -> dict[str, Any]:
    return {"subject": shipment.subject, "state": shipment.state.value, "life": shipment.life.value, "edition": shipment.edition}
