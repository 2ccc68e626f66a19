import os
from pathlib import Path

import pytest

from gateway.demo.world import MARKER, FolderInUseError, FolderTakenError, cleared
from gateway.store.connection import ProcessLock


def earlier(folder: Path) -> Path:
    """Leaves what an earlier demo left."""
    with cleared(folder):
        (folder / "store.db").write_text("readings")
        (folder / "bundles").mkdir()
        (folder / "bundles" / "one.json").write_text("{}")
    return folder


def test_an_earlier_demos_folder_is_emptied(tmp_path: Path) -> None:
    folder = earlier(tmp_path / "demo-data")
    with cleared(folder):
        assert [one.name for one in folder.iterdir() if not one.name.startswith(MARKER)] == []


def test_a_folder_on_which_a_demo_plays_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "demo-data"
    with cleared(folder):
        (folder / "network.toml").write_text("slots")
        with pytest.raises(FolderInUseError) as refused, cleared(folder):
            pytest.fail("two demos share a folder")
        assert (folder / "network.toml").read_text() == "slots"
    assert refused.value.folder == folder
    assert refused.value.holder == str(os.getpid())
    assert "--data" in str(refused.value)


def test_a_folder_on_which_a_gateway_runs_is_left_alone(tmp_path: Path) -> None:
    folder = earlier(tmp_path / "demo-data")
    lock = ProcessLock(folder / "store.db")
    with pytest.raises(FolderInUseError), cleared(folder):
        pytest.fail("the gateway's store was removed")
    assert (folder / "store.db").read_text() == "readings"
    assert (folder / "bundles" / "one.json").exists()
    lock.release()
    with cleared(folder):
        assert not (folder / "store.db").exists()


def test_somebody_elses_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("x")
    with pytest.raises(FolderTakenError), cleared(tmp_path):
        pytest.fail("the folder was taken")
    assert (tmp_path / "thesis.txt").exists()
