"""What a stage has stored, and its jobs: listings for the key's own organization.

A job is shown per record: the ocr stage's has an entry in ``work`` for each part of the
document; the fetch stage's are of the documents that came as a URL, the unpack stage's of
containers. The extract stage's record is made by its first claim, so what waits for it is read
from the documents.
"""

from aiohttp import web

from shared.errors import Code, Permanent
from shared.http.context import Principal, principal_of
from shared.http.operations import Answer, Operation, Parameter
from shared.http.paging import Page, Pager
from shared.http.stage_views import (
    JobList,
    ResultList,
    document_job,
    document_result,
    ingest_job,
    ingest_work,
    waiting_extraction_job,
    work_job,
    work_result,
)
from shared.models.delivery import Delivery
from shared.models.document import Document, DocumentState
from shared.models.extraction import Extraction
from shared.models.tenancy import Scope
from shared.models.work import StageName, WorkState
from shared.stages.lifecycle import extraction_id
from shared.store.collections import DELIVERIES, DOCUMENTS, EXTRACTIONS
from shared.store.port import Query, Store

_WORK_STATES = {
    "running": WorkState.RUNNING,
    "waiting": WorkState.WAITING,
    "dead": WorkState.FAILED,
}
_READING_STATES = {
    "running": DocumentState.READING,
    "waiting": DocumentState.RECEIVED,
    "dead": DocumentState.FAILED,
}
_STATE = Parameter(
    "state",
    "only these jobs; without it also those that ended",
    {"type": "string", "enum": ["running", "waiting", "dead"]},
)
_INGEST_STATES = {
    "running": (DocumentState.RECEIVED, WorkState.RUNNING),
    "waiting": (DocumentState.RECEIVED, WorkState.WAITING),
    "dead": (None, WorkState.FAILED),
}
LISTED_STAGES = tuple(StageName)


class StageListing:
    """The two listings of one stage."""

    def __init__(self, stage: StageName, store: Store, pager: Pager) -> None:
        self._stage = stage
        self._store = store
        self._pager = pager

    async def results(self, request: web.Request) -> web.Response:
        """What the stage stored."""
        principal = principal_of(request)
        asked = self._pager.asked(request, principal)
        if (done := _HAS_DONE.get(self._stage)) is not None:
            documents = self._store.of(principal.tenant, DOCUMENTS)
            read = await self._pager.page_where(asked, documents, Query(), done)
            return read.answer(ResultList(results=[document_result(it) for it in read.rows]))
        page = await self._work_page(request, principal, WorkState.DONE, {})
        return page.answer(ResultList(results=[work_result(it) for it in page.rows]))

    async def jobs(self, request: web.Request) -> web.Response:
        """The stage's jobs."""
        principal = principal_of(request)
        state = request.query.get("state", "")
        if state not in {"", *_WORK_STATES}:
            raise Permanent(Code.BAD_REQUEST, "state must be running, waiting or dead.")
        filters = {"state": state} if state else {}
        if self._stage in {StageName.FETCH, StageName.UNPACK}:
            return await self._ingest_jobs(request, principal, filters)
        if self._stage is StageName.OCR:
            return await self._reading_jobs(request, principal, filters)
        if self._stage is StageName.EXTRACT and state == "waiting":
            return await self._waiting_extractions(request, principal, filters)
        page = await self._work_page(request, principal, _WORK_STATES.get(state), filters)
        return page.answer(JobList(jobs=[work_job(self._stage, it) for it in page.rows]))

    async def _work_page(
        self,
        request: web.Request,
        principal: Principal,
        state: WorkState | None,
        filters: dict[str, str],
    ) -> Page[Extraction] | Page[Delivery]:
        asked = self._pager.asked(request, principal, filters)
        query = Query({"state": state.value} if state else {})
        if self._stage is StageName.EXTRACT:
            extractions = self._store.of(principal.tenant, EXTRACTIONS)
            return await self._pager.page(asked, extractions, query)
        deliveries = self._store.of(principal.tenant, DELIVERIES)
        return await self._pager.page(asked, deliveries, query)

    async def _reading_jobs(
        self, request: web.Request, principal: Principal, filters: dict[str, str]
    ) -> web.Response:
        asked = self._pager.asked(request, principal, filters)
        documents = self._store.of(principal.tenant, DOCUMENTS)
        state = filters.get("state")
        query = Query({"state": _READING_STATES[state].value} if state else {})
        wanted = _died_reading if state == "dead" else _can_be_read
        page = await self._pager.page_where(asked, documents, query, wanted)
        return page.answer(JobList(jobs=[document_job(it) for it in page.rows]))

    async def _ingest_jobs(
        self, request: web.Request, principal: Principal, filters: dict[str, str]
    ) -> web.Response:
        asked = self._pager.asked(request, principal, filters)
        documents = self._store.of(principal.tenant, DOCUMENTS)
        state, work = _INGEST_STATES.get(filters.get("state", ""), (None, None))

        def is_wanted(document: Document) -> bool:
            held = ingest_work(document, self._stage)
            return held is not None and work in {None, held.state}

        query = Query({"state": state.value} if state else {})
        page = await self._pager.page_where(asked, documents, query, is_wanted)
        return page.answer(JobList(jobs=[ingest_job(it, self._stage) for it in page.rows]))

    async def _waiting_extractions(
        self, request: web.Request, principal: Principal, filters: dict[str, str]
    ) -> web.Response:
        asked = self._pager.asked(request, principal, filters)
        documents = self._store.of(principal.tenant, DOCUMENTS)
        query = Query({"state": DocumentState.EXTRACTING.value})
        page = await self._pager.page(asked, documents, query)
        extractions = self._store.of(principal.tenant, EXTRACTIONS)
        begun = await extractions.get_many([extraction_id(it) for it in page.rows])
        by_id = {it.id: it for it in begun}
        jobs = []
        for document in page.rows:
            extraction = by_id.get(extraction_id(document))
            if extraction is None:
                jobs.append(waiting_extraction_job(document))
            elif extraction.work.state is WorkState.WAITING:
                jobs.append(work_job(self._stage, extraction))
        return page.answer(JobList(jobs=jobs))


def listing_operations(
    stage: StageName, store: Store, pager: Pager, prefix: str = ""
) -> list[Operation]:
    """``GET /results`` and ``GET /jobs`` of a stage, under ``prefix``."""
    api = StageListing(stage, store, pager)
    return [
        Operation(
            method="GET",
            path=f"{prefix}/results",
            handle=api.results,
            name=f"{stage.value}Results",
            summary=f"What stage {stage.value} stored, newest first",
            tag="stages",
            scope=Scope.READ,
            answers={200: Answer("a page of results", ResultList)},
            paged=True,
        ),
        Operation(
            method="GET",
            path=f"{prefix}/jobs",
            handle=api.jobs,
            name=f"{stage.value}Jobs",
            summary=f"Jobs of stage {stage.value}: running, waiting, dead",
            tag="stages",
            scope=Scope.READ,
            parameters=(_STATE,),
            answers={200: Answer("a page of jobs", JobList)},
            paged=True,
        ),
    ]


def _has_been_read(document: Document) -> bool:
    return document.pages_done > 0


def _was_fetched(document: Document) -> bool:
    return document.source is not None and document.has_file


def _was_unpacked(document: Document) -> bool:
    return document.container is not None and document.container.work.state is WorkState.DONE


def _can_be_read(document: Document) -> bool:
    return document.has_file and document.container is None


def _died_reading(document: Document) -> bool:
    """Whether a failed document failed while it was read, not later."""
    if document.error is not None and document.error.code == Code.NO_PAGE_READABLE:
        return True
    return any(part.work.state is not WorkState.DONE for part in document.parts)


_HAS_DONE = {
    StageName.FETCH: _was_fetched,
    StageName.UNPACK: _was_unpacked,
    StageName.OCR: _has_been_read,
}
"""By which documents the results of those stages are known that work on documents."""
