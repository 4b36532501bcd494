"""The one client for addresses that others choose: webhooks, callbacks, files to fetch.

The address is checked where the socket is dialled, so neither a clever spelling, nor a
name that resolves differently the second time, nor a redirect gets past it.
"""

import asyncio
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from shared.errors import AttemptFailed, Code, Permanent
from shared.http.targets import MAX_FETCH_URL, TargetPolicy
from shared.telemetry.tracing import trace_headers

MAX_BODY = 64 * 1024
_CONNECTIONS = 64
_PER_HOST = 4


class _Blocked(OSError):
    """A socket that was not opened; the text is constant, so that it gives nothing away."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a target answered. ``retry_after`` is in seconds, ``body`` at most 64 KiB.

    The body is as it came: one that is ``packed`` is not unpacked, so none is larger than that.
    """

    status: int
    retry_after: float | None
    body: bytes
    media_type: str = ""
    packed: bool = False


class SafeClient:
    """Calls targets that a ``TargetPolicy`` allows; no redirects, proxies or cookies."""

    def __init__(
        self,
        allow_private_targets: str = "",
        resolver: AbstractResolver | None = None,
        deny_targets: str = "",
        per_host: int = _PER_HOST,
    ) -> None:
        """Networks as in the settings; ``per_host`` connections at a time (0: any number).

        Raises ``ValueError``.
        """
        self._policy = TargetPolicy(allow_private_targets, deny_targets)
        self._resolver = resolver
        self._per_host = per_host
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Get ready to call."""
        connector = aiohttp.TCPConnector(
            socket_factory=self._dial,
            resolver=self._resolver,
            use_dns_cache=False,
            force_close=True,
            limit=_CONNECTIONS,
            limit_per_host=self._per_host,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            trust_env=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(total=None),  # callers have limits of their own
        )

    async def close(self) -> None:
        """Let go."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def post(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        timeout: float,  # noqa: ASYNC109 - the limit covers all steps of one HTTP call
    ) -> Reply:
        """``call`` with ``POST``."""
        return await self.call("POST", url, body, headers, timeout)

    async def call(
        self,
        method: str,
        url: str,
        body: bytes | None,
        headers: Mapping[str, str],
        timeout: float,  # noqa: ASYNC109 - as above
    ) -> Reply:
        """Call a target; any HTTP status is a reply, redirects too.

        ``timeout`` is for all of it, from the name's look-up to the end of the answer. Raises
        ``Permanent(TARGET_BLOCKED)``, and ``AttemptFailed`` with ``TARGET_UNREACHABLE`` or
        ``TARGET_TIMED_OUT``.
        """
        target = self._policy.check_url(url)
        try:
            async with asyncio.timeout(timeout):
                # Whoever is told something learns the trace; who is asked for a file does not.
                told = {**trace_headers(), **headers}
                response = await self._send(method, target, body, told)
                async with response:
                    start = await at_most(response.content, MAX_BODY)
                    return _reply(response, start)
        except TimeoutError:
            raise AttemptFailed(Code.TARGET_TIMED_OUT) from None
        except (aiohttp.ClientError, OSError, ValueError):
            raise AttemptFailed(Code.TARGET_UNREACHABLE) from None

    async def get(
        self,
        url: str,
        headers: Mapping[str, str],
        timeout: float,  # noqa: ASYNC109 - as above
    ) -> aiohttp.ClientResponse:
        """Ask for a file; the answer to read and to close, redirects too.

        ``timeout`` ends with the headers; the body's limits are the caller's. Raises as
        ``call``.
        """
        target = self._policy.check_url(url, MAX_FETCH_URL)
        try:
            async with asyncio.timeout(timeout):
                return await self._send("GET", target, None, headers)
        except TimeoutError:
            raise AttemptFailed(Code.TARGET_UNREACHABLE) from None

    async def _send(
        self, method: str, target: URL, body: bytes | None, headers: Mapping[str, str]
    ) -> aiohttp.ClientResponse:
        if self._session is None:
            raise RuntimeError("the client is not open")
        try:
            return await self._session.request(
                method, target, data=body, headers=headers, allow_redirects=False
            )
        except aiohttp.ClientConnectorError as error:
            if isinstance(error.os_error, _Blocked):
                raise Permanent(Code.TARGET_BLOCKED) from None
            raise AttemptFailed(Code.TARGET_UNREACHABLE) from None
        except (aiohttp.ClientError, OSError, ValueError):
            raise AttemptFailed(Code.TARGET_UNREACHABLE) from None

    def _dial(self, info: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _, address = info
        if not self._policy.allows(address[0], address[1]):
            raise _Blocked("blocked")
        return socket.socket(family, kind, protocol)


def _reply(response: aiohttp.ClientResponse, start: bytes) -> Reply:
    packed = response.headers.get("Content-Encoding", "identity").strip().lower() != "identity"
    after = retry_after(response.headers)
    return Reply(response.status, after, start, response.content_type, packed)


async def at_most(content: aiohttp.StreamReader, limit: int) -> bytes:
    """The first ``limit`` bytes of a body."""
    kept = bytearray()
    while len(kept) < limit and (chunk := await content.read(limit - len(kept))):
        kept += chunk
    return bytes(kept)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """``Retry-After`` in seconds, whether it is a number or a date (RFC 9110, 10.2.3)."""
    given = headers.get("Retry-After", "").strip()
    if given.isascii() and given.isdigit():
        return float(given[:9])
    try:
        moment = parsedate_to_datetime(given)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.now(UTC)).total_seconds())
