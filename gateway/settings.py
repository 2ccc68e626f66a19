"""The gateway's settings: every room's own record, composed. Parsed once from one TOML file, then frozen.

`config/gateway.example.toml` is a complete commented file; a test holds it against these records.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta

from drivers.mqtt.settings import MqttSettings, TlsSettings
from edge_agents.conditions.agent import products
from edge_agents.conditions.trip import Certificate
from edge_agents.settings import AgentSettings
from gateway import toml
from gateway.errors import ConfigError
from gateway.images import ImageSettings
from gateway.ingest import IngestSettings
from gateway.pipeline.batch import BatchSettings
from gateway.pipeline.bundle import BundleFiles
from gateway.pipeline.judge import JudgeSettings
from gateway.store.settings import StoreSettings
from gateway.web.security import is_loopback
from gateway.web.settings import WebSettings
from lightclient.network import network_names
from lightclient.settings import LightClientSettings
from oracle.settings import PublisherSettings

Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Address = Annotated[str, Meta(pattern=r"^0x[0-9a-fA-F]{40}$")]
NOWHERE = "0x" + "00" * 20
"""The zero address: no contract is set."""


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """The box itself."""

    name: Name = "gateway"
    """How people call it."""
    data_dir: str = "/var/lib/aios"
    """Where everything durable lies; readable by the gateway's user alone. Relative paths elsewhere are below it."""
    read_point: str = ""
    """URI of where the box stands, such as a GLN's Digital Link; it enters every EPCIS event."""


@dataclass(frozen=True, slots=True)
class LogSettings:
    """What is logged, and how."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """The least serious level that is written."""
    form: Literal["auto", "text", "json"] = "auto"
    """`auto` is text on a terminal and JSON elsewhere."""


@dataclass(frozen=True, slots=True)
class CalibrationSettings:
    """A calibration certificate of one quantity of one device."""

    quantity: Annotated[str, Meta(min_length=1, max_length=64)]
    """What was calibrated, as in its readings; `position` for latitude and longitude together."""
    certificate: Annotated[str, Meta(min_length=1, max_length=80)]
    """The certificate's number."""
    valid_from: date
    """First day of its validity, UTC."""
    valid_until: date
    """Last day of its validity, UTC."""
    expanded_uncertainty: Annotated[float, Meta(ge=0, le=1e12)]
    """As the certificate states it with coverage factor 2, in the unit of the readings; metres for a position."""


@dataclass(frozen=True, slots=True)
class DeviceSettings:
    """One device that belongs here."""

    id: Name
    """As in its topic and its readings."""
    title: Annotated[str, Meta(max_length=80)] = ""
    """How people call it."""
    product: Annotated[str, Meta(max_length=40)] = ""
    """Whose limits the dashboard draws behind its curve; empty draws none."""
    key: Annotated[str, Meta(max_length=4096)] = ""
    """Its public key, if it signs: PEM, or a COSE_Key in hexadecimal. Payloads of it that are not signed with it are refused then."""
    key_file: str = ""
    """File that holds the key instead: PEM, or a COSE_Key as bytes."""
    calibrations: tuple[CalibrationSettings, ...] = ()
    """Certificates of its sensors; without one a verdict may stay open, as the product's policy says."""


@dataclass(frozen=True, slots=True)
class VerdictSettings:
    """Verdicts on chain: off unless a schema is named."""

    schema: Annotated[str, Meta(pattern=r"^(0x[0-9a-fA-F]{64})?$")] = ""
    """Uid of the verdict schema, as registered with its resolver (its `SCHEMA_UID`); empty is off."""
    automatic: bool = True
    """Whether an awaited verdict is published as soon as its resolver takes it; otherwise only by `aios oracle verdict`."""


@dataclass(frozen=True, slots=True)
class OracleSettings:
    """Under which key this gateway signs, and where it anchors."""

    chain_id: Annotated[int, Meta(ge=1)]
    """EIP-155 chain id."""
    eas_contract: Address
    """The EAS deployment whose domain attestations are signed for, and that revocations and verdicts go to."""
    signer: Annotated[str, Meta(pattern=r"^(unix:/.+)?$")] = ""
    """Where `aios-signer` answers, as `unix:` and the socket's path; empty has the gateway start one as its child, with the keys below."""
    keystore: str = ""
    """Key that attests, for a child: an encrypted key file, or a `pkcs11:` or `tpm2:` URI."""
    passphrase_file: str = ""
    """File that holds its passphrase or PIN; mode 0600."""
    gateway_keystore: str = ""
    """Key that sends transactions, where it is not the same: on secp256k1, which a TPM has not."""
    gateway_passphrase_file: str = ""
    """File that holds its passphrase or PIN; empty is the same file."""
    bls_keystore: str = ""
    """BLS key of a child, for verdicts given together with other gateways: an encrypted key file; empty for none."""
    bls_passphrase_file: str = ""
    """File that holds its passphrase; empty is the same file."""
    bls_escrow: Address = NOWHERE
    """The BlsShipmentEscrow that those verdicts are for."""
    registry: Address = NOWHERE
    """The AnchorRegistry; not needed where batches are stamped in EAS."""
    gateway_registry: Address = NOWHERE
    """The GatewayRegistry that the AnchorRegistry names."""
    anchor_in: Literal["registry", "eas"] = "registry"
    """Where batches go: into the AnchorRegistry, or as salted roots into EAS' timestamps where only EAS exists."""
    assurance: Literal["proven", "reported"] = "proven"
    """`proven` is by our light client; `reported` is an RPC's word, for networks that no light client of ours follows."""
    eas_version: Annotated[str, Meta(min_length=1, max_length=32)] = "1.4.0"
    """That deployment's version, part of the EIP-712 domain."""
    rpc_url: str = "http://127.0.0.1:8545"
    """Execution endpoint. It is asked, never believed."""
    rpc_fallbacks: tuple[str, ...] = ()
    """Further endpoints of the same chain, asked where the first fails; transactions go to all of them."""
    attestations_per_hour: Annotated[int, Meta(ge=1)] = 20_000
    """The key signs no more than this; a gateway that wants more is broken or not ours."""
    batch: BatchSettings = field(default_factory=BatchSettings)
    """How many statements share an anchor."""
    publisher: PublisherSettings = field(default_factory=PublisherSettings)
    """Fees, patience and retries."""
    verdicts: VerdictSettings = field(default_factory=VerdictSettings)
    """Verdicts on chain, which move money."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything one gateway is told."""

    gateway: GatewaySettings = field(default_factory=GatewaySettings)
    """The box itself."""
    logs: LogSettings = field(default_factory=LogSettings)
    """What is logged."""
    store: StoreSettings = field(default_factory=StoreSettings)
    """How readings are kept."""
    ingest: IngestSettings = field(default_factory=IngestSettings)
    """What is let in."""
    mqtt: dict[str, MqttSettings] = field(default_factory=dict)
    """Brokers, by name."""
    devices: tuple[DeviceSettings, ...] = ()
    """Who may speak."""
    agents: AgentSettings = field(default_factory=AgentSettings)
    """Limits of the agents."""
    judge: JudgeSettings = field(default_factory=JudgeSettings)
    """When trips and frames are judged."""
    images: ImageSettings = field(default_factory=ImageSettings)
    """Whether inspection images are kept beside the store."""
    oracle: OracleSettings | None = None
    """Without it nothing is signed."""
    lightclient: LightClientSettings | None = None
    """Without it nothing becomes final."""
    bundles: BundleFiles = field(default_factory=BundleFiles)
    """Where bundles are written, and how much they hold."""
    web: WebSettings = field(default_factory=WebSettings)
    """The dashboard."""

    def certificates(self) -> tuple[Certificate, ...]:
        """Returns the calibrations of all devices, as the agents take them."""
        return tuple(
            Certificate(
                device=device.id,
                quantity=one.quantity,
                name=one.certificate,
                from_ms=_midnight_ms(one.valid_from),
                until_ms=_midnight_ms(one.valid_until + timedelta(days=1)) - 1,
                expanded_uncertainty=one.expanded_uncertainty,
            )
            for device in self.devices
            for one in device.calibrations
        )

    def below(self, path: str) -> Path:
        """Returns a path of the settings as it lies on disk: relative ones are below the data directory."""
        return Path(self.gateway.data_dir) / path


def load(path: Path) -> Settings:
    """Returns the settings in a file; the files that drivers and dashboard open by themselves are named by absolute paths.

    Raises:
        ConfigError: the file, a key or a value cannot be used, or two settings contradict each other.
    """
    settings = toml.load(path, Settings)
    for key, reason, hint in _contradictions(settings):
        raise ConfigError(path, key, reason, hint)
    return _placed(settings)


def problems(path: Path) -> list[ConfigError]:
    """Returns everything that is wrong with a settings file; contradictions only once each value by itself is right.

    Raises:
        ConfigError: the file cannot be read or is not TOML.
    """
    data = toml.read(path)
    found = toml.problems(data, Settings, path)
    return found or [ConfigError(path, *one) for one in _contradictions(toml.parse(data, Settings, path))]


def _contradictions(settings: Settings) -> Iterator[tuple[str, str, str]]:
    """Yields what each value allows and all together do not, as key, reason and remedy."""
    yield from _device_problems(settings.devices)
    if settings.oracle is not None:
        yield from _publishing_problems(settings.oracle, settings.lightclient)
    if settings.lightclient is not None:
        yield from _light_client_problems(settings.lightclient)
    yield from _product_problems(settings)
    if not settings.web.token_file and not is_loopback(settings.web.host):
        yield "web.host", f"{settings.web.host} can be reached by others, and no token is asked for", "set web.token_file"
    sessions = [(broker.host, broker.port, broker.client_id) for broker in settings.mqtt.values()]
    for name, broker in settings.mqtt.items():
        if sessions.count((broker.host, broker.port, broker.client_id)) > 1:
            yield f"mqtt.{name}.client_id", "another [mqtt] table has the same session", "two clients of one id throw each other out"
        if broker.password_file and not broker.username:
            yield f"mqtt.{name}.password_file", "is set without a username", "set the username too; MQTT sends no password alone"


def _publishing_problems(oracle: OracleSettings, light_client: LightClientSettings | None) -> Iterator[tuple[str, str, str]]:
    if oracle.assurance == "proven" and light_client is None:
        yield "oracle", "anchors can never be proven final without [lightclient]", "add [lightclient] with a checkpoint"
    if oracle.assurance == "reported" and light_client is not None:
        yield "oracle.assurance", "is an RPC's word although there is a light client", "leave it out, so that anchors are proven"
    if oracle.anchor_in == "registry" and NOWHERE in {oracle.registry, oracle.gateway_registry}:
        yield "oracle.registry", "or oracle.gateway_registry is not set", 'set both, or anchor_in = "eas"'
    if bool(oracle.signer) == bool(oracle.keystore):
        yield "oracle.signer", "a signer's socket or a keystore is needed, and not both", "a signer with a unit of its own has its own keys"
    if oracle.bls_keystore and (oracle.signer or oracle.bls_escrow == NOWHERE):
        yield "oracle.bls_keystore", "is a child's key for one oracle.bls_escrow", "name both; a signer of its own has it under keys.bls"
    for at, url in enumerate((oracle.rpc_url, *oracle.rpc_fallbacks)):
        if not re.match(r"https?://[^/]", url):
            yield "oracle.rpc_url" if at == 0 else f"oracle.rpc_fallbacks[{at - 1}]", f"{url[:80]!r} is no endpoint's address", "http://..."


def _product_problems(settings: Settings) -> Iterator[tuple[str, str, str]]:
    for at, device in enumerate(settings.devices):
        for place, one in enumerate(device.calibrations):
            if one.valid_until < one.valid_from:
                yield f"devices[{at}].calibrations[{place}].valid_until", f"{one.valid_until} is before valid_from", "see the certificate"
    folder = settings.below(settings.agents.policies) if settings.agents.policies else None
    if folder is not None and not folder.is_dir():
        yield "agents.policies", f"{str(folder)!r} is no folder", "make it, or leave the key out"
    known = products(str(folder) if folder is not None else "")
    asked = {"agents.product": settings.agents.product} | {f"devices[{at}].product": one.product for at, one in enumerate(settings.devices)}
    for key, product in asked.items():
        if product and product not in known:
            yield key, f"there is no product {product!r}", toml.nearest(product, known)


def _midnight_ms(day: date) -> int:
    return round(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)


def _device_problems(devices: tuple[DeviceSettings, ...]) -> Iterator[tuple[str, str, str]]:
    ids = [device.id for device in devices]
    for name in sorted({name for name in ids if ids.count(name) > 1}):
        yield "devices", f"{name!r} is listed twice", "give each device once"
    for at, device in enumerate(devices):
        if device.key and device.key_file:
            yield f"devices[{at}].key_file", f"{device.id!r} has a key already", "set key or key_file, not both"


def _light_client_problems(settings: LightClientSettings) -> Iterator[tuple[str, str, str]]:
    if not settings.sources:
        yield "lightclient.sources", "is empty, so there is nobody to ask", "name a beacon REST server; none is trusted"
    for at, source in enumerate(settings.sources):
        if not re.match(r"https?://[^/]", source):
            yield f"lightclient.sources[{at}]", f"{source[:80]!r} is no address of a REST server", "such as http://127.0.0.1:5052"
    if settings.checkpoint and not re.fullmatch(r"0x[0-9a-fA-F]{64}", settings.checkpoint):
        yield "lightclient.checkpoint", f"{settings.checkpoint[:70]!r} is not 0x and 64 hexadecimal digits", "give a finalized block's root"
    known = network_names()
    if not settings.network.endswith(".toml") and settings.network not in known:
        yield (
            "lightclient.network",
            f"there is no network {settings.network!r}",
            f"{toml.nearest(settings.network, known)}, or a .toml file",
        )


def _placed(settings: Settings) -> Settings:
    """Returns the settings with the paths of records that know no data directory completed."""

    def place(path: str) -> str:
        return str(settings.below(path)) if path else ""

    def place_tls(tls: TlsSettings) -> TlsSettings:
        return TlsSettings(place(tls.ca_file), place(tls.cert_file), place(tls.key_file))

    brokers = {
        name: replace(broker, password_file=place(broker.password_file), tls=broker.tls and place_tls(broker.tls))
        for name, broker in settings.mqtt.items()
    }
    agents = replace(settings.agents, policies=place(settings.agents.policies))
    return replace(settings, mqtt=brokers, agents=agents, web=replace(settings.web, token_file=place(settings.web.token_file)))
