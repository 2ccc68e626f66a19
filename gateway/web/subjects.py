"""What the page of a shipment or lot gives away as files: its bundle as it was written, and the label of that."""

import asyncio
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.web.dashboard import Dashboard
from gateway.web.lots import key_of
from gateway.web.pages.parts import file_name

Named = Callable[[Request], tuple[str, str]]
"""Returns a subject's Digital Link path and what its files are called; raises NotFoundError."""


def file_routes(dashboard: Dashboard) -> list[Route]:
    """Returns the addresses of the files."""
    made = []
    for address, named in (("/shipments/{key:str}", _shipment), ("/lots/{gtin:str}/{lot:str}", _lot)):
        made += [
            Route(f"{address}/bundle.json", _file(dashboard.bundle, named, "json", "application/json")),
            Route(f"{address}/label.svg", _file(dashboard.label, named, "svg", "image/svg+xml")),
        ]
    return made


def _shipment(request: Request) -> tuple[str, str]:
    key = request.path_params["key"]
    return f"00/{key}", key


def _lot(request: Request) -> tuple[str, str]:
    subject = key_of(request.path_params["gtin"], request.path_params["lot"]).path
    return subject, file_name(subject)


def _file(read: Callable[[str], bytes | str], named: Named, ending: str, media_type: str) -> Callable[[Request], object]:
    async def answer(request: Request) -> Response:
        subject, name = named(request)
        content = await asyncio.to_thread(read, subject)
        return Response(content, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}.{ending}"'})

    return answer
