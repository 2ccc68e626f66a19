"""Images by their hash: what is kept, what is forgotten, and what the disk may do to it."""

import hashlib
import os
from pathlib import Path

import pytest

from gateway.images import ImageHashError, Images, ImageSettings, open_images


def image(number: int, size: int = 100) -> bytes:
    return bytes([number]) * size


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def test_an_image_is_found_by_its_hash(tmp_path: Path) -> None:
    images = Images(tmp_path, 1000)
    assert images.keep(image(1)) == sha256(image(1))
    assert images.get(sha256(image(1))) == image(1)
    assert images.get(sha256(image(2))) is None
    assert sha256(image(1)) in images
    assert sha256(image(2)) not in images
    assert (images.bytes_kept, len(images)) == (100, 1)


def test_the_same_image_is_kept_once(tmp_path: Path) -> None:
    images = Images(tmp_path, 1000)
    for _ in range(3):
        images.keep(image(1))
    assert (images.bytes_kept, len(images)) == (100, 1)


def test_the_oldest_go_first_and_the_bound_holds(tmp_path: Path) -> None:
    images = Images(tmp_path, 350)
    for number in range(5):
        images.keep(image(number))
        assert images.bytes_kept <= 350
    assert [images.get(sha256(image(number))) is not None for number in range(5)] == [False, False, True, True, True]
    assert len(list(tmp_path.glob("??/*"))) == 3


def test_an_image_larger_than_the_bound_is_named_and_not_kept(tmp_path: Path) -> None:
    images = Images(tmp_path, 50)
    assert images.keep(image(1)) == sha256(image(1))
    assert len(images) == 0


def test_a_restart_finds_what_was_kept_in_its_order_and_removes_half_written_files(tmp_path: Path) -> None:
    first = Images(tmp_path, 1000)
    for number in range(3):
        digest = first.keep(image(number))
        os.utime(tmp_path / digest.hex()[:2] / digest.hex(), ns=(number, number))
    half = tmp_path / "ab" / ".abcd.new"
    half.parent.mkdir(exist_ok=True)
    half.write_bytes(b"half")
    again = Images(tmp_path, 200)
    assert not half.exists()
    assert [again.get(sha256(image(number))) is not None for number in range(3)] == [False, True, True]


def test_a_changed_file_is_no_image_and_is_removed(tmp_path: Path) -> None:
    images = Images(tmp_path, 1000)
    digest = images.keep(image(1))
    (tmp_path / digest.hex()[:2] / digest.hex()).write_bytes(b"other")
    with pytest.raises(ImageHashError, match=digest.hex()):
        images.get(digest)
    assert images.get(digest) is None
    assert images.keep(image(1)) == digest
    assert images.get(digest) == image(1)


def test_a_disk_that_does_not_take_it_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    images = Images(tmp_path, 1000)

    def full(fd: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        images.keep(image(1))
    assert (images.get(sha256(image(1))), images.bytes_kept) == (None, 0)


def test_nothing_is_kept_unless_the_settings_say_so(tmp_path: Path) -> None:
    assert open_images(ImageSettings(), tmp_path) is None
    opened = open_images(ImageSettings(max_bytes=100), tmp_path)
    assert opened is not None
    assert (tmp_path / "images").stat().st_mode & 0o777 == 0o700
