"""Trying a type that nobody has saved: its fields, looked for on a document that is read.

What is found is only looked at. The document stays as it is and is not read again; the record of
the try is removed once it was seen.
"""

from datetime import timedelta

from services.ingest.intake import Intake
from services.ingest.order import Order
from services.ingest.ordered import OrderedExtractions
from services.ingest.spool import SpooledFile
from shared.errors import Code, Permanent, Transient
from shared.http.context import Principal
from shared.models.document import Document
from shared.models.extraction import Extraction, ExtractionMode, ExtractionOrder
from shared.models.policies import Policies
from shared.models.schema import Schema
from shared.models.tenancy import Workspace
from shared.models.time import utc_now
from shared.models.work import WorkState
from shared.store.collections import DOCUMENTS, EXTRACTIONS
from shared.store.port import Query, Store

CHANNEL = "trial"
_KEPT = timedelta(days=1)
_LISTED = 25


class Trials:
    """Has fields looked for on documents, and takes documents in for just that."""

    def __init__(
        self, store: Store, intake: Intake, orders: OrderedExtractions, seconds: float
    ) -> None:
        self._store = store
        self._intake = intake
        self._orders = orders
        self._seconds = seconds

    async def recent(self, principal: Principal, workspace: str | None) -> list[Document]:
        """The newest documents that can be tried on."""
        query = Query({"workspace": workspace} if workspace else {})
        found = await self._store.of(principal.tenant, DOCUMENTS).page(query, None, 2 * _LISTED)
        return [it for it in found if it.pages is not None and it.is_final][:_LISTED]

    async def take(self, principal: Principal, file: SpooledFile, workspace: Workspace) -> Document:
        """A file to try on: it is read, nothing is looked for, and it goes after a day.

        Raises as ``Intake.accept`` does.
        """
        order = Order(
            workspace=workspace.id,
            policies=Policies(),
            expires=utc_now() + _KEPT,
            on_request=True,
            leaves_nothing=True,
        )
        return await self._intake.accept(principal, file, order, None, channel=CHANNEL)

    async def read(self, principal: Principal, document: Document) -> Document:
        """The document once it is read.

        Raises ``Permanent(BAD_REQUEST)`` for one that cannot be, ``Transient(NOT_READY)`` for one
        that takes longer.
        """
        document = await self._orders.read(principal, document, self._seconds)
        if not document.is_final:
            raise Transient(Code.NOT_READY, "The document is still being read; try again.")
        if document.pages is None:
            detail = document.error.detail if document.error else "It was called off."
            raise Permanent(Code.BAD_REQUEST, f"The document cannot be read. {detail}")
        return document

    async def run(
        self, principal: Principal, document: Document, schema: Schema, threshold: float
    ) -> Extraction:
        """What is found of the schema's fields; raises as ``read``, and what the try fails with."""
        document = await self.read(principal, document)
        order = ExtractionOrder(
            fields_schema=schema, review_threshold=threshold, channel=CHANNEL, trial=True
        )
        placed = await self._orders.place(principal, document, order, ExtractionMode.ADVANCED)
        extraction = await self._orders.outcome(principal, placed, self._seconds)
        if extraction is None:
            raise Transient(Code.NOT_READY, "It takes longer than usual; try again.")
        await self._store.of(principal.tenant, EXTRACTIONS).delete(placed.id)
        if extraction.work.state is not WorkState.DONE:
            problem = extraction.work.problem
            detail = problem.detail if problem else "It was called off."
            raise Permanent(Code.BAD_REQUEST, f"Nothing could be looked for. {detail}")
        return extraction
