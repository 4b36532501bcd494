"""The table of organizations."""

from services.ingest.dialects.affinda.context import AffindaParts
from services.ingest.dialects.affinda.organizations.models import (
    OrganizationList,
    OrganizationView,
)
from services.ingest.dialects.affinda.organizations.organizations import Organizations
from shared.errors import Code
from shared.http.operations import Answer, Body, Operation
from shared.models.tenancy import Scope

_ONE = "/organizations/{identifier}"
_VIEW = Answer("the organization", OrganizationView)
_FORM = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "avatar": {"type": "string", "format": "binary", "description": "a picture; empty: none"},
        "resthookSignatureKey": {
            "type": "string",
            "description": "what webhooks are signed with; empty: no signature",
        },
        "validationToolConfig": {"type": "string", "description": "a JSON object"},
    },
}


def organization_operations(parts: AffindaParts) -> list[Operation]:
    """All of organizations."""
    api = Organizations(parts)
    return [
        Operation(
            method="GET",
            path="/organizations",
            handle=api.list,
            name="getAllOrganizations",
            summary="The organization of the key, as a list",
            tag="organizations",
            scope=Scope.READ,
            answers={200: Answer("a list of one", OrganizationList)},
        ),
        Operation(
            method="GET",
            path=_ONE,
            handle=api.get,
            name="getOrganization",
            summary="The organization",
            tag="organizations",
            scope=Scope.READ,
            answers={200: _VIEW},
            errors=(Code.NOT_FOUND,),
        ),
        Operation(
            method="PATCH",
            path=_ONE,
            handle=api.change,
            name="updateOrganization",
            summary="Rename it, or set its picture, signing key or review tool",
            tag="organizations",
            scope=Scope.ADMIN,
            body=Body(media_type="multipart/form-data", schema=_FORM),
            answers={200: _VIEW},
            errors=(Code.NOT_FOUND, Code.CONFLICT, Code.BAD_REQUEST),
        ),
        Operation(
            method="GET",
            path=f"{_ONE}/avatar",
            handle=api.avatar,
            name="getOrganizationAvatar",
            summary="Its picture, by a signed link",
            tag="organizations",
            scope=None,
            answers={200: Answer("the picture", media_type="application/octet-stream")},
            errors=(Code.NOT_FOUND,),
        ),
    ]
