from pathlib import Path

import pytest

from firmware_sim.errors import ScenarioRefused
from firmware_sim.scenario import LIMIT, load, parse

SCENARIOS = Path(__file__).parents[2] / "config" / "scenarios"
GOOD = b'name = "x"\ntitle = "y"\n'


@pytest.mark.parametrize("path", sorted(SCENARIOS.glob("*.toml")), ids=lambda path: path.stem)
def test_shipped_scenarios_parse_and_are_named_as_their_file(path: Path) -> None:
    assert load(path).name == path.stem


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\xff", "utf-8"),
        (b"name = ", "Invalid value"),
        (b'title = "y"', "name"),
        (GOOD + b"hours = -1", "hours"),
        (GOOD + b"speed = 1", "unknown key speed"),
        (GOOD + b"[container]\nsetpiont = 1", "unknown key container.setpiont"),
        (GOOD + b"[[door]]\nhour = 1\nminutes = 2\nwidth = 3", "unknown key door.width"),
        (GOOD + b"sample_seconds = 7", "multiple of 5"),
        (GOOD + b'sign = "RS256"', "sign"),
        (GOOD + b"[container]\nair_capacity = 0", "air_capacity"),
    ],
)
def test_wrong_scenarios_are_refused_by_key(data: bytes, reason: str) -> None:
    with pytest.raises(ScenarioRefused, match=reason):
        parse(data, Path("x.toml"))


def test_missing_and_oversized_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioRefused, match="No such file"):
        load(tmp_path / "none.toml")
    (tmp_path / "big.toml").write_bytes(b"#" * (LIMIT + 1))
    with pytest.raises(ScenarioRefused, match="larger"):
        load(tmp_path / "big.toml")
