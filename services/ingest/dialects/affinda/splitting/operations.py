"""The table of splitting."""

from services.ingest.dialects.affinda.context import AffindaParts
from services.ingest.dialects.affinda.splitting.models import SplitterView, SplitWish
from services.ingest.dialects.affinda.splitting.splitting import Splitting
from shared.errors import Code
from shared.http.operations import Answer, Body, Operation, Parameter
from shared.models.tenancy import Scope

_ALL = "/document_splitters"
_NUMBER = {"type": "integer", "minimum": 0}


def splitting_operations(parts: AffindaParts) -> list[Operation]:
    """Splitters, and splitting by hand."""
    splitting = Splitting(parts)
    return [
        Operation(
            method="GET",
            path=_ALL,
            handle=splitting.splitters,
            name="getAllDocumentSplitters",
            summary="List document splitters",
            tag="splitting",
            scope=Scope.READ,
            parameters=(
                Parameter("offset", "how many to leave out", _NUMBER),
                Parameter("limit", "how many at most, up to 100", _NUMBER),
            ),
            answers={200: Answer("an array of splitters", media_type="application/json")},
        ),
        Operation(
            method="GET",
            path=f"{_ALL}/{{identifier}}",
            handle=splitting.splitter,
            name="getDocumentSplitter",
            summary="One document splitter",
            tag="splitting",
            scope=Scope.READ,
            answers={200: Answer("the splitter", SplitterView)},
            errors=(Code.NOT_FOUND,),
        ),
        Operation(
            method="POST",
            path="/validate/{identifier}/split",
            handle=splitting.split,
            name="editDocumentPages",
            summary="Say which of a file's pages are which document",
            tag="splitting",
            scope=Scope.WRITE,
            body=Body(SplitWish),
            answers={200: Answer("what is known of each, an array", media_type="application/json")},
            errors=(Code.NOT_FOUND, Code.BAD_REQUEST, Code.CONFLICT, Code.INCOHERENT_DATA),
        ),
    ]
