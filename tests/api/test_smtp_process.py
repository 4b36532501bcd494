"""The SMTP door as a process: killed between message and answer, and under load."""

import smtplib
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.ingest.mail.addresses import Addresses
from services.ingest.tenants import default_workspace_id, found_organization
from shared.models.document import Document
from shared.models.tenancy import Licence
from shared.store.collections import DOCUMENTS, WORKSPACES
from shared.store.connect import connect_store
from shared.store.port import Query, Store, Tenant
from tests.api.smtp_process import SECRET, DoorProcess

MIB = 1024 * 1024
SENDERS = 6
LINE = b"x" * 74 + b"\r\n"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = connect_store(f"sqlite:///{tmp_path}/data/docstage.db")
    (tmp_path / "data").mkdir()
    await store.open()
    yield store
    await store.close()


async def founded(store: Store) -> tuple[Tenant, str]:
    """An organization, and its workspace's address."""
    organization = await found_organization(store, "alice", Licence())
    tenant = Tenant(organization.id)
    workspace = await store.of(tenant, WORKSPACES).get(default_workspace_id(organization.id))
    assert workspace is not None
    return tenant, Addresses(SECRET.encode(), "localhost").write(workspace)


async def documents(store: Store, tenant: Tenant) -> list[Document]:
    return await store.of(tenant, DOCUMENTS).page(Query(), None, 100)


def send(port: int, to: str, size: int = 1000, name: str = "1") -> int:
    with smtplib.SMTP("127.0.0.1", port, timeout=120) as client:
        client.ehlo("client.example.net")
        client.mail("a@example.net")
        client.rcpt(to)
        head = f"Message-ID: <{name}@example.net>\r\n\r\n".encode()
        return client.data(head + LINE * (size // len(LINE)))[0]


async def test_killed_before_it_could_answer_and_sent_again_there_is_one(
    store: Store, tmp_path: Path
) -> None:
    tenant, to = await founded(store)
    for place, name in (("smtp.spooled", "not stored"), ("smtp.stored", "stored")):
        with DoorProcess(tmp_path / "data", DOCSTAGE_FAILPOINTS=f"{place}=kill@1") as door:
            with pytest.raises(smtplib.SMTPServerDisconnected):
                send(door.port, to, name=name)
            assert door.died() == -9
    (stored,) = await documents(store, tenant)
    with DoorProcess(tmp_path / "data") as door:
        for name in ("stored", "not stored", "stored"):
            assert send(door.port, to, name=name) == 250
        assert door.stop() == 0
    there = await documents(store, tenant)
    assert len(there) == 2
    assert stored.id in {it.id for it in there}


async def test_a_disk_that_takes_no_more_is_to_be_tried_again(store: Store, tmp_path: Path) -> None:
    tenant, to = await founded(store)
    inner = f"MAIL FROM:<b@example.com>\r\nRCPT TO:<{to}>\r\nDATA\r\nsmuggled\r\n".encode()
    with DoorProcess(tmp_path / "data", largest_file=2 * MIB) as door:
        with smtplib.SMTP("127.0.0.1", door.port, timeout=60) as client:
            client.ehlo()
            client.mail("a@example.net")
            client.rcpt(to)
            # What comes behind the place where writing failed must not be taken for commands.
            assert client.data(b"\r\n" + LINE * (4 * MIB // len(LINE)) + inner * 1000)[0] == 451
            assert client.noop()[0] == 250, "the rest was read as what it is, and thrown away"
        assert send(door.port, to) == 250
        assert door.stop() == 0
    assert len(await documents(store, tenant)) == 1
    assert list((tmp_path / "data" / "spool").iterdir()) == []


async def test_many_large_messages_at_once_do_not_grow_the_process(
    store: Store, tmp_path: Path
) -> None:
    tenant, to = await founded(store)
    codes: list[int] = []
    with DoorProcess(tmp_path / "data") as door:
        assert send(door.port, to, MIB, "first") == 250
        before = door.memory
        senders = [
            threading.Thread(target=lambda n=n: codes.append(send(door.port, to, 12 * MIB, str(n))))
            for n in range(SENDERS)
        ]
        for it in senders:
            it.start()
        for it in senders:
            it.join()
        growth = door.memory - before
        assert door.stop() == 0
    assert codes == [250] * SENDERS
    assert len(await documents(store, tenant)) == SENDERS + 1
    assert growth < 40 * MIB, f"{SENDERS} messages of 12 MiB took {growth / MIB:.0f} MiB"
