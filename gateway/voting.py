"""Verdicts given together, signed for commands on the same machine: by a signer of its own, or by the running gateway's child.

A child answers its gateway alone, so the gateway passes on what is asked over its control socket. That adds no power: whoever may use
that socket may have the gateway publish its verdict anyway, and the signer is shown the whole of it and judges by its own rules.
"""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from gateway.control import Command, call
from gateway.settings import OracleSettings
from oracle.signing.client import over_socket
from oracle.verdicts import VerdictStatement


class Voice(Protocol):
    """Whoever signs this gateway's part of a verdict."""

    @property
    def bls(self) -> bytes:
        """Returns the BLS key, 48 bytes; empty where there is none."""

    @property
    def gateway(self) -> bytes:
        """Returns the address that sends the gateway's transactions."""

    def sign_vote(self, key: bytes, chain_id: int, contract: bytes, statement: VerdictStatement, recipient: bytes) -> bytes:
        """Returns the key's signature under a verdict; raises the signer's refusal."""

    def sign_bls_possession(self, key: bytes, chain_id: int, registry: bytes, gateway: bytes) -> bytes:
        """Returns the key's proof that it belongs to a gateway; raises the signer's refusal."""


class RunningGateway:
    """The signer behind a running gateway, asked over its control socket."""

    def __init__(self, data_dir: Path) -> None:
        """Asks who signs; raises NotRunningError where no gateway runs."""
        self._data_dir = data_dir
        told = call(data_dir, "signer-describe")
        self.bls = bytes.fromhex(told["bls"])
        """The BLS key."""
        self.gateway = bytes.fromhex(told["gateway"])
        """The address that sends the gateway's transactions."""

    def sign_vote(self, key: bytes, chain_id: int, contract: bytes, statement: VerdictStatement, recipient: bytes) -> bytes:
        """Returns the key's signature under a verdict; raises CommandRefusedError with the signer's words."""
        words = {"key": key, "contract": contract, "statement": statement.encode(), "recipient": recipient}
        return self._signed("signer-vote", chain_id, words)

    def sign_bls_possession(self, key: bytes, chain_id: int, registry: bytes, gateway: bytes) -> bytes:
        """Returns the key's proof that it belongs to a gateway; raises CommandRefusedError with the signer's words."""
        return self._signed("signer-bls-possession", chain_id, {"key": key, "registry": registry, "gateway": gateway})

    def _signed(self, command: str, chain_id: int, words: Mapping[str, bytes]) -> bytes:
        answer = call(self._data_dir, command, chain_id=chain_id, **{name: value.hex() for name, value in words.items()})
        return bytes.fromhex(answer["signature"])


@contextmanager
def voice(oracle: OracleSettings | None, data_dir: Path, socket: Path | None) -> Iterator[Voice]:
    """Gives whoever signs: the signer at a socket, the one that the settings name, or the running gateway's child.

    Raises:
        SignerUnreachableError, NotRunningError: nobody answers.

    """
    where = socket or (Path(oracle.signer.removeprefix("unix:")) if oracle is not None and oracle.signer else None)
    if where is None:
        yield RunningGateway(data_dir)
        return
    with over_socket(where) as client:
        yield client


def commands(desk: Voice) -> dict[str, Command]:
    """Returns what a gateway's control socket answers about its signer."""

    async def describe(_: Mapping[str, Any]) -> dict[str, Any]:
        return {"bls": desk.bls.hex(), "gateway": desk.gateway.hex()}

    async def vote(arguments: Mapping[str, Any]) -> dict[str, Any]:
        key, contract, recipient = (_bytes(arguments, name) for name in ("key", "contract", "recipient"))
        statement = VerdictStatement.decode(_bytes(arguments, "statement"))
        signature = await asyncio.to_thread(desk.sign_vote, key, int(arguments.get("chain_id", 0)), contract, statement, recipient)
        return {"signature": signature.hex()}

    async def possession(arguments: Mapping[str, Any]) -> dict[str, Any]:
        key, registry, gateway = (_bytes(arguments, name) for name in ("key", "registry", "gateway"))
        signature = await asyncio.to_thread(desk.sign_bls_possession, key, int(arguments.get("chain_id", 0)), registry, gateway)
        return {"signature": signature.hex()}

    return {"signer-describe": describe, "signer-vote": vote, "signer-bls-possession": possession}


def _bytes(arguments: Mapping[str, Any], name: str) -> bytes:
    return bytes.fromhex(str(arguments.get(name)))
