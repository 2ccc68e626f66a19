"""Takes the checkpoint from the one place that the settings name: by hand, by file, or by agreement of providers."""

from pathlib import Path

import httpx

from lightclient.errors import InvalidCheckpoint
from lightclient.settings import LightClientSettings
from lightclient.trust.checkpoint import parse_checkpoint, read_checkpoint
from lightclient.trust.providers import RestCheckpointProvider, agree


async def choose_checkpoint(settings: LightClientSettings, client: httpx.AsyncClient) -> bytes:
    """Returns the block root to begin with; empty where the settings name none, and only a store file can serve.

    Raises:
        InvalidCheckpoint: more than one place is named, or the named one holds no root.
        CheckpointDisagreement: too few providers agree; may be tried again.
    """
    named = [name for name in ("checkpoint", "checkpoint_file", "checkpoint_providers") if getattr(settings, name)]
    if len(named) > 1:
        raise InvalidCheckpoint(" and ".join(named), "trust begins in one place: set one of them")
    if settings.checkpoint:
        return parse_checkpoint(settings.checkpoint, source="checkpoint")
    if settings.checkpoint_file:
        return read_checkpoint(Path(settings.checkpoint_file))
    if not settings.checkpoint_providers:
        return b""
    if len(set(settings.checkpoint_providers)) != len(settings.checkpoint_providers):
        raise InvalidCheckpoint("checkpoint_providers", "the same provider is named twice")
    providers = [RestCheckpointProvider(url, client) for url in settings.checkpoint_providers]
    return (await agree(providers, settings.checkpoint_quorum or len(providers))).root
