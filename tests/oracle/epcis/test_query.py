"""Which events a query finds, by what its parameters mean and not by how they are spelled."""

import json
from typing import Any

import pytest

from oracle.epcis.document import Event, read
from oracle.epcis.patterns import Pattern
from oracle.epcis.query import PARAMETERS, Query, QueryRefusedError, matches

CONTEXT = ["https://ref.gs1.org/standards/epcis/epcis-context.jsonld"]
PACKED: dict[str, Any] = {
    "@context": CONTEXT,
    "type": "AggregationEvent",
    "eventID": "urn:uuid:404d95fc-9457-4a51-bd6a-0bba133845a8",
    "eventTime": "2026-03-04T11:00:30+01:00",
    "eventTimeZoneOffset": "+01:00",
    "parentID": "urn:epc:id:sscc:0614141.1234567890",
    "childEPCs": ["urn:epc:id:sgtin:0614141.112345.400", "https://id.gs1.org/01/10614141123459/21/401"],
    "action": "ADD",
    "bizStep": "packing",
    "disposition": "https://ref.gs1.org/cbv/Disp-in_progress",
    "readPoint": {"id": "urn:epc:id:sgln:0614141.12345.0"},
    "bizLocation": {"id": "https://id.gs1.org/414/0614141123452"},
}


def recorded(**changed: Any) -> Event:
    return read(json.dumps(PACKED | changed).encode()).events[0]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "eventType=AggregationEvent",
        "eventType=ObjectEvent,AggregationEvent",
        "eventType=ObjectEvent&eventType=AggregationEvent",
        "GE_eventTime=2026-03-04T10:00:30Z&LT_eventTime=2026-03-04T10:00:30.001Z",
        "GE_eventTime=2026-03-04T11%3A00%3A30%2B01%3A00",
        "EQ_action=ADD",
        "EQ_bizStep=https://ref.gs1.org/cbv/BizStep-packing",
        "EQ_bizStep=urn:epcglobal:cbv:bizstep:packing",
        "EQ_bizStep=shipping,packing",
        "EQ_disposition=in_progress",
        "MATCH_epc=https://example.com/01/10614141123459/21/400",
        "MATCH_epc=urn:epc:id:sgtin:0614141.112345.401",
        "MATCH_epc=urn:epc:idpat:sgtin:0614141.112345.*",
        "MATCH_epc=urn:epc:idpat:sgtin:0614141.*.*",
        "MATCH_epc=urn:epc:idpat:sgtin:*.*.*",
        "MATCH_epc=urn:epc:idpat:sgtin:0614141.112345.%34%30%30",
        "MATCH_epc=urn:epc:idpat:grai:*.*.*,urn:epc:id:sgtin:0614141.112345.400",
        "MATCH_parentID=urn:epc:idpat:sscc:0614141.*",
        "MATCH_anyEPC=https://id.gs1.org/00/106141412345678908",
        "MATCH_parentID=https://id.gs1.org/00/106141412345678908",
        "EQ_readPoint=https://id.gs1.org/414/0614141123452",
        "EQ_bizLocation=urn:epc:id:sgln:0614141.12345.0",
        "EQ_eventID=urn:uuid:404d95fc-9457-4a51-bd6a-0bba133845a8",
        "EXISTS_errorDeclaration=false",
        "perPage=10&nextPageToken=7",
    ],
)
def test_a_query_finds_the_event(text: str) -> None:
    assert matches(recorded(), Query.from_text(text))


@pytest.mark.parametrize(
    "text",
    [
        "eventType=ObjectEvent",
        "LT_eventTime=2026-03-04T10:00:30Z",
        "GE_eventTime=2026-03-04T10:00:30.001Z",
        "EQ_action=DELETE",
        "EQ_bizStep=shipping",
        "EQ_disposition=in_transit",
        "MATCH_epc=urn:epc:id:sgtin:0614141.112345.402",
        "MATCH_epc=urn:epc:id:sscc:0614141.1234567890",
        "MATCH_epc=urn:epc:idpat:sgtin:0614142.*.*",
        "MATCH_epc=urn:epc:idpat:grai:*.*.*",
        "MATCH_epc=urn:epc:idpat:sgtin:0614141.112345.4",
        "MATCH_parentID=urn:epc:id:sscc:0614141.1234567891",
        "EQ_readPoint=https://id.gs1.org/414/9506000134307",
        "EQ_bizLocation=https://id.gs1.org/414/9506000134307",
        "EQ_eventID=urn:uuid:0",
        "EXISTS_errorDeclaration=true",
        "eventType=AggregationEvent&EQ_action=DELETE",
    ],
)
def test_a_query_does_not_find_it(text: str) -> None:
    assert not matches(recorded(), Query.from_text(text))


def test_error_declarations_are_found_apart() -> None:
    declared = recorded(errorDeclaration={"declarationTime": "2026-03-05T00:00:00Z"})
    assert matches(declared, Query.from_text("EXISTS_errorDeclaration=true"))
    assert not matches(declared, Query.from_text("EXISTS_errorDeclaration=false"))
    assert matches(declared, Query())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("EQ_bizstep=packing", "did you mean EQ_bizStep"),
        ("WD_readPoint=x:y", "is not understood"),
        ("eventType=Event", "expected ObjectEvent"),
        ("EQ_action=LOOK", "expected ADD"),
        ("GE_eventTime=yesterday", "expected a time with a zone"),
        ("EXISTS_errorDeclaration=1", "expected true, false"),
        ("perPage=0", "from 1 to 1000"),
        ("perPage=1001", "from 1 to 1000"),
        ("nextPageToken=x", "whole number"),
        ("EQ_eventID=", "0 values"),
        ("EQ_eventID=" + ",".join(["a"] * 201), "201 values"),
        ("=x", "is not understood"),
        ("MATCH_epc=urn:epc:idpat:*", "a scheme of sgtin"),
        ("MATCH_epc=urn:epc:idpat:sgtin", "1 parts, a pattern of sgtin has 3"),
        ("MATCH_epc=urn:epc:idpat:sgtin:", "1 parts"),
        ("MATCH_epc=urn:epc:idpat:sgtin:*.*", "2 parts"),
        ("MATCH_epc=urn:epc:idpat:sgtin:0614141.112345.4**", "a part is [*] or holds none"),
        ("MATCH_epc=urn:epc:idpat:sgtin:0614141.112345.*.*", "a part is [*] or holds none"),
        ("MATCH_epc=urn:epc:idpat:sgtin:*.112345.*", "open before one that is given"),
        ("MATCH_epc=urn:epc:idpat:sgtin:06141.*.*", "company prefix of 6 to 12 digits"),
        ("MATCH_anyEPC=urn:epc:idpat:sgtim:*.*.*", "a scheme of sgtin"),
        ("MATCH_parentID=urn:epc:idpat:sscc:0614141.%25z" + "*" * 40, "a part is [*] or holds none"),
        ("MATCH_epc=" + ",".join(["urn:epc:idpat:sgtin:*.*.*"] * 11), "at most 10 patterns"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(text: str, said: str) -> None:
    with pytest.raises(QueryRefusedError, match=said) as refusal:
        Query.from_text(text)
    assert refusal.value.parameter == text.split("=", maxsplit=1)[0]


def test_every_parameter_sets_a_field_of_the_query() -> None:
    assert {target for target, _ in PARAMETERS.values()} == set(Query.__slots__)


def test_a_comma_inside_an_identifier_is_encoded() -> None:
    assert Query.from_text("EQ_eventID=urn:a%2Cb,urn:c").event_ids == {"urn:a,b", "urn:c"}


@pytest.mark.parametrize(
    ("pattern", "epc", "is_one"),
    [
        ("itip:4012345.*.*.*.*", "urn:epc:id:itip:4012345.012345.01.02.987", True),
        ("gid:95100000.12345.*", "urn:epc:id:gid:95100000.12345.400", True),
        ("gid:95100000.12345.*", "urn:epc:id:gid:95100000.12346.400", False),
        ("sgtin:0614141.112345.*", "urn:epc:id:sgtin:0614141.112345.4.0.0", True),
        ("sgtin:0614141.112345.4.0", "urn:epc:id:sgtin:0614141.112345.4.0", True),
        ("sgtin:0614141.112345.*", "urn:epc:id:sgtin:0614141.112345", False),
        ("giai:0614141.*", "https://id.gs1.org/8004/061414112345678.9", True),
        ("sgln:0614141.12345.*", "https://id.gs1.org/414/0614141123452", True),
        ("sgtin:*.*.*", "https://example.org/nothing", False),
        ("sgtin:*.*.*", "urn:uuid:0", False),
    ],
)
def test_a_pattern_stands_for_the_epcs_of_its_scheme(pattern: str, epc: str, is_one: bool) -> None:
    assert Pattern.from_urn(f"urn:epc:idpat:{pattern}").matches(epc) is is_one
