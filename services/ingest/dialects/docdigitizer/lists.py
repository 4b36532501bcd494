"""The lists of documents and tasks, and what they can be filtered by."""

from collections.abc import Callable, Mapping

from aiohttp import web

from services.ingest.dialects.docdigitizer.classes import class_of
from services.ingest.dialects.docdigitizer.context import DocDigitizerParts
from services.ingest.dialects.docdigitizer.models import AnnotationStatus, TaskStatus
from services.ingest.dialects.docdigitizer.views import (
    STATUS,
    annotation_status,
    task_status,
)
from shared.errors import Code, Permanent
from shared.http.context import principal_of
from shared.http.filters import TIME_FILTERS, given_filters, moment
from shared.http.paging import Page
from shared.models.document import Document
from shared.store.port import Query

DOCUMENT_FILTERS = ("status", "class", "reviewed")
TASK_FILTERS = ("status",)
_TRUTH = {"true": True, "false": False}

Wanted = Callable[[Document], bool]


async def list_documents(parts: DocDigitizerParts, request: web.Request) -> Page[Document]:
    """The page of documents that is asked for; raises ``Permanent(BAD_REQUEST)``."""
    filters = given_filters(request, (*DOCUMENT_FILTERS, *TIME_FILTERS))
    status = _one_of(filters, "status", list(AnnotationStatus))
    reviewed = _one_of(filters, "reviewed", list(_TRUTH))
    conditions: list[Wanted] = []
    if status is not None:
        conditions.append(lambda it: annotation_status(it) == status)
    if "class" in filters:
        conditions.append(lambda it: class_of(it) == filters["class"])
    if reviewed is not None:
        conditions.append(lambda it: it.review.done is _TRUTH[reviewed])
    states = [state for state, told in STATUS.items() if told == status]
    equals = {"state": states[0].value} if len(states) == 1 else {}
    return await _page(parts, request, filters, equals, conditions)


async def list_tasks(parts: DocDigitizerParts, request: web.Request) -> Page[Document]:
    """The page of documents whose tasks are asked for; raises ``Permanent(BAD_REQUEST)``."""
    filters = given_filters(request, (*TASK_FILTERS, *TIME_FILTERS))
    status = _one_of(filters, "status", list(TaskStatus))
    conditions: list[Wanted] = []
    if status is not None:
        conditions.append(lambda it: task_status(it) == status)
    return await _page(parts, request, filters, {}, conditions)


async def _page(
    parts: DocDigitizerParts,
    request: web.Request,
    filters: Mapping[str, str],
    equals: Mapping[str, str],
    conditions: list[Wanted],
) -> Page[Document]:
    principal = principal_of(request)
    query = Query(
        equals,
        created_after=moment(filters, "created_after"),
        created_before=moment(filters, "created_before"),
    )
    asked = parts.pager.asked(request, principal, filters)
    documents = parts.documents(principal)
    if not conditions:
        return await parts.pager.page(asked, documents, query)
    return await parts.pager.page_where(
        asked, documents, query, lambda it: all(wanted(it) for wanted in conditions)
    )


def _one_of(filters: Mapping[str, str], name: str, allowed: list[str]) -> str | None:
    value = filters.get(name)
    if value is not None and value not in allowed:
        raise Permanent(Code.BAD_REQUEST, f"{name} must be one of {', '.join(allowed)}.")
    return value
