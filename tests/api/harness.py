"""A gateway on a real socket, with the embedded adapters, and callers of organizations.

A stage is played by writing its records through the store, where the pipeline does not run.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from prometheus_client import CollectorRegistry

from services.ingest.app import (
    GatewayParts,
    affinda_parts,
    build_app,
    docdigitizer_parts,
    documind_parts,
    native_parts,
    operation_table,
    v3_parts,
)
from services.ingest.dialects.affinda.operations import affinda_operations
from services.ingest.dialects.docdigitizer.context import PREFIX as DOCDIGITIZER
from services.ingest.dialects.docdigitizer.operations import (
    docdigitizer_operations,
    refused_operations,
)
from services.ingest.dialects.docdigitizer_v3.serve import PREFIX as V3
from services.ingest.dialects.docdigitizer_v3.serve import v3_operations
from services.ingest.dialects.documind.context import PREFIX as DOCUMIND
from services.ingest.dialects.documind.operations import documind_operations
from services.ingest.tenants import KeyRights, default_workspace_id, found_organization, issue_key
from shared.blobs.connect import connect_blobs
from shared.blobs.keys import page_key, preview_key
from shared.blobs.port import Blobs
from shared.broker.connect import connect_broker
from shared.config import Settings
from shared.http.keys import generate_key
from shared.http.operations import Operation
from shared.models.document import Document, DocumentState, EventName
from shared.models.extraction import Extraction, Field, TypeGuess
from shared.models.page import Line, Page, Word
from shared.models.read_by import ReadBy
from shared.models.tenancy import Licence, Scope
from shared.models.time import utc_now
from shared.models.work import Work, WorkState
from shared.schemas import built_in
from shared.stages import lifecycle
from shared.stages.context import Runtime
from shared.stages.outbox import Outbox
from shared.store.collections import DOCUMENTS, EXTRACTIONS
from shared.store.connect import connect_store
from shared.store.port import Store, Tenant

SECRET = b"a secret of thirty-two bytes or more"
ALL_BUT_OPERATE = (Scope.READ, Scope.WRITE, Scope.ADMIN)
API = "/api/v1"
DOCUMENTS_PATH = f"{API}/documents"
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 64
Json = dict[str, Any]


def form(*files: tuple[str, bytes], **fields: str) -> aiohttp.FormData:
    """A multipart form with its files first."""
    data = aiohttp.FormData(quote_fields=False)  # names go out as browsers send them
    for name, content in files:
        data.add_field("files", content, filename=name)
    for name, value in fields.items():
        data.add_field(name, value)
    return data


@dataclass
class Caller:
    """An organization with a key, and a client that uses it."""

    organization: str
    key: str
    client: aiohttp.ClientSession

    @property
    def workspace(self) -> str:
        return default_workspace_id(self.organization)

    @property
    def tenant(self) -> Tenant:
        return Tenant(self.organization)

    async def call(self, method: str, path: str, status: int, **request: Any) -> Json:
        """The JSON of an answer that must have this status."""
        async with self.client.request(method, path, **request) as answer:
            text = await answer.text()
            assert answer.status == status, f"{method} {path}: {answer.status} {text}"
            return await answer.json() if text else {}

    async def upload(self, *contents: bytes, **fields: str) -> list[Json]:
        """Upload files that must all be taken; their documents."""
        files = [(f"{number}.pdf", it) for number, it in enumerate(contents or (PDF,))]
        body = await self.call("POST", DOCUMENTS_PATH, 202, data=form(*files, **fields))
        assert body["rejected"] == []
        documents: list[Json] = body["documents"]
        return documents


@dataclass
class Gateway:
    """A running gateway and what it runs on."""

    url: str
    parts: GatewayParts
    clients: list[aiohttp.ClientSession] = field(default_factory=list)

    @property
    def settings(self) -> Settings:
        return self.parts.settings

    @property
    def store(self) -> Store:
        return self.parts.store

    @property
    def blobs(self) -> Blobs:
        return self.parts.blobs

    @property
    def outbox(self) -> Outbox:
        return self.parts.outbox

    def client(self, key: str | None = None, **headers: str) -> aiohttp.ClientSession:
        """A client of the gateway, with this key."""
        if key:
            headers["Authorization"] = f"Bearer {key}"
        client = aiohttp.ClientSession(
            base_url=self.url, headers=headers, timeout=aiohttp.ClientTimeout(total=120)
        )
        self.clients.append(client)
        return client

    async def key(self, organization: str, rights: KeyRights) -> str:
        """A new key of an organization."""
        new = generate_key(SECRET)
        await issue_key(self.store, organization, new, rights)
        return new.key

    async def caller(self, name: str, licence: Licence | None = None) -> Caller:
        """A new organization with a key that may do everything in it."""
        organization = await found_organization(self.store, name, licence or Licence())
        return await self.another(organization.id)

    async def another(self, organization: str, *scopes: Scope, **rights: Any) -> Caller:
        """A further caller of an organization."""
        key_rights = KeyRights("test", scopes or ALL_BUT_OPERATE, **rights)
        key = await self.key(organization, key_rights)
        return Caller(organization, key, self.client(key))

    async def read(self, caller: Caller, identity: str, pages: int = 2) -> Document:
        """Do what stage ocr does: pages, previews, and the state that follows."""
        documents = self.store.of(caller.tenant, DOCUMENTS)
        document = await self._settled(caller, identity)
        for number in range(pages):
            page = page_with(f"page {number} says hello", number)
            place = (document.organization, document.id, document.revision, number)
            json = page.model_dump_json().encode()
            await self.blobs.put(page_key(*place), json, "application/json")
            await self.blobs.put(preview_key(*place), b"RIFF....WEBP", "image/webp")
        part = document.parts[0].copy_with(
            last=pages, pages_done=pages, work=Work(state=WorkState.DONE, attempts=1)
        )
        read = document.copy_with(
            state=DocumentState.EXTRACTING, pages=pages, parts=[part], outbox=[]
        )
        stored = await documents.replace(lifecycle.announce(read, EventName.READ, utc_now()))
        assert stored is not None
        return stored

    async def finish(self, caller: Caller, identity: str, **fields: str) -> Document:
        """Do what stages ocr and extract do, and tell everyone."""
        document = await self.read(caller, identity)
        extraction = Extraction(
            id=lifecycle.extraction_id(document),
            organization=document.organization,
            workspace=document.workspace,
            document=document.id,
            revision=document.revision,
            work=Work(state=WorkState.DONE, attempts=1),
            type=TypeGuess(name="receipt", confidence=0.93),
            engine="layout",
            fields={
                name: Field(value=value, raw=value, confidence=0.9)
                for name, value in fields.items()
            },
        )
        await self.store.of(caller.tenant, EXTRACTIONS).insert(extraction)
        documents = self.store.of(caller.tenant, DOCUMENTS)
        stored = await documents.replace(lifecycle.settle(document, extraction, utc_now()))
        assert stored is not None
        await self.outbox.carry_out(DOCUMENTS, stored)
        return stored

    async def _settled(self, caller: Caller, identity: str) -> Document:
        """The document once its outbox is empty, so that nobody else writes it."""
        documents = self.store.of(caller.tenant, DOCUMENTS)
        while True:
            await self.outbox.drain(10.0)  # now, not a moment later
            document = await documents.get(identity)
            assert document is not None
            if not document.outbox:
                return document
            await asyncio.sleep(0.01)


def page_with(text: str, number: int = 0) -> Page:
    """A page with a line of text."""
    words = [
        Word(text=it, x0=50.0 * index, y0=10, x1=50.0 * index + 40, y1=20)
        for index, it in enumerate(text.split())
    ]
    line = Line(text=text, x0=0, y0=10, x1=500, y1=20, words=list(range(len(words))))
    return Page(
        number=number,
        width=595,
        height=842,
        read_by=ReadBy.TEXT_LAYER,
        words=words,
        lines=[line],
    )


def gateway_parts(settings: Settings) -> GatewayParts:
    """The parts of a gateway on the adapters of the settings, nothing opened yet."""
    store, broker = connect_store(settings.store), connect_broker(settings.broker_url)
    return GatewayParts(
        settings=settings,
        secret=SECRET,
        store=store,
        broker=broker,
        blobs=connect_blobs(settings.blobs),
        outbox=Outbox(Runtime(store, broker)),
        types=built_in(),
        registry=CollectorRegistry(),
    )


def application(settings: Settings) -> web.Application:
    """A gateway that is only to be looked at."""
    return build_app(gateway_parts(settings))


def operations() -> list[tuple[str, Operation]]:
    """Every operation of the gateway with its prefix."""
    settings = Settings(_env_file=None, data_dir=Path("/nonexistent"))
    table = operation_table(native_parts(gateway_parts(settings)), with_stages=True)
    return [(prefix, it) for prefix, some in table.items() for it in some]


def of_dialects() -> list[tuple[str, Operation]]:
    """Every operation of the dialects that are not ours, with its prefix."""
    settings = Settings(_env_file=None, data_dir=Path("/nonexistent"))
    native = native_parts(gateway_parts(settings))
    dialect = docdigitizer_operations(docdigitizer_parts(native))
    affinda = affinda_operations(affinda_parts(native))
    return [
        *((DOCDIGITIZER, it) for it in (*dialect, *refused_operations())),
        *((V3, it) for it in v3_operations(v3_parts(native))),
        *((DOCUMIND, it) for it in documind_operations(documind_parts(native))),
        *((prefix, it) for prefix, some in affinda.items() for it in some),
    ]


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Gateway]:
    """A gateway on a free port; everything is closed at the end."""
    parts = gateway_parts(settings)
    ports = (parts.store, parts.broker, parts.blobs)
    for port in ports:
        await port.open()
    async with serving(build_app(parts)) as url:
        gateway = Gateway(url, parts)
        try:
            yield gateway
        finally:
            for client in gateway.clients:
                await client.close()
            await parts.outbox.drain(10.0)
    for port in reversed(ports):
        await port.close()


@asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[str]:
    """The URL of an application that is served on a free port."""
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
