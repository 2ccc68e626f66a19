"""Settings become a client, or a refusal that says what to do; reason codes become errors by whose fault it is."""

from pathlib import Path

import pytest

from drivers.errors import BadConfiguration, ConnectionEnded, DriverError, Refused
from drivers.mqtt.client import connect_properties, failure, make_client
from drivers.mqtt.settings import MqttSettings, TlsSettings


@pytest.fixture
def password(tmp_path: Path) -> Path:
    file = tmp_path / "password"
    file.write_text("s3cret\n", encoding="utf-8")
    file.chmod(0o600)
    return file


def test_the_password_is_read_without_its_line_end(password: Path) -> None:
    client = make_client(MqttSettings(username="u", password_file=str(password)))
    assert client._password == b"s3cret"


def test_a_password_that_everyone_can_read_is_refused(password: Path) -> None:
    password.chmod(0o644)
    with pytest.raises(BadConfiguration, match="chmod 600") as caught:
        make_client(MqttSettings(username="u", password_file=str(password)))
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "settings",
    [
        MqttSettings(username="u", password_file="/nowhere/password"),
        MqttSettings(tls=TlsSettings(ca_file="/nowhere/ca.pem")),
        MqttSettings(tls=TlsSettings(cert_file="/nowhere/cert.pem")),
    ],
)
def test_a_file_that_is_not_there_is_refused(settings: MqttSettings) -> None:
    with pytest.raises(BadConfiguration) as caught:
        make_client(settings)
    assert not caught.value.retry_soon


def test_mqtt_5_states_its_bounds_and_3_1_1_cannot() -> None:
    properties = connect_properties(MqttSettings(receive_maximum=7, session_expiry_seconds=60, max_packet_bytes=2048))
    assert properties is not None
    stated = properties.json()  # type: ignore[no-untyped-call]  # paho left its types out
    assert stated == {"ReceiveMaximum": 7, "SessionExpiryInterval": 60, "MaximumPacketSize": 2048}
    assert connect_properties(MqttSettings(protocol="3.1.1")) is None


@pytest.mark.parametrize(
    ("code", "kind", "retry_soon"),
    [(0x86, Refused, False), (0x8E, Refused, False), (0x88, ConnectionEnded, True), (0x8B, ConnectionEnded, True)],
)
def test_reason_codes(code: int, kind: type[DriverError], retry_soon: bool) -> None:
    error = failure("broker", code, "words")
    assert type(error) is kind
    assert error.retry_soon is retry_soon
