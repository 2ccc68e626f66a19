"""EPCs as RFID tags hold them: SGTIN-96 and SSCC-96. Pure. Source: EPC Tag Data Standard 2.1 sections 14.5 and 14.6."""

import re
from dataclasses import dataclass

from oracle.errors import InvalidKeyError

BITS = 96
"""Length of both encodings."""

_COMPANY_BITS = (40, 37, 34, 30, 27, 24, 20)
"""By partition value: bits of the company prefix, which has 12 minus partition digits."""
_TAG = re.compile(r"urn:epc:tag:(sgtin|sscc)-96:([0-7])\.([0-9]{6,12})\.([0-9]+)(?:\.([0-9]+))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Form:
    header: int
    digits: int
    """Of company prefix and reference together."""
    bits: int
    """Of company prefix and reference together."""
    serial_bits: int
    """After them; an SSCC has none and fills up with zeros."""


_FORMS = {"sgtin": _Form(0x30, 13, 44, 38), "sscc": _Form(0x31, 17, 58, 0)}


def encode(tag: str) -> bytes:
    """Returns the 12 bytes of a tag URI such as `urn:epc:tag:sgtin-96:3.0614141.812345.6789`.

    Raises:
        InvalidKeyError: another scheme, a wrong length, or a serial number that 96 bits do not hold.

    """
    match = _TAG.fullmatch(tag)
    if match is None or (match[1] == "sgtin") is (match[5] is None):
        raise InvalidKeyError(tag, "expected urn:epc:tag:sgtin-96:F.P.I.S or urn:epc:tag:sscc-96:F.P.R")
    name, filter_value, company, reference, serial = match[1], int(match[2]), match[3], match[4], match[5] or ""
    form = _FORMS[name]
    if len(company + reference) != form.digits:
        raise InvalidKeyError(tag, f"company prefix and reference must have {form.digits} digits together")
    if serial.startswith("0") and serial != "0":
        raise InvalidKeyError(tag, "96 bits hold no serial number with leading zeros")
    partition = 12 - len(company)
    if int(serial or "0") >> form.serial_bits:
        raise InvalidKeyError(tag, f"the serial number does not fit {form.serial_bits} bits")
    number = form.header << 3 | filter_value
    number = number << 3 | partition
    number = number << _COMPANY_BITS[partition] | int(company)
    number = number << (form.bits - _COMPANY_BITS[partition]) | int(reference)
    number = number << form.serial_bits | int(serial or "0")
    return (number << (BITS - 14 - form.bits - form.serial_bits)).to_bytes(BITS // 8)


def decode(data: bytes) -> str:
    """Returns the tag URI of 12 bytes.

    Raises:
        InvalidKeyError: another header, a partition or a number that no tag may hold, or bits where zeros belong.

    """
    shown = data.hex()
    if len(data) != BITS // 8:
        raise InvalidKeyError(shown, f"{len(data)} bytes, expected {BITS // 8}")
    number = int.from_bytes(data)
    found = next(((name, form) for name, form in _FORMS.items() if form.header == data[0]), None)
    if found is None:
        raise InvalidKeyError(shown, f"header {data[0]:#04x}, expected 0x30 (SGTIN-96) or 0x31 (SSCC-96)")
    name, form = found
    filter_value, partition = number >> 85 & 7, number >> 82 & 7
    if partition >= len(_COMPANY_BITS):
        raise InvalidKeyError(shown, "partition 7 does not exist")
    left = 82 - _COMPANY_BITS[partition]
    company = number >> left & (1 << _COMPANY_BITS[partition]) - 1
    reference_bits = form.bits - _COMPANY_BITS[partition]
    left -= reference_bits
    reference = number >> left & (1 << reference_bits) - 1
    rest = number & (1 << left) - 1
    digits = 12 - partition
    if company >= 10**digits or reference >= 10 ** (form.digits - digits):
        raise InvalidKeyError(shown, "company prefix or reference has too many digits")
    if not form.serial_bits and rest:
        raise InvalidKeyError(shown, "the last 24 bits of an SSCC-96 are zero")
    tail = f".{rest}" if form.serial_bits else ""
    return f"urn:epc:tag:{name}-96:{filter_value}.{company:0{digits}}.{reference:0{form.digits - digits}}{tail}"


def identity(tag: str) -> str:
    """Returns the EPC URN of a tag URI: the same thing without the tag's filter; raises InvalidKeyError."""
    encode(tag)
    scheme, _, rest = tag.removeprefix("urn:epc:tag:").partition("-96:")
    return f"urn:epc:id:{scheme}:{rest[2:]}"
