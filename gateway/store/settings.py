"""Settings of the store: the `[store]` table of the gateway's configuration."""

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

Positive = Annotated[int, Meta(ge=1)]
NotNegative = Annotated[int, Meta(ge=0)]
Seconds = Annotated[float, Meta(ge=0)]


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """Where the store is, how it groups commits, and what it forgets."""

    path: str = "store.db"
    """The database file. `-wal`, `-shm` and `.lock` files stand beside it; so do quarantined files."""
    group_count: Positive = 2000
    """A commit takes at most this many deliveries, and goes ahead without waiting once so many are there."""
    group_ms: NotNegative = 10
    """A delivery waits at most so long for others to share its commit. On an SD card 100 or more saves wear; 0 commits at once."""
    queue_limit: Positive = 50_000
    """Deliveries taken but not yet stored; beyond it `offer` refuses and the driver leaves the message with its peer."""
    queue_bytes: Positive = 64 * 1024 * 1024
    """Payload bytes taken but not yet stored; bounds memory where payloads are large, such as frames, and the disk stands still."""
    writes_limit: Positive = 10_000
    """Writes of the pipeline waiting for the disk; beyond it `write` refuses."""
    deliveries_keep_count: Positive = 500_000
    """How many identities are remembered to recognise repeats; a repeat of an older delivery is stored again."""
    deliveries_keep_hours: NotNegative = 24 * 14
    """How long identities are remembered; 0 is for ever, up to the count."""
    readings_keep_days: NotNegative = 400
    """Older readings are pruned, except those of shipments whose bundle is not written yet; 0 keeps all."""
    readings_keep_count: NotNegative = 0
    """Beyond so many readings the oldest are pruned, with the same exception; 0 is no cap."""
    rejects_keep_count: Positive = 10_000
    """Rejects kept for inspection; the oldest go first."""
    rejects_keep_bytes: Positive = 16 * 1024 * 1024
    """Bytes of reject payloads kept, together; the oldest go first."""
    reject_payload_bytes: NotNegative = 4096
    """Of one reject's payload so many bytes are kept; its full length and sha256 are kept anyway."""
    prune_seconds: Seconds = 60.0
    """How often old rows are looked for. Each pass deletes a bounded number, so that commits are not held up."""
    retry_first_seconds: Seconds = 0.1
    """After a failed commit the group is tried again after this; doubled each time."""
    retry_max_seconds: Seconds = 5.0
    """The longest wait between tries."""
    close_seconds: Seconds = 10.0
    """On close, a failing disk is tried for so long; what is then unwritten stays unacknowledged."""
    check_seconds: Seconds = 1.0
    """At open the file is checked for damage for at most so long; 0 skips the check."""
    check_max_bytes: NotNegative = 256 * 1024 * 1024
    """A larger file is not checked at open; damage is then found when it is read."""
    wal_pages: Positive = 4000
    """The write-ahead log is folded into the file after so many pages of 4096 bytes."""
