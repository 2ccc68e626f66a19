"""`eth_getLogs`, complete: every header of the range is verified, and every block whose bloom does not exclude a match is read whole.

Endpoints are never asked for logs: they could leave some out, and no header says how many match.
"""

from typing import Any

from lightclient.execution.header import ExecutionHeader
from lightclient.execution.logs import LocatedLog, LogFilter, blocks_needed, logs_of_block, parse_filter
from lightclient.execution.render import log_to_json
from lightclient.rpc import forms
from lightclient.rpc.answer import Answer
from lightclient.rpc.asking import side_by_side
from lightclient.rpc.chain import VerifiedChain
from lightclient.rpc.errors import InvalidParameter, TooMuchAsked
from lightclient.rpc.forms import BlockRef, hex_data, hex_quantity

BLOCKS_AT_ONCE = 4
"""Blocks whose receipts are fetched side by side; bounds memory."""


async def get_logs(chain: VerifiedChain, query: dict[str, Any]) -> Answer:
    """Returns all logs that match, and says over which blocks nothing was left out.

    Raises:
        TooMuchAsked: the range has more blocks, or the answer more logs, than the settings allow.
    """
    wanted = parse_filter(query)
    headers = await _headers(chain, query)
    needed = blocks_needed(wanted, headers)
    found: list[LocatedLog] = []
    for start in range(0, len(needed), BLOCKS_AT_ONCE):
        part = needed[start : start + BLOCKS_AT_ONCE]
        for logs in await side_by_side([_logs(chain, wanted, header) for header in part]):
            found += logs
            if len(found) > chain.settings.limits.logs:
                raise TooMuchAsked("logs", len(found), chain.settings.limits.logs)
    complete = {
        "fromBlock": hex_quantity(headers[0].number),
        "toBlock": hex_quantity(headers[-1].number),
        "toBlockHash": hex_data(headers[-1].block_hash),
        "blocksRead": hex_quantity(len(needed)),
    }
    why = "complete: blooms of verified headers exclude the other blocks, receipts roots prove those that were read"
    return Answer([log_to_json(log) for log in found], why, block=headers[-1], more={"complete": complete})


async def _logs(chain: VerifiedChain, wanted: LogFilter, header: ExecutionHeader) -> list[LocatedLog]:
    return logs_of_block(wanted, header, await chain.bodies.receipts(header))


async def _headers(chain: VerifiedChain, query: dict[str, Any]) -> tuple[ExecutionHeader, ...]:
    """Returns the verified headers of the range that a filter names; without one, that of the head alone."""
    if query.get("blockHash") is not None:
        if query.get("fromBlock") is not None or query.get("toBlock") is not None:
            raise InvalidParameter(query, "a filter with either blockHash or fromBlock and toBlock")
        return (await chain.resolve(BlockRef(hash=forms.hash32(query["blockHash"]))),)
    first, last = (_ref(query, field) for field in ("fromBlock", "toBlock"))
    newest = await chain.resolve(last)
    oldest = first.number if first.number is not None else 0 if first.tag == "earliest" else (await chain.resolve(first)).number
    if oldest > newest.number:
        raise InvalidParameter(query, f"a range: it begins at block {oldest} and ends at block {newest.number}")
    blocks = newest.number - oldest + 1
    if blocks > chain.settings.limits.log_blocks:
        raise TooMuchAsked("blocks", blocks, chain.settings.limits.log_blocks)
    head = await chain.head()
    return await chain.headers.between(head if head.number >= newest.number else newest, oldest, newest.number)


def _ref(query: dict[str, Any], field: str) -> BlockRef:
    ref = forms.LATEST if query.get(field) is None else forms.block(query[field])
    if ref.hash is not None:
        raise InvalidParameter(query[field], f"a number or tag as {field}")
    return ref
