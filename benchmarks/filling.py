"""A store full of finished documents, written by the store's own serialisation."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from rich.progress import track

from shared.models.document import Document, DocumentState
from shared.models.extraction import Extraction, TypeGuess
from shared.models.ids import new_id
from shared.models.time import utc_now
from shared.models.work import Work
from shared.stages import lifecycle, planning
from shared.stages import work as works
from shared.store.collections import DOCUMENTS
from shared.store.connect import connect_store
from shared.store.sqlite import statements
from shared.store.sqlite.connection import connect
from shared.store.sqlite.tables import Table

STEP = timedelta(milliseconds=40)


def finished(organization: str, workspace: str) -> Document:
    """A document at the end of its way, as the stages leave it."""
    now = utc_now()
    document = Document(
        organization=organization, workspace=workspace, name="receipt.pdf",
        media_type="application/pdf", size=200_000, sha256="0" * 64, blob="x/y/original",
    )  # fmt: skip
    received = lifecycle.receive(document, now)
    part = received.parts[0]
    read = planning.with_part(received, part.copy_with(work=works.finish(part.work, now)))
    extracting = lifecycle.after_part(read.copy_with(state=DocumentState.READING, pages=1), now)
    extraction = Extraction(
        organization=organization, workspace=workspace, document=document.id, revision=1,
        work=works.finish(Work(), now), type=TypeGuess(name="receipt", confidence=0.97),
    )  # fmt: skip
    settled = lifecycle.settle(extracting, extraction, now)
    # Without its extraction, which lists would fetch too: the same work for every page.
    told = lifecycle.mark_announced(settled, settled.sequence)
    return told.copy_with(extraction=None, outbox=[])


def several(template: Document, count: int, first: datetime) -> Iterator[Document]:
    """Copies with ids and times of their own, the oldest first."""
    for number in range(count):
        created = first + number * STEP
        yield template.copy_with(
            id=new_id(), created=created, updated=created, sha256=f"{number:064x}"
        )


def fill(path: Path, template: Document, count: int) -> None:
    """Write them into the database at ``path``, in one transaction."""
    asyncio.run(_lay_out(path))
    table = Table(DOCUMENTS)
    first = template.created - count * STEP
    with closing(connect(path)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        documents = several(template, count, first)
        for document in track(documents, "filling the store", total=count, transient=True):
            statement = statements.insert(table, document)
            connection.execute(statement.sql, statement.values)
        connection.execute("COMMIT")


async def _lay_out(path: Path) -> None:
    store = connect_store(f"sqlite:///{path}")
    await store.open()
    await store.close()
