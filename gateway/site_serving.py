"""Verified light-client messages as a service: the other gateways of a site need no uplink of their own, and verify again."""

from collections.abc import Mapping
from functools import partial

import structlog

from gateway import serving
from gateway.services import Service
from lightclient.client import LightClient
from lightclient.serving.app import create_app
from lightclient.settings import LightClientSettings, ServeSettings


def open_site_serving(wanted: LightClientSettings, light: LightClient) -> Mapping[str, Service]:
    """Returns the service; none where the settings do not enable it."""
    return {"site-beacon": partial(_serve, wanted.serve, light)} if wanted.serve.enabled else {}


async def _serve(wanted: ServeSettings, light: LightClient) -> None:
    bound = serving.bind(wanted.host, wanted.port)
    structlog.get_logger("site-beacon").info("listening", host=wanted.host, port=bound.getsockname()[1])
    await serving.serve(create_app(light.shelf()), bound)
