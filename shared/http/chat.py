"""An endpoint that speaks OpenAI's chat protocol: one URL, which the operator has set.

This client calls that URL and no other: it follows no redirect, and none of its methods takes
an address. So the endpoint may be private, without what a document or a model says ever
choosing who is called.
"""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Final

import aiohttp
from aiohttp import hdrs
from pydantic import SecretStr
from yarl import URL

from shared.config import Settings
from shared.errors import AttemptFailed, Code, Permanent, Quota, Transient
from shared.http.client import at_most, retry_after

MAX_ANSWER: Final = 1024 * 1024
"""Bytes of an answer; more is none that was asked for."""
MAX_RETRY_AFTER: Final = 3600.0
_MAX_COMPLAINT = 4 * 1024
_REDIRECTS = range(300, 400)
_BUSY = 429
_PASSING = frozenset({408, 425})
_SERVER_ERRORS = 500
_PLAIN = frozenset({"", "identity"})


@dataclass(frozen=True, slots=True)
class ChatEndpoint:
    """Where a model answers. ``seconds`` are for one answer, ``at_once`` for how many.

    ``accuracy`` is how often a value of the model is right.
    """

    url: str
    model: str
    key: str = field(default="", repr=False)
    seconds: float = 60.0
    at_once: int = 4
    accuracy: float = 0.75


def llm_endpoint(settings: Settings) -> ChatEndpoint | None:
    """Where the model answers that reads words, if there is one."""
    if not settings.llm_url:
        return None
    return ChatEndpoint(
        url=settings.llm_url,
        model=settings.llm_model,
        key=_plain(settings.llm_api_key),
        seconds=settings.llm_timeout,
        at_once=settings.llm_concurrency,
        accuracy=settings.llm_accuracy,
    )


def vlm_endpoint(settings: Settings) -> ChatEndpoint | None:
    """Where the model answers that sees pages, if there is one."""
    if not settings.vlm_url:
        return None
    return ChatEndpoint(
        url=settings.vlm_url,
        model=settings.vlm_model,
        key=_plain(settings.vlm_api_key),
        seconds=settings.vlm_timeout,
        at_once=settings.vlm_concurrency,
        accuracy=settings.vlm_accuracy,
    )


def _plain(key: SecretStr | None) -> str:
    return key.get_secret_value() if key else ""


class ChatRefused(Permanent):
    """The endpoint refuses a question.

    ``complaint`` is what it says of it, to look at and never to log: it may quote the question.
    """

    def __init__(self, status: int, complaint: str = "") -> None:
        super().__init__(Code.LLM_REFUSED, f"The model's endpoint answered {status}.")
        self.status = status
        self.complaint = complaint


class ChatClient:
    """Asks one endpoint; no redirects, proxies or cookies."""

    def __init__(self, endpoint: ChatEndpoint) -> None:
        self.endpoint = endpoint
        self._gate = asyncio.Semaphore(endpoint.at_once)
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Get ready to ask."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            trust_env=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(total=None),  # limited below, as a whole
        )

    async def close(self) -> None:
        """Let go."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def complete(self, body: bytes) -> bytes:
        """What the model answers to ``body``, which is the JSON of ``POST …/chat/completions``.

        Raises ``Transient(LLM_UNAVAILABLE)``, ``Quota(LLM_BUSY)``, ``ChatRefused``, and
        ``AttemptFailed``: LLM_TIMED_OUT, or LLM_ANSWER_INVALID for a longer one than any may be.
        """
        async with self._gate:
            return await self._call(hdrs.METH_POST, "chat/completions", body)

    async def models(self) -> list[str]:
        """The names of the models that the endpoint lists; raises as ``complete``."""
        answer = await self._call(hdrs.METH_GET, "models", None)
        try:
            return [str(each["id"]) for each in json.loads(answer)["data"]]
        except (ValueError, KeyError, TypeError, RecursionError):
            return []

    async def _call(self, method: str, path: str, body: bytes | None) -> bytes:
        if self._session is None:
            raise RuntimeError("the client is not open")
        headers = {hdrs.ACCEPT: "application/json", hdrs.ACCEPT_ENCODING: "identity"}
        if body is not None:
            headers[hdrs.CONTENT_TYPE] = "application/json"
        if self.endpoint.key:
            headers[hdrs.AUTHORIZATION] = f"Bearer {self.endpoint.key}"
        try:
            async with (
                asyncio.timeout(self.endpoint.seconds),
                self._session.request(
                    method, self._url(path), data=body, headers=headers, allow_redirects=False
                ) as response,
            ):
                return await _answer(response)
        except TimeoutError:
            raise AttemptFailed(Code.LLM_TIMED_OUT) from None
        except (aiohttp.ClientError, OSError, ValueError):
            # Without its cause: that may quote the URL, and headers that cannot be sent.
            raise Transient(Code.LLM_UNAVAILABLE) from None

    def _url(self, path: str) -> URL:
        base = URL(self.endpoint.url)
        return base.with_path(f"{base.path.rstrip('/')}/{path}", keep_query=True)


async def _answer(response: aiohttp.ClientResponse) -> bytes:
    status = response.status
    if response.ok and status not in _REDIRECTS:
        if response.headers.get(hdrs.CONTENT_ENCODING, "").strip().lower() not in _PLAIN:
            raise AttemptFailed(Code.LLM_ANSWER_INVALID, "The answer is compressed.")
        answer = await at_most(response.content, MAX_ANSWER + 1)
        if len(answer) > MAX_ANSWER:
            raise AttemptFailed(Code.LLM_ANSWER_INVALID, "The answer is longer than any may be.")
        return answer
    if status == _BUSY:
        asked = retry_after(response.headers)
        pause = None if asked is None else min(asked, MAX_RETRY_AFTER)
        raise Quota(Code.LLM_BUSY, retry_after=pause)
    if status >= _SERVER_ERRORS or status in _PASSING:
        raise Transient(Code.LLM_UNAVAILABLE, f"The model's endpoint answered {status}.")
    complaint = await at_most(response.content, _MAX_COMPLAINT)
    raise ChatRefused(status, complaint.decode(errors="replace"))
