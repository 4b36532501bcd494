"""A client of Documind's API as its users write one: no status looked at that the docs ignore.

It makes the requests that the workflow of the original's documentation makes, in their order and
with their payloads: upload, extract, and polling of the extractions until a person has reviewed.
"""

import asyncio
from typing import Any

import aiohttp

BASE = "/documind/api/v1"
POLL_SECONDS = 0.1
PROMPT = "Extract all data accurately"
TERMS: dict[str, dict[str, Any]] = {
    "basic": {"model": "openai-gpt-4.1"},
    "vlm": {"extraction_mode": "vlm", "review_threshold": 80},
    "advanced": {"review_threshold": 85},
}
Json = dict[str, Any]


class Workflow:
    """Upload, extract, wait for a review where one is needed."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session
        self.waiting = asyncio.Event()

    async def upload(self, *files: tuple[str, bytes]) -> list[str]:
        form = aiohttp.FormData(quote_fields=False)
        for name, content in files:
            form.add_field("files", content, filename=name)
        async with self._session.post(f"{BASE}/upload", data=form) as response:
            response.raise_for_status()
            ids: list[str] = await response.json()
            return ids

    async def extract(self, document: str, schema: Json | None, mode: str, **terms: Any) -> Json:
        config = {"schema": schema, "prompt": PROMPT, **TERMS[mode], **terms}
        async with self._session.post(f"{BASE}/extract/{document}", json=config) as response:
            response.raise_for_status()
            result: Json = await response.json()
            return result

    async def process(self, name: str, content: bytes, schema: Json, mode: str) -> Json:
        """The final data: as found, or as reviewed where the answer asked for that."""
        document = (await self.upload((name, content)))[0]
        result = await self.extract(document, schema, mode)
        if not result["needs_review"]:
            found: Json = result["results"]
            return found
        self.waiting.set()
        async with asyncio.timeout(60):
            while True:
                params = {"document_id": document, "limit": 1}
                async with self._session.get(f"{BASE}/data/extractions", params=params) as response:
                    data = await response.json()
                if data["items"] and data["items"][0]["is_reviewed"]:
                    reviewed: Json = data["items"][0]["reviewed_results"]
                    return reviewed
                await asyncio.sleep(POLL_SECONDS)

    async def get(self, path: str, **query: Any) -> Any:
        async with self._session.get(f"{BASE}{path}", params=query) as response:
            assert response.status == 200, await response.text()
            return await response.json()

    async def send(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        async with self._session.request(method, f"{BASE}{path}", json=body) as response:
            assert response.status == status, await response.text()
            return await response.json()
