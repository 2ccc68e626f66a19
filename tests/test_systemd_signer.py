"""The signer's unit keeps its hardening, and says why wherever it is looser."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.vectors import ROOT

UNIT = ROOT / "systemd" / "aios-signer.service"
MUST = {
    "PrivateNetwork": "yes",
    "RestrictAddressFamilies": "AF_UNIX",
    "IPAddressDeny": "any",
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "DevicePolicy": "closed",
    "MemoryDenyWriteExecute": "yes",
    "LimitCORE": "0",
    "LoadCredential": "passphrase:/etc/aios/signer-passphrase",
    "User": "aios-signer",
    "StateDirectoryMode": "0700",
    "UMask": "0077",
}
LOOSER = ("SupplementaryGroups", "RuntimeDirectory", "DevicePolicy", "SystemCallFilter=@chown")


def directives() -> list[tuple[str, str, str]]:
    """Name, value and the comment right above."""
    found, comment = [], ""
    for line in UNIT.read_text().splitlines():
        if line.startswith("#"):
            comment += line
        elif match := re.fullmatch(r"(\w+)=(.*)", line):
            found.append((match[1], match[2], comment))
            comment = ""
        elif not line:
            comment = ""
    return found


@pytest.mark.parametrize(("name", "value"), MUST.items())
def test_it_keeps_its_hardening(name: str, value: str) -> None:
    assert [given for directive, given, _ in directives() if directive == name] == [value]


def test_the_log_and_the_socket_are_where_the_settings_expect_them() -> None:
    given = {name: value for name, value, _ in directives()}
    assert f"/var/lib/{given['StateDirectory']}" == "/var/lib/aios-signer"
    assert f"/run/{given['RuntimeDirectory']}/signer.sock" == "/run/aios/signer.sock"
    assert given["ExecStart"].split()[0] == "/opt/aios/bin/aios-signer"


@pytest.mark.parametrize("place", LOOSER)
def test_wherever_it_is_looser_it_says_why(place: str) -> None:
    name, _, wanted = place.partition("=")
    comments = [comment for directive, value, comment in directives() if directive == name and (not wanted or value == wanted)]
    assert any("Relaxed" in comment for comment in comments)


@pytest.mark.peer
def test_systemd_understands_it(tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not on this machine")
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace("/opt/aios/bin/aios-signer", "/bin/true"))
    done = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False)
    assert [line for line in done.stderr.splitlines() if "Unknown" in line or "ignoring" in line] == []
    security = ["systemd-analyze", "security", "--offline=yes", "--threshold=20", str(unit)]
    assert subprocess.run(security, capture_output=True, text=True, check=False).returncode == 0
