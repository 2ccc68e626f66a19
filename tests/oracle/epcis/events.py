"""Events of all five types from a seeded generator: of the kind on which every known hash generator agrees.

No sensor data, no extensions inside standard fields, at most one list of (type, value), times to the millisecond, plain decimals, and no
parentID beside an epcList: beyond that, published generators differ from each other.
"""

import random
from typing import Any

from oracle.epcis.vocabulary import BIZ_STEPS, BIZ_TRANSACTIONS, DISPOSITIONS, ERROR_REASONS, SOURCES
from oracle.gs1 import check_digit, gln, lgtin, sgtin, sscc

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
NAMESPACES = {"example": "https://ns.example.com/epcis/", "ext1": "http://example.com/ext1/"}
KINDS = ("ObjectEvent", "AggregationEvent", "TransactionEvent", "TransformationEvent", "AssociationEvent")
SAFE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def document(events: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "@context": [CONTEXT, NAMESPACES],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-01-01T00:00:00Z",
        "epcisBody": {"eventList": events},
    }


def event(rng: random.Random, number: int) -> dict[str, Any]:
    kind = KINDS[number % len(KINDS)]
    made: dict[str, Any] = {
        "type": kind,
        "eventTime": _time(rng),
        "eventTimeZoneOffset": rng.choice(["+00:00", "+01:00", "-05:30", "+14:00"]),
    }
    made |= _sometimes(rng, 0.3, recordTime="2026-01-01T00:00:00.000Z")
    made |= _sometimes(rng, 0.3, eventID=f"urn:uuid:00000000-0000-4000-8000-{number:012}")
    made |= _what(rng, kind)
    if kind != "TransformationEvent":
        made["action"] = rng.choice(["ADD", "OBSERVE", "DELETE"])
    made |= _sometimes(rng, 0.8, bizStep=_word(rng, BIZ_STEPS, "BizStep"))
    made |= _sometimes(rng, 0.7, disposition=_word(rng, DISPOSITIONS, "Disp"))
    if kind in ("ObjectEvent", "TransformationEvent"):
        first, *rest = rng.sample(sorted(DISPOSITIONS), 4)
        made |= _sometimes(rng, 0.3, persistentDisposition=rng.choice([{"set": rest, "unset": [first]}, {"unset": rest}]))
    made |= _sometimes(rng, 0.6, readPoint={"id": _place(rng)})
    made |= _sometimes(rng, 0.6, bizLocation={"id": _place(rng)})
    _typed(rng, kind, made)
    # The published generator sorts a sourceList behind ilmd and extensions.
    if "sourceList" not in made:
        made |= _extensions(rng, kind, made)
    declared = {"declarationTime": "2026-01-02T00:00:00Z", "reason": rng.choice(sorted(ERROR_REASONS))}
    return made | _sometimes(rng, 0.2, errorDeclaration=declared)


def _sometimes(rng: random.Random, chance: float, **fields: Any) -> dict[str, Any]:
    return fields if rng.random() < chance else {}


def _extensions(rng: random.Random, kind: str, made: dict[str, Any]) -> dict[str, Any]:
    if rng.random() > 0.3:
        return {}
    added = {"example:note": _text(rng), "ext1:nested": {"ext1:b": _number(rng), "ext1:a": [_text(rng), _text(rng)]}}
    if kind in ("ObjectEvent", "TransformationEvent") and made.get("action", "ADD") == "ADD":
        added["ilmd"] = {"example:lotNumber": _text(rng), "ext1:origin": {"example:country": _text(rng)}}
    return added


def _what(rng: random.Random, kind: str) -> dict[str, Any]:
    some = [_epc(rng) for _ in range(rng.randint(1, 5))]
    quantities = [_quantity(rng) for _ in range(rng.randint(1, 3))]
    match kind:
        case "ObjectEvent":
            return {"epcList": some} | ({"quantityList": quantities} if rng.random() < 0.4 else {})
        case "TransactionEvent":
            return {"epcList": some} if rng.random() < 0.6 else {"parentID": _epc(rng), "quantityList": quantities}
        case "TransformationEvent":
            made: dict[str, Any] = {"inputEPCList": some, "outputEPCList": [_epc(rng)]}
            if rng.random() < 0.5:
                made |= {"inputQuantityList": quantities, "outputQuantityList": [_quantity(rng)]}
            return made | ({"transformationID": f"urn:example:transformation:{rng.randint(1, 999)}"} if rng.random() < 0.4 else {})
        case _:
            return {"parentID": _epc(rng), "childEPCs": some} | ({"childQuantityList": quantities} if rng.random() < 0.4 else {})


def _typed(rng: random.Random, kind: str, made: dict[str, Any]) -> None:
    lists = {
        "bizTransactionList": lambda: {"type": _word(rng, BIZ_TRANSACTIONS, "BTT"), "bizTransaction": f"urn:example:po:{_serial(rng)}"},
        "sourceList": lambda: {"type": _word(rng, SOURCES, "SDT"), "source": _place(rng)},
        "destinationList": lambda: {"type": _word(rng, SOURCES, "SDT"), "destination": _place(rng)},
    }
    name = "bizTransactionList" if kind == "TransactionEvent" else rng.choice([*lists, "", ""])
    if name:
        made[name] = [lists[name]() for _ in range(rng.randint(1, 3))]


def _epc(rng: random.Random) -> str:
    company, item = "".join(rng.choices("0123456789", k=7)), "".join(rng.choices("0123456789", k=6))
    payload = item[0] + company + item[1:]
    match rng.randrange(6):
        case 0:
            return f"urn:epc:id:sgtin:{company}.{item}.{_serial(rng)}"
        case 1:
            return f"urn:epc:id:sscc:{company}.{''.join(rng.choices('0123456789', k=10))}"
        case 2:
            return sscc("".join(rng.choices("0123456789", k=17))).uri
        case 3:
            return f"urn:epc:id:grai:{company}.{item[:5]}.{_serial(rng)}"
        case 4:
            return f"https://example.com/some/path/01/{payload}{check_digit(payload)}/21/{_serial(rng)}?17=261231"
        case _:
            return sgtin(payload + check_digit(payload), _serial(rng)).uri


def _quantity(rng: random.Random) -> dict[str, Any]:
    payload = "".join(rng.choices("0123456789", k=13))
    made: dict[str, Any] = {"epcClass": lgtin(payload + check_digit(payload), _serial(rng)).uri, "quantity": _number(rng)}
    if rng.random() < 0.5:
        made = {"epcClass": f"urn:epc:class:lgtin:{payload[:7]}.{payload[7:]}.{_serial(rng)}", "quantity": _number(rng), "uom": "KGM"}
    return made


def _place(rng: random.Random) -> str:
    digits = "".join(rng.choices("0123456789", k=12))
    return (
        gln(digits, _serial(rng)) if rng.random() < 0.5 else f"urn:epc:id:sgln:{digits[:7]}.{digits[7:]}.{rng.choice(['0', _serial(rng)])}"
    )


def _word(rng: random.Random, words: frozenset[str], kind: str) -> str:
    word = rng.choice(sorted(words))
    return rng.choice([word, f"https://ref.gs1.org/cbv/{kind}-{word}"])


def _time(rng: random.Random) -> str:
    fraction = rng.choice(["", ".5", ".25", f".{rng.randrange(1000):03}"])
    day = f"20{rng.randint(10, 25)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
    zone = rng.choice(["Z", "+02:00", "-11:30"])
    return f"{day}T{rng.randint(0, 23):02}:{rng.randint(0, 59):02}:30{fraction}{zone}"


def _number(rng: random.Random) -> float:
    return rng.choice([rng.randint(1, 10**6), rng.randint(1, 9999) / 4, 1.0, 25.60])


def _serial(rng: random.Random) -> str:
    return "".join(rng.choices(SAFE, k=rng.randint(2, 15)))


def _text(rng: random.Random) -> str:
    return "t" + "".join(rng.choices(SAFE + " ", k=rng.randint(1, 20))).strip()
