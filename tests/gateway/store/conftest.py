"""A fresh store per test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.store import Store
from tests.gateway.store.helpers import Told, open_store


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def store(path: Path, told: Told) -> Iterator[Store]:
    opened = open_store(path, told)
    yield opened
    opened.close()
