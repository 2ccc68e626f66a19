"""The official example documents, read in place."""

import json
import tarfile
from functools import cache
from typing import Any

from tests.vectors import vectors


@cache
def examples() -> dict[str, bytes]:
    """Returns the JSON documents of the generator's repository, by path."""
    with tarfile.open(vectors("epcis", "generator-examples.tar.gz")) as archive:
        names = [name for name in archive.getnames() if name.endswith((".jsonld", ".json")) and "/tests/" in name]
        return {name: archive.extractfile(name).read() for name in names}  # type: ignore[union-attr]


def example(name: str) -> dict[str, Any]:
    """Returns one of them, parsed anew, by the beginning of its file name."""
    (found,) = [raw for path, raw in examples().items() if path.rsplit("/", 1)[-1].startswith(f"{name}.jsonld")]
    parsed: dict[str, Any] = json.loads(found)
    return parsed
