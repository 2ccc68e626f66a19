"""Keeps the client's memory in its store file: decides when to write, what may be resumed, and what is said about damage.

`persistence` knows files and no meaning, `snapshot` meaning and no files; this joins the two. Committees and evidence are large and
change once in a period: they are written whole then, and at once. What moves with every slot is small and goes to a file beside it, which
names the whole file that it belongs to; without it the whole one serves, with older heads. Invariant: a disk that fails stops nothing.
"""

from collections.abc import Callable
from hashlib import sha256

from lightclient.conditions import OnceEach
from lightclient.errors import DamagedStoreFile, ForeignStoreFile
from lightclient.network import Network
from lightclient.persistence import StoreFile
from lightclient.snapshot import Snapshot, decode_heads, decode_snapshot, encode_heads, encode_snapshot

REST = 10
"""How much longer than a write took nothing is written: catching up a year changes committees 320 times within seconds."""


class StoreKeeper:
    """One store file of one client."""

    def __init__(self, file: StoreFile, network: Network, report: OnceEach, time: Callable[[], float], interval_seconds: float) -> None:
        """Remembers. `interval_seconds` is the shortest time between two writes that are not asked for at once."""
        self.file = file
        """Where the memory is kept."""
        self.heads = StoreFile(file.path.with_name(file.path.name + ".heads"))
        """Where the heads since are kept."""
        self._whole: Snapshot | None = None
        self._base = b""
        self.dirty = False
        """Whether the memory is another than the file's."""
        self._network = network
        self._report = report
        self._time = time
        self._interval_seconds = interval_seconds
        self._persisted_at = float("-inf")
        self._rest_seconds = 0.0

    def load(self, checkpoint: bytes) -> Snapshot | None:
        """Returns what was remembered; None where there is nothing that serves.

        Raises:
            ForeignStoreFile: the file is of another network, or began with another checkpoint than the given one.
        """
        try:
            loaded = self.file.load(lambda payload: (decode_snapshot(payload, self._network), sha256(payload).digest()))
        except DamagedStoreFile as error:
            self._report("lightclient.store_file", "warning", f"{error}; starting anew from the checkpoint")
            return None
        if loaded is None:
            return None
        (snapshot, base), damage = loaded
        if damage is not None:
            self._report("lightclient.store_file", "warning", f"{damage}; the last good copy is used")
        if snapshot.genesis_validators_root != self._network.genesis_validators_root:
            raise ForeignStoreFile(str(self.file.path), "it is of another network")
        if checkpoint not in (b"", snapshot.checkpoint):
            raise ForeignStoreFile(str(self.file.path), "it began with another checkpoint")
        self._whole, self._base = snapshot, base
        return self._with_heads(snapshot, base)

    def _with_heads(self, whole: Snapshot, base: bytes) -> Snapshot:
        try:
            loaded = self.heads.load(lambda payload: decode_heads(payload, whole, self._network, base))
        except DamagedStoreFile as error:
            self._report("lightclient.store_file", "warning", f"{error}; going on from the older heads of {self.file.path.name}")
            return whole
        if loaded is None:
            return whole
        snapshot, damage = loaded
        if damage is not None:
            self._report("lightclient.store_file", "warning", f"{damage}; the last good copy is used")
        return snapshot or whole

    def save(self, memory: Snapshot, *, at_once: bool, last: bool = False) -> None:
        """Writes the memory down where it changed and the last write is long enough ago.

        `at_once` waits only out of a burst; the `last` write before the end waits for nothing.
        """
        now = self._time()
        wait = 0.0 if last else self._rest_seconds if at_once else max(self._interval_seconds, self._rest_seconds)
        if not self.dirty or 0 <= now - self._persisted_at < wait:
            return
        try:
            self._write(memory)
        except OSError as error:
            self._report("lightclient.disk", "warning", f"the store file cannot be written: {error}; following goes on from memory")
            return
        self._report("lightclient.disk", None, "the store file is written again")
        self._report("lightclient.store_file", None, "the store file is whole again")
        self._persisted_at, self.dirty = self._time(), False
        self._rest_seconds = REST * max(self._persisted_at - now, 0.0)

    def _write(self, memory: Snapshot) -> None:
        whole = self._whole
        if whole is not None and _large(whole) == _large(memory):
            self.heads.save(encode_heads(memory, self._network, self._base))
            return
        payload = encode_snapshot(memory, self._network)
        self.file.save(payload)
        self._whole, self._base = memory, sha256(payload).digest()


def _large(memory: Snapshot) -> tuple[object, ...]:
    """Returns what only the whole payload holds."""
    store, trace = memory.store, memory.trace
    return store.current_sync_committee, store.next_sync_committee, trace.bootstrap, trace.updates, memory.checkpoint, memory.forced
