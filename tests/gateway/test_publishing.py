"""What the metrics show of publishing, and where batches go."""

import contextlib
from dataclasses import replace
from pathlib import Path

import httpx
import msgspec
import pytest

from gateway.errors import OtherKeyOpenError
from gateway.health import Health
from gateway.publishing import Publishing, base_fee_wei, open_publishing
from gateway.settings import OracleSettings
from gateway.store import Store, StoreSettings, publications
from oracle.calls import stage_stamp
from oracle.fees import GWEI
from oracle.finality import AnchorTarget
from oracle.publication import Attempt, Inclusion, Kind, Publication, State, signed, stage
from tests.oracle.fakes import FakeAnchorSigner

NOW_MS = 1_800_000_000_000
EARLIER = b"\x77" * 20
TABLE = {
    "keystore": "k",
    "passphrase_file": "p",
    "chain_id": 8453,
    "eas_contract": "0x" + "e0" * 20,
    "registry": "0x" + "a0" * 20,
    "gateway_registry": "0x" + "b0" * 20,
    "rpc_fallbacks": ["http://127.0.0.1:8546"],
}


class Standing:
    """A clock that stands still."""

    def now_ms(self) -> int:
        return NOW_MS

    def chain_ms(self) -> int:
        return NOW_MS

    def monotonic(self) -> float:
        return 0.0


def opened(store: Store, **changes: object) -> Publishing:
    return open_publishing(
        msgspec.convert(TABLE | changes, OracleSettings),
        client=httpx.AsyncClient(),
        light=None,
        store=store,
        signer=FakeAnchorSigner(),
        health=Health(lambda: NOW_MS),
        clock=Standing(),
    )


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(StoreSettings(str(tmp_path / "store.db")), now_ms=lambda: NOW_MS, on_condition=lambda *_: None)


def test_gauges_show_fees_budget_and_age(store: Store) -> None:
    publishing = opened(store)
    target: AnchorTarget = publishing.target
    gauges = publishing.gauges
    assert (gauges["oracle_fees_wei"](), gauges["oracle_oldest_unanchored_seconds"]()) == (0, 0)
    staged = stage(8453, target.registry, target.gateway, index=0, root=b"\x01" * 32, count=1, now_ms=NOW_MS)
    under = signed(staged, 0, Attempt(b"\x02" * 32, b"\x02", 30 * GWEI, GWEI, NOW_MS, gas_limit=100_000))
    receipt = Inclusion(b"\x02" * 32, 5, b"\x03" * 32, succeeded=True, gas_used=50_000, price_wei=20 * GWEI)
    for old, new in ((None, staged), (staged, under), (under, replace(under, state=State.INCLUDED, inclusion=receipt, revision=2))):
        assert store.write(lambda connection, old=old, new=new: publications.swap(connection, old, new)).result()  # type: ignore[misc]
    assert gauges["oracle_fees_today_wei"]() == 50_000 * 20 * GWEI
    assert gauges["oracle_budget_left_wei"]() == 10**18 // 2 - 50_000 * 20 * GWEI
    assert gauges["oracle_publications_under_way"]() == 1
    assert gauges["oracle_rpc_quality"]() == 1.0
    store.close()


def test_without_a_budget_there_is_none_left_to_show(store: Store) -> None:
    publishing = opened(store, publisher={"fees": {"budget_wei_per_day": 0}})
    assert publishing.gauges["oracle_budget_left_wei"]() is None
    store.close()


def test_batches_go_where_the_settings_say(store: Store) -> None:
    assert opened(store).anchorage.contract == b"\xa0" * 20
    stamped = opened(store, anchor_in="eas").anchorage
    assert (stamped.contract, stamped.stage) == (b"\xe0" * 20, stage_stamp)
    store.close()


def test_every_endpoint_is_asked_for_the_same_chain(store: Store) -> None:
    publishing = opened(store)
    assert [score.name for score in publishing.rpc.scores] == ["http://127.0.0.1:8545", "http://127.0.0.1:8546"]
    assert base_fee_wei(None) is None
    store.close()


def left_open(store: Store, kind: Kind, **changes: object) -> Publication:
    """What an earlier key staged, stored as it stands now."""
    staged = replace(stage(8453, b"\xa0" * 20, EARLIER, index=0, root=b"\x01" * 32, count=1, now_ms=NOW_MS), kind=kind)
    now = replace(staged, revision=1, **changes)  # type: ignore[arg-type]
    for old, new in ((None, staged), (staged, now)):
        assert store.write(lambda connection, old=old, new=new: publications.swap(connection, old, new)).result()  # type: ignore[misc]
    return now


def test_another_key_does_not_begin_while_publications_of_the_earlier_one_are_under_way(store: Store) -> None:
    under_way = left_open(store, Kind.ANCHOR, state=State.SENT)
    with pytest.raises(OtherKeyOpenError, match=f"aios oracle abandon 0x{EARLIER.hex()}") as refused:
        opened(store)
    assert (refused.value.gateway, refused.value.count) == (EARLIER, 1)
    final = replace(under_way, state=State.FINAL, revision=2)
    assert store.write(lambda connection: publications.swap(connection, under_way, final)).result()
    opened(store)
    store.close()


@pytest.mark.parametrize(("spent", "begins"), [(2, False), (3, True)])
def test_a_verdict_that_was_given_up_keeps_no_other_key_out(store: Store, spent: int, begins: bool) -> None:
    left_open(store, Kind.VERDICT, state=State.REPLACED, spent=spent)
    with contextlib.nullcontext() if begins else pytest.raises(OtherKeyOpenError):
        opened(store)
    store.close()
