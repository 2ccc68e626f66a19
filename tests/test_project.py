"""The project as a package: what is shipped, what is required, and that an installed copy works."""

import ast
import functools
import re
import shutil
import subprocess
import sys
import tomllib
import venv
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

import gateway
from tests.prepared import prepare
from tests.vectors import ROOT

ROOMS = ("drivers", "edge_agents", "firmware_sim", "fullnode", "gateway", "lightclient", "oracle")
TOOLS = {
    "hypothesis", "import-linter", "mypy", "pytest", "pytest-timeout", "pytest-xdist", "ruff", "types-jsonschema", "types-psutil",
    "cramjam",  # snappy, under which consensus-spec vectors are packed
    "ckzg",  # what eth-consensus-specs imports
}  # fmt: skip
"""Development requirements that nothing imports by name."""
UNNAMED = {"websockets": "uvicorn serves WebSocket connections with it"}
"""Requirements that no module of ours imports, and why they are there."""
ELSEWHERE = {
    "ethereum_rlp": "part of ethereum-execution's interface",
    "ethereum_types": "part of ethereum-execution's interface",
    "py_arkworks_bls12381": "the alternative BLS backend, for whoever installs it",
    "py_ecc": "the reference that the BLS backend is compared with; the appliance does not import it",
    "eth_typing": "likewise, py_ecc's types",
}
"""What a shipped module imports without a requirement of ours, and why."""
DISTRIBUTIONS = packages_distributions()
"""Top-level modules, and the distributions that they come from."""
MADE = {"__pycache__", "node_modules"}


def setup_arguments() -> dict[str, Any]:
    call = next(node for node in ast.walk(ast.parse((ROOT / "setup.py").read_text())) if isinstance(node, ast.Call))
    names = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    return {name: eval(compile(ast.Expression(value), "setup.py", "eval"), {}) for name, value in names.items()}  # noqa: S307 - our own file


def folders() -> list[Path]:
    found = [ROOT / room for room in ROOMS]
    return [folder for room in found for folder in (room, *room.rglob("*")) if folder.is_dir() and not MADE & set(folder.parts)]


def requirements(name: str) -> list[str]:
    lines = (ROOT / "requirements" / f"{name}.in").read_text().splitlines()
    return [re.split(r"[<>=!~\[ ;]", line)[0] for line in lines if line and not line.startswith("#")]


def imported(*places: str) -> set[str]:
    """Top-level names that the sources of some folders import."""
    return {name for place in places for name in _imported(place)}


@functools.cache
def _imported(place: str) -> frozenset[str]:
    names = set()
    for file in (file for file in (ROOT / place).rglob("*.py") if not MADE & set(file.parts)):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.partition(".")[0])
            elif isinstance(node, ast.Call) and node.args and _called(node.func) in {"import_module", "importorskip"}:
                names.add(ast.unparse(node.args[0]).lstrip("f").strip("'\"").partition(".")[0])  # also f"package.{fork}"
    return frozenset(names)


def _called(function: ast.expr) -> str:
    match function:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
    return ""


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def modules_of(requirement: str) -> set[str]:
    return {module for module, names in DISTRIBUTIONS.items() if canonical(requirement) in map(canonical, names)}


def test_every_package_folder_is_listed_and_every_listed_package_exists() -> None:
    there = {".".join(folder.relative_to(ROOT).parts) for folder in folders() if (folder / "__init__.py").is_file()}
    assert set(setup_arguments()["packages"]) == there | {"config"}


def test_every_file_that_is_not_python_ships() -> None:
    data = setup_arguments()["package_data"]
    shipped = {file for package, globs in data.items() for glob in globs for file in (ROOT / package.replace(".", "/")).glob(glob)}
    there = {
        file for folder in (*folders(), *(ROOT / "config").rglob("*"), ROOT / "config") if folder.is_dir() for file in folder.iterdir()
    }
    assert {file for file in there if file.is_file() and file.suffix not in {".py", ".pyc"}} - shipped == set()


def test_versions_agree() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert "version" in project["project"]["dynamic"]
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "gateway.__version__"}
    assert re.search(
        rf"^## .*({re.escape(gateway.__version__)}|Unreleased)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE | re.IGNORECASE
    )


@pytest.mark.parametrize("lock", ["dev", "demo", "runtime"])
def test_locks_pin_every_requirement_and_hold_no_address(lock: str) -> None:
    text = (ROOT / "requirements" / f"{lock}.txt").read_text()
    assert "://" not in text
    assert "--index-url" not in text
    pinned = {canonical(name) for name in re.findall(r"^([A-Za-z0-9._-]+)==", text, re.MULTILINE)}
    names = {"dev": ("runtime", "demo", "train", "report", "dev"), "demo": ("runtime", "demo"), "runtime": ("runtime",)}[lock]
    assert {canonical(one) for name in names for one in requirements(name)} - pinned == set()


@pytest.mark.parametrize(
    ("name", "places"), [("runtime", ROOMS), ("demo", ("gateway", "fullnode")), ("train", ("edge_agents",)), ("report", ("oracle",))]
)
def test_every_requirement_is_imported_by_what_needs_it(name: str, places: tuple[str, ...]) -> None:
    used = imported(*places)
    assert [one for one in requirements(name) if one not in UNNAMED and not modules_of(one) & used] == []


def test_every_development_requirement_is_used() -> None:
    used = imported("tests", "benchmarks", *ROOMS)
    assert [one for one in requirements("dev") if one not in TOOLS and not modules_of(one) & used] == []


def test_every_import_of_a_shipped_package_is_a_requirement() -> None:
    known = {
        module for name in ("runtime", "demo", "train", "report", "hsm", "tpm") for one in requirements(name) for module in modules_of(one)
    }
    foreign = {name for name in imported(*ROOMS) & set(DISTRIBUTIONS) if name not in {*ROOMS, "tests", "config"}}
    assert foreign - known - set(sys.stdlib_module_names) - set(ELSEWHERE) == set()


@pytest.mark.slow
def test_an_installed_wheel_works_from_anywhere(tmp_path: Path) -> None:
    # Built from a copy: setuptools leaves a build folder behind.
    source = shutil.copytree(
        ROOT, tmp_path / "source", ignore=shutil.ignore_patterns(".*", *MADE, "tests", "contracts", "demo-data", "build")
    )
    run = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "--wheel-dir", str(tmp_path), str(source)]
    if subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True, check=False).returncode:
        pytest.skip("this Python has no pip to build a wheel with")
    subprocess.run(run, check=True, capture_output=True)
    wheel = next(tmp_path.glob("*.whl"))
    names = zipfile.ZipFile(wheel).namelist()
    assert {"config/gateway.example.toml", "config/networks/mainnet.toml", "gateway/web/static/live.js"} <= set(names)
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/"))]
    home = tmp_path / "venv"
    venv.create(home, with_pip=False)
    site = next(home.glob("lib/python*/site-packages"))
    zipfile.ZipFile(wheel).extractall(site)
    # The requirements are those of the development environment; the checkout itself is not among them.
    others = [path for path in sys.path if path.endswith("site-packages")]
    (site / "requirements.pth").write_text("\n".join(others))

    def aios(*words: str) -> str:
        code = "import sys; from gateway.cli.main import main; sys.exit(main())"
        ended = subprocess.run([home / "bin" / "python", "-c", code, *words], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    assert "verify" in aios("--help")
    assert aios("--version") == f"aios {gateway.__version__}\n"
    assert "can be used" in aios("config", "check", "--config", str(site / "config" / "gateway.example.toml"))
    prepared = prepare(tmp_path)
    bundle = next((prepared.folder / "bundles").glob("*.json"))
    network = str(prepared.folder / "network.toml")
    assert "  proven: " in aios("verify", str(bundle), "--checkpoint", prepared.checkpoint, "--network", network)
    where = (
        "from gateway.demo import cast; from lightclient.network import load_network; "
        "print(cast.__file__, load_network('sepolia').name, cast.CONTAINERS[0].load().hours)"
    )
    told = subprocess.run([home / "bin" / "python", "-c", where], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert told.startswith(str(site))
    assert "sepolia 72" in told
