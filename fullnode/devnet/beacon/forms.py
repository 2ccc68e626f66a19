"""The JSON forms of the beacon API: numbers as decimal strings, bytes as 0x-prefixed hexadecimal.

Written apart from the light client's own reader of these forms, so that the two check each other.
Spec: https://ethereum.github.io/beacon-APIs/.
"""

from dataclasses import fields, is_dataclass
from typing import Any, Final

from starlette.responses import JSONResponse, Response

from fullnode.devnet.consensus.block import Block
from fullnode.devnet.consensus.chain import BeaconChain
from lightclient.types import LightClientBootstrap, LightClientFinalityUpdate, LightClientOptimisticUpdate, LightClientUpdate

LightClientAnswer = LightClientBootstrap | LightClientUpdate | LightClientFinalityUpdate | LightClientOptimisticUpdate
"""Everything that is answered with its fork's name."""
SSZ: Final = "application/octet-stream"
"""Media type of SSZ answers."""


def to_json(value: object) -> Any:
    """Returns the API's JSON form of a record, number or byte string."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return str(value)
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, tuple):
        return [to_json(item) for item in value]
    assert is_dataclass(value)
    named = {field.name: getattr(value, field.name) for field in fields(value)}
    return {name: to_json(inner) for name, inner in named.items() if inner is not None}  # a fork's record lacks other forks' fields


def slot_of(answer: LightClientAnswer) -> int:
    """Returns the slot whose fork gives an answer its types."""
    header = answer.header if isinstance(answer, LightClientBootstrap) else answer.attested_header
    return header.beacon.slot


def version_of(chain: BeaconChain, answer: LightClientAnswer) -> str:
    """Returns the fork's name for an answer."""
    return chain.network.fork_at_slot(slot_of(answer)).label


def versioned(chain: BeaconChain, answer: LightClientAnswer) -> dict[str, Any]:
    """Returns an answer beside its fork's name."""
    return {"version": version_of(chain, answer), "data": to_json(answer)}


def header_form(chain: BeaconChain, block: Block) -> dict[str, Any]:
    """Returns a block's signed header with what is known about it."""
    message = to_json(block.header.beacon)
    header = {"message": message, "signature": to_json(block.signature)}
    return {
        "data": {"root": to_json(block.root), "canonical": chain.is_canonical(block), "header": header},
        **finality_flags(chain, block),
    }


def finality_flags(chain: BeaconChain, block: Block) -> dict[str, bool]:
    """Returns the two flags that stand beside everything read from a block or state."""
    return {"execution_optimistic": False, "finalized": chain.is_canonical(block) and block.slot <= chain.finalized.slot}


def refusal(status: int, message: str) -> Response:
    """Returns an error in the API's form."""
    return JSONResponse({"code": status, "message": message}, status)


def prefers_ssz(accept: str) -> bool:
    """Returns whether an Accept header puts SSZ before JSON; JSON wins a tie, as it is the API's default."""
    weights = {"application/octet-stream": 0.0, "application/json": 0.0, "*/*": 0.0}
    for part in accept.split(","):
        kind, *parameters = (piece.strip() for piece in part.split(";"))
        quality = next((piece[2:] for piece in parameters if piece.startswith("q=")), "1")
        if kind in weights:
            weights[kind] = float(quality) if quality.replace(".", "", 1).isdigit() else 0.0
    return weights[SSZ] > max(weights["application/json"], weights["*/*"])
