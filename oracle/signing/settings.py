"""The signer's own settings file: which keys, which socket, who may ask, and the policy. Read once, then frozen.

`config/signer.example.toml` is a complete commented file; a test holds it against these records.
"""

import difflib
import tomllib
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from oracle.errors import MisuseError
from oracle.signing.policy import ContractRule, FeeRules, Policy, RateRules, SchemaRule

MAX_BYTES = 1 << 20
"""A settings file larger than this is a mistake."""
DEFAULT_CONFIG = Path("/etc/aios/signer.toml")
"""Where an installed signer keeps its settings."""


class KeySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which keys."""

    attester: str
    """URI of the key that signs attestations: `file:`, `pkcs11:` or `tpm2:`; a plain path is a key file."""
    secret_file: str = ""
    """File with that key's passphrase or PIN, mode 0600; a URI's own pin-source comes before it."""
    gateway: str = ""
    """URI of the key that signs transactions, on secp256k1; empty is the same key."""
    gateway_secret_file: str = ""
    """File with that key's passphrase or PIN; empty is the same file."""
    bls: str = ""
    """File of the BLS key that signs verdicts given together with other gateways; empty for none."""
    bls_secret_file: str = ""
    """File with that key's passphrase; empty is the attester's."""


class SignerSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything one signer is told."""

    keys: KeySettings
    """Which keys."""
    policy: Policy
    """What is signed."""
    directory: str = "/var/lib/aios-signer"
    """Where the log lies; relative file names of keys and secrets are below it too."""
    socket: str = "/run/aios/signer.sock"
    """The Unix socket."""
    socket_mode: Annotated[str, Meta(pattern="^06[06]0$")] = "0600"
    """Mode of the socket's file: 0600, or 0660 for a group."""
    socket_group: str = ""
    """Group that the socket's file is given to; empty leaves it."""
    users: tuple[str | int, ...] = ()
    """Who may ask, by name or uid; empty is the signer's own user. The kernel says who it is (SO_PEERCRED)."""
    import_memory: str = ""
    """A gateway's `signer.json` from before there was a log, taken over once into an empty log; empty for none."""


class SignerConfigError(MisuseError):
    """The signer's settings file cannot be used."""

    def __init__(self, file: Path, reason: str) -> None:
        """Names the file and the reason, which names the key."""
        self.file = file
        self.reason = reason
        super().__init__(f"{file}: {reason}")


def load(path: Path) -> SignerSettings:
    """Returns the settings in a file.

    Raises:
        SignerConfigError: it cannot be read, is not TOML, or a key or value does not fit.

    """
    try:
        raw = path.read_bytes()
        if len(raw) > MAX_BYTES:
            raise SignerConfigError(path, f"is {len(raw)} bytes long, more than {MAX_BYTES}")
        document = tomllib.loads(raw.decode())
    except OSError as error:
        raise SignerConfigError(path, f"cannot be read: {error.strerror}; name the file with --config") from error
    except ValueError as error:
        raise SignerConfigError(path, f"is not TOML: {error}") from error
    try:
        return msgspec.convert(document, SignerSettings)
    except msgspec.ValidationError as error:
        raise SignerConfigError(path, f"{error}{_hint(str(error))}") from error


def _hint(reason: str) -> str:
    unknown = reason.partition("unknown field `")[2].partition("`")[0]
    names = [
        field
        for record in (SignerSettings, KeySettings, Policy, SchemaRule, ContractRule, RateRules, FeeRules)
        for field in record.__struct_fields__
    ]
    near = difflib.get_close_matches(unknown, names, n=1, cutoff=0.5)
    return f" (did you mean {near[0]!r}?)" if unknown and near else ""
