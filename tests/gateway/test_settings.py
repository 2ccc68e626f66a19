import dataclasses
import itertools
import re
import tomllib
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from drivers.mqtt.settings import MqttSettings
from gateway.errors import ConfigError
from gateway.settings import Settings, load, problems
from gateway.toml import _record_of, parse
from tests.vectors import ROOT

EXAMPLE = ROOT / "config" / "gateway.example.toml"
MEANT_FOR_THE_OPERATOR = {"lightclient.sources": ["http://127.0.0.1:5052"]}
DEFAULT_LINE = re.compile(r"^#(?=\[|[a-z_]+ = )", re.MULTILINE)


def everything() -> dict[str, Any]:
    """The example with every default taken out of its comment."""
    return tomllib.loads(DEFAULT_LINE.sub("", EXAMPLE.read_text()))


def fields(record: Any, table: dict[str, Any], path: str = "") -> Iterator[tuple[str, dataclasses.Field[Any], Any]]:
    """Every leaf of the settings as path, field and the example's value, through all tables."""
    for one in dataclasses.fields(record):
        annotation = typing.get_type_hints(record)[one.name]
        assert one.name in table, f"{path}{one.name} is missing from {EXAMPLE}"
        value = table[one.name]
        inner = next((r for a in (annotation, *typing.get_args(annotation)) if (r := _record_of(a))), None)
        if inner is None:
            yield path + one.name, one, value
        elif isinstance(value, list):
            yield from fields(inner, value[0], f"{path}{one.name}[0].")
        elif typing.get_origin(annotation) is dict:
            for name, table_of in value.items():
                yield from fields(inner, table_of, f"{path}{one.name}.{name}.")
        else:
            yield from fields(inner, value, f"{path}{one.name}.")


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_the_example_can_be_used_as_it_stands() -> None:
    loaded = load(EXAMPLE)
    assert list(loaded.mqtt) == ["floor"]
    assert loaded == dataclasses.replace(Settings(), mqtt=loaded.mqtt)


def test_the_example_names_every_setting_with_its_default() -> None:
    wrong = [
        f"{path}: the example says {value!r}, the record {default!r}"
        for path, one, value in fields(Settings, everything())
        if (default := _default(one)) is not dataclasses.MISSING and value != default
    ]
    assert wrong == []


def test_the_example_names_nothing_else_and_its_routes_are_the_default_ones() -> None:
    parsed = parse(everything(), Settings, EXAMPLE)
    assert parsed.mqtt["floor"].routes == MqttSettings().routes


def test_each_key_of_the_example_has_a_line_that_says_what_it_means() -> None:
    lines = EXAMPLE.read_text().splitlines()
    bare = [
        line
        for above, line in itertools.pairwise(lines)
        if re.match(r"^#?[a-z_]+ = ", line)
        and not above.startswith("# ")
        and "routes" not in above
        and not re.match("#(filter|codec)", above)
    ]
    assert bare == []


def _default(one: "dataclasses.Field[Any]") -> Any:
    value = one.default if one.default_factory is dataclasses.MISSING else one.default_factory()
    return list(value) if isinstance(value, tuple) else value


CHAIN = '[lightclient]\nsources = ["http://127.0.0.1:5052"]\n'


@pytest.mark.parametrize(
    ("text", "key", "words"),
    [
        ("[gatway]\n", "gatway", "did you mean 'gateway'?"),
        ("[store]\ngroup_mss = 3\n", "store.group_mss", "did you mean 'group_ms'?"),
        ("[mqtt.floor.tls]\ncafile = 'x'\n", "mqtt.floor.tls.cafile", "did you mean 'ca_file'?"),
        ("[mqtt.floor]\nport = 70000\n", "mqtt.floor.port", "expected `int` <= 65535"),
        ("[[mqtt.floor.routes]]\nfilter = 'a/+'\ncodec = 'xml'\n", "mqtt.floor.routes[0].codec", "invalid enum value 'xml'"),
        ("[[devices]]\ntitle = 'x'\n", "devices[0].id", "is missing"),
        ("[[devices]]\nid = 'a b'\n", "devices[0].id", "expected `str` matching regex"),
        (CHAIN + "[oracle]\nkeystore = 'k'\n", "oracle.chain_id", "is missing"),
        ("[oracle.publisher.patience]\nresend = 3\n", "oracle.publisher.patience.resend", "did you mean 'resend_ms'?"),
    ],
)
def test_a_wrong_file_is_refused_naming_file_key_reason_and_nearest_key(tmp_path: Path, text: str, key: str, words: str) -> None:
    path = write(tmp_path / "gateway.toml", text)
    told = {problem.key: str(problem) for problem in problems(path)}
    assert words in told[key]
    assert told[key].startswith(f"{path}: {key}: ")
    with pytest.raises(ConfigError):
        load(path)


def calibrated(valid_from: str, valid_until: str) -> str:
    """A device with a certificate between two days."""
    return (
        "[[devices]]\nid = 'a'\n[[devices.calibrations]]\nquantity = 'temperature'\ncertificate = 'K-1'\n"
        f"valid_from = {valid_from}\nvalid_until = {valid_until}\nexpanded_uncertainty = 0.3\n"
    )


def test_certificates_hold_from_midnight_to_midnight_utc(tmp_path: Path) -> None:
    (one,) = load(write(tmp_path / "gateway.toml", calibrated("2026-11-27", "2026-11-27"))).certificates()
    assert (one.device, one.quantity, one.name, one.expanded_uncertainty) == ("a", "temperature", "K-1", 0.3)
    assert (one.from_ms, one.until_ms) == (1_795_737_600_000, 1_795_737_600_000 + 86_400_000 - 1)


def test_policies_of_ones_own_are_known_products(tmp_path: Path) -> None:
    (tmp_path / "policies").mkdir()
    shipped = ROOT / "edge_agents" / "conditions" / "profiles" / "vaccine.toml"
    (tmp_path / "policies" / "lane-7.toml").write_bytes(shipped.read_bytes())
    text = f'[gateway]\ndata_dir = "{tmp_path}"\n[agents]\nproduct = "lane-7"\npolicies = "policies"\n'
    assert load(write(tmp_path / "gateway.toml", text)).agents.policies == str(tmp_path / "policies")
    with pytest.raises(ConfigError, match="no product 'lane-7'"):
        load(write(tmp_path / "gateway.toml", text.replace('policies = "policies"\n', "")))


ORACLE = f"""[oracle]
keystore = "k"
passphrase_file = "p"
chain_id = 1
registry = "0x{"1" * 40}"
gateway_registry = "0x{"2" * 40}"
eas_contract = "0x{"3" * 40}"
"""


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[[devices]]\nid = 'a'\n[[devices]]\nid = 'a'\n", "devices"),
        (calibrated("2027-01-01", "2026-12-31"), "devices[0].calibrations[0].valid_until"),
        ("[[devices]]\nid = 'a'\nproduct = 'marbles'\n", "devices[0].product"),
        ("[mqtt.a]\n[mqtt.b]\n", "mqtt.a.client_id"),
        ("[mqtt.a]\npassword_file = 'x'\n", "mqtt.a.password_file"),
        ("[web]\nhost = '0.0.0.0'\n", "web.host"),
        ("[lightclient]\n", "lightclient.sources"),
        ("[lightclient]\nsources = ['ftp://x']\n", "lightclient.sources[0]"),
        (CHAIN + "checkpoint = '0x12'\n", "lightclient.checkpoint"),
        (CHAIN + "network = 'mainet'\n", "lightclient.network"),
        ("[agents]\nproduct = 'vacine'\n", "agents.product"),
        ("[[devices]]\nid = 'a'\nproduct = 'vacine'\n", "devices[0].product"),
        (ORACLE, "oracle"),
        (ORACLE + "assurance = 'reported'\n" + CHAIN, "oracle.assurance"),
        (ORACLE.replace("1" * 40, "0" * 40) + "assurance = 'reported'\n", "oracle.registry"),
        (ORACLE + "assurance = 'reported'\nrpc_fallbacks = ['ws://x']\n", "oracle.rpc_fallbacks[0]"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(tmp_path: Path, text: str, key: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        load(write(tmp_path / "gateway.toml", text))
    assert refusal.value.key == key


def test_paths_of_the_settings_are_below_the_data_directory(tmp_path: Path) -> None:
    text = f"""[gateway]
data_dir = "{tmp_path}"
[mqtt.a]
username = "u"
password_file = "secret"
[mqtt.a.tls]
ca_file = "/etc/ca.pem"
[web]
token_file = "token"
"""
    loaded = load(write(tmp_path / "gateway.toml", text))
    assert loaded.mqtt["a"].password_file == str(tmp_path / "secret")
    assert loaded.mqtt["a"].tls is not None
    assert loaded.mqtt["a"].tls.ca_file == "/etc/ca.pem"
    assert loaded.mqtt["a"].tls.key_file == ""
    assert loaded.web.token_file == str(tmp_path / "token")


def test_what_loads_with_a_chain_is_complete(tmp_path: Path) -> None:
    loaded = load(write(tmp_path / "gateway.toml", CHAIN + ORACLE))
    assert loaded.oracle is not None
    assert loaded.oracle.batch.count == 1000
