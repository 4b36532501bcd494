"""``POST /documents`` over a real socket."""

import hashlib

import aiohttp

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 64


def form(*files: tuple[str, bytes], **fields: str) -> aiohttp.FormData:
    data = aiohttp.FormData()
    for name, content in files:
        data.add_field("files", content, filename=name)
    for name, value in fields.items():
        data.add_field(name, value)
    return data


async def test_a_file_becomes_a_document_that_can_be_got(alice, bob):
    async with alice.client.post("/api/v1/documents", data=form(("a.pdf", PDF))) as answer:
        assert answer.status == 202, await answer.text()
        body = await answer.json()
    assert body["rejected"] == []
    (document,) = body["documents"]
    assert document["state"] == "received"
    assert document["name"] == "a.pdf"
    assert document["media_type"] == "application/pdf"
    assert document["size"] == len(PDF)
    assert document["sha256"] == hashlib.sha256(PDF).hexdigest()
    assert document["workspace"] == alice.workspace
    async with alice.client.get(document["links"]["self"]) as answer:
        assert answer.status == 200
        assert (await answer.json())["id"] == document["id"]
    async with bob.client.get(document["links"]["self"]) as answer:
        assert answer.status == 404
        assert await answer.json() == {
            "status": 404,
            "code": "NOT_FOUND",
            "detail": "There is no such thing.",
        }
