"""Files from URLs that others choose: redirects by hand, counted and timed, never in memory."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from urllib.parse import urljoin

import aiohttp
from aiohttp import hdrs

from shared.errors import AttemptFailed, Code, DocstageError, Permanent
from shared.http.client import SafeClient, retry_after
from shared.http.decoding import PIECE_BYTES, CodingError, Decoder, is_known

MAX_REDIRECTS = 3
MAX_RETRY_AFTER = 300.0
_HEADERS: Mapping[str, str] = {
    hdrs.ACCEPT: "*/*",
    hdrs.ACCEPT_ENCODING: "identity",
    hdrs.USER_AGENT: "Docstage-Fetch/1",
}
_WHOLE = frozenset({200, 203})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_BUSY = frozenset({408, 425, 429})
_NO_ENCODING = frozenset({"", "identity"})


@dataclass(frozen=True, slots=True)
class DownloadLimits:
    """``max_bytes`` of the file itself, when decoded.

    ``total_seconds`` for all of it, redirects too; ``idle_seconds`` between two pieces.
    """

    max_bytes: int
    total_seconds: float
    idle_seconds: float


class Downloads:
    """Opens files on the one safe client."""

    def __init__(self, client: SafeClient, limits: DownloadLimits) -> None:
        self._client = client
        self._limits = limits

    @contextlib.asynccontextmanager
    async def open(self, url: str) -> AsyncIterator["Download"]:
        """Ask for a file, following redirects; each address is checked like the first.

        Raises ``Permanent``: TARGET_BLOCKED, FETCH_REFUSED, FETCH_REDIRECTED or
        FETCH_TOO_LARGE; ``AttemptFailed``: FETCH_UNREACHABLE, FETCH_FAILED or
        FETCH_TIMED_OUT. None tells more of the other side than its HTTP status.
        """
        deadline = asyncio.get_running_loop().time() + self._limits.total_seconds
        response = await self._follow(url, deadline)
        try:
            yield Download(response, self._limits, deadline)
        finally:
            response.close()

    async def _follow(self, url: str, deadline: float) -> aiohttp.ClientResponse:
        for _ in range(1 + MAX_REDIRECTS):
            response = await self._ask(url, deadline)
            try:
                if response.status in _WHOLE:
                    return response
                url = _next_url(url, response)
            except BaseException:
                response.close()
                raise
            response.close()
        raise Permanent(Code.FETCH_REDIRECTED, f"More than {MAX_REDIRECTS} redirects.")

    async def _ask(self, url: str, deadline: float) -> aiohttp.ClientResponse:
        # One code and text for all that can go wrong before there is an answer: what the
        # network is like over there is nobody's business.
        left = max(0.0, deadline - asyncio.get_running_loop().time())
        try:
            return await self._client.get(url, _HEADERS, min(left, self._limits.idle_seconds))
        except DocstageError as error:
            if error.code is not Code.TARGET_UNREACHABLE:
                raise
            raise AttemptFailed(Code.FETCH_UNREACHABLE) from None


class Download:
    """An answer that holds a file."""

    def __init__(
        self, response: aiohttp.ClientResponse, limits: DownloadLimits, deadline: float
    ) -> None:
        self._response = response
        self._limits = limits
        self._deadline = deadline

    @property
    def given_name(self) -> str:
        """What the server calls the file (``Content-Disposition``); may be empty."""
        disposition = self._response.content_disposition
        return (disposition.filename or "") if disposition is not None else ""

    @property
    def url_name(self) -> str:
        """The end of the path that the file was found under; may be empty."""
        return self._response.url.name

    async def chunks(self) -> AsyncIterator[bytes]:
        """The file, decoded; raises as ``Downloads.open``."""
        declared = self._response.content_length
        if declared is not None and declared > self._limits.max_bytes:
            raise self._too_large()
        size = 0
        async for piece in self._decoded():
            size += len(piece)
            if size > self._limits.max_bytes:
                raise self._too_large()
            yield piece

    async def _decoded(self) -> AsyncIterator[bytes]:
        coding = self._response.headers.get(hdrs.CONTENT_ENCODING, "").strip().lower()
        if coding in _NO_ENCODING:
            async for chunk in self._received():
                yield chunk
            return
        if not is_known(coding):
            raise Permanent(Code.FETCH_REFUSED, "The URL's server sends an unknown encoding.")
        decoder = Decoder(coding)
        try:
            async for chunk in self._received():
                for piece in decoder.decode(chunk):
                    yield piece
                    await asyncio.sleep(0)  # little comes in, much goes out: let others run
            decoder.finish()
        except CodingError:
            raise AttemptFailed(Code.FETCH_FAILED, "The answer cannot be decoded.") from None

    async def _received(self) -> AsyncIterator[bytes]:
        while chunk := await self._read():
            yield chunk

    async def _read(self) -> bytes:
        idle = asyncio.get_running_loop().time() + self._limits.idle_seconds
        try:
            async with asyncio.timeout_at(min(idle, self._deadline)):
                return await self._response.content.read(PIECE_BYTES)
        except TimeoutError:
            raise AttemptFailed(Code.FETCH_TIMED_OUT) from None
        except (aiohttp.ClientError, OSError, ValueError):
            raise AttemptFailed(Code.FETCH_FAILED, "The answer was broken off.") from None

    def _too_large(self) -> Permanent:
        limit = f"At most {self._limits.max_bytes} bytes are taken per file."
        return Permanent(Code.FETCH_TOO_LARGE, limit)


def _next_url(url: str, response: aiohttp.ClientResponse) -> str:
    """Where an answer without a file leads; raises what is wrong with it otherwise."""
    status = response.status
    if status in _REDIRECTS:
        return _target(url, response.headers.get(hdrs.LOCATION, ""))
    told = f"The URL's server answered {status}."
    if status in _BUSY or status >= 500:  # noqa: PLR2004 - HTTP's class of server errors
        asked = retry_after(response.headers)
        pause = None if asked is None else min(asked, MAX_RETRY_AFTER)
        raise AttemptFailed(Code.FETCH_FAILED, told, retry_after=pause)
    raise Permanent(Code.FETCH_REFUSED, told)


def _target(url: str, location: str) -> str:
    try:
        target = urljoin(url, location)
    except ValueError:
        location = ""
    if not location:
        raise Permanent(Code.FETCH_REDIRECTED, "A redirect leads nowhere.")
    if _is_secure(url) and not _is_secure(target):
        raise Permanent(Code.FETCH_REDIRECTED, "A redirect leads from https to http.")
    return target


def _is_secure(url: str) -> bool:
    return url.lstrip().lower().startswith("https:")
