"""Stored files as downloads that no browser will run."""

from collections.abc import AsyncIterator
from urllib.parse import quote

from aiohttp import web

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "private, no-store",
}


def content_disposition(name: str) -> str:
    """``attachment`` with the name for old clients and, per RFC 5987, for all others."""
    plain = "".join(it if it.isascii() and it.isprintable() else "_" for it in name)
    plain = plain.replace("\\", "_").replace('"', "_").replace("%", "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


async def send_file(
    request: web.Request,
    chunks: AsyncIterator[bytes],
    size: int | None,
    media_type: str,
    name: str,
) -> web.StreamResponse:
    """Stream a file as a download; ``size`` in bytes, where it is known before.

    The first chunk is read before anything is sent, so that a missing file is an error.
    """
    first = await anext(chunks, b"")
    response = web.StreamResponse(
        headers={
            **_HEADERS,
            "Content-Disposition": content_disposition(name),
            "Content-Type": media_type,
        }
    )
    response.content_length = size
    await response.prepare(request)
    if request.method == "HEAD":
        return response
    await response.write(first)
    async for chunk in chunks:
        await response.write(chunk)
    await response.write_eof()
    return response


def send_bytes(data: bytes, media_type: str, name: str | None = None) -> web.Response:
    """Small bytes as an answer, as a download if they have a name."""
    headers = dict(_HEADERS)
    if name is not None:
        headers["Content-Disposition"] = content_disposition(name)
    return web.Response(body=data, content_type=media_type, headers=headers)
