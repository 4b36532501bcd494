"""What the store holds, as data: both adapters build their tables and indexes from this."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from shared.models.base import Record
from shared.models.check import Check
from shared.models.dead_letter import DeadLetter
from shared.models.delivery import Delivery, DeliveryKind, ResultQueue, Subscription
from shared.models.document import Desk, Document, DocumentState
from shared.models.endpoint import Endpoint
from shared.models.extraction import Extraction, ReviewVerdict
from shared.models.mail_notice import MailNotice
from shared.models.mailbox import Mailbox
from shared.models.numbered import Numbered
from shared.models.remembered import RememberedAnswer
from shared.models.resthook import Resthook
from shared.models.review_link import ReviewLink
from shared.models.schema import DocumentType
from shared.models.session import Session
from shared.models.tag import Tag, Tagging
from shared.models.tenancy import ApiKey, Organization, User, Visibility, Workspace
from shared.models.time import to_iso
from shared.models.training import Training
from shared.models.usage import Usage
from shared.models.work import FINAL_WORK_STATES
from shared.store.schedules import (
    Schedule,
    delivery_schedule,
    document_schedule,
    extraction_schedule,
)
from shared.store.standings import (
    Standing,
    delivery_standing,
    document_standing,
    extraction_standing,
)

R = TypeVar("R", bound=Record)

DERIVATION = 3
"""To be raised when a filter, schedule or standing is computed in another way than before."""


def _no_schedule(_: Any) -> Schedule:  # noqa: ANN401 - any record
    return Schedule()


def _no_standing(_: Any) -> Standing:  # noqa: ANN401 - any record
    return Standing()


@dataclass(frozen=True)
class Collection(Generic[R]):
    """One kind of record.

    ``filters`` name what lists may be filtered by, each with the function that reads it,
    from broad to narrow (the narrowest one given leads a search); ``unique`` are fields
    whose value, unless ``None``, occurs once per organization (``unique_everywhere``: once
    at all). ``by_workspace`` records are seen only by keys of their workspace. ``measures`` are
    numbers that lists may be limited by beside a filter. Records with a ``headline`` are searched
    by words: a new one by those of its headline, see ``Repository.index``.
    """

    name: str
    model: type[R]
    filters: Mapping[str, Callable[[R], str | None]] = field(default_factory=dict)
    unique: tuple[str, ...] = ()
    unique_everywhere: tuple[str, ...] = ()
    by_workspace: bool = False
    measures: Mapping[str, Callable[[R], float | None]] = field(default_factory=dict)
    headline: Callable[[R], str] | None = None
    schedule: Callable[[R], Schedule] = _no_schedule
    standing: Callable[[R], Standing] = _no_standing

    @property
    def searched(self) -> bool:
        """Whether its records are found by words."""
        return self.headline is not None

    @property
    def scheduled(self) -> bool:
        """Whether its records ever wait for somebody."""
        return self.schedule is not _no_schedule


def _ordered(read: Callable[[Extraction], object]) -> Callable[[Extraction], str | None]:
    """A filter that only finds extractions that somebody asked for."""
    return lambda it: None if it.order is None else str(read(it)).lower()


def _reviewed(extraction: Extraction) -> str | None:
    """``taught``: a person has accepted what its document's type has, which can be learned from."""
    review = extraction.reviewed
    if extraction.order is not None:
        return str(review is not None).lower()
    return "taught" if review and review.verdict is ReviewVerdict.ACCEPT else None


def _review(document: Document) -> str | None:
    """``needed``, or ``done`` by a person."""
    if document.review.done:
        return "done"
    return "needed" if document.state is DocumentState.NEEDS_REVIEW else None


def _source(document: Document) -> str | None:
    """How it came in; nobody knows any more of one that is gone."""
    if document.state is DocumentState.EXPIRED:
        return None
    if document.source is not None:
        return "url"
    return "upload" if document.source_email is None else "mail"


def _awaiting(delivery: Delivery) -> str | None:
    """The result queue whose reader has still to fetch and acknowledge it."""
    if delivery.kind is not DeliveryKind.PULL or delivery.work.state in FINAL_WORK_STATES:
        return None
    return delivery.subscription


def workspace_desk(workspace: str, desk: Desk) -> str:
    """What ``workspace_desk`` of documents is filtered by: to count them without the others."""
    return f"{workspace}:{desk.value}"


ORGANIZATIONS = Collection("organizations", Organization, unique_everywhere=("name",))
USERS = Collection("users", User, unique=("email",))
WORKSPACES = Collection(
    "workspaces",
    Workspace,
    filters={"private": lambda it: "true" if it.visibility is Visibility.PRIVATE else None},
    unique=("name",),
)
API_KEYS = Collection("api_keys", ApiKey, unique_everywhere=("digest",))
DOCUMENT_TYPES = Collection("document_types", DocumentType, unique=("name",))
DOCUMENTS = Collection(
    "documents",
    Document,
    filters={
        "state": lambda it: it.state.value,
        "type": lambda it: it.type.name if it.type else None,
        "kind": lambda it: it.type.name if it.type else it.requested_type,
        "workspace": lambda it: it.workspace,
        "reference": lambda it: it.reference,
        "parent": lambda it: it.parent,
        "sha256": lambda it: it.sha256 or None,
        "desk": lambda it: it.desk.value,
        "workspace_desk": lambda it: workspace_desk(it.workspace, it.desk),
        "review": _review,
        "source": _source,
    },
    unique=("idempotency_key", "content"),
    by_workspace=True,
    measures={"confidence": lambda it: it.confidence},
    headline=lambda it: it.headline,
    schedule=document_schedule,
    standing=document_standing,
)
EXTRACTIONS = Collection(
    "extractions",
    Extraction,
    filters={
        "state": lambda it: it.work.state.value,
        "workspace": lambda it: it.workspace,
        "ordered": lambda it: it.order.channel if it.order else None,
        "doubtful": _ordered(lambda it: bool(it.doubtful)),
        "reviewed": _reviewed,
        "updated": _ordered(lambda it: to_iso(it.updated)),
        "name": lambda it: None if it.order is None else it.document_name,
        "document": lambda it: it.document,
    },
    by_workspace=True,
    schedule=extraction_schedule,
    standing=extraction_standing,
)
SUBSCRIPTIONS = Collection(
    "subscriptions",
    Subscription,
    filters={"workspace": lambda it: it.workspace},
    by_workspace=True,
)
RESTHOOKS = Collection(
    "resthooks",
    Resthook,
    filters={"workspace": lambda it: it.workspace},
    by_workspace=True,
)
MAIL_NOTICES = Collection(
    "mail_notices",
    MailNotice,
    filters={"workspace": lambda it: it.workspace},
    by_workspace=True,
)
RESULT_QUEUES = Collection(
    "result_queues",
    ResultQueue,
    filters={"workspace": lambda it: it.workspace},
    unique=("name",),
    by_workspace=True,
)
DELIVERIES = Collection(
    "deliveries",
    Delivery,
    filters={
        "state": lambda it: it.work.state.value,
        "workspace": lambda it: it.workspace,
        "subscription": lambda it: it.subscription,
        "document": lambda it: it.document,
        "awaiting": _awaiting,
    },
    by_workspace=True,
    schedule=delivery_schedule,
    standing=delivery_standing,
)
ENDPOINTS = Collection("endpoints", Endpoint)
USAGE = Collection("usage", Usage, filters={"day": lambda it: it.day})

REMEMBERED = Collection("remembered_answers", RememberedAnswer)

NUMBERED = Collection("numbered", Numbered, unique=("digits",))

TRAININGS = Collection(
    "trainings",
    Training,
    filters={"workspace": lambda it: it.workspace, "type": lambda it: it.type},
    by_workspace=True,
)

TAGS = Collection(
    "tags",
    Tag,
    filters={"workspace": lambda it: it.workspace},
    unique=("label",),
    by_workspace=True,
)

TAGGINGS = Collection(
    "taggings",
    Tagging,
    filters={
        "workspace": lambda it: it.workspace,
        "tag": lambda it: it.tag,
        "document": lambda it: it.document,
    },
    by_workspace=True,
)

MAILBOXES = Collection(
    "mailboxes",
    Mailbox,
    filters={
        "workspace": lambda it: it.workspace,
        "enabled": lambda it: str(it.enabled).lower(),
    },
    unique=("account", "looking"),
    by_workspace=True,
)

CHECKS = Collection(
    "checks",
    Check,
    filters={"workspace": lambda it: it.workspace, "document": lambda it: it.document},
    by_workspace=True,
)

DEAD_LETTERS = Collection(
    "dead_letters",
    DeadLetter,
    filters={
        "workspace": lambda it: it.workspace,
        "state": lambda it: it.state.value,
        "kind": lambda it: it.kind.value,
        "stage": lambda it: it.stage.value,
        "code": lambda it: it.code,
        "document": lambda it: it.document or None,
    },
    by_workspace=True,
)

SESSIONS = Collection("sessions", Session)

REVIEW_LINKS = Collection(
    "review_links",
    ReviewLink,
    filters={"workspace": lambda it: it.workspace, "document": lambda it: it.document},
    by_workspace=True,
)

COLLECTIONS: tuple[Collection[Any], ...] = (
    ORGANIZATIONS,
    USERS,
    WORKSPACES,
    API_KEYS,
    DOCUMENT_TYPES,
    DOCUMENTS,
    EXTRACTIONS,
    SUBSCRIPTIONS,
    RESTHOOKS,
    RESULT_QUEUES,
    DELIVERIES,
    ENDPOINTS,
    USAGE,
    TRAININGS,
    REMEMBERED,
    NUMBERED,
    MAILBOXES,
    TAGS,
    TAGGINGS,
    CHECKS,
    DEAD_LETTERS,
    MAIL_NOTICES,
    SESSIONS,
    REVIEW_LINKS,
)
