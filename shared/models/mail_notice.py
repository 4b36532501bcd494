"""Who of a workspace is told by mail of what, and in which words."""

from enum import StrEnum

from pydantic import Field

from shared.models.base import Record, StoredModel
from shared.models.ids import derived_id
from shared.models.time import Timestamp

MAX_MAIL_NOTICES = 20
"""Of a workspace."""

MAX_RECIPIENTS = 50
"""Of a mail notice."""


class MailEvent(StrEnum):
    """What mail is sent for; the first three are events of documents of the same name."""

    NEEDS_REVIEW = "document.needs_review"
    FAILED = "document.failed"
    REJECTED = "document.rejected"
    WEBHOOK_DISABLED = "subscription.disabled"


class TemplateName(StrEnum):
    """The mails there are: one for each notice, many documents in one, and a try."""

    NEEDS_REVIEW = "needs_review"
    FAILED = "failed"
    REJECTED = "rejected"
    WEBHOOK_DISABLED = "subscription.disabled"
    DIGEST = "digest"
    TEST = "test"


class MailTemplate(StoredModel):
    """The words of one mail, with ``$placeholders``; what is absent is as built in."""

    subject: str | None = None
    text: str | None = None
    html: str | None = None


class MailNotice(Record):
    """Addresses that are told by mail of what happens in a workspace.

    ``types``: only of documents of these types, empty means all. ``digest_minutes``: at most one
    mail in so many minutes for each recipient, with all that came up meanwhile; 0: one for each.
    """

    workspace: str
    recipients: list[str]
    events: list[MailEvent]
    types: list[str] = Field(default_factory=list)
    digest_minutes: int = 0
    templates: dict[TemplateName, MailTemplate] = Field(default_factory=dict)
    enabled: bool = True


class ToldDocument(StoredModel):
    """A document in a mail, by the event that it is there for."""

    event: str
    notice: MailEvent
    document: str


class ToldWebhook(StoredModel):
    """A webhook in a mail: which, its host, and why it was disabled."""

    subscription: str
    host: str
    reason: str


class NoticeContent(StoredModel):
    """The payload of a delivery by mail: what it tells of; its words are added as it is sent.

    That is a document, or those of a digest, or a webhook, or (for a try) nothing.
    """

    template: TemplateName
    at: Timestamp
    documents: list[ToldDocument] = Field(default_factory=list)
    webhook: ToldWebhook | None = None


def recipient_code(notice: str, recipient: str) -> str:
    """What stands for an address of a notice where the address must not be said."""
    return derived_id("mail recipient", notice, recipient)


def mail_id(event: str, recipient: str) -> str:
    """The id of the one delivery of an event to an address, by whichever notice."""
    return derived_id("mail", event, recipient)
