"""``/openapi.json``, and ``/docs``: a page to read it and try calls, without the internet."""

import asyncio
import json
from collections.abc import Callable
from importlib import resources
from pathlib import Path

from aiohttp import web
from openapi_ui_bundles import swagger_ui

from shared.http.context import ROUTE
from shared.http.openapi import Json

MakeDocument = Callable[[], Json]
_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {"Content-Security-Policy": _CSP, "Referrer-Policy": "no-referrer"}
_BUNDLED = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "favicon-32x32.png": "image/png",
}


def add_docs_routes(app: web.Application, make: MakeDocument) -> None:
    """Serve the document and the page; neither needs a key."""
    static = resources.files("shared.http") / "static"
    page, script = (static / "docs.html").read_bytes(), (static / "docs.js").read_bytes()
    add = app.router.add_get
    add_document_route(app, "/openapi.json", make)
    add("/docs", _Fixed("/docs", page, "text/html").serve)
    add("/docs/docs.js", _Fixed("/docs/docs.js", script, "text/javascript").serve)
    for name, media_type in _BUNDLED.items():
        file = Path(swagger_ui.static_path) / name
        add(f"/docs/{name}", _Bundled(file, media_type).serve)


def add_document_route(app: web.Application, path: str, make: MakeDocument) -> None:
    """Serve an API's description; it needs no key, and is made when it is first asked for."""
    app.router.add_get(path, _Described(path, make).serve)


class _Described:
    """A description, which takes longer to make than all else at the start of a gateway."""

    def __init__(self, route: str, make: MakeDocument) -> None:
        self._route = route
        self._make = make
        self._making = asyncio.Lock()
        self._fixed: _Fixed | None = None

    async def serve(self, request: web.Request) -> web.Response:
        async with self._making:
            if self._fixed is None:
                body = await asyncio.to_thread(_body, self._make)
                self._fixed = _Fixed(self._route, body, "application/json")
        return await self._fixed.serve(request)


def _body(make: MakeDocument) -> bytes:
    return json.dumps(make(), ensure_ascii=False, separators=(",", ":")).encode()


class _Fixed:
    """An answer that is always the same."""

    def __init__(self, route: str, body: bytes, media_type: str) -> None:
        self._route = route
        self._body = body
        self._media_type = media_type

    async def serve(self, request: web.Request) -> web.Response:
        request[ROUTE] = self._route
        return web.Response(
            body=self._body, content_type=self._media_type, charset="utf-8", headers=_HEADERS
        )


class _Bundled:
    """A file of the bundle."""

    def __init__(self, path: Path, media_type: str) -> None:
        self._path = path
        self._media_type = media_type

    async def serve(self, request: web.Request) -> web.FileResponse:
        request[ROUTE] = "/docs/…"
        headers = {**_HEADERS, "Content-Type": self._media_type}
        return web.FileResponse(self._path, headers=headers)
