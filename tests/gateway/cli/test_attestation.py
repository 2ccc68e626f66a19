"""`aios attestation verify` on what eas-sdk signed, and on what it should not have let pass."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from oracle.attestation_json import to_json
from oracle.bundle import Bundle
from oracle.bundle_codec import dumps_cbor, dumps_json
from tests.gateway.test_cli import call
from tests.oracle.bundle_fixture import shipment
from tests.vectors import vectors


def write(folder: Path, document: object) -> str:
    path = folder / "attestation.json"
    path.write_text(json.dumps(document))
    return str(path)


def vector(name: str) -> dict[str, Any]:
    document = json.loads(vectors("eas", "offchain-v2", name).read_text())
    document.pop("_why", None)
    return document  # type: ignore[no-any-return]


def pins(document: dict[str, Any]) -> list[str]:
    domain = document["sig"]["domain"]
    return ["--chain-id", domain["chainId"], "--eas", domain["verifyingContract"], "--eas-version", domain["version"]]


@pytest.mark.parametrize("name", ["good-1.json", "good-2.json", "good-3.json"])
def test_what_the_sdk_signed_holds(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = vector(name)
    code, said, told = call("attestation", "verify", write(tmp_path, document), *pins(document), monkeypatch=monkeypatch)
    assert (code, told) == (0, "")
    assert "holds" in said
    assert document["signer"] in said


@pytest.mark.parametrize("name", ["tampered-1.json", "tampered-2.json", "tampered-4.json"])
def test_what_was_tampered_with_ends_with_1_and_the_reason(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, _, told = call("attestation", "verify", write(tmp_path, vector(name)), monkeypatch=monkeypatch)
    assert code == 1
    assert "refused: " in told


@pytest.mark.parametrize(("place", "other"), [(1, "5"), (3, f"0x{'11' * 20}"), (5, "9.9.9")])
def test_each_pin_refuses_another_deployment(place: int, other: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = vector("good-1.json")
    given = pins(document)
    given[place] = other
    code, said, _ = call("attestation", "verify", write(tmp_path, document), *given, "--json", monkeypatch=monkeypatch)
    assert code == 1
    assert json.loads(said)["valid"] is False
    assert other.removeprefix("0x") in json.loads(said)["reason"]


@pytest.mark.parametrize(("place", "other"), [(3, ""), (5, ""), (5, "banana")])
def test_a_pin_that_is_empty_or_malformed_is_refused_before_the_file_is_judged(
    place: int, other: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = vector("good-1.json")
    given = pins(document)
    given[place] = other
    code, said, told = call("attestation", "verify", write(tmp_path, document), *given, monkeypatch=monkeypatch)
    assert (code, said) == (2, "")
    assert told.startswith(f"aios: {given[place - 1]} ")


@pytest.mark.parametrize("dump", [dumps_json, dumps_cbor])
def test_a_bundle_is_sent_to_the_command_that_checks_it(
    dump: Callable[[Bundle], bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bundle"
    path.write_bytes(dump(shipment().bundle))
    code, said, told = call("attestation", "verify", str(path), monkeypatch=monkeypatch)
    assert (code, said) == (2, "")
    assert told.endswith("check it with `aios verify`\n")


def test_our_own_statement_is_shown_by_the_names_of_its_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    signed = shipment().bundle.attestation
    code, said, _ = call("attestation", "verify", write(tmp_path, to_json(signed)), "--json", monkeypatch=monkeypatch)
    document = json.loads(said)
    assert code == 0
    assert document["statement"]["verdict"] in (0, 1, 2)
    assert document["statement"]["agent"].startswith("0x")
    assert document["not_pinned"] == ["chain", "EAS", "version"]


def test_a_file_that_is_not_there_ends_with_2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, _, told = call("attestation", "verify", str(tmp_path / "none.json"), monkeypatch=monkeypatch)
    assert code == 2
    assert "cannot be read" in told


@pytest.mark.parametrize("text", [b"", b"[]", b"{", b"[" * 100_000, b'{"sig":' * 9000])
def test_what_is_no_attestation_ends_with_1(text: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.json").write_bytes(text)
    code, _, told = call("attestation", "verify", str(tmp_path / "x.json"), monkeypatch=monkeypatch)
    assert code == 1
    assert "Traceback" not in told
