"""A browser without scripts: cookies, forms, and where redirects lead."""

import re
from dataclasses import dataclass
from html import unescape
from typing import Any, Protocol

import aiohttp
from yarl import URL

CONSOLE = "/console"
AS_BROWSER = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}


@dataclass
class Page:
    """An answer that was read."""

    status: int
    text: str
    headers: Any

    @property
    def token(self) -> str:
        """The token that the page's forms and scripts send."""
        found = re.search(r'name="csrf-token" content="([^"]+)"', self.text)
        assert found, self.text[:500]
        return unescape(found[1])


class Site(Protocol):
    """A server with a console; it closes the ``clients`` that are put there."""

    clients: list[aiohttp.ClientSession]

    @property
    def url(self) -> str: ...


class Browser:
    """One browser on the console of a server."""

    def __init__(self, gateway: Site) -> None:
        self.url = gateway.url
        self.jar = aiohttp.CookieJar(unsafe=True)
        timeout = aiohttp.ClientTimeout(total=60)
        self.client = aiohttp.ClientSession(gateway.url, cookie_jar=self.jar, timeout=timeout)
        gateway.clients.append(self.client)
        self.token = ""

    async def sign_in(self, key: str) -> "Browser":
        """Sign in; the token of the first page is kept for forms."""
        page = await self.post("/sign-in", {"key": key})
        assert page.status == 303, page.text
        await self.page()
        return self

    async def page(self, path: str = "/upload") -> Page:
        """A page, whose token is kept."""
        page = await self.get(path)
        assert page.status == 200, page.text
        self.token = page.token
        return page

    async def get(self, path: str, **headers: str) -> Page:
        """What a path under /console answers, redirects not followed."""
        return await self.send("GET", path, None, headers)

    async def post(self, path: str, fields: Any = None, **headers: str) -> Page:
        """A form sent, with the page's token."""
        if isinstance(fields, dict) and self.token and "csrf" not in fields:
            fields = {"csrf": self.token, **fields}
        return await self.send("POST", path, fields, headers)

    async def send(self, method: str, path: str, data: Any, headers: dict[str, str]) -> Page:
        sent = {**AS_BROWSER, **({"Origin": self.url} if method == "POST" else {}), **headers}
        sent = {name: value for name, value in sent.items() if value}
        request = self.client.request(
            method, f"{CONSOLE}{path}", data=data, headers=sent, allow_redirects=False
        )
        async with request as answer:
            return Page(answer.status, await answer.text(), answer.headers)

    def cookie(self) -> str:
        """The session's cookie."""
        (found,) = self.jar.filter_cookies(URL(self.url)).values()
        return found.value
