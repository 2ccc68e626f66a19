from pathlib import Path
from typing import Any

import msgspec
import pytest

from edge_agents.conditions.agent import PROFILES, Conditions, products
from edge_agents.conditions.policy import Policy
from edge_agents.errors import ManifestRefused
from edge_agents.finding import Verdict
from edge_agents.manifest import load
from edge_agents.settings import AgentSettings
from tests.edge_agents.conditions.build import SUBJECT, made, readings


def said(product: str, values: list[float], uncertainty: dict[str, float] | None = None) -> str:
    agent = Conditions.load(product)
    return agent.judge(SUBJECT, made(readings(values), agent.policy, uncertainty=uncertainty)).label


def test_the_products_that_are_shipped() -> None:
    assert products() == ("ambient", "bananas", "fresh", "frozen", "gdp-2-8", "vaccine", "vaccine-pqs", "wine")


@pytest.mark.parametrize(
    ("product", "steady", "off"),
    [
        ("ambient", 21.0, 41.0),
        ("bananas", 13.7, 11.0),
        ("fresh", 4.0, 12.0),
        ("frozen", -22.0, -12.0),
        ("gdp-2-8", 5.0, 9.0),
        ("vaccine", 5.0, 12.0),
        ("vaccine-pqs", 5.0, -3.0),
        ("wine", 14.0, 33.0),
    ],
)
def test_each_conforms_where_it_should_and_breaks_where_it_should(product: str, steady: float, off: float) -> None:
    calibrated = {"temperature": 0.2}
    assert said(product, [steady] * 40, calibrated) == "conforms"
    assert said(product, [steady] * 20 + [off] * 40 + [steady] * 20, calibrated) == "excursion"


def test_tolerated_minutes_conform_and_one_more_step_breaches() -> None:
    assert said("vaccine", [5.0] * 10 + [8.0] + [9.0] * 5 + [8.0] + [5.0] * 10) == "conforms"
    assert said("vaccine", [5.0] * 10 + [8.0] + [9.0] * 6 + [8.0] + [5.0] * 10) == "excursion"
    assert said("vaccine", [5.0] * 10 + [1.9] + [5.0] * 10) == "excursion"
    assert said("frozen", [-20.0] * 10 + [-16.0] * 10 + [-20.0] * 10) == "conforms"
    assert said("frozen", [-20.0] * 10 + [-14.0] + [-20.0] * 10) == "excursion"


def test_gdp_demands_a_certificate_and_leaves_the_guard_band_open() -> None:
    assert said("gdp-2-8", [5.0] * 40) == "uncalibrated"
    assert said("gdp-2-8", [7.9] * 40, {"temperature": 0.3}) == "uncertain"


def test_heat_within_the_band_can_still_exceed_the_kinetic_limit() -> None:
    assert said("fresh", [7.0] * 20 + [24.0] + [7.0] * 300) == "kinetic-heat"


def test_an_unknown_product_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ManifestRefused, match="fresh, frozen"):
        Conditions.load("../vaccine")


def test_an_operators_policy_goes_before_a_shipped_one(tmp_path: Path) -> None:
    own = (PROFILES / "vaccine.toml").read_text().replace("high = 8.0", "high = 7.0")
    (tmp_path / "vaccine.toml").write_text(own)
    (tmp_path / "lane-7.toml").write_text(own)
    settings = AgentSettings(policies=str(tmp_path))
    assert "lane-7" in products(str(tmp_path))
    assert Conditions.load("vaccine", settings).bands() == {"temperature": (2.0, 7.0)}
    assert Conditions.load("lane-7", settings).manifest.hash == Conditions.load("vaccine", settings).manifest.hash
    assert Conditions.load("frozen", settings).policy.title == "Frozen food, -18 degrees"


BAND = {"quantity": "temperature", "unit": "Cel", "low": 2.0, "high": 8.0}


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ({}, "a policy needs a band"),
        ({"bands": [{**BAND, "low": 9.0}]}, "low 9.0 must be less than high 8.0"),
        ({"bands": [{"quantity": "temperature", "unit": "Cel"}]}, "needs low or high"),
        ({"bands": [{**BAND, "colour": "red"}]}, "colour"),
        ({"bands": [{**BAND, "longest_gap_minutes": 0}]}, "longest_gap_minutes"),
        ({"bands": [BAND, {**BAND, "unit": "K"}]}, "has two units"),
        ({"bands": [BAND], "kinetic": {"quantity": "humidity", "limit": 8.0}}, "needs a band of humidity"),
        ({"route": {"corridor": [[45.0, 5.0]]}}, "at least two waypoints"),
        ({"route": {}}, "a corridor or a fence"),
        ({"route": {"fences": [{"name": "x", "kind": "inside"}]}}, "a center with a radius_km, or three corners"),
        ({"route": {"fences": [{"name": "x", "kind": "inside", "center": [0.0, 0.0]}]}}, "a center with a radius_km, or three corners"),
        ({"route": {"fences": [{"name": "x", "kind": "inside", "corners": [[0.0, 0.0], [1.0, 1.0]]}]}}, "corners"),
        (
            {"route": {"fences": [{"name": "x", "kind": "inside", "radius_km": 1.0, "corners": [[0.0, 0.0], [1.0, 1.0], [0.0, 1.0]]}]}},
            "a center with a radius_km, or three corners",
        ),
        ({"route": {"fences": [{"name": "x", "kind": "inside", "corners": [[0.0, 0.0], [0.0, 46.0], [1.0, 1.0]]}]}}, "within 5,000 km"),
        ({"route": {"corridor": [[95.0, 5.0], [0.0, 0.0]]}}, "corridor"),
        ({"bands": [BAND], "calibration": "perhaps"}, "calibration"),
        ({"bands": [{**BAND, "high": float("inf")}]}, "high"),
    ],
)
def test_policies_that_cannot_be_meant_are_refused_with_the_key(table: dict[str, Any], reason: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=reason):
        msgspec.convert({"title": "test", **table}, Policy)


def test_a_manifest_of_other_rules_is_refused(tmp_path: Path) -> None:
    text = (PROFILES / "vaccine.toml").read_text()
    for bad, reason in (
        (text.replace('"gap", ', ""), "labels must be"),
        (text.replace('kind = "shipment"', 'kind = "lot"'), "kind = 'shipment'"),
        (text[: text.index("[policy]")], "policy"),
    ):
        path = tmp_path / "bad.toml"
        path.write_text(bad)
        with pytest.raises(ManifestRefused, match=reason):
            Conditions(load(path))


def test_an_open_side_is_infinite_and_the_verdicts_words_are_known() -> None:
    assert Conditions.load("bananas").bands()["humidity"] == (85.0, float("inf"))
    assert (
        Conditions.load("vaccine").judge(SUBJECT, made(readings([5.0] * 40), Conditions.load("vaccine").policy)).verdict is Verdict.CONFORMS
    )
