"""The verified RPC as a service of the gateway: wallets and scripts on the LAN ask it, and get proven answers or refusals."""

from collections.abc import Callable, Mapping
from functools import partial

import httpx
import structlog

from gateway import serving
from gateway.errors import ConfigError
from gateway.health import Health
from gateway.services import Service
from gateway.settings import Settings
from lightclient.client import LightClient
from lightclient.endpoints.endpoint import HttpEndpoint
from lightclient.rpc.access import LOOPBACK, Access, read_token
from lightclient.rpc.chain import VerifiedChain
from lightclient.rpc.dispatch import Dispatcher
from lightclient.rpc.server import create_app, dispatcher_for
from lightclient.rpc.settings import RpcSettings

Gauges = Mapping[str, Callable[[], float | None]]
"""Metrics by name."""


def open_rpc(settings: Settings, light: LightClient, client: httpx.AsyncClient, health: Health) -> tuple[Mapping[str, Service], Gauges]:
    """Returns the service and its metrics; neither where the settings do not enable it.

    Raises:
        ConfigError: it has no endpoints, or would be reachable from the network without a token.
        OursError: the token's file cannot be used.
    """
    wanted = None if settings.lightclient is None else settings.lightclient.rpc
    if wanted is None or not wanted.enabled:
        return {}, {}
    if not wanted.endpoints:
        raise ConfigError("settings", "lightclient.rpc.endpoints", "is empty: name at least one execution endpoint")
    if wanted.host not in LOOPBACK and not wanted.token_file:
        raise ConfigError("settings", "lightclient.rpc.token_file", f"is needed to listen on {wanted.host}, which others can reach")
    token = read_token(settings.below(wanted.token_file)) if wanted.token_file else None
    endpoints = [HttpEndpoint(url, client, wanted.endpoint_limits) for url in wanted.endpoints]
    chain = VerifiedChain(light, endpoints, wanted, on_condition=health.report)
    dispatcher = dispatcher_for(chain)
    service = partial(_serve, chain, Access(wanted, token), dispatcher, wanted)
    return {"verified-rpc": service}, _gauges(chain, dispatcher)


async def _serve(chain: VerifiedChain, access: Access, dispatcher: Dispatcher, wanted: RpcSettings) -> None:
    bound = serving.bind(wanted.host, wanted.port)
    structlog.get_logger("verified-rpc").info("listening", host=wanted.host, port=bound.getsockname()[1])
    await serving.serve(create_app(chain, access, dispatcher), bound, websocket_bytes=wanted.limits.body_bytes)


def _gauges(chain: VerifiedChain, dispatcher: Dispatcher) -> Gauges:
    def answers(status: str) -> Callable[[], float]:
        return lambda: dispatcher.answers[status]

    return {
        **{f"lightclient_rpc_{status}": answers(status) for status in ("verified", "unverifiable", "refused")},
        "lightclient_rpc_endpoint_quality": lambda: max(score.quality for score in chain.asking.scores),
        "lightclient_rpc_endpoint_availability": lambda: max(score.availability for score in chain.asking.scores),
    }
