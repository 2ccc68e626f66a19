"""Settings of the dashboard: the `[web]` table of the gateway's configuration."""

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta


@dataclass(frozen=True, slots=True)
class WebSettings:
    """Where the dashboard listens and how much it serves."""

    host: str = "127.0.0.1"
    """Address to listen on. Anything but loopback needs `token_file`."""
    port: Annotated[int, Meta(ge=0, le=65535)] = 8080
    """Port to listen on; 0 takes a free one."""
    token_file: str = ""
    """File with the token that a browser or script must show; required beyond loopback, optional on it."""
    names: tuple[str, ...] = ()
    """Host names under which it is reached besides its address; other names in a request are refused (DNS rebinding)."""
    live_clients: Annotated[int, Meta(ge=1, le=1000)] = 32
    """Pages kept live at once; further ones are told to come back later and stay as they were loaded."""
    live_seconds: Annotated[float, Meta(ge=0.2, le=60)] = 1.0
    """How often a live page is looked at again."""
    digital_link: str = "https://id.gs1.org"
    """Resolver that QR codes point to; the canonical one of GS1 by default."""
