"""A gateway on a real socket, with the embedded adapters and two organizations."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from prometheus_client import CollectorRegistry

from shared.schemas import built_in
from services.ingest.app import GatewayParts, build_app
from services.ingest.tenants import KeyRights, default_workspace_id, found_organization, issue_key
from shared.blobs.connect import connect_blobs
from shared.blobs.port import Blobs
from shared.broker.connect import connect_broker
from shared.broker.port import Broker
from shared.config import Settings
from shared.http.keys import generate_key
from shared.models.tenancy import Licence, Scope
from shared.stages.context import Runtime
from shared.stages.outbox import Outbox
from shared.store.connect import connect_store
from shared.store.port import Store, Tenant

SECRET = b"a secret of thirty-two bytes or more"
ALL_BUT_OPERATE = (Scope.READ, Scope.WRITE, Scope.ADMIN)


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


@dataclass
class Gateway:
    """A running gateway and what it runs on."""

    url: str
    settings: Settings
    store: Store
    blobs: Blobs
    broker: Broker
    outbox: Outbox
    registry: CollectorRegistry
    clients: list[aiohttp.ClientSession] = field(default_factory=list)

    def client(self, key: str | None = None) -> aiohttp.ClientSession:
        """A client of ``/api/v1`` with this key."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
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
        key = await self.key(organization.id, KeyRights("all", ALL_BUT_OPERATE))
        return Caller(organization.id, key, self.client(key))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        _env_file=None,
        data_dir=tmp_path,
        max_file_bytes=1024 * 1024,
        max_files=20,
        wait_limit=10.0,
    )


@pytest.fixture
async def gateway(settings: Settings) -> AsyncIterator[Gateway]:
    async with running(settings) as gateway:
        yield gateway


class running:  # noqa: N801 - used like a function
    """``async with running(settings) as gateway``: start, then stop in order."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def __aenter__(self) -> Gateway:
        store = connect_store(self._settings.store)
        broker = connect_broker(self._settings.broker_url)
        blobs = connect_blobs(self._settings.blobs)
        for port in (store, broker, blobs):
            await port.open()
        registry = CollectorRegistry()
        outbox = Outbox(Runtime(store, broker))
        parts = GatewayParts(
            settings=self._settings,
            secret=SECRET,
            store=store,
            broker=broker,
            blobs=blobs,
            outbox=outbox,
            types=built_in(),
            registry=registry,
        )
        self._runner = web.AppRunner(build_app(parts), access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        url = f"http://127.0.0.1:{port}"
        self._gateway = Gateway(url, self._settings, store, blobs, broker, outbox, registry)
        return self._gateway

    async def __aexit__(self, *_: object) -> None:
        for client in self._gateway.clients:
            await client.close()
        await self._runner.cleanup()
        await self._gateway.outbox.drain(1.0)
        for port in (self._gateway.broker, self._gateway.blobs, self._gateway.store):
            await port.close()
        await asyncio.sleep(0)


@pytest.fixture
async def alice(gateway: Gateway) -> Caller:
    return await gateway.caller("alice")


@pytest.fixture
async def bob(gateway: Gateway) -> Caller:
    return await gateway.caller("bob")
