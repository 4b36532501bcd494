"""Being told no more by mail: the signed link at the end of each notice, which needs no key.

Looking at the link changes nothing, as scanners of mail do that too; a person presses the button
behind it, and a mail program that knows RFC 8058 posts to it.
"""

from aiohttp import web

from services.ingest.parts import IngestParts, path_id
from shared.errors import Code, Permanent
from shared.http.operations import Answer, Operation, Parameter
from shared.models.mail_notice import MailNotice, recipient_code
from shared.store.collections import MAIL_NOTICES

_PATH = "/linked/notices/{id}/{recipient}"
_HTML = "text/html"
_LINK = (Parameter("expires", "of the link"), Parameter("signature", "of the link"))
_PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Notices</title><p>{text}</p>{form}'
)
_BUTTON = '<form method="post"><button>Be told no more</button></form>'
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; form-action 'self'",
    "Referrer-Policy": "no-referrer",
}


class Unsubscribing:
    """The handlers and what they work with."""

    def __init__(self, parts: IngestParts) -> None:
        self._parts = parts

    async def ask(self, request: web.Request) -> web.Response:
        """The page with the button."""
        await self._check(request)
        text = "You are told by mail of documents in a workspace."
        return _page(text, _BUTTON)

    async def unsubscribe(self, request: web.Request) -> web.Response:
        """Take the address off; once more does no harm."""
        await self._check(request)
        code = request.match_info["recipient"]

        def step(notice: MailNotice) -> MailNotice | None:
            left = [it for it in notice.recipients if recipient_code(notice.id, it) != code]
            return None if left == notice.recipients else notice.copy_with(recipients=left)

        await self._parts.store.across(MAIL_NOTICES).change(path_id(request), step)
        return _page("You are told no more.", "")

    async def _check(self, request: web.Request) -> None:
        now = await self._parts.store.now()
        if not self._parts.links.is_good(request.path, request.query, now):
            raise Permanent(Code.NOT_FOUND, "The link is wrong, or has expired.")


def unsubscribing_operations(parts: IngestParts) -> list[Operation]:
    """The table."""
    api = Unsubscribing(parts)
    page = {200: Answer("a page", media_type=_HTML)}
    return [
        Operation(
            method="GET",
            path=_PATH,
            handle=api.ask,
            name="askToUnsubscribe",
            summary="The page of a signed link at the end of a notice; needs no key",
            tag="mail",
            scope=None,
            parameters=_LINK,
            answers=page,
            errors=(Code.NOT_FOUND,),
        ),
        Operation(
            method="POST",
            path=_PATH,
            handle=api.unsubscribe,
            name="unsubscribe",
            summary="Be told no more by mail; needs no key",
            tag="mail",
            scope=None,
            parameters=_LINK,
            answers=page,
            errors=(Code.NOT_FOUND,),
        ),
    ]


def _page(text: str, form: str) -> web.Response:
    body = _PAGE.format(text=text, form=form)
    return web.Response(text=body, content_type=_HTML, headers=_HEADERS)
