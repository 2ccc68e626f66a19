"""Where an entry of an answer says it belongs, against where the verified block has it; a null there is refused, never filled in."""

from collections.abc import Mapping
from typing import Any

from lightclient.execution.block_errors import UnindexedEntry, WrongBlockReference, WrongStatement, WrongTransactionIndex
from lightclient.execution.header import ExecutionHeader
from lightclient.execution.json_fields import data, quantity


def indexed(answer: Mapping[str, Any], field: str, where: str) -> Any:
    """Returns a field that must be neither missing nor null.

    Raises:
        UnindexedEntry: it is.
    """
    if answer.get(field) is None:
        raise UnindexedEntry(f"{where}.{field}")
    return answer[field]


def check_block(answer: Mapping[str, Any], where: str, header: ExecutionHeader) -> None:
    """Refuses an entry of another block.

    Raises:
        UnindexedEntry, WrongBlockReference: `blockHash` or `blockNumber` is null, or another block's.
    """
    stated = data(indexed(answer, "blockHash", where), f"{where}.blockHash", length=32)
    if stated != header.block_hash:
        raise WrongBlockReference(f"{where}.blockHash", f"0x{stated.hex()}", f"0x{header.block_hash.hex()}")
    check_number(answer, "blockNumber", where, header.number, WrongBlockReference)


def check_index(answer: Mapping[str, Any], where: str, index: int) -> None:
    """Refuses an entry of another transaction.

    Raises:
        UnindexedEntry, WrongTransactionIndex: `transactionIndex` is null, or another's.
    """
    check_number(answer, "transactionIndex", where, index, WrongTransactionIndex)


def check_number(answer: Mapping[str, Any], field: str, where: str, expected: int, refusal: type[WrongStatement]) -> None:
    """Refuses an entry whose number is not the proven one.

    Raises:
        UnindexedEntry: it is null.
        WrongStatement: it is another; of the class given.
    """
    stated = quantity(indexed(answer, field, where), f"{where}.{field}")
    if stated != expected:
        raise refusal(f"{where}.{field}", hex(stated), hex(expected))


def check_bytes(answer: Mapping[str, Any], field: str, where: str, expected: bytes, refusal: type[WrongStatement]) -> None:
    """Refuses an entry whose bytes are not the proven ones.

    Raises:
        UnindexedEntry: they are null.
        WrongStatement: they are others; of the class given.
    """
    stated = data(indexed(answer, field, where), f"{where}.{field}", length=len(expected))
    if stated != expected:
        raise refusal(f"{where}.{field}", f"0x{stated.hex()}", f"0x{expected.hex()}")
