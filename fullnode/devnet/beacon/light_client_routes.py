"""`/eth/v1/beacon/light_client/*`: the four answers that a light client lives on, in JSON and SSZ.

Misbehaviour that concerns single answers (withholding, lying) happens here and nowhere deeper.
Spec: https://ethereum.github.io/beacon-APIs/#/Beacon/getLightClientBootstrap and its neighbours.
"""

from collections.abc import Callable
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from fullnode.devnet.beacon.forms import SSZ, prefers_ssz, refusal, slot_of, version_of, versioned
from fullnode.devnet.beacon.settings import BeaconApiSettings
from fullnode.devnet.consensus.chain import BeaconChain
from fullnode.devnet.consensus.errors import NotFoundError
from fullnode.devnet.consensus.lies import lie_about
from fullnode.devnet.consensus.misbehave import Endpoint
from lightclient.network import compute_fork_digest
from lightclient.ssz import serialize
from lightclient.types import LightClientBootstrap, LightClientFinalityUpdate, LightClientOptimisticUpdate, LightClientUpdate

Answer = TypeVar("Answer", LightClientBootstrap, LightClientUpdate, LightClientFinalityUpdate, LightClientOptimisticUpdate)

PREFIX = "/eth/v1/beacon/light_client"


class LightClientRoutes:
    """The handlers, over one chain."""

    def __init__(self, chain: BeaconChain, settings: BeaconApiSettings) -> None:
        self._chain = chain
        self._settings = settings
        self._answers = 0

    def routes(self) -> list[Route]:
        """Returns the routes for a Starlette application."""
        return [
            Route(f"{PREFIX}/bootstrap/{{root}}", self.bootstrap),
            Route(f"{PREFIX}/updates", self.updates),
            Route(f"{PREFIX}/finality_update", self.finality_update),
            Route(f"{PREFIX}/optimistic_update", self.optimistic_update),
        ]

    async def bootstrap(self, request: Request) -> Response:
        """Answers with what a client that trusts the block starts from."""
        text = request.path_params["root"]
        try:
            root = bytes.fromhex(text.removeprefix("0x"))
        except ValueError:
            root = b""
        if len(root) != 32:
            return refusal(400, f"Invalid block root: {text[:80]}")
        return self._one(request, Endpoint.BOOTSTRAP, lambda: self._chain.bootstrap(root))

    async def finality_update(self, request: Request) -> Response:
        """Answers with the newest finality update."""
        return self._one(request, Endpoint.FINALITY_UPDATE, self._chain.finality_update)

    async def optimistic_update(self, request: Request) -> Response:
        """Answers with the newest optimistic update."""
        return self._one(request, Endpoint.OPTIMISTIC_UPDATE, self._chain.optimistic_update)

    async def updates(self, request: Request) -> Response:
        """Answers with the best update of each period of a range, as far as there are any."""
        try:
            start, count = (int(request.query_params[name]) for name in ("start_period", "count"))
        except (KeyError, ValueError):
            return refusal(400, "start_period and count must be numbers")
        if start < 0 or count < 1:
            return refusal(400, "start_period must not be negative and count must be positive")
        found: list[LightClientUpdate] = []
        last = self._chain.rules.preset.period(self._chain.head.slot)
        for period in range(start, min(start + min(count, self._settings.max_updates), last + 1)):
            try:
                found.append(self._told(Endpoint.UPDATES, self._chain.update(period)))
            except NotFoundError as error:
                if self._settings.missing_status != 404:
                    return refusal(self._settings.missing_status, str(error))
        headers = {"Eth-Consensus-Version": ",".join(version_of(self._chain, update) for update in found)}
        if prefers_ssz(request.headers.get("accept", "")):
            return Response(b"".join(self._chunk(update) for update in found), media_type=SSZ, headers=headers)
        return JSONResponse([versioned(self._chain, update) for update in found], headers=headers)

    def _chunk(self, update: LightClientUpdate) -> bytes:
        """Returns an update as the stream has it: length of what follows, fork digest, SSZ."""
        epoch = self._chain.epoch(slot_of(update))
        data = compute_fork_digest(self._chain.network, epoch) + serialize(update)
        return len(data).to_bytes(8, "little") + data

    def _one(self, request: Request, endpoint: Endpoint, get: Callable[[], Answer]) -> Response:
        try:
            answer = self._told(endpoint, get())
        except NotFoundError as error:
            return refusal(self._settings.missing_status, str(error))
        headers = {"Eth-Consensus-Version": version_of(self._chain, answer)}
        if prefers_ssz(request.headers.get("accept", "")):
            return Response(serialize(answer), media_type=SSZ, headers=headers)
        return JSONResponse(versioned(self._chain, answer), headers=headers)

    def _told(self, endpoint: Endpoint, answer: Answer) -> Answer:
        """Returns what is told of `answer`: itself, unless something is to go wrong."""
        wrong = self._chain.misbehaviour
        if endpoint in wrong.withhold:
            raise NotFoundError(f"LightClient{endpoint.value.title().replace('_', '')}")
        self._answers += 1
        if wrong.lie is None or (wrong.alternate and self._answers % 2):
            return answer
        return lie_about(self._chain, wrong.lie, answer)
