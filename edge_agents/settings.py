"""What an operator may set about agents; parsed by `gateway.settings`."""

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta


@dataclass(frozen=True, slots=True)
class AgentSettings:
    """Limits and choices of the agents in this gateway."""

    product: Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,40}$")] = "vaccine"
    """Which product's policy judges a shipment that names none: a file of `edge_agents/conditions/profiles`, or of `policies`."""
    policies: str = ""
    """Folder with policies of your own, one TOML file each, below the data directory; a name there goes before a shipped one."""
    max_manifest_bytes: Annotated[int, Meta(ge=256, le=1 << 20)] = 64 * 1024
    """A larger manifest is refused unread."""
    max_model_bytes: Annotated[int, Meta(ge=1024)] = 16 * 1024 * 1024
    """A larger model is refused unread."""
    max_frame_bytes: Annotated[int, Meta(ge=1024, le=1 << 24)] = 64 * 1024
    """A larger inspection frame is refused undecoded; a 64x64 grayscale PNG needs about 4,500 bytes."""
