import pytest

from drivers.reading import Quality, Reading, Value
from edge_agents.errors import FrameRefused
from edge_agents.frame import frame

QUANTITY = "frame/09506000134352/L42/item-1"


def reading(quantity: str = QUANTITY, value: Value = b"png") -> Reading:
    return Reading("cam", quantity, value, "", 5, 1, Quality.GOOD, bytes(32))


def test_a_frame_is_named_by_its_quantity() -> None:
    found = frame(reading())
    assert (found.subject, found.item, found.device, found.time_ms, found.png) == ("01/09506000134352/10/L42", "item-1", "cam", 5, b"png")


@pytest.mark.parametrize(
    ("quantity", "reason"),
    [
        ("frame", "is not frame/"),
        ("frame/09506000134352/L42", "is not frame/"),
        ("frame/09506000134352/L42/a/b", "is not frame/"),
        ("frame/09506000134352/L%2f/a", "is not frame/"),
        (f"frame/09506000134352/{'L' * 21}/a", "is not frame/"),
        ("frame/09506000134353/L42/a", "check digit"),
        ("frame/\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669\u0660\u0661\u0662\u0663/L/a", "is not frame/"),
    ],
)
def test_other_names_are_refused(quantity: str, reason: str) -> None:
    with pytest.raises(FrameRefused, match=reason):
        frame(reading(quantity))


def test_a_frame_is_bytes() -> None:
    with pytest.raises(FrameRefused, match="float"):
        frame(reading(value=1.0))
