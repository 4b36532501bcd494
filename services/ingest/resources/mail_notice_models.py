"""What the native API says of notices by mail."""

from typing import Annotated

from pydantic import AfterValidator, Field

from services.ingest.mail.domains import address_of
from shared.mail.templates import MAX_SUBJECT, MAX_TEXT, PLACEHOLDERS, check_template
from shared.models.base import Model
from shared.models.mail_notice import (
    MAX_RECIPIENTS,
    MailEvent,
    MailNotice,
    MailTemplate,
    TemplateName,
)
from shared.models.time import Timestamp

_EVENTS = "what mail is sent for"
_DIGEST = "at most one mail in so many minutes for each address, with all that came up; 0: at once"
_WORDS = f"in place of the built-in words; placeholders: {', '.join(sorted(PLACEHOLDERS))}"
_MAX_DIGEST = 7 * 24 * 60


def _address(text: str) -> str:
    local, domain = address_of(text)
    if not domain or not local.isascii():
        raise ValueError("must be an address, such as ann@example.com")
    return f"{local}@{domain}"


Address = Annotated[str, Field(min_length=3, max_length=254), AfterValidator(_address)]


class NoticeWords(Model):
    """A mail in one's own words; what is absent is as built in."""

    subject: str | None = Field(default=None, min_length=1, max_length=MAX_SUBJECT)
    text: str | None = Field(default=None, min_length=1, max_length=MAX_TEXT)
    html: str | None = Field(default=None, min_length=1, max_length=MAX_TEXT)

    def stored(self) -> MailTemplate:
        """As it is stored. Raises ``ValueError`` for placeholders that there are not."""
        template = MailTemplate(subject=self.subject, text=self.text, html=self.html)
        check_template(template)
        return template


def _checked(words: NoticeWords) -> NoticeWords:
    words.stored()
    return words


Words = Annotated[NoticeWords, AfterValidator(_checked)]


class MailNoticeView(Model):
    """Who of a workspace is told by mail of what; no types means all."""

    id: str
    workspace: str
    recipients: list[str]
    events: list[MailEvent]
    types: list[str]
    digest_minutes: int
    templates: dict[TemplateName, NoticeWords]
    enabled: bool
    created: Timestamp
    updated: Timestamp
    links: dict[str, str]


class MailNoticeList(Model):
    """Notices, newest first."""

    mail_notices: list[MailNoticeView]


class NewMailNotice(Model):
    """A notice to be; ``workspace`` is an id or a name, absent for the default one."""

    recipients: list[Address] = Field(min_length=1, max_length=MAX_RECIPIENTS)
    workspace: str | None = None
    events: list[MailEvent] = Field(
        default_factory=lambda: list(MailEvent), min_length=1, description=_EVENTS
    )
    types: list[str] = Field(default_factory=list, max_length=100)
    digest_minutes: int = Field(default=0, ge=0, le=_MAX_DIGEST, description=_DIGEST)
    templates: dict[TemplateName, Words] = Field(default_factory=dict, description=_WORDS)
    enabled: bool = True

    def notice(self, organization: str, workspace: str) -> MailNotice:
        """The same as a record."""
        return MailNotice(
            organization=organization,
            workspace=workspace,
            recipients=self.recipients,
            events=self.events,
            types=self.types,
            digest_minutes=self.digest_minutes,
            templates={name: words.stored() for name, words in self.templates.items()},
            enabled=self.enabled,
        )


class MailNoticeChange(Model):
    """What to change; what is absent stays."""

    recipients: list[Address] | None = Field(default=None, min_length=1, max_length=MAX_RECIPIENTS)
    events: list[MailEvent] | None = Field(default=None, min_length=1, description=_EVENTS)
    types: list[str] | None = Field(default=None, max_length=100)
    digest_minutes: int | None = Field(default=None, ge=0, le=_MAX_DIGEST, description=_DIGEST)
    templates: dict[TemplateName, Words] | None = Field(default=None, description=_WORDS)
    enabled: bool | None = None


class TriedNotice(Model):
    """The deliveries of a try, one for each address: each says how it went."""

    deliveries: list[str]
    links: dict[str, str]
