"""The light client as a user calls it: recordings replayed to their ends, refusals with exit code 1, wrong calls with 2."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gateway.cli.follow import guarded
from gateway.cli.lightclient import app
from oracle.publication_errors import RpcUnreachableError
from tests.vectors import vectors

RUN = CliRunner()
DEPOSIT = "0x00000000219ab540356cbb839cbe05303d7705fa"
MINER = "0x4838b106fce9647bdf1e7877bf73ce8b0bad5f97"
TRUSTED = {"deneb": "0xfc728271f234a95e04a101d2dc01717cd8e88edbc694f8a5377e396b08ff2591"}


def call(*arguments: str | Path, code: int = 0) -> Any:
    result = RUN.invoke(app, [*map(str, arguments), "--json"])
    assert result.exit_code == code, result.output
    return json.loads(result.stdout) if result.stdout.startswith("{") else None


def capella(*, updates: Path | None = None, finality: Path | None = None) -> tuple[str | Path, ...]:
    folder = vectors("mainnet", "capella")
    return (
        *("replay", "--network", "mainnet", "--bootstrap", folder / "bootstrap.json"),
        *("--updates", updates or folder / "updates.json"),
        *("--finality", finality or folder / "finality.json", "--optimistic", folder / "optimistic.json"),
    )


def devnet(name: str) -> tuple[Path, tuple[str | Path, ...]]:
    folder = vectors("beacon-devnets", name)
    root = json.loads((folder / "genesis.json").read_text())["data"]["genesis_validators_root"]
    return folder, ("replay", "--network", folder / "spec.json", "--genesis-validators-root", root)


def test_mainnet_capella_ends_where_it_is_known_to_end() -> None:
    found = call(*capella())
    assert (found["finalized"]["slot"], found["optimistic"]["slot"], found["period"]) == (7109344, 7109431, 867)
    assert found["next_committee_known"]
    assert len(found["steps"]) == 9


def test_mainnet_deneb_ends_at_the_period_before_its_bootstrap() -> None:
    folder = vectors("mainnet", "deneb-chain")
    first, rest = (next(folder.glob(f"*_start_period_{period}_*.ssz")) for period in (1392, 1393))
    found = call("replay", "--network", "mainnet", "--bootstrap", first, "--updates", rest)
    assert (found["finalized"]["slot"], found["period"]) == (11518368, 1406)
    later = call("replay", "--network", "mainnet", "--bootstrap", next(folder.glob("*bootstrap*.ssz")), "--root", TRUSTED["deneb"])
    assert (later["finalized"]["slot"], later["period"]) == (11526688, 1407)
    call("replay", "--network", "mainnet", "--bootstrap", first, "--root", TRUSTED["deneb"], code=1)


@pytest.mark.parametrize("form", ["json", "ssz"])
def test_the_recorded_electra_devnet_ends_where_it_is_known_to_end(form: str) -> None:
    folder, options = devnet("minimal-electra")
    files = ("--bootstrap", folder / f"bootstrap.{form}", "--updates", folder / f"updates.{form}")
    found = call(
        *options, *files, "--finality", folder / "finality_update_after_tx.json", "--optimistic", folder / f"optimistic_update.{form}"
    )
    assert (found["finalized"]["slot"], found["optimistic"]["slot"], found["period"]) == (128, 144, 2)
    assert [step["outcome"] for step in found["steps"]][:3] == ["trusted", "too old", "moved"]


@pytest.mark.parametrize("slot", [8, 16, 24])
def test_the_recorded_devnet_crosses_from_deneb_to_electra(slot: int) -> None:
    folder, options = devnet("minimal-deneb-to-electra")
    files = ("--bootstrap", folder / f"bootstrap_slot{slot}.ssz", "--updates", folder / "updates.json")
    found = call(*options, *files, "--finality", folder / "finality_update.json", "--optimistic", folder / "optimistic_update.json")
    assert (found["finalized"]["slot"], found["optimistic"]["slot"]) == (40, 76)


def test_a_missing_period_is_refused_by_name(tmp_path: Path) -> None:
    updates = json.loads(vectors("mainnet", "capella", "updates.json").read_text())
    (tmp_path / "updates.json").write_text(json.dumps(updates[:1] + updates[2:]))
    found = call(*capella(updates=tmp_path / "updates.json"), code=1)
    assert found["refused"]["refused_by"] == "SkippedPeriod"
    assert found["finalized"]["slot"] == 7069376


def test_a_forged_signature_a_future_slot_and_another_root_are_refused(tmp_path: Path) -> None:
    finality = json.loads(vectors("mainnet", "capella", "finality.json").read_text())
    optimistic = json.loads(vectors("mainnet", "capella", "optimistic.json").read_text())
    finality["data"]["sync_aggregate"] = optimistic["data"]["sync_aggregate"]
    (tmp_path / "finality.json").write_text(json.dumps(finality))
    assert call(*capella(finality=tmp_path / "finality.json"), code=1)["refused"]["refused_by"] == "InvalidSignature"
    assert call(*capella(), "--slot", "7109431", code=1)["refused"]["refused_by"] == "FutureSlot"
    refused = call(*capella(), "--root", TRUSTED["deneb"], code=1)
    assert refused["refused"]["refused_by"] == "WrongCheckpoint"
    assert "finalized" not in refused


def test_old_news_is_verified_before_it_is_passed_over(tmp_path: Path) -> None:
    folder = vectors("mainnet", "capella")
    again = ("--finality", folder / "finality.json")
    assert call(*capella(), *again)["steps"][-2]["outcome"] == "nothing new"
    forged = json.loads((folder / "optimistic.json").read_text())
    forged["data"]["attested_header"]["beacon"]["slot"] = "7109340"
    (tmp_path / "optimistic.json").write_text(json.dumps(forged))
    assert call(*capella(), "--optimistic", tmp_path / "optimistic.json", code=1)["refused"]["refused_by"] == "InvalidSignature"


def test_what_is_no_message_is_refused_and_what_cannot_be_read_is_a_wrong_call(tmp_path: Path) -> None:
    bad = tmp_path / "bad"
    for content in (b"", b"{", b"[]", b"\0" * 100, b"[{}]", b'{"version": "capella", "data": {}}'):
        bad.write_bytes(content)
        assert call("replay", "--network", "mainnet", "--bootstrap", bad, code=1)["refused"]["refused_by"].startswith("Malformed")
    call("replay", "--network", "mainnet", "--bootstrap", tmp_path / "missing", code=2)
    call("replay", "--network", "nowhere", "--bootstrap", bad, code=2)
    call("replay", "--network", "mainnet", "--bootstrap", bad, "--root", "0x12", code=2)
    call("replay", "--network", "mainnet", "--bootstrap", bad, "--root", "", code=2)
    for empty in ("--network", "--checkpoint"):
        call("sync", empty, "", "--timeout", "1", code=2)
    call("replay", "--network", vectors("beacon-devnets", "minimal-electra", "spec.json"), "--bootstrap", bad, code=2)


def test_proofs_verify_and_the_two_accounts_swapped_are_refused(tmp_path: Path) -> None:
    folder = vectors("mainnet", "execution-proofs", "rpc")
    state = json.loads((folder / "block.json").read_text())["stateRoot"]
    proofs = {DEPOSIT: folder / "proof.json", MINER: folder / "block_miner_proof.json"}
    for address, file in proofs.items():
        assert call("check-proof", "--state-root", state, "--address", address, file)["proven"]
        other = next(path for name, path in proofs.items() if name != address)
        refused = call("check-proof", "--state-root", state, "--address", address, other, code=1)["refused"]
        assert refused["refused_by"] == "WrongProofAddress"
        relabelled = tmp_path / "relabelled.json"
        relabelled.write_text(json.dumps(json.loads(other.read_text()) | {"address": address}))
        refused = call("check-proof", "--state-root", state, "--address", address, relabelled, code=1)["refused"]
        assert refused["refused_by"] in {"WrongNodeHash", "OverlongProof", "IncompleteProof"}
    call("check-proof", "--state-root", "0x" + "11" * 32, "--address", DEPOSIT, proofs[DEPOSIT], code=1)
    call("check-proof", "--state-root", state, "--address", DEPOSIT, "--key", "0x77", proofs[DEPOSIT], code=1)
    call("check-proof", "--state-root", state, "--address", "0x12", proofs[DEPOSIT], code=2)
    call("check-proof", "--state-root", state, "--address", DEPOSIT, "--key", "zero", proofs[DEPOSIT], code=2)


def test_the_table_shows_heads_and_the_refusal() -> None:
    shown = RUN.invoke(app, [*map(str, capella())])
    assert shown.exit_code == 0
    assert "7109344" in shown.stdout
    refused = RUN.invoke(app, [*map(str, capella()), "--slot", "7109431"])
    assert refused.exit_code == 1
    assert "REFUSED optimistic update" in refused.stdout
    assert "FutureSlot" in refused.stdout


def test_following_without_a_checkpoint_is_a_wrong_call() -> None:
    call("sync", "--network", "mainnet", code=2)
    call("status", "--network", "mainnet", code=2)
    call("proof", "0x12", code=2)
    call("sync", "--network", "mainnet", "--checkpoint", "0x12", code=2)


def test_what_a_file_says_draws_nothing_on_the_terminal(tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text(json.dumps({"version": "\x1b[8m[red]x\n  proven", "data": {}}))
    shown = RUN.invoke(app, ["replay", "--network", "mainnet", "--bootstrap", str(bad)])
    assert shown.exit_code == 1
    assert "\x1b[8m" not in shown.output
    assert "\n  proven" not in shown.output


def test_what_an_rpc_does_not_answer_is_told_without_a_class_name(capsys: pytest.CaptureFixture[str]) -> None:
    async def asks() -> None:
        raise RpcUnreachableError("eth_getProof", "refused")

    with pytest.raises(SystemExit) as ended:
        guarded(asks(), 1)
    assert ended.value.code == 1
    said = " ".join(capsys.readouterr().err.split())
    assert said == "aios: eth_getProof: the RPC does not answer: refused; check --rpc, and whether the node behind it runs"
