"""What was found on documents, in the shapes of version 2."""

from collections.abc import Callable
from typing import Any

from services.ingest.dialects.affinda.context import AffindaParts
from services.ingest.dialects.affinda.documents.views import Views
from services.ingest.dialects.affinda.resume_data import resume_data
from services.ingest.personal import HeadShots
from shared.errors import Transient
from shared.http.context import Principal
from shared.models.document import Document
from shared.stages.on_demand import OnDemand

Data = dict[str, Any]
HEAD_SHOT_SECONDS = 5.0
"""How long a résumé waits for its photo to be looked for; it is told without one then."""


class FoundResume:
    """Résumés: see ``Shape``."""

    def __init__(self, parts: AffindaParts, views: Views) -> None:
        on_demand = OnDemand(parts.blobs, parts.broker, HEAD_SHOT_SECONDS)
        self._head_shots = HeadShots(parts.blobs, on_demand)
        self._views = views

    async def __call__(self, principal: Principal, document: Document) -> Data:
        """All keys of a résumé's data; nothing of one on which nothing was looked for."""
        if document.is_data:
            return resume_data({})
        annotated = await self._views.annotated(principal, document)
        if annotated is None:
            return {}
        return resume_data(annotated.fields, await self._head_shot(document))

    async def _head_shot(self, document: Document) -> bytes | None:
        if not document.has_file or not document.pages_done:
            return None
        try:
            return await self._head_shots.get(document)
        except Transient:
            return None


class FoundFields:
    """What has annotations for data: see ``Shape``."""

    def __init__(self, views: Views, shaped: Callable[[Data], Data]) -> None:
        self._views = views
        self._shaped = shaped

    async def __call__(self, principal: Principal, document: Document) -> Data:
        """The annotations under the names of version 2."""
        if document.extraction is None:
            return {}
        return self._shaped(await self._views.data(principal, document, compact=False))
