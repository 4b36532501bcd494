"""One try of a notice: what there is to say by now, said to the operator's mail server."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage

from services.notify.endpoints import Endpoints
from services.notify.mail.compose import Letterhead, compose
from services.notify.trying import Tried, gone, since
from shared.config import Settings
from shared.errors import REGISTRY, Code
from shared.http.links import LinkSigner
from shared.mail.server import MailClient, MailTrouble, mail_server
from shared.mail.templates import MAX_LISTED, Facts, Templates, Told
from shared.models.delivery import Delivery, DeliveryAttempt
from shared.models.document import Document, DocumentState
from shared.models.mail_notice import (
    MailEvent,
    MailNotice,
    NoticeContent,
    TemplateName,
    ToldDocument,
    recipient_code,
)
from shared.models.work import Problem
from shared.stages.context import Runtime
from shared.stages.notifying import Postponed
from shared.store.collections import DOCUMENTS, MAIL_NOTICES, WORKSPACES
from shared.store.port import Tenant

CALL_SECONDS = 15.0
_ENDPOINT = "mail"
_UNSUBSCRIBE_DAYS = 365
_STATES = {
    MailEvent.NEEDS_REVIEW: DocumentState.NEEDS_REVIEW,
    MailEvent.FAILED: DocumentState.FAILED,
    MailEvent.REJECTED: DocumentState.REJECTED,
}
_WHATS = {
    MailEvent.NEEDS_REVIEW: "to be looked over",
    MailEvent.FAILED: "could not be processed",
    MailEvent.REJECTED: "rejected",
}


@dataclass(frozen=True, slots=True)
class Links:
    """Where mails lead; ``document`` has ``{id}`` in it."""

    document: str
    public_url: str
    signer: LinkSigner

    @classmethod
    def of(cls, settings: Settings, secret: bytes) -> "Links":
        """As the operator has set them."""
        public = settings.public_url.rstrip("/")
        document = settings.mail_link or f"{public}/console/documents/{{id}}"
        return cls(document, public, LinkSigner(secret))

    def unsubscribe(self, delivery: Delivery) -> str:
        """A signed link of the recipient's own; empty where nobody knows our address."""
        if not self.public_url:
            return ""
        code = recipient_code(delivery.subscription, delivery.recipient)
        path = f"/api/v1/linked/notices/{delivery.subscription}/{code}"
        until = delivery.created + timedelta(days=_UNSUBSCRIBE_DAYS)
        return self.public_url + self.signer.sign(path, until)


@dataclass(frozen=True, slots=True)
class Post:
    """What mail is made of and sent by."""

    client: MailClient
    templates: Templates
    links: Links
    head: Letterhead

    @classmethod
    def of(cls, settings: Settings, secret: bytes) -> "Post | None":
        """As the settings say; ``None`` where no mail server is set.

        Raises ``ValueError`` for templates of the operator's that cannot be used.
        """
        server = mail_server(settings)
        if server is None:
            return None
        head = Letterhead(settings.mail_from or settings.smarthost_from, settings.mail_domain)
        templates = Templates(settings.mail_templates)
        return cls(MailClient(server), templates, Links.of(settings, secret), head)


class MailSender:
    """Sends deliveries of kind ``mail``, one message to one address each.

    A mail server that does not answer is left alone for a while, as all endpoints are; one that
    says no to a mail is well.
    """

    def __init__(self, runtime: Runtime, endpoints: Endpoints, post: Post) -> None:
        self._runtime = runtime
        self._endpoints = endpoints
        self._post = post

    async def send(self, delivery: Delivery) -> Tried:
        """One try; nothing is sent when all it would tell of is over."""
        tenant = Tenant(delivery.organization)
        notice = await self._runtime.store.of(tenant, MAIL_NOTICES).get(delivery.subscription)
        at = await self._runtime.store.now()
        content = NoticeContent.model_validate_json(delivery.payload)
        if notice is None or not _is_to_hear(notice, delivery.recipient, content):
            return gone(at, "The notice is gone.")
        facts = await self._facts(delivery, content)
        if facts is None:
            return DeliveryAttempt(at=at)
        own = notice.templates.get(content.template)
        words = self._post.templates.fill(content.template, own, facts)
        mail = compose(self._post.head, delivery, words, facts.unsubscribe)
        tried: list[DeliveryAttempt] = []

        async def call() -> DeliveryAttempt:
            tried.append(await self._try(mail, delivery.recipient, at))
            answered = tried[0].status is not None
            return tried[0].copy_with(problem=None) if answered else tried[0]

        result = await self._endpoints.attempt(delivery, _ENDPOINT, call)
        return result if isinstance(result, Postponed) else tried[0]

    async def _try(self, mail: EmailMessage, recipient: str, at: datetime) -> DeliveryAttempt:
        started = time.monotonic()
        try:
            status = await self._post.client.send(
                mail, self._post.head.sender, recipient, CALL_SECONDS
            )
        except MailTrouble as trouble:
            problem = Problem(code=trouble.code, detail=trouble.detail)
            return DeliveryAttempt(
                at=at, status=trouble.reply, problem=problem, milliseconds=since(started)
            )
        return DeliveryAttempt(at=at, status=status, milliseconds=since(started))

    async def _facts(self, delivery: Delivery, content: NoticeContent) -> Facts | None:
        """What there is to say; ``None`` for nothing any more."""
        tenant = Tenant(delivery.organization)
        place = await self._runtime.store.of(tenant, WORKSPACES).get(delivery.workspace)
        documents = await self._documents(tenant, content)
        if content.documents and not documents:
            return None
        return Facts(
            workspace=place.name if place is not None else "",
            documents=documents[:MAX_LISTED],
            more=len(documents[MAX_LISTED:]),
            host=content.webhook.host if content.webhook else "",
            reason=content.webhook.reason if content.webhook else "",
            unsubscribe=self._post.links.unsubscribe(delivery),
        )

    async def _documents(self, tenant: Tenant, content: NoticeContent) -> Sequence[Told]:
        """Those that are there; of a digest's, those that are still as it was to tell."""
        told = {it.document: it for it in content.documents}
        found = await self._runtime.store.of(tenant, DOCUMENTS).get_many(list(told))
        by_id = {it.id: it for it in found}
        digest = content.template is TemplateName.DIGEST
        return [
            self._told(by_id[it.document], it)
            for it in told.values()
            if it.document in by_id
            and (not digest or by_id[it.document].state is _STATES[it.notice])
        ]

    def _told(self, document: Document, told: ToldDocument) -> Told:
        problem = document.error
        known = problem is not None and problem.code in set(Code)
        return Told(
            name=document.name,
            link=self._post.links.document.replace("{id}", document.id),
            what=_WHATS[told.notice],
            type=document.type.name if document.type else "",
            reason=REGISTRY[Code(problem.code)].summary if problem and known else "not known",
        )


def _is_to_hear(notice: MailNotice, recipient: str, content: NoticeContent) -> bool:
    is_try = content.template is TemplateName.TEST
    return recipient in notice.recipients and (notice.enabled or is_try)
