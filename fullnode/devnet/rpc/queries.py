"""The two parameters that are whole objects: a call, and what logs to look for.

Pure; like `forms`, each parser raises InvalidParamsError naming what it refused.
"""

from dataclasses import dataclass
from typing import Any

from fullnode.devnet.execution.call import Call
from fullnode.devnet.execution.logs import LogFilter
from fullnode.devnet.rpc.errors import InvalidParamsError
from fullnode.devnet.rpc.forms import BlockRef, address, block, data, hash32, list_of, object_of, quantity


@dataclass(frozen=True, slots=True)
class LogQuery:
    """Parameters of eth_getLogs."""

    wanted: LogFilter
    """What matches."""
    first: BlockRef
    """Oldest block."""
    last: BlockRef
    """Newest block."""
    block: bytes | None
    """The only block, instead of a range."""


def call(value: Any) -> Call:
    """Returns a call object; what a call does not use (nonce, chainId, type) is ignored."""
    fields = object_of(value)
    given = fields.get("input", fields.get("data"))
    if "input" in fields and "data" in fields and fields["input"] != fields["data"]:
        raise InvalidParamsError('invalid argument: both "data" and "input" are set and not equal')
    price = fields.get("maxFeePerGas", fields.get("gasPrice"))
    return Call(
        sender=bytes(20) if fields.get("from") is None else address(fields["from"]),
        to=None if fields.get("to") in (None, "0x", "") else address(fields["to"]),
        gas=None if fields.get("gas") is None else quantity(fields["gas"]),
        gas_price=0 if price is None else quantity(price),
        value=0 if fields.get("value") is None else quantity(fields["value"]),
        data=b"" if given is None else data(given),
        access_list=tuple(_access(item) for item in list_of(fields.get("accessList") or [])),
    )


def log_query(value: Any) -> LogQuery:
    """Returns the parameters of eth_getLogs."""
    fields = object_of(value)
    if fields.get("blockHash") is not None and ("fromBlock" in fields or "toBlock" in fields):
        raise InvalidParamsError("invalid argument: cannot specify both blockHash and fromBlock/toBlock, choose one or the other")
    emitters = fields.get("address")
    topics = list_of(fields.get("topics") or [])
    if len(topics) > 4:
        raise InvalidParamsError("exceed max topics: a log has at most 4")
    return LogQuery(
        wanted=LogFilter(
            addresses=frozenset(address(item) for item in ([emitters] if isinstance(emitters, str) else list_of(emitters or []))),
            topics=tuple(_options(item) for item in topics),
        ),
        first=block(fields.get("fromBlock")),
        last=block(fields.get("toBlock")),
        block=None if fields.get("blockHash") is None else hash32(fields["blockHash"]),
    )


def _options(value: Any) -> frozenset[bytes]:
    if value is None:
        return frozenset()
    options = list_of(value) if isinstance(value, list) else [value]
    # null among the options, like null alone, matches everything.
    return frozenset() if None in options else frozenset(hash32(item) for item in options)


def _access(value: Any) -> tuple[bytes, tuple[bytes, ...]]:
    fields = object_of(value)
    return address(fields.get("address")), tuple(hash32(key) for key in list_of(fields.get("storageKeys") or []))
