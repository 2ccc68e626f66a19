"""Checks of what a lot's bundle rests on: the inspected item's image. Pure; each returns what it found or raises."""

import hashlib

from oracle.bundle import Inspection
from oracle.schemas import LotStatement
from oracle.verify_errors import ImageMismatchError
from oracle.verify_walk import Found, Outcome, Walk


def image(walk: Walk) -> Found:
    """Returns if the image, where there is one, is the frame that was judged."""
    content, statement = walk.bundle.content, walk.statement
    assert isinstance(content, Inspection)
    assert isinstance(statement, LotStatement)
    if content.image is None:
        return Found(f"not in the file; its sha256 is 0x{statement.image_hash.hex()}", walk.signer, Outcome.CLAIMED)
    digest = hashlib.sha256(content.image).digest()
    if digest != statement.image_hash:
        raise ImageMismatchError("sha256 of the image", digest, statement.image_hash)
    return Found(f"{len(content.image)} bytes, sha256 0x{digest.hex()}", walk.signer)
