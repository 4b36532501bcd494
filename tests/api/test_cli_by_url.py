"""``docstage submit URL``: the server fetches, the command follows."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.cli.items import WebFile, as_item, short_name
from services.cli.selection import select_files
from shared.config import Settings
from shared.store.collections import DOCUMENTS
from tests.api.command import Command
from tests.api.harness import PDF, Caller, Gateway, running
from tests.api.origin import NETWORK, Origin, running_origin


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Gateway]:
    folder = tmp_path / "server"
    settings = Settings(_env_file=None, data_dir=folder, allow_private_targets=NETWORK)
    async with running(settings) as gateway:
        yield gateway


@pytest.fixture
async def origin() -> AsyncIterator[Origin]:
    async with running_origin() as origin:
        yield origin


async def test_urls_are_sent_beside_files(
    gateway: Gateway, alice: Caller, bob: Caller, origin: Origin, tmp_path: Path
) -> None:
    docstage = Command(tmp_path, URL=gateway.url, KEY=alice.key)
    (tmp_path / "b.pdf").write_bytes(PDF)
    url = origin.serve("/in/a.pdf?sig=x%2Fy", PDF)
    words = ("submit", url, "b.pdf", "http://10.0.0.1/c.pdf", "--no-wait", "--json")
    result = await docstage(*words, "--reference", "r-7", "--low")
    assert result.code == 1, "one was refused"
    by_name = {it["file"]: it for it in result.json}
    assert by_name["http://10.0.0.1/c.pdf"]["error"]["code"] == "TARGET_BLOCKED"
    assert by_name["b.pdf"]["document"]["url"] is None
    sent = by_name[url]["document"]
    assert (sent["url"], sent["name"], sent["reference"]) == (url, "a.pdf", "r-7")
    stored = await gateway.store.of(alice.tenant, DOCUMENTS).get(sent["id"])
    assert stored is not None
    assert stored.lane.value == "low"
    assert await gateway.store.of(bob.tenant, DOCUMENTS).get(sent["id"]) is None


async def test_a_url_is_followed_to_its_end(
    gateway: Gateway, alice: Caller, bob: Caller, origin: Origin, tmp_path: Path
) -> None:
    docstage = Command(tmp_path, URL=gateway.url, KEY=bob.key)
    result = await docstage("submit", origin.url("/a.pdf"), "--timeout", "0.5")
    assert result.code == 1
    assert "STILL_RUNNING" in result.out
    assert (await alice.call("GET", "/api/v1/documents", 200))["documents"] == []


def test_what_is_a_url_and_what_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"x")
    words = [
        "https://e.example/a%20b.pdf?x=1",
        str(tmp_path),
        "HTTP://e.example/",
        "https://e.example/",
    ]
    chosen = select_files([as_item(it) for it in (*words, *words)])
    assert chosen.files == [
        WebFile(words[0]),
        tmp_path / "a.pdf",
        WebFile(words[2]),
        WebFile(words[3]),
    ]
    names = [short_name(it) for it in chosen.files]
    assert names == ["a b.pdf", "a.pdf", "HTTP://e.example/", "https://e.example/"]
    assert as_item("http:/a") == Path("http:/a")
    assert short_name(as_item("http://[::1")) == "http://[::1"
