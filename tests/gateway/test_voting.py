"""A child's BLS key, asked for through the running gateway's control socket: the same signatures, and the same refusals."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway import serving
from gateway.control import SOCKET_NAME, CommandRefusedError, NotRunningError, call, control_app
from gateway.voting import RunningGateway, Voice, commands, voice
from tests.oracle.signing.desks import CHAIN, GATEWAYS
from tests.oracle.signing.test_votes import BREACH, BUYER, ESCROW, GATEWAY, KEY, open_with_bls, policy


class Held:
    """A desk in this process, as the client of a child shows it."""

    def __init__(self, folder: Path) -> None:
        self._desk = open_with_bls(folder, policy())
        self.bls, self.gateway = KEY.public_key, self._desk.gateway
        self.sign_vote, self.sign_bls_possession = self._desk.sign_vote, self._desk.sign_bls_possession
        self.close = self._desk.journal.close


def asked(folder: Path, work: Callable[[Voice], Any]) -> Any:
    """What `work` gets of a running gateway."""

    async def run() -> Any:
        held = Held(folder / "signer")
        server = asyncio.create_task(serving.serve(control_app(commands(held)), serving.bind_unix(folder / SOCKET_NAME)))
        try:
            await asyncio.sleep(0)
            return await asyncio.to_thread(lambda: work(RunningGateway(folder)))
        finally:
            server.cancel()
            await asyncio.gather(server, return_exceptions=True)
            held.close()

    return asyncio.run(run())


def test_what_the_signer_signs_comes_through(tmp_path: Path) -> None:
    def work(gateway: Voice) -> tuple[bytes, ...]:
        assert gateway.bls == KEY.public_key
        vote = gateway.sign_vote(gateway.bls, CHAIN, ESCROW, BREACH, BUYER)
        return gateway.gateway, vote, gateway.sign_bls_possession(gateway.bls, CHAIN, GATEWAYS, GATEWAY)

    through = asked(tmp_path, work)
    desk = open_with_bls(tmp_path / "direct", policy())
    with desk.journal:
        assert through == (
            desk.gateway,
            desk.sign_vote(KEY.public_key, CHAIN, ESCROW, BREACH, BUYER),
            desk.sign_bls_possession(KEY.public_key, CHAIN, GATEWAYS, GATEWAY),
        )


@pytest.mark.parametrize(
    ("changes", "rule"),
    [({"chain_id": 1}, "chain"), ({"contract": b"\1" * 20}, "bls"), ({"key": b""}, "bls"), ({"recipient": b""}, "address")],
)
def test_what_the_signer_refuses_is_refused_with_its_words(changes: dict[str, Any], rule: str, tmp_path: Path) -> None:
    words: dict[str, Any] = {
        "key": KEY.public_key,
        "chain_id": CHAIN,
        "contract": ESCROW,
        "statement": BREACH,
        "recipient": BUYER,
    } | changes
    with pytest.raises(CommandRefusedError, match=rule):
        asked(tmp_path, lambda gateway: gateway.sign_vote(**words))


def test_another_verdict_on_the_same_ballot(tmp_path: Path) -> None:
    def work(gateway: Voice) -> None:
        gateway.sign_vote(gateway.bls, CHAIN, ESCROW, BREACH, BUYER)
        with pytest.raises(CommandRefusedError, match="double-verdict"):
            gateway.sign_vote(gateway.bls, CHAIN, ESCROW, replace(BREACH, verdict=0), BUYER)

    asked(tmp_path, work)


@pytest.mark.parametrize("arguments", [{}, {"key": "zz"}, {"key": "00", "contract": "00", "recipient": "00", "statement": "00"}])
def test_what_is_no_question_is_refused(arguments: dict[str, Any], tmp_path: Path) -> None:
    def work(_: Voice) -> None:
        with pytest.raises(CommandRefusedError):
            call(tmp_path, "signer-vote", **arguments)

    asked(tmp_path, work)


def test_a_gateway_that_does_not_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotRunningError), voice(None, tmp_path, None):
        pass
