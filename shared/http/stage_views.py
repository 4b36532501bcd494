"""How stages show their results and jobs."""

from pydantic import Field

from shared.models.base import Model
from shared.models.delivery import Delivery
from shared.models.document import Document
from shared.models.extraction import Extraction
from shared.models.time import Timestamp
from shared.models.work import Lane, Problem, StageName, Work, WorkState
from shared.stages.lifecycle import extraction_id


class ResultView(Model):
    """What a stage made of a document. ``id`` is the record's.

    ``pages`` and ``pages_done`` are of stage ocr, ``type``, ``fields`` (how many) and
    ``needs_review`` of extract, ``event``, ``subscription`` and ``attempts`` of notify.
    """

    id: str
    document: str
    workspace: str
    revision: int | None = None
    state: str
    created: Timestamp
    updated: Timestamp
    pages: int | None = None
    pages_done: int | None = None
    failed_pages: list[int] | None = None
    type: str | None = None
    fields: int | None = None
    needs_review: bool | None = None
    event: str | None = None
    subscription: str | None = None
    attempts: int | None = None
    warnings: list[str] = Field(default_factory=list)


class ResultList(Model):
    """Results, newest first."""

    results: list[ResultView]


class WorkView(Model):
    """One piece of work; ``lease_until`` and ``worker`` while somebody holds it."""

    part: int = 0
    state: WorkState
    attempts: int
    enqueued: Timestamp
    started: Timestamp | None
    finished: Timestamp | None
    worker: str | None
    lease_until: Timestamp | None
    problem: Problem | None


class JobView(Model):
    """A record's job, with its pieces of work. ``id`` is the record's."""

    id: str
    stage: StageName
    document: str
    workspace: str
    lane: Lane
    revision: int | None
    state: str
    created: Timestamp
    problem: Problem | None
    work: list[WorkView]


class JobList(Model):
    """Jobs, newest record first."""

    jobs: list[JobView]


def document_result(document: Document) -> ResultView:
    """What fetch, unpack or ocr made of a document."""
    return ResultView(
        id=document.id,
        document=document.id,
        workspace=document.workspace,
        revision=document.revision,
        state=document.state.value,
        created=document.created,
        updated=document.updated,
        pages=document.pages,
        pages_done=document.pages_done,
        failed_pages=[number for part in document.parts for number in part.failed_pages],
        warnings=document.warnings,
    )


def work_result(record: Extraction | Delivery) -> ResultView:
    """What extract or notify made of a document."""
    common = ResultView(
        id=record.id,
        document=record.document,
        workspace=record.workspace,
        state=record.work.state.value,
        created=record.created,
        updated=record.updated,
    )
    if isinstance(record, Delivery):
        return common.copy_with(
            event=record.event_name.value if record.event_name else record.kind.value,
            subscription=record.subscription,
            attempts=record.attempts_made,
        )
    return common.copy_with(
        revision=record.revision,
        type=record.type.name if record.type else None,
        fields=len(record.fields),
        needs_review=bool(record.reasons),
        warnings=record.warnings,
    )


def document_job(document: Document) -> JobView:
    """The reading of a document."""
    parts = [_work(part.work, part.index) for part in document.parts]
    return _of_document(document, StageName.OCR, document.state.value, document.error, parts)


def ingest_work(document: Document, stage: StageName) -> Work | None:
    """The document's work for the fetch or unpack stage, if it has any."""
    holder = document.source if stage is StageName.FETCH else document.container
    return holder.work if holder is not None else None


def ingest_job(document: Document, stage: StageName) -> JobView:
    """The fetching of a document's file, or the unpacking of what it holds."""
    work = ingest_work(document, stage) or Work()
    return _of_document(document, stage, work.state.value, work.problem, [_work(work)])


def waiting_extraction_job(document: Document) -> JobView:
    """An extraction that nobody has begun."""
    waiting = [_work(Work(enqueued=document.enqueued))]
    job = _of_document(document, StageName.EXTRACT, WorkState.WAITING.value, None, waiting)
    return job.copy_with(id=extraction_id(document))


def _of_document(
    document: Document, stage: StageName, state: str, problem: Problem | None, work: list[WorkView]
) -> JobView:
    return JobView(
        id=document.id,
        stage=stage,
        document=document.id,
        workspace=document.workspace,
        lane=document.lane,
        revision=document.revision,
        state=state,
        created=document.created,
        problem=problem,
        work=work,
    )


def work_job(stage: StageName, record: Extraction | Delivery) -> JobView:
    """An extraction or a delivery."""
    return JobView(
        id=record.id,
        stage=stage,
        document=record.document,
        workspace=record.workspace,
        lane=record.lane,
        revision=record.revision if isinstance(record, Extraction) else None,
        state=record.work.state.value,
        created=record.created,
        problem=record.work.problem,
        work=[_work(record.work)],
    )


def _work(work: Work, part: int = 0) -> WorkView:
    return WorkView(
        part=part,
        state=work.state,
        attempts=work.attempts,
        enqueued=work.enqueued,
        started=work.started,
        finished=work.finished,
        worker=work.lease.worker if work.lease else None,
        lease_until=work.lease.until if work.lease else None,
        problem=work.problem,
    )
