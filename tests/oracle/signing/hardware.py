"""A token and a TPM in software, each in a folder of its own; skipped with the reason where one is missing."""

import atexit
import contextlib
import functools
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
)
PIN = b"1234\n"


def private(path: Path, content: bytes) -> Path:
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(content)
    return path


def softhsm(folder: Path) -> str:
    """Returns the part of a URI after the key's name, for the token `aios`; its PIN is in the folder."""
    pytest.importorskip("pkcs11", reason="python-pkcs11 is not installed: make hardware")
    module = next((path for path in MODULES if Path(path).exists()), None)
    if module is None or not shutil.which("softhsm2-util"):
        pytest.skip("SoftHSM is not on this machine (Debian: softhsm2)")
    os.environ["SOFTHSM2_CONF"] = str(_token())
    private(folder / "pin", PIN)
    return f"?module-path={module}&pin-source=file:pin"


@functools.cache
def _token() -> Path:
    """Makes the one token of this process, for the library reads its settings once."""
    folder = Path(tempfile.mkdtemp(prefix="softhsm-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    (folder / "tokens").mkdir()
    settings = folder / "softhsm2.conf"
    settings.write_text(f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n")
    words = ["softhsm2-util", "--init-token", "--free", "--label", "aios", "--pin", "1234", "--so-pin", "5678"]
    subprocess.run(words, check=True, capture_output=True, env={**os.environ, "SOFTHSM2_CONF": str(settings)})
    return settings


class Tpm:
    """A software TPM whose state outlives it."""

    def __init__(self, folder: Path) -> None:
        pytest.importorskip("tpm2_pytss", reason="tpm2-pytss is not installed: make hardware")
        if not shutil.which("swtpm"):
            pytest.skip("swtpm is not on this machine (Debian: swtpm)")
        self.folder = folder
        self.socket = folder / "tpm.sock"
        self.process: subprocess.Popen[bytes] | None = None
        (folder / "state").mkdir()
        private(folder / "pin", PIN)

    @property
    def query(self) -> str:
        return f"?tcti=swtpm:path={self.socket}"

    def start(self) -> None:
        words = ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={self.folder}/state", "--server", f"type=unixio,path={self.socket}"]
        words += ["--ctrl", f"type=unixio,path={self.socket}.ctrl", "--flags", "startup-clear,not-need-init"]
        self.process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 100
        while not self.socket.exists():
            assert time.monotonic() < deadline, "swtpm does not start"
            time.sleep(0.02)

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None
        for path in (self.socket, Path(f"{self.socket}.ctrl")):
            path.unlink(missing_ok=True)


@contextlib.contextmanager
def swtpm(folder: Path) -> Iterator[Tpm]:
    """Gives a TPM that runs."""
    tpm = Tpm(folder)
    tpm.start()
    try:
        yield tpm
    finally:
        tpm.stop()
