"""Evidence on disk, and the brake: a folder of files, one per conflict, and a file `FROZEN` while an operator has not decided.

Written when two valid messages contradict each other; read by people and by `aios lightclient`. Each file holds both messages in the beacon
API's form, so that anyone can verify them. Invariants: the evidence is on the disk before the brake is; only `unfreeze` releases it, and it
says why; a conspirator cannot fill the disk, because the first `MAX_FILES` conflicts suffice.
"""

import json
import os
from pathlib import Path
from typing import Any

from lightclient.beacon_json import from_document, to_document
from lightclient.conflict import Conflict, Kind
from lightclient.errors import DamagedStoreFile, PeerError
from lightclient.json_text import decode
from lightclient.network import Network
from lightclient.types import LightClientUpdate

MAX_FILES = 32
"""Most conflicts kept: some 100 kB each on mainnet."""

MARK = "FROZEN"
"""Name of the file that is the brake."""


class EvidenceFolder:
    """The folder of one light client."""

    def __init__(self, path: Path, network: Network) -> None:
        """Remembers; the folder is made with the first conflict."""
        self.path = path
        """Where the evidence is."""
        self._network = network

    def add(self, conflict: Conflict) -> Path | None:
        """Writes a conflict down, and freezes where its kind demands; returns the file, or None where enough is kept.

        Raises:
            OSError: the disk refuses.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        file = self.path / f"{conflict.kind}-{conflict.slot}.json"
        written = None
        if not file.exists() and len(self.files()) < MAX_FILES:
            document = {
                "network": self._network.name,
                "kind": conflict.kind.value,
                "reason": str(conflict),
                "first": to_document(conflict.first, self._network),
                "second": to_document(conflict.second, self._network),
            }
            _write(file, json.dumps(document, indent=1))
            written = file
        if conflict.kind.freezes and self.frozen() is None:
            _write(self.path / MARK, f"{conflict}\nEvidence: {file.name}\n")
        return written

    def files(self) -> list[Path]:
        """Returns the files of evidence, by name."""
        return sorted(self.path.glob("*.json"))

    def load(self, file: Path) -> Conflict:
        """Returns the conflict of a file, unverified.

        Raises:
            DamagedStoreFile: it is none.
        """
        try:
            document: Any = decode(file.read_bytes())
            return Conflict(
                Kind(document["kind"]),
                from_document(LightClientUpdate, document["first"], self._network),
                from_document(LightClientUpdate, document["second"], self._network),
            )
        except (KeyError, TypeError, ValueError, PeerError) as error:
            raise DamagedStoreFile(str(file), repr(error)) from error

    def frozen(self) -> str | None:
        """Returns why everything is stopped, or None."""
        try:
            return (self.path / MARK).read_text(encoding="utf-8", errors="replace").strip()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            return f"the mark {self.path / MARK} cannot be read: {error}"  # not knowing is no permission

    def unfreeze(self, note: str) -> bool:
        """Releases the brake, keeping what it said with the operator's note; returns whether it was on. The evidence stays."""
        reason = self.frozen()
        if reason is None:
            return False
        with (self.path / "unfrozen.log").open("a", encoding="utf-8") as log:
            log.write(f"{reason}\nReleased: {note}\n\n")
            log.flush()
            os.fsync(log.fileno())
        (self.path / MARK).unlink(missing_ok=True)
        return True


def _write(file: Path, text: str) -> None:
    fresh = file.with_name(file.name + ".new")
    with fresh.open("w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    # Now: the content is durable under another name.
    fresh.replace(file)
