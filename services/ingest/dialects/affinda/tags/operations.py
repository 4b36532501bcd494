"""The table of tags."""

from services.ingest.dialects.affinda.context import AffindaParts
from services.ingest.dialects.affinda.references import TagView
from services.ingest.dialects.affinda.tags.models import TagBatch, TagCreate, TagUpdate
from services.ingest.dialects.affinda.tags.tags import TagHandlers
from shared.errors import Code
from shared.http.operations import Answer, Body, Operation, Parameter
from shared.models.tenancy import Scope

_ONE = "/tags/{id}"
_VIEW = Answer("the tag", TagView)
_MISSING = (Code.NOT_FOUND, Code.BAD_REQUEST)


def tag_operations(parts: AffindaParts) -> list[Operation]:
    """All of tags; those below ``/documents`` must come before documents' own."""
    tags = TagHandlers(parts)
    return [*_on_documents(tags), *_collection(tags), *_single(tags)]


def _on_documents(tags: TagHandlers) -> list[Operation]:
    return [
        Operation(
            method="POST",
            path="/documents/batch_add_tag",
            handle=tags.add_to_documents,
            name="batchAddTag",
            summary="Put a tag on documents",
            tag="tags",
            scope=Scope.WRITE,
            body=Body(TagBatch),
            answers={204: Answer("all of them have it")},
            errors=_MISSING,
        ),
        Operation(
            method="POST",
            path="/documents/batch_remove_tag",
            handle=tags.remove_from_documents,
            name="batchRemoveTag",
            summary="Take a tag off documents",
            tag="tags",
            scope=Scope.WRITE,
            body=Body(TagBatch),
            answers={204: Answer("none of them has it")},
            errors=_MISSING,
        ),
    ]


def _collection(tags: TagHandlers) -> list[Operation]:
    whole = {"type": "integer", "minimum": 0}
    return [
        Operation(
            method="GET",
            path="/tags",
            handle=tags.list,
            name="getAllTags",
            summary="List tags, by name",
            tag="tags",
            scope=Scope.READ,
            parameters=(
                Parameter("workspace", "only of this workspace"),
                Parameter("name", "only those whose name holds this"),
                Parameter("offset", "how many to leave out", whole),
                Parameter("limit", "how many at most; more than 100 is lowered", whole),
            ),
            answers={200: Answer("an array of tags", media_type="application/json")},
            errors=_MISSING,
        ),
        Operation(
            method="POST",
            path="/tags",
            handle=tags.create,
            name="createTag",
            summary="Make a tag",
            tag="tags",
            scope=Scope.WRITE,
            body=Body(TagCreate),
            answers={201: _VIEW},
            errors=(*_MISSING, Code.CONFLICT),
        ),
    ]


def _single(tags: TagHandlers) -> list[Operation]:
    return [
        Operation(
            method="GET",
            path=_ONE,
            handle=tags.get,
            name="getTag",
            summary="One tag",
            tag="tags",
            scope=Scope.READ,
            answers={200: _VIEW},
            errors=(Code.NOT_FOUND,),
        ),
        Operation(
            method="PATCH",
            path=_ONE,
            handle=tags.change,
            name="updateTag",
            summary="Rename a tag",
            tag="tags",
            scope=Scope.WRITE,
            body=Body(TagUpdate),
            answers={200: _VIEW},
            errors=(*_MISSING, Code.CONFLICT),
        ),
        Operation(
            method="DELETE",
            path=_ONE,
            handle=tags.delete,
            name="deleteTag",
            summary="Take a tag away",
            tag="tags",
            scope=Scope.WRITE,
            answers={204: Answer("it is gone")},
            errors=(Code.NOT_FOUND,),
        ),
    ]
