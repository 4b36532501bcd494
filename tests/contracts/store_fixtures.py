"""Stores to test, on both adapters, and records to put into them."""

import os
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from shared.models.delivery import Delivery
from shared.models.document import Document, EventName
from shared.models.extraction import Extraction
from shared.models.outbox import OutboxEntry, OutboxKind
from shared.models.time import utc_now
from shared.store.collections import DOCUMENTS
from shared.store.connect import connect_store
from shared.store.port import Position, Query, Repository, Store, Tenant
from tests.servers.mongo_wire import MongoWireServer
from tests.servers.process import Unavailable

ADAPTERS = ("sqlite", "mongo")
OURS = Tenant("org-ours")
THEIRS = Tenant("org-theirs")
LONG_AGO = utc_now() - timedelta(days=1)


@pytest.fixture(scope="session")
def mongo_wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MongoWireServer]:
    """One server for all tests, which keep apart by the name of their database."""
    try:
        server = MongoWireServer(tmp_path_factory.mktemp("mongo"))
        server.start()
    except Unavailable as reason:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(reason))
    yield server
    server.stop()


@pytest.fixture(params=ADAPTERS)
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty store."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/not/yet/there/store.db"
    database = f"test_{uuid4().hex}"
    if real := os.environ.get("DOCSTAGE_TEST_MONGO_URL"):
        return real.replace("{database}", database)
    server: MongoWireServer = request.getfixturevalue("mongo_wire")
    return server.url(database)


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    """An empty store, open."""
    store = connect_store(store_url)
    await store.open()
    yield store
    await store.close()


@pytest.fixture
def documents(store: Store) -> Repository[Document]:
    """Our documents."""
    return store.of(OURS, DOCUMENTS)


@pytest.fixture
def their_documents(store: Store) -> Repository[Document]:
    """Those of the other tenant."""
    return store.of(THEIRS, DOCUMENTS)


def document(tenant: Tenant = OURS, workspace: str = "w1", **fields: object) -> Document:
    """A document as it comes in, with nothing left to publish."""
    values: dict[str, object] = {
        "name": "receipt.jpg",
        "media_type": "image/jpeg",
        "size": 1,
        "sha256": uuid4().hex,
        "blob": "org/document/original",
        **fields,
    }
    return Document(organization=tenant.organization, workspace=workspace, **values)  # type: ignore[arg-type]


def extraction(tenant: Tenant = OURS, document: str = "d1", **fields: object) -> Extraction:
    """An extraction that nobody has begun."""
    return Extraction(
        organization=tenant.organization,
        workspace="w1",
        document=document,
        revision=1,
        **fields,  # type: ignore[arg-type]
    )


def delivery(tenant: Tenant = OURS, document: str = "d1", **fields: object) -> Delivery:
    """A delivery that nobody has begun."""
    return Delivery(
        organization=tenant.organization,
        workspace="w1",
        document=document,
        event=uuid4().hex,
        event_name=EventName.READY,
        sequence=1,
        subscription="s1",
        payload="{}",
        **fields,  # type: ignore[arg-type]
    )


def entry(minutes: float) -> OutboxEntry:
    """An outbox entry that is due so many minutes from a day ago."""
    return OutboxEntry(kind=OutboxKind.EVENT, not_before=LONG_AGO + timedelta(minutes=minutes))


async def walk(repository: Repository[Document], query: Query, size: int) -> list[str]:
    """The ids of a whole list, page by page."""
    ids: list[str] = []
    after: Position | None = None
    while page := await repository.page(query, after, size):
        assert page[0].id not in ids[-size:], "the walk stands still"
        ids.extend(it.id for it in page)
        after = Position(page[-1].created, page[-1].id)
    return ids
