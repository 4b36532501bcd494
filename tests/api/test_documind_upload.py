"""The Documind dialect: files go up, all or none, and come back."""

import asyncio
import uuid
from datetime import timedelta
from pathlib import Path

import pytest

from services.ingest.dialects.documind import context
from shared.config import Settings
from shared.models.document import DocumentState
from shared.models.time import utc_now
from shared.store.collections import DOCUMENTS
from tests.api.documind_client import Client, client_of
from tests.api.harness import PDF, PNG, Caller, Gateway, form, running


@pytest.fixture
async def ada(gateway: Gateway, alice: Caller) -> Client:
    return client_of(gateway, alice)


async def test_ids_come_back_bare_and_in_order(gateway: Gateway, ada: Client) -> None:
    contents = [PDF + b"%" * number for number in range(6)]
    ids = await ada.upload(*contents)
    assert len(set(ids)) == 6
    for number, identity in enumerate(ids):
        assert str(uuid.UUID(identity)) == identity
        document = await ada.record(gateway, identity)
        assert document.name == f"{number}.pdf"
        assert document.size == len(contents[number])
        assert document.on_request
        async with ada.session.get(f"{context.PREFIX}/documents/{identity}/download") as answer:
            assert await answer.read() == contents[number]
            assert answer.content_type == "application/pdf"


async def test_a_part_needs_no_media_type(ada: Client) -> None:
    body = (
        b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.pdf"\r\n\r\n'
        + PDF
        + b"\r\n--b--\r\n"
    )
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    assert len(await ada.call("POST", "/upload", data=body, headers=headers)) == 1


async def test_one_bad_file_has_none_taken(gateway: Gateway, ada: Client) -> None:
    for bad, word in ((b"hello", "bmp, docx"), (b"", "bad.pdf"), (b"GIF89a" + b"x" * 90, "bmp")):
        files = (("good.pdf", PDF), ("bad.pdf", bad), ("also.png", PNG))
        detail = await ada.refused("POST", "/upload", 400, data=form(*files))
        assert word in detail
    assert (await ada.call("GET", "/documents"))["total"] == 0
    assert gateway.settings.spool.is_dir()
    assert not any(gateway.settings.spool.iterdir())


async def test_too_large_and_too_many(ada: Client) -> None:
    large = form(("a.pdf", PDF), ("b.pdf", PDF + b"%" * 1024 * 1024))
    assert "bytes" in await ada.refused("POST", "/upload", 413, data=large)
    many = form(*((f"{number}.pdf", PDF) for number in range(101)))
    assert "100" in await ada.refused("POST", "/upload", 400, data=many)
    assert (await ada.call("GET", "/documents"))["total"] == 0
    hundred = form(*((f"{number}.pdf", PDF) for number in range(100)))
    assert len(await ada.call("POST", "/upload", data=hundred)) == 100


async def test_fifty_megabytes_are_the_most(tmp_path: Path) -> None:
    """Its own limit, where the server's is higher; and one for the whole call."""
    settings = Settings(_env_file=None, data_dir=tmp_path)
    assert settings.max_file_bytes > context.MAX_FILE_BYTES == 50 * 1024 * 1024
    async with running(settings) as gateway:
        ada = client_of(gateway, await gateway.caller("alice"))
        large = form(("a.pdf", PDF + b"%" * context.MAX_FILE_BYTES))
        await ada.refused("POST", "/upload", 413, data=large)
        headers = {"Content-Length": str(context.MAX_UPLOAD_BYTES + 1)}
        headers["Content-Type"] = "multipart/form-data; boundary=b"
        url = f"{gateway.url}{context.PREFIX}/upload"
        host, port = url.split("/")[2].split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        lines = [
            f"POST {context.PREFIX}/upload HTTP/1.1",
            "Host: x",
            f"X-API-Key: {ada.caller.key}",
        ]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        writer.write("\r\n".join([*lines, "", ""]).encode())
        assert b" 413 " in await reader.readline()
        writer.close()


async def test_a_form_without_files_is_none(ada: Client) -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="note"\r\n\r\nx\r\n--b--\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    assert "files" in await ada.refused("POST", "/upload", 400, data=body, headers=headers)
    await ada.refused("POST", "/upload", 400, json={"files": []})


async def test_what_is_told_of_a_document(gateway: Gateway, ada: Client) -> None:
    (first,) = await ada.upload()
    (second,) = await ada.upload(PDF + b"%")
    listed = await ada.call("GET", "/documents?limit=1")
    assert (listed["total"], listed["skip"], listed["limit"]) == (2, 0, 1)
    assert [it["id"] for it in listed["items"]] == [second]
    rest = await ada.call("GET", "/documents?skip=1")
    assert [it["id"] for it in rest["items"]] == [first]
    told = await ada.call("GET", f"/documents/{first}")
    assert told["original_filename"] == "0.pdf"
    assert told["status"] == "pending"
    document = await ada.record(gateway, first)
    assert document.expires is not None
    kept = document.expires - document.created
    assert timedelta(days=29, hours=23) < kept <= timedelta(days=30, minutes=1)


async def test_a_document_whose_time_is_over_is_gone(gateway: Gateway, ada: Client) -> None:
    documents = gateway.store.of(ada.caller.tenant, DOCUMENTS)
    past = {"expires": utc_now() - timedelta(seconds=1)}
    for changes in (past, {"state": DocumentState.EXPIRED}):
        (identity,) = await ada.upload()
        await documents.change(identity, lambda it, c=changes: it.copy_with(**c))  # type: ignore[misc]
        await ada.refused("POST", f"/schema/{identity}", 404)
        await ada.refused("POST", f"/extract/{identity}", 404, json={})
        await ada.refused("GET", f"/documents/{identity}/download", 404)
        await ada.call("GET", f"/documents/{identity}")
