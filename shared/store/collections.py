"""What the store holds, as data: both adapters build their tables and indexes from this."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
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
from shared.models.outbox import OutboxEntry
from shared.models.remembered import RememberedAnswer
from shared.models.resthook import Resthook
from shared.models.schema import DocumentType
from shared.models.session import Session
from shared.models.tag import Tag, Tagging
from shared.models.tenancy import ApiKey, Organization, User, Visibility, Workspace
from shared.models.time import to_iso
from shared.models.training import Training
from shared.models.usage import Usage
from shared.models.work import FINAL_WORK_STATES, StageName, Work, WorkState

R = TypeVar("R", bound=Record)

DERIVATION = 2
"""To be raised when a filter or a schedule is computed in another way than before."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a record next needs somebody, for the relay and the sweeper.

    ``outbox_due``: the earliest ``not_before`` of its outbox. ``idle_since``: with an empty
    outbox and unfinished work for ``stage``, when that work was enqueued or its lease ends.
    ``unannounced_since``: since when it has events that notify has not taken over.
    ``expires``: when it is to go, once nothing more happens to it by itself.
    """

    outbox_due: datetime | None = None
    stage: StageName | None = None
    idle_since: datetime | None = None
    unannounced_since: datetime | None = None
    expires: datetime | None = None


def _no_schedule(_: Any) -> Schedule:  # noqa: ANN401 - any record
    return Schedule()


@dataclass(frozen=True)
class Collection(Generic[R]):
    """One kind of record.

    ``filters`` name what lists may be filtered by, each with the function that reads it,
    from broad to narrow (the narrowest one given leads a search); ``unique`` are fields
    whose value, unless ``None``, occurs once per organization (``unique_everywhere``: once
    at all). ``by_workspace`` records are seen only by keys of their workspace.
    """

    name: str
    model: type[R]
    filters: Mapping[str, Callable[[R], str | None]] = field(default_factory=dict)
    unique: tuple[str, ...] = ()
    unique_everywhere: tuple[str, ...] = ()
    by_workspace: bool = False
    schedule: Callable[[R], Schedule] = _no_schedule

    @property
    def scheduled(self) -> bool:
        """Whether its records ever wait for somebody."""
        return self.schedule is not _no_schedule


def _outbox_due(entries: list[OutboxEntry]) -> datetime | None:
    return min((entry.not_before for entry in entries), default=None)


def _idle_since(work: Work) -> datetime | None:
    if work.state is WorkState.WAITING:
        return work.enqueued
    if work.state is WorkState.RUNNING and work.lease is not None:
        return work.lease.until
    return None


def _document_schedule(document: Document) -> Schedule:
    due = _outbox_due(document.outbox)
    if due is not None:
        return Schedule(outbox_due=due)
    if document.announced < document.sequence and document.is_final:
        return Schedule(unannounced_since=document.updated)
    if document.state is DocumentState.EXTRACTING:
        return Schedule(stage=StageName.EXTRACT, idle_since=document.enqueued)
    if document.is_final:
        is_erased = document.state is DocumentState.EXPIRED and not document.is_to_erase
        is_over = is_erased and not document.is_to_forget
        return Schedule(expires=None if is_over else document.expires)
    return _open_schedule(document)


def _open_schedule(document: Document) -> Schedule:
    if document.source is not None and not document.has_file:
        return Schedule(stage=StageName.FETCH, idle_since=_idle_since(document.source.work))
    if document.container is not None and document.container.work.state not in FINAL_WORK_STATES:
        return Schedule(stage=StageName.UNPACK, idle_since=_idle_since(document.container.work))
    idle = [moment for part in document.parts if (moment := _idle_since(part.work))]
    return Schedule(stage=StageName.OCR, idle_since=min(idle, default=None))


def _extraction_schedule(extraction: Extraction) -> Schedule:
    due = _outbox_due(extraction.outbox)
    idle = _idle_since(extraction.work) if due is None else None
    return Schedule(due, StageName.EXTRACT if idle else None, idle)


def _delivery_schedule(delivery: Delivery) -> Schedule:
    if delivery.kind is DeliveryKind.PULL:
        return Schedule()  # its reader comes for it
    due = _outbox_due(delivery.outbox)
    idle = _idle_since(delivery.work) if due is None else None
    return Schedule(due, StageName.NOTIFY if idle else None, idle)


def _ordered(read: Callable[[Extraction], object]) -> Callable[[Extraction], str | None]:
    """A filter that only finds extractions that somebody asked for."""
    return lambda it: None if it.order is None else str(read(it)).lower()


def _reviewed(extraction: Extraction) -> str | None:
    """``taught``: a person has accepted what its document's type has, which can be learned from."""
    review = extraction.reviewed
    if extraction.order is not None:
        return str(review is not None).lower()
    return "taught" if review and review.verdict is ReviewVerdict.ACCEPT else None


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
    },
    unique=("idempotency_key", "content"),
    by_workspace=True,
    schedule=_document_schedule,
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
    schedule=_extraction_schedule,
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
    schedule=_delivery_schedule,
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
)
