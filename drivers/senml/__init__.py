"""SenML (RFC 8428): JSON and CBOR packs in, Readings out, and packs back to bytes. Pure: no clock, no socket.

`decode_json` and `decode_cbor` turn untrusted bytes into a `Pack` whose base fields are applied; `readings` turns a pack into Readings
of the device that sent it. What is refused, and under which word, is in `errors`; how much is allowed, in `settings`; which units are
registered, in `units`. Deliberately absent: XML and EXI, streams (SensML), and fetch or patch packs (RFC 8790).
"""

from drivers.senml.cbor_form import decode_cbor, encode_cbor
from drivers.senml.errors import SenmlError
from drivers.senml.json_form import decode_json, encode_json
from drivers.senml.readings import readings, stated_time_ms
from drivers.senml.record import Pack, Record
from drivers.senml.settings import Limits

__all__ = [
    "Limits",
    "Pack",
    "Record",
    "SenmlError",
    "decode_cbor",
    "decode_json",
    "encode_cbor",
    "encode_json",
    "readings",
    "stated_time_ms",
]
