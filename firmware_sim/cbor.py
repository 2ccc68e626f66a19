"""CBOR as a small device's firmware writes it (RFC 8949): the few types that SenML and COSE need, encoding only. Pure.

An encoder of our own, because the simulator shares none with the gateway: what the gateway decodes it did not write itself.
"""

import struct
from collections.abc import Callable
from typing import Any

_INTEGER, _NEGATIVE, _BYTES, _TEXT, _ARRAY, _MAP, _TAG = range(7)
_FALSE, _TRUE, _DOUBLE = b"\xf4", b"\xf5", b"\xfb"


def encode(value: Any) -> bytes:
    """Returns the value as CBOR: numbers, truth values, text, bytes, lists and dicts, in the order that they have.

    Raises:
        TypeError: something else.
    """
    form = _FORMS.get(type(value))
    if form is None:
        raise TypeError(f"{type(value).__name__} is nothing that a device writes")
    return form(value)


def tagged(tag: int, value: Any) -> bytes:
    """Returns the value under a CBOR tag."""
    return _head(_TAG, tag) + encode(value)


def _head(major: int, argument: int) -> bytes:
    if argument < 24:
        return bytes([major << 5 | argument])
    size = 1 if argument < 1 << 8 else 2 if argument < 1 << 16 else 4 if argument < 1 << 32 else 8
    return bytes([major << 5 | {1: 24, 2: 25, 4: 26, 8: 27}[size]]) + argument.to_bytes(size)


def _integer(value: int) -> bytes:
    return _head(_INTEGER, value) if value >= 0 else _head(_NEGATIVE, -1 - value)


def _text(value: str) -> bytes:
    return _string(_TEXT, value.encode())


def _string(major: int, data: bytes) -> bytes:
    return _head(major, len(data)) + data


def _map(value: dict[Any, Any]) -> bytes:
    return _head(_MAP, len(value)) + b"".join(encode(name) + encode(one) for name, one in value.items())


_FORMS: dict[type, Callable[[Any], bytes]] = {
    bool: lambda value: _TRUE if value else _FALSE,
    int: _integer,
    float: lambda value: _DOUBLE + struct.pack(">d", value),
    bytes: lambda value: _string(_BYTES, value),
    str: _text,
    list: lambda value: _head(_ARRAY, len(value)) + b"".join(map(encode, value)),
    dict: _map,
}
