"""A client of the native API: what the commands need of it, with patience.

Calls that may be repeated (reading, and uploads, which carry an ``Idempotency-Key``) ride
over a lost connection and over answers that ask to come back (429, 502, 503, 504;
``Retry-After``, RFC 9110 section 10.2.3), for up to ``patience`` seconds. A server that
never answered is given up after ``FIRST_CONTACT_SECONDS``.
"""

import asyncio
import contextlib
import json
import random
import ssl
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import aiohttp

from services.cli.connection import Server
from services.cli.failures import CliError, ServerRefused, Unreachable
from services.cli.printable import path_name
from services.cli.upload import FilePart, OnSent, upload_form

API = "/api/v1"
FIRST_CONTACT_SECONDS = 1.5
PATIENCE_SECONDS = 60.0
ANSWER_SECONDS = 120.0
"""The longest silence of a server that has the whole request."""
_COME_BACK = frozenset({429, 502, 503, 504})
_FIRST_DELAY, _LONGEST_DELAY = 0.2, 10.0

Json = dict[str, Any]
Query = Mapping[str, str]


class _ComeBack(Exception):
    """The server asked to be asked again; ``refusal`` is what it said."""

    def __init__(self, refusal: ServerRefused, after: float | None) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal
        self.after = after


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: its status, headers and JSON body (empty for 204)."""

    status: int
    headers: Mapping[str, str]
    body: Json


class ApiClient:
    """Speaks to one server; use it as an async context manager."""

    def __init__(self, server: Server, patience: float = PATIENCE_SECONDS) -> None:
        self._server = server
        self._patience = patience
        self._reached = False
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        key = self._server.key
        self._session = aiohttp.ClientSession(
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=ANSWER_SECONDS),
            connector=_trusting(self._server),
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def get(
        self, path: str, query: Query | None = None, accept: frozenset[int] = frozenset()
    ) -> Reply:
        """``GET path``; statuses in ``accept`` are answers, not errors.

        Raises ``ServerRefused`` and ``Unreachable``, as all calls do.
        """
        return await self._patiently(lambda: self._call("GET", path, accept, params=query))

    async def send(
        self, method: str, path: str, body: Json | None = None, query: Query | None = None
    ) -> Reply:
        """Change something; never repeated, as it may have been done."""
        try:
            return await self._call(method, path, frozenset(), json=body, params=query)
        except _ComeBack as answer:
            raise answer.refusal from None
        except (aiohttp.ClientError, TimeoutError) as error:
            raise self._unreachable(error) from None

    async def rows(self, path: str, name: str, query: Query | None = None) -> AsyncIterator[Json]:
        """All rows of a list, page by page, in the server's order.

        Raises ``CliError`` when the server lost the place, rather than begin again.
        """
        asked = {"maxRetrieve": "100", **(query or {})}
        while True:
            reply = await self.get(path, asked)
            if reply.headers.get("X-Cursor-Was-Broken", "").lower() == "true":
                raise CliError("The server lost its place in the list; call again.")
            for row in reply.body.get(name, []):
                yield row
            if reply.headers.get("X-More-Results-Available", "").lower() != "true":
                return
            asked["cursorId"] = reply.headers.get("X-Cursor-ID", "")

    async def document(self, identity: str) -> Json:
        """The document as the server shows it."""
        return (await self.get(f"{API}/documents/{identity}")).body

    async def upload(self, path: Path, fields: Mapping[str, str], on_sent: OnSent) -> Json:
        """Send one file; gives its document, also when the call had to be repeated.

        Raises ``ServerRefused`` when it is not taken, ``CliError`` when it cannot be read.
        """
        headers = {"Idempotency-Key": str(uuid.uuid4())}

        async def attempt() -> Reply:
            with await _open(path) as file:
                part = FilePart(file, path_name(Path(path.name)), on_sent)
                try:
                    form = upload_form(part, fields)
                    documents = f"{API}/documents"
                    return await self._call(
                        "POST", documents, frozenset(), data=form, headers=headers
                    )
                except aiohttp.ClientError:
                    if part.failure is not None:
                        raise CliError(f"cannot be read: {part.failure}") from None
                    raise

        reply = await self._patiently(attempt)
        return _only_document(reply)

    async def send_url(self, url: str, fields: Mapping[str, str], wait: float) -> Json:
        """Have one file fetched; gives its document, as ``upload`` does."""
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        body = {**fields, "url": url, "wait": wait}
        reply = await self._patiently(
            lambda: self._call("POST", f"{API}/documents", frozenset(), json=body, headers=headers)
        )
        return _only_document(reply)

    async def _patiently(self, call: Callable[[], Awaitable[Reply]]) -> Reply:
        started, delay = time.monotonic(), _FIRST_DELAY
        while True:
            asked: float | None = None
            try:
                return await call()
            except _ComeBack as answer:
                failure: CliError = answer.refusal
                asked = answer.after
            except (aiohttp.ClientError, TimeoutError) as error:
                failure = self._unreachable(error)
            pause = random.uniform(delay / 2, delay) if asked is None else asked  # noqa: S311
            patience = self._patience if self._reached else FIRST_CONTACT_SECONDS
            if time.monotonic() - started + pause > patience:
                raise failure from None
            await asyncio.sleep(pause)
            delay = min(delay * 2, _LONGEST_DELAY)

    async def _call(self, method: str, path: str, accept: frozenset[int], **more: Any) -> Reply:  # noqa: ANN401
        if self._session is None:
            raise RuntimeError("the client is used outside its context")
        url = f"{self._server.url}{path}"
        # A redirect could carry the key to another server.
        async with self._session.request(method, url, allow_redirects=False, **more) as response:
            content = await response.read()
            self._reached = True
            body = _body(content)
            if (response.ok and response.status < 300) or response.status in accept:  # noqa: PLR2004
                if body is None:
                    raise Unreachable(self._stranger(response))
                return Reply(response.status, response.headers, body)
            if 300 <= response.status < 400:  # noqa: PLR2004
                target = response.headers.get("Location", "elsewhere")
                raise Unreachable(f"{self._server.url} redirects to {target}: use that as --url.")
            raise self._refusal(response, body)

    def _refusal(self, response: aiohttp.ClientResponse, body: Json | None) -> Exception:
        if body is None or "code" not in body:
            if response.status not in _COME_BACK:
                return Unreachable(self._stranger(response))
            body = {"code": f"HTTP {response.status}", "detail": response.reason or ""}
        refusal = ServerRefused(response.status, str(body["code"]), str(body.get("detail", "")))
        if response.status in _COME_BACK:
            return _ComeBack(refusal, _seconds(response.headers.get("Retry-After")))
        return refusal

    def _stranger(self, response: aiohttp.ClientResponse) -> str:
        kind = response.headers.get("Content-Type", "no content type")
        return (
            f"What answers at {self._server.url} is not Docstage "
            f"({response.method} {response.url.path}: HTTP {response.status}, {kind})."
        )

    def _unreachable(self, error: Exception) -> Unreachable:
        url = self._server.url
        if isinstance(error, aiohttp.ClientSSLError):
            return Unreachable(f"No secure connection to {url}: {error}")
        if isinstance(error, aiohttp.InvalidURL):
            return Unreachable(f"{url} is no address of a server.")
        if self._reached:
            return Unreachable(f"The connection to {url} was lost.")
        return Unreachable(
            f"No server answers at {url}. Start one with 'docstage up', "
            "or name another with --url or DOCSTAGE_URL."
        )


def _trusting(server: Server) -> aiohttp.TCPConnector | None:
    if server.authority is None:
        return None
    context = ssl.create_default_context()
    try:
        context.load_verify_locations(server.authority)
    except OSError as error:
        raise CliError(f"The authority in {server.authority} cannot be read: {error}") from None
    return aiohttp.TCPConnector(ssl=context)


async def _open(path: Path) -> IO[bytes]:
    try:
        return await asyncio.to_thread(path.open, "rb")
    except OSError as error:
        raise CliError(f"cannot be read: {error.strerror or error}") from None


def _only_document(reply: Reply) -> Json:
    documents, rejected = reply.body.get("documents") or [], reply.body.get("rejected") or []
    if documents and isinstance(documents[0], dict):
        return documents[0]
    told = rejected[0] if rejected else {}
    code = str(told.get("code", "UNEXPECTED_ERROR"))
    raise ServerRefused(reply.status, code, str(told.get("detail", "")))


def _body(content: bytes) -> Json | None:
    if not content:
        return {}
    with contextlib.suppress(ValueError):
        parsed = json.loads(content)
        if isinstance(parsed, dict):
            return parsed
    return None


def _seconds(retry_after: str | None) -> float | None:
    """``Retry-After`` in its form of seconds; a date is not worth the code here."""
    return float(retry_after) if retry_after and retry_after.isdigit() else None
