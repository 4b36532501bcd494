"""The table of usage."""

from services.ingest.dialects.affinda.context import AffindaParts
from services.ingest.dialects.affinda.usage.usage import UsageHandlers
from shared.errors import Code
from shared.http.operations import Answer, Operation, Parameter
from shared.models.tenancy import Scope

_SPAN = (
    Parameter("start", "the first month, such as `2026-01`; else eleven before the last"),
    Parameter("end", "the last month; else the present one"),
)
_ANSWER = Answer("an array of months, the earliest first", media_type="application/json")
_ERRORS = (Code.NOT_FOUND, Code.BAD_REQUEST)


def usage_operations(parts: AffindaParts) -> list[Operation]:
    """How many documents came in."""
    usage = UsageHandlers(parts)
    return [
        Operation(
            method="GET",
            path="/usage",
            handle=usage.all,
            name="getUsage",
            summary="Documents by the month",
            tag="usage",
            scope=Scope.READ,
            parameters=(
                Parameter("organization", "the organization of the key"),
                Parameter("workspace", "only of this workspace"),
                Parameter("document_type", "only of this type"),
                *_SPAN,
            ),
            answers={200: _ANSWER},
            errors=_ERRORS,
        ),
        Operation(
            method="GET",
            path="/workspaces/{identifier}/usage",
            handle=usage.of_workspace,
            name="getUsageByWorkspace",
            summary="Documents of a workspace by the month",
            tag="usage",
            scope=Scope.READ,
            parameters=_SPAN,
            answers={200: _ANSWER},
            errors=_ERRORS,
        ),
        Operation(
            method="GET",
            path="/collections/{identifier}/usage",
            handle=usage.of_collection,
            name="getUsageByCollection",
            summary="Documents of a type by the month",
            tag="usage",
            scope=Scope.READ,
            parameters=_SPAN,
            answers={200: _ANSWER},
            errors=_ERRORS,
        ),
    ]
