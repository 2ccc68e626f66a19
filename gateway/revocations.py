"""Revocations of off-chain attestations, staged here and published like verdicts; and an operator's word about a changed contract."""

import sqlite3
from collections.abc import Callable, Mapping
from typing import Any

from gateway.errors import GatewayError
from gateway.pipeline.stage import keep
from gateway.store import attestations, publications, verdicts
from gateway.store.store import Store
from oracle import calls
from oracle.finality import AnchorTarget
from oracle.publication import Kind, Publication


class RevocationRefusedError(GatewayError):
    """An attestation is not this gateway's, or is revoked already."""

    def __init__(self, uid: bytes, reason: str) -> None:
        """Names the attestation and why."""
        self.uid = uid
        self.reason = reason
        super().__init__(f"attestation 0x{uid.hex()} is not revoked: {reason}")


class RevocationDesk:
    """Stages the revocations of one gateway."""

    def __init__(self, store: Store, target: AnchorTarget, now_ms: Callable[[], int]) -> None:
        """Stages for the gateway and the EAS of `target`."""
        self._store, self._target, self._now_ms = store, target, now_ms

    async def revoke(self, uid: bytes, *, force: bool = False) -> Publication:
        """Returns the staged revocation of an off-chain attestation; with `force` also of one that the store does not know.

        Raises:
            RevocationRefusedError: it is another key's, or its revocation is published or under way.
        """
        with self._store.read() as connection:
            stored = attestations.get(connection, uid)
            index = publications.next_index(connection, self._target.gateway, Kind.REVOCATION)
            known = any(one.root == uid for one in verdicts.select_revocations(connection, self._target.gateway))
        if stored is None and not force:
            raise RevocationRefusedError(uid, "this gateway made none with that uid; if somebody else did, with its key, give --force")
        if stored is not None and stored.attestation.attester != self._target.gateway:
            # EAS keeps revocations by their sender: one sent under another key would say nothing.
            reason = "it was signed by another key than the one that sends transactions; where that key is at hand, give --force --keystore"
            raise RevocationRefusedError(uid, reason)
        if stored is not None and not stored.attestation.revocable:
            raise RevocationRefusedError(uid, "it is not revocable")
        if known:
            raise RevocationRefusedError(uid, "its revocation is published or under way already")
        record = calls.stage_revocation(
            self._target.chain_id, self._target.eas, self._target.gateway, index=index, uid=uid, now_ms=self._now_ms()
        )

        def work(connection: sqlite3.Connection) -> None:
            if not publications.swap(connection, None, record):
                raise RevocationRefusedError(uid, "another was staged at the same moment; try again")

        await keep(self._store, work)
        return record

    # For the control socket

    async def accept_command(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Returns whether a changed contract was accepted for `aios oracle accept`: its code as it is next seen is kept from then on."""
        address = bytes.fromhex(str(arguments.get("address")).removeprefix("0x"))
        forgotten: list[bool] = []
        await keep(self._store, lambda connection: forgotten.append(publications.unpin(connection, address)))
        return {"accepted": forgotten[-1]}

    async def revoke_command(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Returns what was staged for `aios attestation revoke`."""
        record = await self.revoke(bytes.fromhex(str(arguments.get("uid")).removeprefix("0x")), force=arguments.get("force") is True)
        return {"index": record.index, "state": record.state.value}
