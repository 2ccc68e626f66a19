"""What is looked at before anything is deployed."""

import asyncio
from typing import Any, cast

import pytest

from oracle.hexes import to_checksum
from oracle.publication_errors import EasMissingError
from oracle.settlement import Deployer
from oracle.transactor import Transactor

EAS, SCHEMAS, PERSON, PROXY = (bytes([number]) * 20 for number in (1, 2, 3, 4))


class Chain:
    """A transactor that only asks: EAS and its registry have code, a person has none, and another contract answers what it likes."""

    chain_id = 31337

    async def code(self, address: bytes) -> bytes:
        return b"" if address == PERSON else b"\x60"

    async def ask(self, to: bytes, _: bytes) -> bytes:
        assert to != PERSON
        return (SCHEMAS if to == EAS else PERSON).rjust(32, b"\0") if to != SCHEMAS else b""


async def never(_: Any) -> Any:
    raise AssertionError


def registry_of(eas: bytes) -> bytes:
    return asyncio.run(Deployer(cast("Transactor", Chain()), never).schema_registry_of(eas))


def test_an_eas_names_its_schema_registry() -> None:
    assert registry_of(EAS) == SCHEMAS


@pytest.mark.parametrize("address", [PERSON, SCHEMAS, PROXY])
def test_what_is_no_eas_is_refused_before_anything_is_paid_for(address: bytes) -> None:
    with pytest.raises(EasMissingError, match=f"{to_checksum(address)} is no EAS on chain 31337"):
        registry_of(address)
