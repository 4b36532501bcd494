"""A server that files of the soak are fetched from."""

from types import TracebackType
from typing import Self

from aiohttp import web

from tests.faults.driver import File

HOST = "127.0.0.1"


class Source:
    """Serves what it was told to ``offer``."""

    def __init__(self) -> None:
        self._files: dict[str, bytes] = {}
        self._port = 0

    def offer(self, file: File) -> str:
        """The URL of a file, from now on."""
        self._files[file.name] = file.content
        return f"http://{HOST}:{self._port}/{file.name}"

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/{name}", self._serve)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, 0)
        await site.start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._runner.cleanup()

    async def _serve(self, request: web.Request) -> web.Response:
        content = self._files.get(request.match_info["name"])
        if content is None:
            return web.Response(status=404)
        return web.Response(body=content, content_type="application/pdf")
