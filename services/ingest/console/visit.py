"""A request of somebody who has signed in, and the ways to answer it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from services.ingest.console import csrf
from services.ingest.console.rendering import Rendering
from shared.errors import Code, Permanent
from shared.http.context import REQUEST_ID, Principal
from shared.models.session import Session
from shared.models.tenancy import Workspace

SWAP = "X-Swap"
"""Sent by ``swap.js``, which wants fragments; and of answers that are some."""
GO = "X-Go"
"""Of an answer to ``swap.js``: the page to load next."""

Seen = Callable[[Principal], Awaitable[list[Workspace]]]


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of a form, blanks at their ends removed."""

    values: dict[str, list[str]]

    def text(self, name: str, default: str = "") -> str:
        """The last value of that name."""
        found = self.values.get(name)
        return found[-1] if found else default

    def all(self, name: str) -> list[str]:
        """All values of that name, as of checkboxes."""
        return list(self.values.get(name, ()))

    def has(self, name: str) -> bool:
        """Whether the form has a field of that name."""
        return name in self.values


@dataclass(frozen=True, slots=True)
class Visit:
    """Who asks for what, with ``screen`` the name of the screen it is on.

    ``is_swap``: a script asks and takes fragments; else a browser wants a whole page.
    """

    request: web.Request
    principal: Principal
    session: Session
    screen: str
    rendering: Rendering
    seen: Seen

    @property
    def is_swap(self) -> bool:
        """Whether fragments are wanted."""
        return SWAP in self.request.headers

    @property
    def workspace(self) -> str | None:
        """The id of the workspace that was chosen, ``None`` for all that the key reaches."""
        chosen = self.session.workspace
        return chosen if chosen and self.principal.sees_workspace(chosen) else None

    @property
    def token(self) -> str:
        """A token for a form or a script on the page."""
        return csrf.masked(self.session.csrf)

    def query(self, name: str, default: str = "") -> str:
        """A parameter of the address, blanks removed."""
        return self.request.query.get(name, default).strip()

    async def fields(self) -> Fields:
        """The form that was sent; raises ``Permanent(BAD_REQUEST)`` for no proper one."""
        return await read_fields(self.request)

    def check_token(self, token: str) -> None:
        """For routes that read their body themselves; raises as ``csrf.check_token``."""
        csrf.check_token(self.session.csrf, token)

    async def page(self, template: str, status: int = 200, /, **context: object) -> web.Response:
        """A whole page, of a template that extends ``base.html``."""
        everywhere = {
            "visit": self,
            "principal": self.principal,
            "workspaces": await self.seen(self.principal),
            "navigation": (
                [] if self.session.document else self.rendering.navigation(self.principal)
            ),
            "request_id": self.request.get(REQUEST_ID, ""),
        }
        return self.rendering.response(template, status, {**everywhere, **context})

    def fragments(self, template: str, status: int = 200, /, **context: object) -> web.Response:
        """Elements that replace those of the same id; of a template without ``base.html``."""
        everywhere = {"visit": self, "principal": self.principal}
        answer = self.rendering.response(template, status, {**everywhere, **context})
        answer.headers[SWAP] = "fragments"
        return answer

    def notice(self, text: str, status: int = 200, *, error: bool = False) -> web.Response:
        """A fragment that only tells something, at the head of the page."""
        return self.fragments("_notice.html", status, text=text, is_error=error)

    def go(self, url: str) -> web.Response:
        """Lead to another page of ours, after something was done."""
        if self.is_swap:
            return web.Response(status=204, headers={GO: url})
        return web.Response(status=303, headers={"Location": url})


async def read_fields(request: web.Request) -> Fields:
    """The fields of a request's form; raises ``Permanent(BAD_REQUEST)``."""
    try:
        posted = await request.post()
    except ValueError:
        raise Permanent(Code.BAD_REQUEST, "The form could not be read.") from None
    values: dict[str, list[str]] = {}
    for name, value in posted.items():
        if isinstance(value, str):
            values.setdefault(name, []).append(value.strip())
    return Fields(values)
