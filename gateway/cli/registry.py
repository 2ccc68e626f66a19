"""The rarer steps of `aios gateway`: what the registry's owner decides, a gateway's document stated anew, two anchors that contradict."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.gateway import GatewayOption, RegistryOption, call, document_hash
from gateway.cli.terminal import fail
from gateway.cli.wallet import DryRunOption, KeystoreOption, NetworkOption, PassphraseOption, RpcOption, Wallet, YesOption

MAX_TRANSACTION_TEXT = 4096
"""Characters of a signed transaction's file; one that anchors has some 500."""


class OwnerStep(StrEnum):
    """What the registry's owner decides."""

    ADMIT = "admit"
    DISMISS = "dismiss"
    SUSPEND = "suspend"
    REINSTATE = "reinstate"


def owner(
    step: Annotated[OwnerStep, typer.Argument(help="admit or dismiss an operator, suspend or reinstate a gateway.")],
    subject: Annotated[str, typer.Argument(metavar="ADDRESS", help="The operator's or the gateway's address.")],
    rpc: RpcOption,
    keystore: KeystoreOption,
    passphrase_file: PassphraseOption,
    network: NetworkOption = "mainnet",
    registry: RegistryOption = None,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
) -> None:
    """Decides, as the registry's owner, who may operate gateways and which gateways stand suspended; anchors made before stand.

    Example: `aios gateway owner admit 0x… --rpc http://127.0.0.1:8545 --keystore owner.json --passphrase-file owner.pass --dry-run`
    """
    from gateway.cli.hexadecimal import exactly
    from oracle.gateway_registry import owner_calldata

    calldata = owner_calldata(step.value, exactly("ADDRESS", subject, 20))
    call(Wallet(rpc, network, keystore, passphrase_file), registry, f"{step.value} {subject}", calldata, dry_run=dry_run, yes=yes)


def document(
    gateway_address: GatewayOption,
    document_uri: Annotated[str, typer.Option(help="Where the gateway's DID document is.")],
    document: Annotated[Path, typer.Option(help="The DID document, whose sha256 is registered with its URI.")],
    rpc: RpcOption,
    keystore: KeystoreOption,
    passphrase_file: PassphraseOption,
    network: NetworkOption = "mainnet",
    registry: RegistryOption = None,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
) -> None:
    """States a gateway's DID document anew, as its operator: after a rotation its keys are others.

    Example: `aios gateway document --gateway 0x… --document-uri U --document did.json --rpc U --keystore k.json --passphrase-file pass`
    """
    from gateway.cli.hexadecimal import exactly
    from oracle.gateway_registry import set_document_calldata

    calldata = set_document_calldata(exactly("--gateway", gateway_address, 20), document_hash(document, document_uri), document_uri)
    call(Wallet(rpc, network, keystore, passphrase_file), registry, "state the document", calldata, dry_run=dry_run, yes=yes)


def report_anchors(
    first: Annotated[Path, typer.Argument(metavar="FIRST", help="A signed transaction as nodes pass it on: 0x and hexadecimal digits.")],
    second: Annotated[Path, typer.Argument(metavar="SECOND", help="Another by the same key.")],
    reporter: Annotated[str, typer.Option(metavar="0x..", help="Who may claim the reporter's tenth.")],
    rpc: RpcOption,
    keystore: KeystoreOption,
    passphrase_file: PassphraseOption,
    network: NetworkOption = "mainnet",
    registry: RegistryOption = None,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
) -> None:
    """Slashes a gateway that signed two anchors with one index and different roots; neither need have been mined.

    Example: `aios gateway report-anchors a.hex b.hex --reporter 0x… --rpc U --keystore k.json --passphrase-file pass --dry-run`
    """
    from gateway.cli.hexadecimal import exactly
    from oracle.gateway_registry import slash_anchors_calldata

    calldata = slash_anchors_calldata(_transaction(first), _transaction(second), exactly("--reporter", reporter, 20))
    call(Wallet(rpc, network, keystore, passphrase_file), registry, "slash the gateway", calldata, dry_run=dry_run, yes=yes)


def _transaction(path: Path) -> bytes:
    with path.open("rb") as opened:
        text = opened.read(MAX_TRANSACTION_TEXT + 1).strip()
    try:
        return bytes.fromhex(text.decode("ascii").removeprefix("0x"))
    except ValueError:
        fail(f"{path}: is no signed transaction in hexadecimal", code=2)
