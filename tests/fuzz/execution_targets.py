"""Fuzz targets and seeds of what execution servers answer: encodings of transactions, receipts and headers, and whole JSON answers."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from lightclient import json_text
from lightclient.errors import LightClientError
from lightclient.execution import rlp
from lightclient.execution.blocks import verify_block
from lightclient.execution.evm import parse_call
from lightclient.execution.header import header_from_json, header_from_rlp, header_rlp
from lightclient.execution.logs import parse_filter
from lightclient.execution.receipt import decode_receipt
from lightclient.execution.receipts import verify_receipts
from lightclient.execution.render import header_to_json
from lightclient.execution.transactions import decode_pooled_transaction, decode_transaction, transaction_from_json, verify_transactions
from lightclient.execution.trie import keccak256
from tests.lightclient.execution.chain import stored_chain


def encodings(data: bytes) -> None:
    """Whatever is taken is the one encoding of what was read."""
    with suppress(LightClientError):
        found = decode_transaction(data)
        assert (found.raw, found.hash) == (data, keccak256(data))
    with suppress(LightClientError):
        decode_pooled_transaction(data)
    with suppress(LightClientError):
        assert decode_receipt(data).encoding() == data
    with suppress(LightClientError):
        header = header_from_rlp(data)
        assert header_rlp(header_to_json(header)) == data


def block_json(data: bytes) -> None:
    """A block, or its receipts, under a header that is trusted: the same as the honest answer, or refused."""
    server, _ = stored_chain()
    header = server.header(3)
    try:
        answer = json_text.decode(data)
    except LightClientError:
        return
    with suppress(LightClientError):
        assert verify_block(answer, header.block_hash).header == header
    with suppress(LightClientError):
        transactions = verify_transactions(server.block(3)["transactions"], header)
        assert len(verify_receipts(answer, header, transactions)) == len(transactions)
    readers: tuple[Callable[[Any], Any], ...] = (header_from_json, transaction_from_json, parse_filter, parse_call)
    for read in readers:
        with suppress(LightClientError):
            read(answer)


def encoding_seeds() -> Iterator[bytes]:
    """Returns transactions of three types, a receipt with a log, a header, and blobs around nothing."""
    server, _ = stored_chain()
    header = server.header(3)
    transactions = verify_transactions(server.block(3)["transactions"], header)
    for transaction in transactions[:3]:
        yield transaction.raw
    yield verify_receipts(server.receipts(3), header, transactions)[4].encoding()
    yield header_rlp(server.block(3))
    yield b"\x03" + rlp.encode([[b""] * 14, b"\1", [], [], []])


def block_seeds() -> Iterator[bytes]:
    """Returns a block, its receipts, a filter and a call."""
    server, _ = stored_chain()
    yield json.dumps(server.block(3)).encode()
    yield json.dumps(server.receipts(3)).encode()
    yield json.dumps({"address": "0x" + "11" * 20, "topics": [None, ["0x" + "22" * 32]], "to": "0x" + "11" * 20, "data": "0x12"}).encode()
