"""A small client for the native API, as a user would write one."""

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import aiohttp

FINAL = {"ready", "needs_review", "failed", "rejected", "cancelled", "expired"}


class Api:
    """One key's view of a server."""

    def __init__(self, url: str, key: str) -> None:
        self.url = url
        self.key = key
        self.session = aiohttp.ClientSession(
            url, headers={"Authorization": f"Bearer {key}"}, timeout=aiohttp.ClientTimeout(120)
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.session.close()

    async def get(self, path: str, **query: Any) -> Any:
        async with self.session.get(path, params=query) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def post(self, path: str, body: Any, status: int = 201) -> Any:
        async with self.session.post(path, json=body) as answer:
            assert answer.status == status, await answer.text()
            return await answer.json()

    async def content(self, path: str) -> tuple[int, str, bytes]:
        async with self.session.get(path) as answer:
            return answer.status, answer.content_type, await answer.read()

    async def upload(
        self, content: bytes, name: str, headers: Mapping[str, str] | None = None, **fields: str
    ) -> dict[str, Any]:
        """Upload one file and return its document."""
        form = aiohttp.FormData(fields)
        form.add_field("files", content, filename=name)
        async with self.session.post("/api/v1/documents", data=form, headers=headers) as answer:
            body = await answer.json()
            assert answer.status in (200, 202), body
        document: dict[str, Any] = body["documents"][0]
        return document

    async def submit_url(self, url: str, **wishes: Any) -> dict[str, Any]:
        """Have one file fetched and return its document."""
        body = {"url": url, **wishes}
        async with self.session.post("/api/v1/documents", json=body) as answer:
            told = await answer.json()
            assert answer.status in (200, 202), told
        document: dict[str, Any] = told["documents"][0]
        return document

    async def document(self, identity: str) -> dict[str, Any]:
        found: dict[str, Any] = await self.get(f"/api/v1/documents/{identity}")
        return found

    async def finished(self, identity: str, seconds: float = 120) -> dict[str, Any]:
        """The document once nothing more happens to it."""
        async with asyncio.timeout(seconds):
            while (document := await self.document(identity))["state"] not in FINAL:
                await asyncio.sleep(0.1)
        return document

    async def new_tenant(self, name: str) -> "Api":
        """A second organization, seen with an administration key of its own."""
        organization = await self.post("/api/v1/organizations", {"name": name})
        wish = {"name": "test", "scopes": ["admin"], "organization": organization["id"]}
        made = await self.post("/api/v1/keys", wish)
        return Api(self.url, made["key"])
