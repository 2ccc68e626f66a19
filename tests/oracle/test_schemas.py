import eth_abi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.errors import FieldRangeError, MalformedStatementError
from oracle.keccak import keccak256
from oracle.schemas import (
    BY_UID,
    LOT_SCHEMA,
    LOT_VERDICT_SCHEMA,
    SHIPMENT_SCHEMA,
    LotStatement,
    LotVerdictStatement,
    ShipmentStatement,
    Statement,
    schema_uid,
    subject_id,
)

WORD = st.binary(min_size=32, max_size=32)
U64 = st.integers(0, 2**64 - 1)
TIMES = st.tuples(U64, U64).map(sorted)


def types(schema: str) -> list[str]:
    return [field.split()[0] for field in schema.split(",")]


@st.composite
def shipments(draw: st.DrawFn) -> ShipmentStatement:
    start, end = draw(TIMES)
    count, verdict = draw(st.integers(1, 2**32 - 1)), draw(st.integers(0, 2))
    return ShipmentStatement(draw(WORD), draw(WORD), draw(WORD), count, start, end, verdict, draw(WORD))


LOTS = st.builds(LotStatement, WORD, WORD, WORD, st.integers(0, 255), st.integers(0, 10**6), U64, WORD)


@st.composite
def lot_verdicts(draw: st.DrawFn) -> LotVerdictStatement:
    start, end = draw(TIMES)
    bad, seen, size = sorted(draw(st.tuples(*[st.integers(1, 2**32 - 1)] * 3)))
    return LotVerdictStatement(draw(WORD), draw(WORD), size, seen, bad, draw(st.integers(0, 2)), start, end, draw(WORD))


@given(shipments() | LOTS | lot_verdicts())
def test_a_statement_is_encoded_as_eth_abi_does_and_comes_back(statement: Statement) -> None:
    data = statement.encode()
    values = [getattr(statement, name) for name in type(statement).__slots__]
    assert data == eth_abi.encode(types(statement.SCHEMA), values)  # type: ignore[attr-defined]
    assert type(statement).decode(data) == statement


def test_a_schema_uid_is_that_of_the_schema_registry() -> None:
    # The uid that the registries of all EAS deployments hold for this schema.
    assert schema_uid("bool like").hex() == "33e9094830a5cba5554d1954310e4fbed2ef5f859ec1404619adea4207f391fd"
    assert list(BY_UID) == [schema_uid(SHIPMENT_SCHEMA), schema_uid(LOT_SCHEMA), schema_uid(LOT_VERDICT_SCHEMA)]


def test_a_subject_is_known_by_the_hash_of_its_digital_link() -> None:
    assert subject_id("https://id.gs1.org/00/106141412345678908") == keccak256(b"https://id.gs1.org/00/106141412345678908")


def shipment_words(**changes: int) -> bytes:
    words = {"shipment": 1, "eventHash": 2, "readingsRoot": 3, "readings": 4, "from": 5, "to": 6, "verdict": 1, "agent": 7, **changes}
    return b"".join(word.to_bytes(32, "big") for word in words.values())


@pytest.mark.parametrize("changes", [{"readings": 2**32}, {"readings": 0}, {"verdict": 3}, {"verdict": 256}, {"to": 4}, {"from": 2**64}])
def test_a_shipment_statement_that_cannot_be_meant_is_refused(changes: dict[str, int]) -> None:
    ShipmentStatement.decode(shipment_words())
    with pytest.raises(MalformedStatementError):
        ShipmentStatement.decode(shipment_words(**changes))


def test_a_lot_statement_that_cannot_be_meant_is_refused() -> None:
    sure = LotStatement(bytes(32), bytes(32), bytes(32), 0, 10**6 + 1, 0, bytes(32))
    with pytest.raises(MalformedStatementError):
        LotStatement.decode(sure.encode())
    with pytest.raises(MalformedStatementError):
        LotStatement.decode(bytes(225))
    with pytest.raises(MalformedStatementError):
        ShipmentStatement.decode(bytes(255))


def lot_verdict_words(**changes: int) -> bytes:
    words = {"lot": 1, "root": 2, "size": 9, "inspected": 5, "bad": 2, "verdict": 1, "from": 5, "to": 6, "agent": 7, **changes}
    return b"".join(word.to_bytes(32, "big") for word in words.values())


@pytest.mark.parametrize(
    "changes",
    [{"size": 2**32}, {"inspected": 10}, {"inspected": 0, "bad": 0}, {"bad": 6}, {"verdict": 3}, {"to": 4}, {"from": 2**64}],
)
def test_a_lot_verdict_that_cannot_be_meant_is_refused(changes: dict[str, int]) -> None:
    LotVerdictStatement.decode(lot_verdict_words())
    with pytest.raises(MalformedStatementError):
        LotVerdictStatement.decode(lot_verdict_words(**changes))
    with pytest.raises(MalformedStatementError):
        LotVerdictStatement.decode(lot_verdict_words()[:-1])


def test_a_field_beyond_its_type_is_refused() -> None:
    with pytest.raises(FieldRangeError):
        LotStatement(bytes(31), bytes(32), bytes(32), 0, 0, 0, bytes(32)).encode()
    with pytest.raises(FieldRangeError):
        LotStatement(bytes(32), bytes(32), bytes(32), 256, 0, 0, bytes(32)).encode()
