"""The gateway's key at work: opened from its keystore, guarded by a memory on disk."""

import json
import os
import threading
from pathlib import Path

from gateway.errors import GatewayError
from oracle.attestation import Attestation, Domain, Message
from oracle.signer import ATTESTATIONS, GuardedSigner, SignerMemory, SigningMemory, SigningRequest, decode_memory, encode_memory


class SignerMemoryError(GatewayError):
    """The signer's memory cannot be read: without it the key could contradict itself, so nothing is signed."""

    def __init__(self, path: Path, reason: str) -> None:
        """Names the file and why it is of no use."""
        self.path = path
        super().__init__(f"{path}: {reason}; restore it from a backup, or give this gateway a new key")


class FileSignerMemory(SignerMemory):
    """One small JSON file, replaced as a whole and fsynced before a signature is made.

    Apart from the store on purpose: a store that is set aside and salvaged, or put back from a backup, must not make the key forget.
    """

    def __init__(self, path: Path) -> None:
        """Keeps the memory at `path`; a missing file means that nothing was signed yet."""
        self._path = path
        self._lock = threading.Lock()

    def load(self, address: bytes, stream: str) -> SigningMemory | None:
        """Returns what is remembered of a stream.

        Raises:
            SignerMemoryError: the file is damaged.
        """
        with self._lock:
            return self._read().get(_key(address, stream))

    def swap(self, address: bytes, stream: str, old: SigningMemory | None, new: SigningMemory) -> bool:
        """Stores `new` if `old` is what is stored."""
        with self._lock:
            memories = self._read()
            if memories.get(_key(address, stream)) != old:
                return False
            memories[_key(address, stream)] = new
            self._replace({key: json.loads(encode_memory(memory)) for key, memory in memories.items()})
        return True

    def _read(self) -> dict[str, SigningMemory]:
        try:
            document = json.loads(self._path.read_bytes())
            return {key: decode_memory(json.dumps(memory)) for key, memory in document.items()}
        except FileNotFoundError:
            return {}
        except (ValueError, AttributeError) as error:
            raise SignerMemoryError(self._path, f"is damaged ({error})") from error

    def _replace(self, document: dict[str, object]) -> None:
        temporary = self._path.with_suffix(".new")
        with open(temporary, "w", opener=_private) as file:
            json.dump(document, file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._path)
        directory = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


class AttestationSigner:
    """Signs messages as attestations of one domain.

    A statement that the key remembers keeps its number, whatever the store counts: one that was salvaged may have lost some, and saying
    the same again contradicts nothing. Anything else gets the store's number, which the key refuses if it has gone further already.
    """

    def __init__(self, signer: GuardedSigner, domain: Domain) -> None:
        """Signs through the guard, for one EAS deployment."""
        self._signer = signer
        self._domain = domain

    def __call__(self, message: Message, number: int) -> Attestation:
        """Returns the signed attestation, with that number in the gateway's sequence unless it was signed under another before.

        Raises what `oracle.signer.judge` raises.
        """

        def sign(digest: bytes) -> bytes:
            known = self._signer.number_of(ATTESTATIONS, digest)
            place = number if known is None else known
            return self._signer.sign(SigningRequest(ATTESTATIONS, place, digest, digest, message.time, message.schema))

        return Attestation.signed(message, self._domain, self._signer.address, sign)


def _key(address: bytes, stream: str) -> str:
    return f"{address.hex()}/{stream}"


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
