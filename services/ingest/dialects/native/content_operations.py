"""The operations about what a document holds."""

from services.ingest.dialects.native.content import Content
from services.ingest.document_files import DocumentFiles
from services.ingest.parts import IngestParts
from services.ingest.resources.document_models import PageDetail, PageList
from shared.errors import Code
from shared.http.operations import Answer, Operation, Parameter
from shared.models.pictures import PICTURE_LIMITS, PictureSize
from shared.models.tenancy import Scope

_ONE = "/documents/{id}"
_GONE = (Code.NOT_FOUND,)
_SIZE = Parameter(
    "size",
    "within how many pixels: "
    + ", ".join(f"{it.value} {wide} by {high}" for it, (wide, high) in PICTURE_LIMITS.items()),
    {"type": "string", "enum": list(PictureSize), "default": PictureSize.NORMAL.value},
)


def content_operations(parts: IngestParts) -> list[Operation]:
    """What a document holds."""
    content, files = Content(parts), DocumentFiles(parts)
    return [
        Operation(
            method="GET",
            path=f"{_ONE}/original",
            handle=files.original,
            name="getOriginal",
            summary="The file as it came in",
            tag="content",
            scope=Scope.READ,
            answers={200: Answer("the file", media_type="application/octet-stream")},
            errors=(*_GONE, Code.NOT_READY),
        ),
        Operation(
            method="GET",
            path=f"{_ONE}/pages",
            handle=content.pages,
            name="listPages",
            summary="The pages read so far",
            tag="content",
            scope=Scope.READ,
            answers={200: Answer("pages without their words", PageList)},
            errors=_GONE,
            paged=True,
        ),
        Operation(
            method="GET",
            path=f"{_ONE}/pages/{{number}}",
            handle=content.page,
            name="getPage",
            summary="One page with its words, lines and tables",
            tag="content",
            scope=Scope.READ,
            answers={200: Answer("the page", PageDetail)},
            errors=_GONE,
        ),
        Operation(
            method="GET",
            path=f"{_ONE}/preview/{{number}}",
            handle=files.preview,
            name="getPreview",
            summary="The picture of a page",
            tag="content",
            scope=Scope.READ,
            parameters=(_SIZE,),
            answers={200: Answer("the picture", media_type="image/webp")},
            errors=(Code.BAD_REQUEST, Code.NOT_FOUND, Code.PREVIEW_FAILED, Code.PREVIEW_PENDING),
        ),
        Operation(
            method="GET",
            path=f"{_ONE}/searchable.pdf",
            handle=files.searchable,
            name="getSearchablePdf",
            summary="The document as a PDF that can be searched",
            tag="content",
            scope=Scope.READ,
            answers={200: Answer("the file", media_type="application/pdf")},
            errors=(Code.NOT_FOUND, Code.ARTIFACT_FAILED, Code.ARTIFACT_PENDING),
        ),
        Operation(
            method="GET",
            path=f"{_ONE}/text",
            handle=files.text,
            name="getText",
            summary="All text, a form feed between pages",
            tag="content",
            scope=Scope.READ,
            answers={200: Answer("the text", media_type="text/plain")},
            errors=_GONE,
        ),
    ]
