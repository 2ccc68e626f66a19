"""Who may ask."""

import base64
from pathlib import Path

import pytest

from lightclient.rpc.access import Access, TokenNeeded, UnusableToken, read_token
from lightclient.rpc.settings import RpcSettings
from tests.lightclient.rpc.stage import Stage

TOKEN = "correct-horse-battery"
LAN = RpcSettings(host="192.168.1.5", hosts=("gateway.lan",), origins=("https://wallet.example",))


def basic(password: str) -> str:
    return "Basic " + base64.b64encode(f"aios:{password}".encode()).decode()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "192.168.1.5:8547", "authorization": f"Bearer {TOKEN}"}, None),
        ({"host": "Gateway.LAN", "authorization": basic(TOKEN)}, None),
        ({"host": "[::1]:8547", "authorization": f"bearer {TOKEN}", "origin": "https://wallet.example"}, None),
        ({"host": "evil.example", "authorization": f"Bearer {TOKEN}"}, 421),
        ({"authorization": f"Bearer {TOKEN}"}, 421),
        ({"host": "gateway.lan", "authorization": f"Bearer {TOKEN}", "origin": "https://evil.example"}, 403),
        ({"host": "gateway.lan"}, 401),
        ({"host": "gateway.lan", "authorization": "Bearer wrong"}, 401),
        ({"host": "gateway.lan", "authorization": basic("wrong")}, 401),
        ({"host": "gateway.lan", "authorization": "Basic %%%"}, 401),
        ({"host": "gateway.lan", "authorization": "Digest x"}, 401),
    ],
)
def test_name_origin_and_token_decide(headers: dict[str, str], status: int | None) -> None:
    refusal = Access(LAN, TOKEN).refusal(headers)
    assert (None if refusal is None else refusal[0]) == status


def test_beyond_loopback_a_token_is_needed() -> None:
    with pytest.raises(TokenNeeded):
        Access(LAN, None)
    assert Access(RpcSettings(), None).refusal({"host": "localhost:8547"}) is None


def test_a_token_is_read_or_refused(tmp_path: Path) -> None:
    file = tmp_path / "token"
    with pytest.raises(UnusableToken):
        read_token(file)
    for bad in (b"short", b"x" * 600, b"\xff" * 20):
        file.write_bytes(bad)
        with pytest.raises(UnusableToken):
            read_token(file)
    file.write_text(TOKEN + "\n")
    assert read_token(file) == TOKEN


def test_the_rim_refuses_before_it_reads(stage: Stage) -> None:
    assert stage.post(b"{}", origin="https://evil.example").status_code == 403
    assert stage.post(b"{}", host="evil.example").status_code == 421
    assert stage.post(b"{}", **{"content-type": "text/plain"}).status_code == 415
    assert stage.post(b" " * (1 << 20) + b" ").status_code == 413
    good = stage.post(b'{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}')
    assert (good.status_code, good.headers["x-aios-verified"], good.json()["result"]) == (200, "verified", "0x539")
