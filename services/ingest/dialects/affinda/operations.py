"""The tables of this dialect, joined: its routes and its OpenAPI document are made from them.

Literal paths come before those that an identifier could hide.
"""

from services.ingest.dialects.affinda.annotations.operations import annotation_operations
from services.ingest.dialects.affinda.collections.operations import collection_operations
from services.ingest.dialects.affinda.context import V2, V3, AffindaParts
from services.ingest.dialects.affinda.documents.operations import document_operations
from services.ingest.dialects.affinda.hooks.operations import hook_operations
from services.ingest.dialects.affinda.organizations.operations import organization_operations
from services.ingest.dialects.affinda.splitting.operations import splitting_operations
from services.ingest.dialects.affinda.tags.operations import tag_operations
from services.ingest.dialects.affinda.types.operations import type_operations
from services.ingest.dialects.affinda.usage.operations import usage_operations
from services.ingest.dialects.affinda.v2.operations import v2_operations
from services.ingest.dialects.affinda.validation.operations import validation_operations
from services.ingest.dialects.affinda.workspaces.operations import workspace_operations
from shared.http.operations import Operation


def affinda_operations(parts: AffindaParts) -> dict[str, list[Operation]]:
    """All operations, by the prefix of their version."""
    return {V3: _v3(parts), V2: _v2(parts)}


def _v3(parts: AffindaParts) -> list[Operation]:
    return [
        *tag_operations(parts),
        *usage_operations(parts),
        *splitting_operations(parts),
        *annotation_operations(parts),
        *validation_operations(parts),
        *document_operations(parts),
        *hook_operations(parts, places=True),
        *organization_operations(parts),
        *workspace_operations(parts),
        *type_operations(parts),
        *collection_operations(parts),
    ]


def _v2(parts: AffindaParts) -> list[Operation]:
    return [*v2_operations(parts), *hook_operations(parts, places=False)]
