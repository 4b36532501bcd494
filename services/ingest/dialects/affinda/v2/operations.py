"""The tables of version 2: the same operations for each kind of document."""

from dataclasses import dataclass

from services.ingest.dialects.affinda.context import AffindaParts
from services.ingest.dialects.affinda.documents.views import Views
from services.ingest.dialects.affinda.v2.found import FoundFields, FoundResume
from services.ingest.dialects.affinda.v2.models import MetaPage, ResourceData, ResourceView
from services.ingest.dialects.affinda.v2.resources import Resource, Resources
from services.ingest.dialects.affinda.v2.shapes import invoice_data, job_description_data
from shared.errors import Code
from shared.http.operations import Answer, Body, Operation, Parameter
from shared.models.tenancy import Scope

_TEXT, _TRUTH = {"type": "string"}, {"type": "boolean"}
_JSON = {"type": "string", "contentMediaType": "application/json"}
_FORM = {
    "type": "object",
    "properties": {
        "file": {"type": "string", "format": "binary"},
        "url": {"type": "string", "format": "uri"},
        "data": _JSON,
        "identifier": _TEXT,
        "customIdentifier": _TEXT,
        "fileName": _TEXT,
        "wait": {"type": "boolean", "default": True},
        "rejectDuplicates": _TRUTH,
        "language": _TEXT,
        "expiryTime": {"type": "string", "format": "date-time"},
        "regionBias": _JSON,
        "lowPriority": _TRUTH,
    },
}
_NUMBER = {"type": "integer", "minimum": 0}
_PART = (
    Parameter("offset", "how many to leave out", _NUMBER),
    Parameter("limit", "how many at most, up to 100", _NUMBER),
    Parameter("custom_identifier", "only with this one"),
)
_GONE = (Code.NOT_FOUND,)


@dataclass(frozen=True, slots=True)
class _Named:
    """A kind in paths (``resumes``) and in names of operations (``Resume``)."""

    path: str
    word: str
    api: Resources
    changes: bool = True


def v2_operations(parts: AffindaParts) -> list[Operation]:
    """All of them."""
    views = Views(parts)
    resume = Resource(
        "resume", "resume", FoundResume(parts, views), frozenset({"objective", "summary"})
    )
    invoice = Resource("invoice", "invoice", FoundFields(views, invoice_data))
    job = Resource("job_description", "job_description", FoundFields(views, job_description_data))
    kinds = (
        _Named("/resumes", "Resume", Resources(parts, views, resume)),
        _Named("/invoices", "Invoice", Resources(parts, views, invoice), changes=False),
        _Named("/job_descriptions", "JobDescription", Resources(parts, views, job)),
    )
    return [it for kind in kinds for it in (*_all(kind), *_one(kind))]


def _all(kind: _Named) -> list[Operation]:
    return [
        Operation(
            method="GET",
            path=kind.path,
            handle=kind.api.list,
            name=f"getAll{kind.word}s",
            summary="List them, without their data",
            tag=kind.path.strip("/"),
            scope=Scope.READ,
            parameters=_PART,
            answers={200: Answer("some of them", MetaPage)},
        ),
        Operation(
            method="POST",
            path=kind.path,
            handle=kind.api.create,
            name=f"create{kind.word}",
            summary="Send a file, the URL of one, or data",
            tag=kind.path.strip("/"),
            scope=Scope.WRITE,
            body=Body(media_type="multipart/form-data", schema=_FORM),
            answers={
                200: Answer("done", ResourceView),
                201: Answer("not done yet", ResourceView),
            },
            errors=(Code.FILE_TOO_LARGE, Code.IDEMPOTENCY_KEY_REUSED),
        ),
    ]


def _one(kind: _Named) -> list[Operation]:
    path = f"{kind.path}/{{identifier}}"
    change = Operation(
        method="PATCH",
        path=path,
        handle=kind.api.change,
        name=f"update{kind.word}Data",
        summary="Give data in place of what was found",
        tag=kind.path.strip("/"),
        scope=Scope.WRITE,
        body=Body(ResourceData),
        answers={200: Answer("the data", ResourceData)},
        errors=_GONE,
    )
    return [
        Operation(
            method="GET",
            path=path,
            handle=kind.api.get,
            name=f"get{kind.word}",
            summary="One of them",
            tag=kind.path.strip("/"),
            scope=Scope.READ,
            parameters=(Parameter("format", "`json`"),),
            answers={200: Answer("with its data", ResourceView)},
            errors=_GONE,
        ),
        *([change] if kind.changes else []),
        Operation(
            method="DELETE",
            path=path,
            handle=kind.api.delete,
            name=f"delete{kind.word}",
            summary="Remove one, and everything made of it",
            tag=kind.path.strip("/"),
            scope=Scope.WRITE,
            answers={204: Answer("it is gone")},
            errors=_GONE,
        ),
    ]
