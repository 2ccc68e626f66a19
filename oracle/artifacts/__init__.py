"""What the contracts compile to, as data: ABI, code, places of immutables, storage layout, compiler and settings.

The JSON files beside this module are built from `contracts/src` by `contracts/build.mjs` and rebuilt byte for byte in CI; nobody edits
them. What rests on packages of npm is built beside the sources and goes into releases: `load_built` reads it from a folder. Nothing here
runs a compiler or asks a chain.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from oracle.keccak import keccak256
from oracle.publication_errors import ArtifactNotBuiltError, ArtifactUnknownError, ImmutablesMismatchError

BUILD_FOLDER = Path(__file__).parents[2] / "contracts" / "build"
"""Where a checkout's `make contracts` leaves what is not committed."""


@dataclass(frozen=True, slots=True)
class CodePlace:
    """Where in the runtime code a word stands that only the deployment knows."""

    start: int
    """Offset of the first byte."""
    length: int
    """Bytes that the value takes, left-padded with zeros."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """One compiled contract."""

    name: str
    """The contract's name in its source."""
    abi: tuple[Mapping[str, Any], ...]
    """The contract's ABI, as the compiler wrote it."""
    bytecode: bytes
    """Creation code, to which the encoded constructor arguments are appended."""
    deployed_bytecode: bytes
    """Runtime code with zeros in the place of immutables."""
    immutables: Mapping[str, tuple[CodePlace, ...]]
    """Where each immutable stands in the runtime code, by the variable's name."""
    storage: Mapping[str, int]
    """Slot of each state variable, by its name."""
    compiler: str
    """Version of the compiler, with its commit."""


@cache
def load(name: str) -> Artifact:
    """Returns the artifact of a contract.

    Raises ArtifactUnknownError where the package carries none of that name.
    """
    path = files(__name__) / f"{name}.json"
    if not name.isidentifier() or not path.is_file():
        raise ArtifactUnknownError(name)
    return _read(path.read_text("utf-8"))


def load_built(name: str, folder: Path = BUILD_FOLDER) -> Artifact:
    """Returns the artifact of a contract that `make contracts` built, or a release brought, in a folder.

    Raises ArtifactNotBuiltError where the folder holds none of that name.
    """
    path = folder / f"{name}.json"
    if not name.isidentifier() or not path.is_file():
        raise ArtifactNotBuiltError(name, str(folder))
    return _read(path.read_text("utf-8"))


def _read(text: str) -> Artifact:
    document = json.loads(text)
    return Artifact(
        name=document["contractName"],
        abi=tuple(document["abi"]),
        bytecode=bytes.fromhex(document["bytecode"][2:]),
        deployed_bytecode=bytes.fromhex(document["deployedBytecode"][2:]),
        immutables={
            variable: tuple(CodePlace(place["start"], place["length"]) for place in places)
            for variable, places in document["immutableReferences"].items()
        },
        storage={entry["label"]: int(entry["slot"]) for entry in document["storageLayout"]},
        compiler=document["compiler"]["version"],
    )


def runtime_code(artifact: Artifact, immutables: Mapping[str, bytes]) -> bytes:
    """Returns the code that a deployment with these immutables has on chain.

    Values are big-endian and at most as long as their place.
    Raises ImmutablesMismatchError unless exactly the contract's immutables are given.
    """
    if immutables.keys() != artifact.immutables.keys():
        raise ImmutablesMismatchError(artifact.name, tuple(artifact.immutables), tuple(immutables))
    code = bytearray(artifact.deployed_bytecode)
    for variable, places in artifact.immutables.items():
        for place in places:
            value = immutables[variable]
            if len(value) > place.length:
                raise ImmutablesMismatchError(artifact.name, tuple(artifact.immutables), (f"{variable} of {len(value)} bytes",))
            code[place.start : place.start + place.length] = value.rjust(place.length, b"\0")
    return bytes(code)


def runtime_code_hash(artifact: Artifact, immutables: Mapping[str, bytes]) -> bytes:
    """Returns keccak256 of the code on chain: what an account proof must state as `codeHash` (EIP-1052)."""
    return keccak256(runtime_code(artifact, immutables))
