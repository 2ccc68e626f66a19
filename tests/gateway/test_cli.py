"""The command line: complete help, examples that parse, exit codes, and one line per error."""

import importlib
import inspect
import io
import json
import os
import pkgutil
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from rich.console import Console

from gateway import __version__
from gateway.cli import commands as table
from gateway.cli import errors, main, terminal, verify_report
from gateway.errors import GatewayError
from lightclient.errors import UnknownNetwork
from oracle.publication_errors import NotMinedError, RpcUnreachableError
from oracle.verify_walk import Check, Outcome, Report
from tests.prepared import prepare
from tests.vectors import ROOT

TOP: Any = typer.main.get_command(table.app)
HOSTILE = "x\n  proven: all\x1b[8m"
ROOMS = ("drivers", "edge_agents", "firmware_sim", "fullnode", "gateway", "lightclient", "oracle")
OURS_ALONE = {
    "drivers.mqtt.transport._BrokenPacketError": "caught where it is raised",
    "drivers.outage.ImpossibleEventError": "a bug: its traceback is wanted",
}


def commands(command: Any = TOP, path: tuple[str, ...] = ("aios",)) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, (*path, name))


NAMED = [pytest.param(path, command, id=" ".join(path)) for path, command in commands()]


def example_of(command: Any) -> str:
    found = re.search(r"Example: `(.+?)`", " ".join((command.help or "").split()))
    assert found, f"no Example: line in the help of {command.name}"
    return found[1]


def parse(words: list[str]) -> None:
    """Parses a call down to its command, converting every value, and runs nothing."""
    assert words[0] == "aios"
    context, rest, command = None, words[1:], TOP
    while True:
        context = command.make_context(command.name, rest, parent=context)
        if not hasattr(command, "commands"):
            return
        _, command, rest = command.resolve_command(context, context._protected_args + context.args)


def aios(*words: str, timeout: float = 300) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gateway", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        env={**os.environ, "NO_COLOR": "1"},
    )


@pytest.mark.parametrize(("path", "command"), NAMED)
def test_every_command_says_what_it_does_and_gives_an_example_that_parses(path: tuple[str, ...], command: Any) -> None:
    assert len((command.help or "").splitlines()[0]) > 20
    words = shlex.split(example_of(command))
    assert tuple(words[: len(path)]) == path
    parse(words)


@pytest.mark.parametrize(("path", "command"), NAMED)
def test_every_option_has_a_help_text(path: tuple[str, ...], command: Any) -> None:
    bare = [one.name for one in command.params if not (getattr(one, "help", None) or "").endswith(".")]
    assert bare == []


@pytest.mark.parametrize(("path", "command"), NAMED)
def test_the_parser_of_these_tests_refuses_what_does_not_exist(path: tuple[str, ...], command: Any) -> None:
    with pytest.raises(Exception, match="no-such"):
        parse([*path, "--no-such-option"])


def test_the_version_is_told() -> None:
    assert aios("--version").stdout == f"aios {__version__}\n"


def imported(*words: str) -> set[str]:
    """Names of the modules that a call imports."""
    code = f"""
import sys
sys.argv = {["aios", *words]!r}
from gateway.cli.main import main
try:
    main()
finally:
    print("\n".join(sys.modules), file=sys.stderr)
"""
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    return set(ended.stderr.split())


@pytest.mark.parametrize("words", [("--help",), ("verify", "nowhere.json", "--checkpoint", "0x" + "1" * 64)])
def test_help_and_verify_start_without_the_appliance(words: tuple[str, ...]) -> None:
    heavy = {
        "onnxruntime",
        "starlette",
        "uvicorn",
        "numpy",
        "httpx",
        "sqlite3",
        "paho",
        "prometheus_client",
        "structlog",
        "gateway.compose",
    }
    assert imported(*words) & heavy == set()


def test_the_daemon_does_not_carry_the_parser(tmp_path: Path) -> None:
    assert imported("run", "--config", str(tmp_path / "absent.toml")) & {"pydantic", "typer._adapters"} == set()


@pytest.mark.parametrize(
    ("words", "config"),
    [
        (["run"], Path("/etc/aios/gateway.toml")),
        (["run", "-c", "a.toml"], Path("a.toml")),
        (["run", "--config", "a.toml"], Path("a.toml")),
        (["run", "--help"], None),
        (["run", "--config", "--help"], None),
        (["run", "--config"], None),
        (["status"], None),
        ([], None),
    ],
)
def test_only_a_plain_run_goes_around_the_parser(words: list[str], config: Path | None) -> None:
    assert main._plain_run(words) == config


# Errors


def test_every_error_of_every_room_ends_in_one_line() -> None:
    missing = set()
    for room in ROOMS:
        package = importlib.import_module(room)
        for found in pkgutil.walk_packages(package.__path__, f"{room}."):
            if found.name.endswith("__main__") or not found.name.endswith(("errors", "_errors", "broker", "outage", "transport")):
                continue
            for _, kind in inspect.getmembers(importlib.import_module(found.name), inspect.isclass):
                name = f"{kind.__module__}.{kind.__qualname__}"
                ours = kind.__module__.startswith(ROOMS) and issubclass(kind, Exception)
                bases = {f"{one.__module__}.{one.__qualname__}" for one in kind.__mro__}
                if ours and not bases & errors.ONE_LINE and name not in OURS_ALONE:
                    missing.add(name)
    assert missing == set()


@pytest.mark.parametrize("name", sorted(errors.ONE_LINE))
def test_every_error_that_the_table_names_exists(name: str) -> None:
    module, _, kind = name.rpartition(".")
    assert issubclass(getattr(importlib.import_module(module), kind), Exception)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (RpcUnreachableError("m", "gone"), ["m: the RPC does not answer: gone; check --rpc, and whether the node behind it runs"]),
        (
            NotMinedError(bytes(32), "withdraw", 240),
            [
                (
                    f"withdraw: 0x{bytes(32).hex()} is not mined after 240 questions; it may be still: "
                    "look it up in an explorer before you send again"
                )
            ],
        ),
        (GatewayError("a\nb"), ["a b"]),
        (ExceptionGroup("tasks", [GatewayError("a"), ExceptionGroup("more", [GatewayError("b")])]), ["a", "b"]),
        (PermissionError(13, "Permission denied", "/var/lib/aios"), ["/var/lib/aios: Permission denied"]),
        (UnknownNetwork("x", ["mainnet"]), [" ".join(str(UnknownNetwork("x", ["mainnet"])).split())]),
        (ZeroDivisionError("bug"), None),
        (ExceptionGroup("tasks", [GatewayError("a"), ZeroDivisionError("bug")]), None),
        (OSError("nameless"), None),
        (
            OSError(28, "No space left on device"),
            ["No space left on device: make room where the output goes, or where the data directory lies"],
        ),
    ],
)
def test_what_a_person_can_act_on_is_one_line_and_a_bug_is_a_traceback(error: BaseException, said: list[str] | None) -> None:
    assert errors.messages(error) == said


def settings(folder: Path, text: str = "") -> str:
    (folder / "gateway.toml").write_text(f'[gateway]\ndata_dir = "{folder}"\n' + text)
    return str(folder / "gateway.toml")


NAME = "0x" + "1" * 64
SEPOLIA = ("networks", "show", "sepolia", "--rpc")
KEY = ("--keystore", "{0}/none.json", "--passphrase-file", "{0}/none")
BAD = f'[lightclient]\nnetwork = "nowhere"\nsources = ["http://127.0.0.1:1"]\ncheckpoint = "0x{"1" * 64}"\n'


@pytest.mark.parametrize(
    ("words", "config", "said"),
    [
        (("status", "-c", "{0}/gateway.toml"), "", "no gateway answers on"),
        (("shipments", "close", "106141412345678908", "-c", "{0}/gateway.toml"), "", "no gateway answers on"),
        (("devices", "-c", "{0}/gateway.toml"), "", "no store is here yet"),
        (("shipments", "list", "-c", "{0}/gateway.toml"), "", "no store is here yet"),
        (("config", "check", "-c", "{0}/absent.toml"), "", "cannot be read"),
        (("run", "-c", "{0}/gateway.toml"), "[web]\nhost = '0.0.0.0'", "web.host"),
        (("key", "address", *KEY), "", "none"),
        (("oracle", "await", "00/106141412345678908", "--recipient", f"0x{'0' * 40}", "-c", "{0}/gateway.toml"), "", "zero address"),
        ((*SEPOLIA, "banana"), "", "--rpc 'banana' is no endpoint's address"),
        ((*SEPOLIA, "file:///etc/passwd"), "", "--rpc 'file:///etc/passwd' is no endpoint's address"),
        ((*SEPOLIA, "http://"), "", "is no endpoint's address"),
        (("escrow", "status", NAME, "--rpc", "ftp://x"), "", "--rpc 'ftp://x' is no endpoint's address"),
        (("lightclient", "proof", "0x" + "1" * 40, "--rpc", "banana"), "", "--rpc 'banana' is no endpoint's address"),
        (("verify", "{0}/none.json", "--checkpoint", "0x" + "1" * 64), "", "cannot be read"),
        (("verify", "{0}/none.json", "--checkpoint", "0x12"), "", "--checkpoint"),
        (("verify", "{0}/none.json", "--checkpoint", "0x" + "1" * 64, "--network", "nowhere"), "", "nowhere"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_exit_code_2(
    tmp_path: Path, words: tuple[str, ...], config: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings(tmp_path, config)
    code, _, told = call(*(word.format(tmp_path) for word in words), monkeypatch=monkeypatch)
    assert (code, len(told.splitlines())) == (2, 1)
    assert told.startswith("aios: ")
    assert said in told


def call(*words: str, monkeypatch: pytest.MonkeyPatch) -> tuple[int, str, str]:
    """Runs a command in this process; returns exit code, output and errors."""
    said, told = io.StringIO(), io.StringIO()
    monkeypatch.setattr(terminal.out, "_file", said)
    monkeypatch.setattr(terminal.err, "_file", told)
    monkeypatch.setattr(sys, "argv", ["aios", *words])
    with pytest.raises(SystemExit) as ended:
        main.main()
    return int(ended.value.code or 0), said.getvalue(), told.getvalue()


def test_config_check_tells_every_problem_in_a_line_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = settings(tmp_path, "nam = 1\n[web]\nport = -1\n[[devices]]\n")
    code, _, told = call("config", "check", "--config", path, monkeypatch=monkeypatch)
    assert code == 2
    assert [line.split(": ")[2] for line in told.splitlines()] == ["gateway.nam", "web.port", "devices[0].id"]


def test_config_check_reads_the_policies_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = settings(tmp_path, '[agents]\npolicies = "mine"\n')
    code, _, told = call("config", "check", "--config", path, monkeypatch=monkeypatch)
    assert (code, "agents.policies" in told, "mine' is no folder" in told) == (2, True, True)
    (tmp_path / "mine").mkdir()
    document = (ROOT / "docs" / "conditions.md").read_text()
    policy = document.split("```toml\n")[1].split("```")[0]
    (tmp_path / "mine" / "lane-7.toml").write_text(policy)
    assert call("config", "check", "--config", path, monkeypatch=monkeypatch)[0] == 0
    (tmp_path / "mine" / "lane-8.toml").write_text(policy.replace("low = 2.0", "low = 12.0"))
    code, _, told = call("config", "check", "--config", path, monkeypatch=monkeypatch)
    assert (code, "lane-8.toml" in told, "low 12.0 must be less than high 8.0" in told) == (2, True, True)


def test_a_shipment_without_a_product_has_the_settings_policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}

    def answer(_: Path, command: str, **arguments: Any) -> dict[str, object]:
        asked.update(arguments, command=command)
        return {"subject": "00/106141412345678908"}

    monkeypatch.setattr("gateway.control.call", answer)
    words = ("shipments", "open", "106141412345678908", "--device", "reefer-1", "-c", settings(tmp_path, '[agents]\nproduct = "frozen"\n'))
    code, said, _ = call(*words, monkeypatch=monkeypatch)
    assert (code, asked["command"], asked["product"]) == (0, "shipments-open", "frozen")
    assert "under policy frozen" in said
    assert call(*words, "--product", "wine", monkeypatch=monkeypatch)[0] == 0
    assert asked["product"] == "wine"


def test_nothing_is_deployed_whose_record_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = (
        "--rpc",
        "http://127.0.0.1:1",
        "--keystore",
        "k",
        "--passphrase-file",
        "p",
        "--record",
        str(tmp_path / "absent" / "record.json"),
    )
    code, _, told = call("contracts", "deploy", *words, monkeypatch=monkeypatch)
    assert (code, "absent: no such folder" in " ".join(told.split())) == (2, True)


def test_a_network_that_does_not_exist_stops_the_start_with_one_line(tmp_path: Path) -> None:
    ended = aios("run", "-c", settings(tmp_path, BAD + "[web]\nport = 0\n"))
    assert ended.returncode == 2
    assert "nowhere" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_damaged_store_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = settings(tmp_path)
    (tmp_path / "store.db").write_bytes(b"no database" * 1000)
    code, _, told = call("devices", "-c", path, monkeypatch=monkeypatch)
    assert (code, len(told.splitlines())) == (2, 1)
    assert "cannot be read" in told


def test_a_bundle_that_is_none_is_refused_with_exit_code_1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bundle.json").write_text("{}")
    words = ("verify", str(tmp_path / "bundle.json"), "--checkpoint", "0x" + "1" * 64, "--network", "devnet-minimal")
    code, said, _ = call(*words, monkeypatch=monkeypatch)
    assert code == 1
    assert "NOT PROVEN" in said


def test_a_file_that_cannot_be_read_does_not_keep_the_others_from_being_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bundle.json").write_text("{}")
    files = (str(tmp_path / "missing.json"), str(tmp_path / "bundle.json"))
    code, said, told = call("verify", *files, "--checkpoint", "0x" + "1" * 64, "--network", "devnet-minimal", monkeypatch=monkeypatch)
    assert code == 1
    assert "NOT PROVEN" in said
    assert "missing.json: cannot be read" in told


def test_rejects_are_shown_with_their_reason_and_what_was_kept_of_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = str(prepare(tmp_path).folder / "gateway.toml")
    code, said, _ = call("rejects", "--config", config, monkeypatch=monkeypatch)
    assert code == 0
    assert "malformed" in said
    assert "\x1b" not in said
    code, said, _ = call("rejects", "--config", config, "--json", monkeypatch=monkeypatch)
    (reject,) = json.loads(said)
    assert (reject["detail"], bytes.fromhex(reject["payload_hex"])) == ("not JSON", b"\x1b[8mgarbage")


def test_what_others_wrote_cannot_draw_lines_of_a_report() -> None:
    assert terminal.visible("reefer-1\n  proven: all\x1b[8m\u202e café") == r"reefer-1\n  proven: all\x1b[8m\u202e café"


def test_a_hostile_file_name_and_report_stay_on_their_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    said = io.StringIO()
    monkeypatch.setattr(verify_report, "out", Console(file=said, soft_wrap=True))
    monkeypatch.setattr(verify_report, "err", Console(file=said, soft_wrap=True))
    report = Report((Check("format", Outcome.PROVEN, HOSTILE, HOSTILE),), (HOSTILE,), (HOSTILE,), HOSTILE)
    verify_report.show(HOSTILE, report, 0.0)
    assert len(said.getvalue().splitlines()) == 5
    assert "\x1b" not in said.getvalue()


def test_an_interrupted_command_ends_with_130() -> None:
    code = """
import os, signal
import gateway.settings
from gateway.cli import main
gateway.settings.load = lambda path: os.kill(os.getpid(), signal.SIGINT)
main.main()
"""
    ended = subprocess.run([sys.executable, "-c", code, "status"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ended.returncode, "Traceback" in ended.stderr) == (130, False)


# Keys


def test_a_new_key_is_sealed_and_its_address_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = ("--keystore", str(tmp_path / "key.json"), "--passphrase-file", str(tmp_path / "passphrase"))
    code, made, _ = call("key", "new", *files, monkeypatch=monkeypatch)
    assert code == 0
    assert re.fullmatch(r"0x[0-9a-fA-F]{40}\n", made)
    assert {(tmp_path / name).stat().st_mode & 0o777 for name in ("key.json", "passphrase")} == {0o600}
    assert call("key", "address", *files, monkeypatch=monkeypatch)[1] == made
    code, _, told = call("key", "new", *files, monkeypatch=monkeypatch)
    assert (code, "key.json" in told) == (2, True)
    assert json.loads((tmp_path / "key.json").read_text())["address"] == made.strip()[2:].lower()


# Tables


def printed(monkeypatch: pytest.MonkeyPatch, width: int, columns: list[str], row: list[str], *, terminal_there: bool) -> list[str]:
    said = io.StringIO()
    drawn = Console(file=said, width=width, soft_wrap=True, force_terminal=terminal_there, color_system=None)
    monkeypatch.setattr(terminal, "out", drawn)
    terminal.print_table(columns, [row])
    return said.getvalue().splitlines()


THREE = ["one", "two", "three"]
CELLS = ["a" * 30, "[b]" * 10, "c" * 30]


@pytest.mark.parametrize(("width", "there"), [(200, True), (80, False), (200, False)])
def test_a_table_is_whole_where_there_is_room_or_no_terminal(width: int, there: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = printed(monkeypatch, width, THREE, CELLS, terminal_there=there)
    assert lines[1].split() == THREE
    assert lines[3].split() == CELLS


def test_a_narrow_terminal_folds_a_table_and_drops_no_column(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = printed(monkeypatch, 80, [*THREE, "four"], [*CELLS, "short"], terminal_there=True)
    assert lines[1].split() == [*THREE, "four"]
    assert max(map(len, lines)) <= 80
    text = "".join(lines)
    assert (text.count("a"), text.count("[b]") >= 8, text.count("c"), "short" in text) == (30, True, 30, True)
    assert "…" not in text


def test_a_table_too_wide_to_fold_is_told_row_by_row(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = printed(monkeypatch, 40, THREE, CELLS, terminal_there=True)
    assert lines == [f"one    {CELLS[0]}", f"two    {CELLS[1]}", f"three  {CELLS[2]}", ""]
