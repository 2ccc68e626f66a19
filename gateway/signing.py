"""The gateway's side of the signer: where it is, how it is started, and what it is told when it is the gateway's own child."""

import contextlib
import json
import os
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from gateway.settings import NOWHERE, OracleSettings, Settings
from oracle.attestation import Attestation, Domain, Message
from oracle.fees import GWEI
from oracle.publication import Kind
from oracle.settings import PublisherSettings
from oracle.signing.client import Child, Client, over_socket
from oracle.signing.desk import SigningDesk
from oracle.signing.policy import ContractKind, SchemaRule, known_schemas

CHILD_FOLDER = "signer"
"""Folder below the data directory in which a signer that is the gateway's child keeps its log and its settings."""
OLD_MEMORY = "signer.json"
"""What a gateway remembered of its signatures before there was a log."""

OFFERS_TO_COST = 4
"""An offer is counted whole, gas limit and double base fee included; of that, a quarter or more is paid."""


class AttestationSigner:
    """Signs messages as attestations of one domain.

    A statement that the signer has in its log keeps its number, whatever the store counts: one that was salvaged may have lost some, and
    saying the same again contradicts nothing. Anything else gets the store's number, which is refused if the signer has gone further
    already.
    """

    def __init__(self, desk: SigningDesk, domain: Domain) -> None:
        """Signs at the desk, for one EAS deployment."""
        self._desk = desk
        self._domain = domain

    def __call__(self, message: Message, number: int) -> Attestation:
        """Returns the signed attestation, with that number in the gateway's sequence unless it was signed under another before.

        Raises the refusals of `oracle.signing.judge`.
        """

        def sign(_digest: bytes) -> bytes:
            return self._desk.sign_attestation(message, self._domain, number)

        return Attestation.signed(message, self._domain, self._desk.attester, sign)


def start_signer(settings: Settings, oracle: OracleSettings, stack: ExitStack) -> Callable[[], Client]:
    """Starts the signer, where it is the gateway's child, and returns what waits for it; what is opened is closed with `stack`.

    Started early, it reads keys and log while the gateway opens its store. What is returned blocks, and raises an OracleError if nobody
    answers or the child cannot open its keys or its log.
    """
    if oracle.signer:
        return lambda: stack.enter_context(over_socket(Path(oracle.signer.removeprefix("unix:"))))
    child = Child(_write_child_settings(settings, oracle))
    stack.callback(child.end)
    child.start()
    return lambda: stack.enter_context(Client(child.connect, "its child process"))


def _write_child_settings(settings: Settings, oracle: OracleSettings) -> Path:
    """Writes what a child is told: the gateway's own contracts, and nothing beyond."""
    folder = settings.below(CHILD_FOLDER)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    kinds: dict[str, ContractKind] = {
        oracle.registry: "anchor-registry",
        oracle.eas_contract: "eas",
        oracle.gateway_registry: "gateway-registry",
        oracle.bls_escrow: "bls-escrow",
    }
    data = settings.below("").resolve()
    lines = [
        "# Written by `aios run` at every start, from its own settings. A signer that has a unit of its own has settings of its own:",
        "# see docs/signer.md.",
        f"directory = {_text(folder.resolve())}",
        f"import_memory = {_text(data / OLD_MEMORY)}",
        "[keys]",
        f"attester = {_text(_placed(oracle.keystore, data))}",
        f"secret_file = {_text(data / oracle.passphrase_file)}",
        f"gateway = {_text(_placed(oracle.gateway_keystore, data))}",
        f"gateway_secret_file = {_text(data / oracle.gateway_passphrase_file) if oracle.gateway_passphrase_file else _text('')}",
        f"bls = {_text(_placed(oracle.bls_keystore, data))}",
        f"bls_secret_file = {_text(data / oracle.bls_passphrase_file) if oracle.bls_passphrase_file else _text('')}",
        "[policy]",
        f"chains = [{oracle.chain_id}]",
        "[policy.rates]",
        f"attestations_per_hour = {oracle.attestations_per_hour}",
        "[policy.fees]",
        *(f"{name} = {gwei}" for name, gwei in _fee_rules(oracle.publisher).items()),
    ]
    verdicts = (SchemaRule(oracle.verdicts.schema),) if oracle.verdicts.schema else ()
    for schema in (*known_schemas(), *verdicts):
        lines += ["[[policy.schemas]]", f"uid = {_text(schema.uid)}", f"subject_words = {schema.subject_words}"]
    for address, kind in kinds.items():
        if address == NOWHERE:
            continue
        lines += ["[[policy.contracts]]", f"address = {_text(address)}", f"kind = {_text(kind)}"]
    path = folder / "signer.toml"
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    with open(path, "x", encoding="utf-8", opener=_private) as file:
        file.write("\n".join(lines) + "\n")
    return path


def _fee_rules(publisher: PublisherSettings) -> dict[str, int]:
    """Returns the publisher's own limits as the signer counts them: by what is offered, not by what is then paid."""
    most_gas = max(publisher.gas_limit_of(kind) for kind in Kind)
    ceiling = -(-publisher.fees.max_fee_ceiling_wei // GWEI)
    day = OFFERS_TO_COST * publisher.fees.budget_wei_per_day // GWEI
    # No budget there is none here, short of what a number holds.
    return {"max_fee_gwei": ceiling, "transaction_gwei": most_gas * ceiling, "day_gwei": day or (1 << 62)}


def _placed(uri: str, data: Path) -> str:
    """Returns a key's URI with the path of a key file completed, for the child's folder is another."""
    if not uri or (":" in uri.partition("/")[0] and not uri.startswith("file:")):
        return uri
    return str(data / uri.removeprefix("file:"))


def _text(value: object) -> str:
    """Returns a TOML string; JSON's escapes are TOML's."""
    return json.dumps(str(value), ensure_ascii=False)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
