"""`aios oracle` and `aios networks`: what they print of a store and of the files, and how they refuse."""

import json
import sqlite3
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from gateway.cli import networks, oracle
from gateway.errors import OwnKeyAbandonedError
from gateway.store import Store, StoreSettings, publications, verdicts
from gateway.store.errors import StoreLockedError
from gateway.store.verdicts import Awaited
from oracle.fees import GWEI
from oracle.publication import Attempt, Inclusion, Kind, State, signed, stage, stage_call, stage_filler
from tests.gateway.test_settings import CHAIN, ORACLE

GATEWAY = b"\x11" * 20


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "gateway.toml"
    path.write_text(f'[gateway]\ndata_dir = "{tmp_path}"\n' + ORACLE + CHAIN)
    return path


def published(folder: Path) -> None:
    """One anchor is included, one is staged, and a filler is there."""
    store = Store.open(StoreSettings(str(folder / "store.db")), now_ms=lambda: 0, on_condition=lambda *_: None)
    first = stage(1, b"\xa0" * 20, GATEWAY, index=0, root=b"\x01" * 32, count=3, now_ms=1)
    attempt = Attempt(b"\x02" * 32, b"\x02", 30 * GWEI, GWEI, 1, gas_limit=100_000)
    included = replace(
        signed(first, 0, attempt),
        state=State.INCLUDED,
        inclusion=Inclusion(b"\x02" * 32, 5, b"\x03" * 32, succeeded=True, gas_used=50_000, price_wei=20 * GWEI),
        revision=2,
    )
    for old, new in (
        (None, first),
        (first, included),
        (None, replace(first, index=1)),
        (None, stage_filler(first, index=0, nonce=1, now_ms=2)),
    ):
        assert store.write(lambda connection, old=old, new=new: publications.swap(connection, old, new)).result()  # type: ignore[misc]
    store.close()


def facts(config: Path) -> list[dict[str, Any]]:
    result = CliRunner().invoke(oracle.app, ["status", "--json", "--config", str(config)])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)  # type: ignore[no-any-return]


def test_status_shows_states_fees_and_what_is_left_of_the_budget(config: Path, tmp_path: Path) -> None:
    published(tmp_path)
    [fact] = facts(config)
    assert fact["states"] == {"anchor": {"included": 1, "staged": 1}, "filler": {"staged": 1}}
    assert (fact["transactions"], fact["spent_wei"], fact["spent_today_wei"]) == (1, 50_000 * 20 * GWEI, 0)
    assert fact["budget_left_wei"] == fact["budget_wei_per_day"] == 10**18 // 2
    assert fact["oldest_unanchored_seconds"] is None
    shown = CliRunner().invoke(oracle.app, ["status", "--config", str(config)])
    assert "0.001000 ether" in shown.output
    assert "included" in shown.output


def test_status_shows_every_ballot_with_how_far_its_verdict_is(config: Path, tmp_path: Path) -> None:
    published(tmp_path)
    store = Store.open(StoreSettings(str(tmp_path / "store.db")), now_ms=lambda: 0, on_condition=lambda *_: None)
    buyer, other, strict, mild = b"\xb1" * 20, b"\xb2" * 20, b"\x51" * 32, b"\x52" * 32
    record = stage_call(Kind.VERDICT, 1, b"\xea" * 20, GATEWAY, index=0, root=b"\x07" * 32, calldata=b"", now_ms=1)

    def work(connection: sqlite3.Connection) -> None:
        for one in (Awaited("00/1", buyer), Awaited("00/1", buyer, strict), Awaited("00/1", other, mild)):
            verdicts.await_for(connection, one)
        publications.swap(connection, None, record)
        verdicts.insert(connection, GATEWAY, Awaited("00/1", buyer, strict), b"\x09" * 32, 0)

    store.write(work).result()
    store.close()
    shown = json.loads(CliRunner().invoke(oracle.app, ["status", "--json", "--config", str(config)]).output)[0]["verdicts"]
    assert [(one["recipient"][:4].lower(), one["agent"][:7], one["index"], one["state"]) for one in shown] == [
        ("0xb2", "0x52525", None, "waits for a statement"),
        ("0xb1", "its own", None, "waits for a statement"),
        ("0xb1", "0x51515", 0, "staged"),
    ]
    table = CliRunner().invoke(oracle.app, ["status", "--config", str(config)]).output
    assert "verdict about" in table


def test_status_of_a_store_without_publications_says_so(config: Path, tmp_path: Path) -> None:
    Store.open(StoreSettings(str(tmp_path / "store.db")), now_ms=lambda: 0, on_condition=lambda *_: None).close()
    assert facts(config) == []
    assert "nothing is published yet\n" in CliRunner().invoke(oracle.app, ["status", "--config", str(config)]).output
    store = Store.open(StoreSettings(str(tmp_path / "store.db")), now_ms=lambda: 0, on_condition=lambda *_: None)
    store.write(lambda connection: verdicts.await_for(connection, Awaited("00/1", b"\xb1" * 20))).result()
    store.close()
    assert "verdicts awaited: 1" in CliRunner().invoke(oracle.app, ["status", "--config", str(config)]).output


def test_status_without_an_oracle_says_that_nothing_is_published(tmp_path: Path) -> None:
    path = tmp_path / "gateway.toml"
    path.write_text(f'[gateway]\ndata_dir = "{tmp_path}"\n')
    assert "has no [oracle]" in CliRunner().invoke(oracle.app, ["status", "--config", str(path)]).output
    assert facts(path) == []


@pytest.mark.parametrize("address", ["0x12", "nonsense"])
def test_accept_wants_an_address(config: Path, address: str) -> None:
    assert CliRunner().invoke(oracle.app, ["accept", address, "--config", str(config)]).exit_code == 2


# A key that is gone


def abandon(config: Path, monkeypatch: pytest.MonkeyPatch, *, key: bytes, answer: str = "y") -> Result:
    monkeypatch.setattr("gateway.signing.start_signer", lambda *_: lambda: SimpleNamespace(gateway=key))
    return CliRunner().invoke(oracle.app, ["abandon", f"0x{GATEWAY.hex()}", "--config", str(config)], input=answer)


def test_what_a_lost_key_left_open_is_given_up_once(config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    published(tmp_path)
    assert abandon(config, monkeypatch, key=b"\x22" * 20, answer="n").exit_code == 2
    result = abandon(config, monkeypatch, key=b"\x22" * 20)
    assert result.exit_code == 0, result.output
    assert "3 publications were given up" in result.output
    assert facts(config) == []
    assert "left nothing open" in abandon(config, monkeypatch, key=b"\x22" * 20).output


def test_publications_of_the_key_in_use_are_not_given_up(config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    published(tmp_path)
    assert isinstance(abandon(config, monkeypatch, key=GATEWAY).exception, OwnKeyAbandonedError)
    assert facts(config)[0]["states"]["anchor"] == {"included": 1, "staged": 1}


def test_a_key_is_abandoned_only_while_no_gateway_runs(config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    published(tmp_path)
    running = Store.open(StoreSettings(str(tmp_path / "store.db")), now_ms=lambda: 0, on_condition=lambda *_: None)
    assert isinstance(abandon(config, monkeypatch, key=b"\x22" * 20).exception, StoreLockedError)
    running.close()


# Networks


def test_networks_are_listed_and_shown_with_what_final_means() -> None:
    listed = json.loads(CliRunner().invoke(networks.app, ["list", "--json"]).stdout)
    assert {"mainnet", "base", "hoodi"} <= {network["name"] for network in listed}
    shown = CliRunner().invoke(networks.app, ["show", "base"])
    assert shown.exit_code == 0
    assert "nothing is ever final" in shown.output
    assert CliRunner().invoke(networks.app, ["show", "bsae"]).exit_code == 2


def test_every_kind_has_a_name_in_the_page() -> None:
    page = (Path(__file__).parents[3] / "docs" / "publication.md").read_text()
    assert all(f"\n| {kind} | " in page for kind in Kind)
