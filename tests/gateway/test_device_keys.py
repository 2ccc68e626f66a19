from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.device_keys import DeviceKeyError, device_keys
from gateway.errors import ConfigError
from gateway.settings import DeviceSettings, GatewaySettings, Settings, load
from tests.drivers.senml.test_signed import ED, KEY

PEM = ED.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def settings(tmp_path: Path, *, key: str = "", key_file: str = "") -> Settings:
    return Settings(
        gateway=GatewaySettings(data_dir=str(tmp_path)),
        devices=(DeviceSettings("reefer-1", key=key, key_file=key_file), DeviceSettings("reefer-2")),
    )


def test_a_key_is_read_from_the_setting_and_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "reefer-1.pem").write_bytes(PEM)
    (tmp_path / "reefer-1.cose").write_bytes(KEY.to_cose())
    for device in ({"key": PEM.decode()}, {"key": KEY.to_cose().hex()}, {"key_file": "reefer-1.pem"}, {"key_file": "reefer-1.cose"}):
        assert device_keys(settings(tmp_path, **device)) == {"reefer-1": KEY}
    assert device_keys(settings(tmp_path)) == {}


@pytest.mark.parametrize("device", [{"key": "00"}, {"key": "no key"}, {"key_file": "missing.pem"}, {"key_file": "."}])
def test_a_key_that_cannot_be_used_is_refused_with_the_device_s_name(tmp_path: Path, device: dict[str, str]) -> None:
    with pytest.raises(DeviceKeyError, match="reefer-1") as refusal:
        device_keys(settings(tmp_path, **device))
    assert refusal.value.device == "reefer-1"


def test_two_keys_of_one_device_contradict_each_other(tmp_path: Path) -> None:
    path = tmp_path / "gateway.toml"
    path.write_text('[[devices]]\nid = "reefer-1"\nkey = "00"\nkey_file = "a.pem"\n')
    with pytest.raises(ConfigError, match="has a key already"):
        load(path)
    assert replace(DeviceSettings("a"), key="00").key == "00"
