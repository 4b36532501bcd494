"""Mail: the address of each workspace, mailboxes that are looked into, and notices."""

from datetime import timedelta
from functools import partial

from aiohttp import web

from services.ingest.console.screens import Route
from services.ingest.console.security_headers import ROOT
from services.ingest.console.visit import Visit
from services.ingest.mail.address_rules import AddressRules
from services.ingest.mail.addresses import Addresses
from services.ingest.mail_notices import MailNotices
from services.ingest.mailboxes.rules import MailboxRules
from services.ingest.parts import IngestParts, path_id
from services.ingest.resources.mail_notice_models import NewMailNotice
from services.ingest.resources.mailbox_models import NewMailbox
from shared.errors import Code, Permanent
from shared.http.json import model_of
from shared.models.mail_notice import MailEvent
from shared.models.mailbox import AfterTaking, MailboxSecurity
from shared.models.tenancy import Scope
from shared.store.port import Query

_PATH = "/integrations/mail"
_SHOWN = 100
_OVERLAPS = {"0": 0, "86400": 86_400, "604800": 604_800, "2592000": 2_592_000}


class MailPage:
    """The handlers and what they work with."""

    def __init__(self, parts: IngestParts) -> None:
        self._parts = parts
        settings = parts.settings
        self._addresses = Addresses(parts.secret, settings.mail_domain)
        can_send = settings.smarthost_url is not None
        self._rules = AddressRules(parts.store, can_send=can_send)
        self._notices = MailNotices(parts.store, parts.outbox, settings)
        self._mailboxes = MailboxRules(parts.store, settings, parts.secret)

    async def show(self, visit: Visit) -> web.StreamResponse:
        """All of it, of the workspaces that are chosen."""
        seen = [it for it in await visit.seen(visit.principal) if visit.workspace in (None, it.id)]
        chosen = Query({"workspace": visit.workspace} if visit.workspace else {})
        tenant, now = visit.principal.tenant, await self._parts.store.now()
        return await visit.page(
            "integrations/mail.html",
            places=[(it, self._addresses.write(it)) for it in seen],
            names={it.id: it.name for it in seen},
            now=now,
            takes_mail=self._parts.settings.smtp_port != 0,
            can_send=self._notices.can_send,
            notices=await self._notices.of(tenant).page(chosen, None, _SHOWN),
            mailboxes=await self._mailboxes.of(tenant).page(chosen, None, _SHOWN),
            notice_events=list(MailEvent),
            securities=list(MailboxSecurity),
            afters=list(AfterTaking),
        )

    async def rotate(self, visit: Visit) -> web.StreamResponse:
        """Another address for a workspace."""
        wished = (await visit.fields()).text("overlap", "0")
        if wished not in _OVERLAPS:
            raise Permanent(Code.BAD_REQUEST, "Choose how long the old address is good.")
        overlap = timedelta(seconds=_OVERLAPS[wished])
        await self._rules.rotate(visit.principal, path_id(visit.request), overlap)
        return self._back(visit, "rotated")

    async def receipts(self, visit: Visit) -> web.StreamResponse:
        """Whether senders are told that their mail came in."""
        wanted = (await visit.fields()).text("receipts") == "true"
        await self._rules.receipts(visit.principal, path_id(visit.request), wanted=wanted)
        return self._back(visit, "receipts" if wanted else "no-receipts")

    async def make_notice(self, visit: Visit) -> web.StreamResponse:
        """Have addresses told by mail."""
        sent, organization = await visit.fields(), visit.principal.organization
        wish = model_of(
            {
                "recipients": sent.text("recipients").replace(",", " ").split(),
                "events": sent.all("event"),
                "digest_minutes": sent.text("digest") or 0,
            },
            NewMailNotice,
        )
        place = sent.text("workspace") or visit.workspace or ""
        await self._notices.add(visit.principal, place, lambda it: wish.notice(organization, it))
        return self._back(visit, "notice")

    async def on_notice(self, visit: Visit) -> web.StreamResponse:
        """Try, pause, resume or remove a notice, by its button."""
        what, identity = (await visit.fields()).text("do"), path_id(visit.request)
        tenant = visit.principal.tenant
        match what:
            case "test":
                await self._notices.test(tenant, identity)
            case "pause" | "resume":
                is_on = what == "resume"
                await self._notices.change(tenant, identity, lambda it: it.copy_with(enabled=is_on))
            case "remove":
                await self._notices.remove(tenant, identity)
            case _:
                raise Permanent(Code.BAD_REQUEST, "There is no such button.")
        return self._back(visit, f"notice-{what}")

    async def make_mailbox(self, visit: Visit) -> web.StreamResponse:
        """Take the mail of another server's mailbox."""
        sent = await visit.fields()
        names = ("host", "port", "security", "user", "password", "folder", "after", "move_to")
        given: dict[str, object] = {it: sent.text(it) for it in names if sent.text(it)}
        given["backlog"] = sent.has("backlog")
        wish = model_of(given, NewMailbox)
        make = partial(wish.mailbox, visit.principal.organization)
        place = sent.text("workspace") or visit.workspace or ""
        password = wish.password.get_secret_value()
        await self._mailboxes.add(visit.principal, place, password, make)
        return self._back(visit, "mailbox")

    async def mailbox(self, visit: Visit) -> web.StreamResponse:
        """How a mailbox does, for who waits until it was looked into."""
        if not visit.is_swap:
            return visit.go(f"{ROOT}{_PATH}")
        found = await self._mailboxes.of(visit.principal.tenant).get(path_id(visit.request))
        if found is None:
            raise Permanent(Code.NOT_FOUND)
        names = {it.id: it.name for it in await visit.seen(visit.principal)}
        context = {"it": found, "names": names, "now": await self._parts.store.now()}
        return visit.fragments("integrations/_mailbox.html", **context)

    async def on_mailbox(self, visit: Visit) -> web.StreamResponse:
        """Look into a mailbox now, pause, resume or remove it, by its button."""
        what, identity = (await visit.fields()).text("do"), path_id(visit.request)
        tenant = visit.principal.tenant
        match what:
            case "look":
                await self._mailboxes.look(tenant, identity)
            case "pause" | "resume":
                given = {"enabled": what == "resume"}
                await self._mailboxes.change(tenant, identity, given, None)
            case "remove":
                await self._mailboxes.remove(tenant, identity)
            case _:
                raise Permanent(Code.BAD_REQUEST, "There is no such button.")
        return self._back(visit, f"mailbox-{what}")

    def _back(self, visit: Visit, done: str) -> web.Response:
        return visit.go(f"{ROOT}{_PATH}?done={done}")


def mail_routes(parts: IngestParts) -> list[Route]:
    """The page and its buttons."""
    page = MailPage(parts)
    return [
        Route("GET", _PATH, page.show, Scope.ADMIN),
        Route("POST", f"{_PATH}/addresses/{{id}}/rotate", page.rotate, Scope.ADMIN),
        Route("POST", f"{_PATH}/addresses/{{id}}/receipts", page.receipts, Scope.ADMIN),
        Route("POST", f"{_PATH}/notices", page.make_notice, Scope.ADMIN),
        Route("POST", f"{_PATH}/notices/{{id}}", page.on_notice, Scope.ADMIN),
        Route("POST", f"{_PATH}/mailboxes", page.make_mailbox, Scope.ADMIN),
        Route("GET", f"{_PATH}/mailboxes/{{id}}", page.mailbox, Scope.ADMIN),
        Route("POST", f"{_PATH}/mailboxes/{{id}}", page.on_mailbox, Scope.ADMIN),
    ]
