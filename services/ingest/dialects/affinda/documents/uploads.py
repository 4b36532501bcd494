"""``POST /documents``: a file, or a URL, becomes a document; answered when it is done."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from aiohttp import web

from services.ingest.children import until_all_final
from services.ingest.dialects.affinda.context import CHANNEL, AffindaParts, named_document
from services.ingest.dialects.affinda.documents.destination import Destination, destination_of
from services.ingest.dialects.affinda.documents.given import kind_of
from services.ingest.dialects.affinda.documents.views import Views, Wanted
from services.ingest.dialects.affinda.documents.wishes import Wish, read_wish
from services.ingest.dialects.affinda.wire import answer, retry_key, truth_asked
from services.ingest.doors.upload import Form, read_form
from services.ingest.intake import Order
from services.ingest.known import known
from services.ingest.names import named_by_content
from services.ingest.removal import remove_document
from services.ingest.spool import RefusedFile, SpooledFile
from shared.errors import Code, DocstageError, Permanent, Transient
from shared.http.context import Principal, principal_of
from shared.http.targets import MAX_FETCH_URL, TargetPolicy
from shared.models.document import Document
from shared.models.policies import DuplicatePolicy, Policies
from shared.models.time import utc_now

_LEFT_BEHIND = timedelta(minutes=10)
"""After which a document goes that was to be deleted by a process that died."""


class Uploads:
    """The handler and what it works with."""

    def __init__(self, parts: AffindaParts, views: Views) -> None:
        self._parts = parts
        self._views = views
        settings = parts.settings
        self._targets = TargetPolicy(settings.allow_private_targets, settings.deny_targets)

    async def create(self, request: web.Request) -> web.Response:
        """Take a file in; 200 when it is done, 201 when nobody waits or the time is over."""
        principal, form = principal_of(request), Form()
        try:
            await self.read(request, form)
            wish = read_wish(form)
            document = await self.accept(request, principal, form, wish)
        except DocstageError as error:
            self._parts.metrics.rejected(CHANNEL, error.code.value)
            raise
        finally:
            form.discard()
        return await self._answer(request, principal, document, wish)

    async def read(self, request: web.Request, form: Form) -> None:
        """Read a form of one file; raises ``Permanent``."""
        try:
            async with asyncio.timeout(self._parts.settings.upload_timeout):
                await read_form(request, self._parts.spool, 1, form)
        except TimeoutError:
            raise Permanent(Code.BAD_REQUEST, "The upload took too long.") from None

    async def accept(
        self, request: web.Request, principal: Principal, form: Form, wish: Wish
    ) -> Document:
        """Take in what a form brings; raises ``DocstageError``."""
        key = retry_key(request)
        own_key = None if key is None else f"{CHANNEL}:{principal.key}:{key}"
        sent_again = await self._sent_again(principal, form, own_key)
        if sent_again is not None:
            return sent_again
        destination = await destination_of(self._parts, principal, wish.workspace, wish.kind)
        for example in wish.known.examples:
            await named_document(self._parts, principal, example, "limitToExamples")
        order = _order(destination, wish)
        intake = self._parts.intake
        if wish.data is not None and not form.files and not wish.url:
            ordered = replace(order, requested_type=destination.type or kind_of(wish.data))
            given = self._parts.given
            return await given.accept(principal, wish.data, ordered, own_key, CHANNEL)
        file = _file(form, wish)
        if file is not None:
            return await intake.accept(principal, file, order, own_key, CHANNEL)
        try:
            self._targets.check_url(wish.url, MAX_FETCH_URL)
        except DocstageError as error:
            raise Permanent(Code.BAD_REQUEST, error.detail, field="url") from None
        return await intake.accept_url(principal, wish.url, order, own_key)

    async def _sent_again(
        self, principal: Principal, form: Form, own_key: str | None
    ) -> Document | None:
        """What a call made whose next try has no bytes: clients do not wind their streams back."""
        file = form.files[0] if form.files else None
        is_empty = isinstance(file, RefusedFile) and file.error.code is Code.FILE_EMPTY
        if own_key is None or not is_empty:
            return None
        documents = self._parts.documents(principal)
        return await known(documents, principal, own_key, lambda _: True)

    async def _answer(
        self, request: web.Request, principal: Principal, document: Document, wish: Wish
    ) -> web.Response:
        """It is accepted already: what goes wrong now must not make the client send it again."""
        is_done = document.is_final
        if wish.wait and not is_done:
            try:
                document, is_done = await self.waited(principal, document)
            except Transient:
                is_done = False
        wanted = Wanted(data=is_done, compact=wish.compact)
        base = self._parts.base_url(request)
        (view,) = await self._views.of(principal, base, [document], wanted)
        if wish.delete_after_parse:
            await self._delete(principal, document, is_done=is_done)
        snake_case = truth_asked(request, "snake_case") or False
        return answer(view, 200 if wish.wait and is_done else 201, snake_case=snake_case)

    async def waited(self, principal: Principal, document: Document) -> tuple[Document, bool]:
        """The document as it stands when it is done, or the time is over; and whether it is."""
        (found,), all_final = await until_all_final(
            self._parts.watch,
            self._parts.documents(principal),
            [document],
            self._parts.settings.affinda_wait_limit,
        )
        return found, all_final and found.is_final

    async def _delete(self, principal: Principal, document: Document, *, is_done: bool) -> None:
        """Nothing of it stays; what is not done yet goes when it is."""
        if is_done:
            await remove_document(self._parts.store, self._parts.blobs, document)
            return
        now = utc_now()
        await self._parts.documents(principal).change(
            document.id,
            lambda it: it.copy_with(expires=now, keeps_found=False, leaves_nothing=True),
        )


def _file(form: Form, wish: Wish) -> SpooledFile | None:
    """The file that was sent, ``None`` where there is a URL; raises ``Permanent``."""
    if form.files:
        file = form.files[0]
        if isinstance(file, RefusedFile):
            raise file.error
        return replace(file, name=_name_of(file, wish))
    if not wish.url:
        raise Permanent(Code.BAD_REQUEST, "Give a file or a url.", field="file")
    return None


def _name_of(file: SpooledFile, wish: Wish) -> str:
    return wish.file_name or named_by_content(file.name, file.media_type)


def _order(destination: Destination, wish: Wish) -> Order:
    expires = wish.expiry
    if wish.delete_after_parse:
        expires = utc_now() + _LEFT_BEHIND
    return Order(
        workspace=destination.workspace.id,
        name=wish.file_name,
        lane=wish.lane,
        requested_type=destination.type,
        reference=wish.custom_identifier,
        expires=expires,
        leaves_nothing=expires is not None,
        keeps_refused=True,
        known=wish.known,
        policies=_policies(destination.workspace.policies, wish),
    )


def _policies(policies: Policies, wish: Wish) -> Policies:
    if wish.rejects_duplicates is None:
        return policies
    wanted = DuplicatePolicy.REJECT if wish.rejects_duplicates else DuplicatePolicy.OFF
    return policies.copy_with(duplicates=wanted)
