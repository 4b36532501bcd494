"""The schema of what stands on a document, made by the extract stage when it is asked for."""

from shared.blobs.keys import schema_key
from shared.blobs.port import Blobs
from shared.broker.topology import SCHEMAS_QUEUE
from shared.errors import Code, Permanent
from shared.models.document import Document
from shared.models.messages import INDUCTION_VERSION, SchemaMessage
from shared.models.schema import Schema
from shared.stages.on_demand import OnDemand


class InducedSchemas:
    """Schemas as stored by the extract stage, which is asked for those that are missing."""

    def __init__(self, blobs: Blobs, on_demand: OnDemand) -> None:
        self._blobs = blobs
        self._on_demand = on_demand

    async def of(self, document: Document) -> Schema:
        """The schema of a document that has been read.

        Raises ``Permanent``: ``BAD_REQUEST`` where it cannot be read, ``ARTIFACT_FAILED`` where
        nothing is to be found; ``Transient``: ``ARTIFACT_PENDING`` when it is not made in time,
        ``DEPENDENCY_DOWN``.
        """
        if document.pages is None:
            detail = document.error.detail if document.error else "It was called off."
            raise Permanent(Code.BAD_REQUEST, f"The document cannot be read. {detail}")
        place = (document.organization, document.id, document.revision)
        key = schema_key(*place, INDUCTION_VERSION)
        if await self._blobs.info(key) is None:
            asked = SchemaMessage(
                organization=document.organization,
                document=document.id,
                revision=document.revision,
            )
            await self._on_demand.made(key, SCHEMAS_QUEUE, asked, Code.ARTIFACT_PENDING)
        stored = await self._blobs.get(key)
        if not stored:
            raise Permanent(Code.ARTIFACT_FAILED, "Nothing was found that a schema could name.")
        return Schema.model_validate_json(stored)
