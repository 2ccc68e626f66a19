"""The rim: HTTP and WebSocket over the dispatcher. One route, `/`; what may enter is decided before anything is read."""

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute

from lightclient.rpc import methods
from lightclient.rpc.access import Access
from lightclient.rpc.answer import Answer
from lightclient.rpc.chain import VerifiedChain
from lightclient.rpc.dispatch import Dispatcher
from lightclient.rpc.socket import SocketRim
from lightclient.rpc.subscriptions import NewHeads

VERIFIED_HEADER = "x-aios-verified"
"""Header of every response: verified, unverifiable or refused; of a batch, the worst."""


def dispatcher_for(chain: VerifiedChain) -> Dispatcher:
    """Returns the dispatcher that answers by the table of methods, bounded as the chain's settings say."""

    async def handle(name: str, params: list[object]) -> Answer:
        return await methods.answer(chain, name, params)

    return Dispatcher(handle, chain.settings.limits)


def create_app(
    chain: VerifiedChain, access: Access | None = None, dispatcher: Dispatcher | None = None, heads: NewHeads | None = None
) -> Starlette:
    """Returns the ASGI application: JSON-RPC posted to `/`, or sent there over a WebSocket."""
    limits = chain.settings.limits
    rule = access or Access(chain.settings, None)
    answering = dispatcher or dispatcher_for(chain)
    rim = SocketRim(chain, answering, rule, heads or NewHeads(chain))

    async def post(request: Request) -> Response:
        refusal = rule.refusal(request.headers)
        if refusal is not None:
            return _plain(*refusal)
        if request.headers.get("content-type", "application/json").partition(";")[0].strip().lower() != "application/json":
            return _plain(415, "send application/json")
        try:
            body = await _body(request, limits.body_bytes)
        except ClientDisconnect:
            return _plain(400, "the request ended early")
        if body is None:
            return _plain(413, f"request too large: limit {limits.body_bytes} bytes")
        response = await answering.respond(body)
        headers = {VERIFIED_HEADER: response.status, **_cors(rule, request)}
        return Response(response.body, 200, headers, media_type="application/json")

    async def preflight(request: Request) -> Response:
        if rule.allowed_origin(request.headers) is None:
            return _plain(403, "this web origin may not ask: add it to lightclient.rpc.origins")
        allowed = {"access-control-allow-methods": "POST", "access-control-allow-headers": "content-type, authorization"}
        return Response(status_code=204, headers={**_cors(rule, request), **allowed})

    return Starlette(
        routes=[
            Route("/", post, methods=["POST"]),
            Route("/", preflight, methods=["OPTIONS"]),
            WebSocketRoute("/", rim.serve),
        ]
    )


def _cors(rule: Access, request: Request) -> dict[str, str]:
    origin = rule.allowed_origin(request.headers)
    if origin is None:
        return {}
    return {"access-control-allow-origin": origin, "access-control-expose-headers": VERIFIED_HEADER, "vary": "origin"}


def _plain(status: int, reason: str) -> Response:
    headers = {VERIFIED_HEADER: "refused"} | ({"www-authenticate": 'Basic realm="aios"'} if status == 401 else {})
    return Response(reason + "\n", status, headers, media_type="text/plain")


async def _body(request: Request, limit: int) -> bytes | None:
    """Returns the request's body, or None as soon as it turns out longer than the limit."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            return None
    return bytes(body)
