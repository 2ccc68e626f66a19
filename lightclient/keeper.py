"""Keeps the client's memory in its store file: decides when to write, what may be resumed, and what is said about damage.

`persistence` knows files and no meaning, `snapshot` meaning and no files; this joins the two. Invariant: a disk that fails stops nothing.
"""

from collections.abc import Callable

from lightclient.conditions import OnceEach
from lightclient.errors import DamagedStoreFile, ForeignStoreFile
from lightclient.network import Network
from lightclient.persistence import StoreFile
from lightclient.snapshot import Snapshot, decode_snapshot, encode_snapshot

BYTES_PER_DAY = 150_000_000
"""What the file may cost a day beyond changes of committees: the longer the memory, the rarer it is written. Flash wears."""

REST = 10
"""How much longer than a write took nothing is written: catching up a year changes committees 320 times within seconds."""

DAY_SECONDS = 86400


class StoreKeeper:
    """One store file of one client."""

    def __init__(self, file: StoreFile, network: Network, report: OnceEach, time: Callable[[], float], interval_seconds: float) -> None:
        """Remembers. `interval_seconds` is the shortest time between two writes that are not asked for at once."""
        self.file = file
        """Where the memory is kept."""
        self.dirty = False
        """Whether the memory is another than the file's."""
        self._network = network
        self._report = report
        self._time = time
        self._interval_seconds = interval_seconds
        self._persisted_at = float("-inf")
        self._rest_seconds = 0.0
        self._spread_seconds = 0.0

    def load(self, checkpoint: bytes) -> Snapshot | None:
        """Returns what was remembered; None where there is nothing that serves.

        Raises:
            ForeignStoreFile: the file is of another network, or began with another checkpoint than the given one.
        """
        try:
            loaded = self.file.load(lambda payload: decode_snapshot(payload, self._network))
        except DamagedStoreFile as error:
            self._report("lightclient.store_file", "warning", f"{error}; starting anew from the checkpoint")
            return None
        if loaded is None:
            return None
        snapshot, damage = loaded
        if damage is not None:
            self._report("lightclient.store_file", "warning", f"{damage}; the last good copy is used")
        if snapshot.genesis_validators_root != self._network.genesis_validators_root:
            raise ForeignStoreFile(str(self.file.path), "it is of another network")
        if checkpoint not in (b"", snapshot.checkpoint):
            raise ForeignStoreFile(str(self.file.path), "it began with another checkpoint")
        return snapshot

    def save(self, memory: Snapshot, *, at_once: bool) -> None:
        """Writes the memory down where it changed and the last write is long enough ago; `at_once` waits only out of a burst."""
        now = self._time()
        wait = self._rest_seconds if at_once else max(self._interval_seconds, self._rest_seconds, self._spread_seconds)
        if not self.dirty or 0 <= now - self._persisted_at < wait:
            return
        try:
            payload = encode_snapshot(memory, self._network)
            self.file.save(payload)
        except OSError as error:
            self._report("lightclient.disk", "warning", f"the store file cannot be written: {error}; following goes on from memory")
            return
        self._report("lightclient.disk", None, "the store file is written again")
        self._report("lightclient.store_file", None, "the store file is whole again")
        self._persisted_at, self.dirty = self._time(), False
        self._rest_seconds = REST * max(self._persisted_at - now, 0.0)
        self._spread_seconds = len(payload) * DAY_SECONDS / BYTES_PER_DAY
