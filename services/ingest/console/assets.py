"""Scripts and the stylesheet: served from memory, compressed, under their content's hash."""

import gzip
import hashlib
from dataclasses import dataclass
from importlib import resources

from aiohttp import web

from services.ingest.console.security_headers import ROOT
from shared.errors import Code, Permanent
from shared.http.context import ROUTE

_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class _Asset:
    media_type: str
    plain: bytes
    packed: bytes


class Assets:
    """The files of the package's folder ``static``.

    They share one hash, as modules name each other by relative addresses.
    """

    def __init__(self) -> None:
        folder = resources.files("services.ingest.console") / "static"
        self._content = {
            it.name: it.read_bytes() for it in sorted(folder.iterdir(), key=lambda it: it.name)
        }
        digest = hashlib.sha256()
        for name, content in self._content.items():
            digest.update(f"{name}\n{len(content)}\n".encode() + content)
        self._hash = digest.hexdigest()[:16]
        self._ready: dict[str, _Asset] = {}

    def url(self, name: str) -> str:
        """Where a file is; raises ``KeyError`` for one that is not there."""
        if name not in self._content:
            raise KeyError(name)
        return f"{ROOT}/static/{self._hash}/{name}"

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer with a file; under another version's hash it is not to be kept."""
        request[ROUTE] = f"{ROOT}/static/…"
        name = request.match_info["name"]
        if name not in self._content:
            raise Permanent(Code.NOT_FOUND)
        asset = self._asset(name)
        is_packed = "gzip" in request.headers.get("Accept-Encoding", "")
        is_this = request.match_info["hash"] == self._hash
        headers = {
            "Cache-Control": _FOR_EVER if is_this else "no-store",
            "Vary": "Accept-Encoding",
            **({"Content-Encoding": "gzip"} if is_packed else {}),
        }
        return web.Response(
            body=asset.packed if is_packed else asset.plain,
            content_type=asset.media_type,
            charset="utf-8",
            headers=headers,
        )

    def _asset(self, name: str) -> _Asset:
        if name not in self._ready:
            plain = self._content[name]
            media_type = _TYPES[name[name.rindex(".") :]]
            self._ready[name] = _Asset(media_type, plain, gzip.compress(plain, mtime=0))
        return self._ready[name]
