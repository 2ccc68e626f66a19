from pathlib import Path

import pytest

from fullnode.devnet.rpc.methods import METHODS
from fullnode.devnet.rpc.misbehave import Lie

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "devnet.md").read_text()


@pytest.mark.parametrize("name", [*METHODS, *(lie.name for lie in Lie)])
def test_the_page_names_every_method_and_every_lie(name: str) -> None:
    assert f"`{name}`" in PAGE
