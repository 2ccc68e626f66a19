"""`aios oracle abandon`: what a lost key left open is given up, and its statements wait for a batch of the key of now."""

import contextlib
import dataclasses
import time
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.terminal import DEFAULT_CONFIG, ConfigOption, fail, out

if TYPE_CHECKING:
    from gateway.settings import Settings


def abandon(
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="The earlier key, as `aios run` names it.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    path: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Gives up what an earlier key of this gateway left open: only for a key that is gone, since with it `aios run` finishes them.

    The gateway must not run. Statements whose anchor is not final wait for a batch again, and verdicts and revocations are staged anew when
    they are asked for. What the earlier key has on chain stays there. Exit code 1 if it left nothing open.

    Example: `aios oracle abandon 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --config /etc/aios/gateway.toml`
    """
    from gateway.cli.hexadecimal import exactly
    from gateway.settings import load

    gateway = exactly("ADDRESS", address, 20)
    settings = load(path)
    if settings.oracle is None:
        fail(f"{path}: has no [oracle], so nothing is published", code=2)
    if not yes and not typer.confirm(f"is the key of {address} gone for good?", err=True):
        fail("nothing was changed", code=2)
    count, freed = _abandon(settings, gateway)
    if not count:
        fail(f"{address}: left nothing open in this store", code=1)
    out.print(f"{count} publications were given up; {freed} statements wait for a batch again", markup=False)


def _abandon(settings: "Settings", gateway: bytes) -> tuple[int, int]:
    """Returns how many publications were given up, and how many statements that frees.

    Raises:
        OwnKeyAbandonedError: it is the key in use.
        StoreLockedError: the gateway runs.
        OracleError: the signer, which knows the key in use, does not answer.
    """
    from gateway.errors import OwnKeyAbandonedError
    from gateway.signing import start_signer
    from gateway.store import Store, publications

    def now_ms() -> int:
        return time.time_ns() // 1_000_000

    assert settings.oracle is not None, "the caller asked for it"
    placed = dataclasses.replace(settings.store, path=str(settings.below(settings.store.path)))
    with contextlib.ExitStack() as stack:
        store = Store.open(placed, now_ms=now_ms, on_condition=lambda *_: None)
        stack.callback(store.close)
        if start_signer(settings, settings.oracle, stack)().gateway == gateway:
            raise OwnKeyAbandonedError(gateway)
        return store.write(lambda connection: publications.abandon(connection, gateway)).result()
