import dataclasses
import json
from pathlib import Path

import pytest
import sha3

from oracle import artifacts
from oracle.publication_errors import ArtifactNotBuiltError, ArtifactUnknownError, ImmutablesMismatchError

REGISTRY = bytes(range(20))


def test_loads_what_the_contracts_compile_to() -> None:
    artifact = artifacts.load("AnchorRegistry")
    assert artifact.name == "AnchorRegistry"
    assert artifact.compiler.startswith("0.8.37")
    assert artifact.deployed_bytecode in artifact.bytecode
    assert artifact.storage == {"_roots": 0}


def test_is_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        artifacts.load("AnchorRegistry").name = "other"  # type: ignore[misc]


@pytest.mark.parametrize("name", ["Registry", "../errors", ""])
def test_refuses_a_name_it_does_not_ship(name: str) -> None:
    with pytest.raises(ArtifactUnknownError):
        artifacts.load(name)


def test_loads_what_was_built_into_a_folder(tmp_path: Path) -> None:
    shipped = artifacts.load("GatewayRegistry")
    document = json.loads((Path(artifacts.__file__).parent / "GatewayRegistry.json").read_text())
    (tmp_path / "ShipmentEscrow.json").write_text(json.dumps(document | {"contractName": "ShipmentEscrow"}))
    assert artifacts.load_built("ShipmentEscrow", tmp_path) == dataclasses.replace(shipped, name="ShipmentEscrow")


@pytest.mark.parametrize("name", ["DefectBond", "../errors", ""])
def test_refuses_what_was_not_built(tmp_path: Path, name: str) -> None:
    with pytest.raises(ArtifactNotBuiltError, match="make contracts"):
        artifacts.load_built(name, tmp_path)


def test_fills_every_place_of_an_immutable() -> None:
    artifact = artifacts.load("AnchorRegistry")
    code = artifacts.runtime_code(artifact, {"GATEWAY_REGISTRY": REGISTRY})
    for place in artifact.immutables["GATEWAY_REGISTRY"]:
        assert code[place.start : place.start + place.length] == bytes(12) + REGISTRY
    assert len(code) == len(artifact.deployed_bytecode)
    assert artifacts.runtime_code_hash(artifact, {"GATEWAY_REGISTRY": REGISTRY}) == sha3.keccak_256(code).digest()


@pytest.mark.parametrize(
    "immutables", [{}, {"OTHER": REGISTRY}, {"GATEWAY_REGISTRY": REGISTRY, "OTHER": b""}, {"GATEWAY_REGISTRY": bytes(33)}]
)
def test_refuses_other_immutables(immutables: dict[str, bytes]) -> None:
    with pytest.raises(ImmutablesMismatchError):
        artifacts.runtime_code(artifacts.load("AnchorRegistry"), immutables)
