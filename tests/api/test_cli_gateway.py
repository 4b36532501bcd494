"""The command as a process of its own, against the gateway on a real socket.

No stages run here: a test moves documents on itself where that is what it is about.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from services.ingest.tenants import KeyRights
from shared.models.document import Document, DocumentState
from shared.models.extraction import Extraction, Field, TypeGuess
from shared.models.tenancy import Licence, Scope
from shared.models.work import Problem
from shared.store.collections import DOCUMENTS, EXTRACTIONS
from shared.store.port import Query

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
TEXT = b"only a note"


@dataclass
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Command:
    """Runs ``docstage`` with nothing but the given settings, in a folder of its own."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self._folder = folder
        own = {f"DOCSTAGE_{name}": value for name, value in settings.items()}
        kept = {it: value for it, value in os.environ.items() if not it.startswith("DOCSTAGE_")}
        self._environment = {**kept, **own}

    async def start(self, *words: object) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "services.cli"),
            *(str(it) for it in words),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=self._folder,
            env={**self._environment, "PYTHONPATH": os.pathsep.join(sys.path)},
        )

    async def __call__(self, *words: object) -> Ended:
        return await ended(await self.start(*words))


async def ended(process: asyncio.subprocess.Process) -> Ended:
    async with asyncio.timeout(120):
        out, err = await process.communicate()
    assert process.returncode is not None
    result = Ended(process.returncode, out.decode(), err.decode())
    assert "Traceback" not in result.err, result.err
    return result


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.pdf").write_bytes(PDF)
    (folder / "b.txt").write_bytes(TEXT)
    (folder / "sub" / "c.pdf").write_bytes(PDF + b"c")
    (folder / "a.expected.json").write_text("{}")
    return folder


@pytest.fixture
def docstage(gateway, alice, tmp_path):
    return Command(tmp_path, URL=gateway.url, KEY=alice.key)


@contextlib.asynccontextmanager
async def stages(gateway, alice, change) -> AsyncIterator[None]:
    """Move each of alice's documents on with ``change``, as the stages would."""
    documents = gateway.store.of(alice.tenant, DOCUMENTS)

    async def work() -> None:
        while True:
            for document in await documents.page(Query(), None, 100):
                changed = await change(document)
                if changed is not None:
                    await documents.replace(changed)
            await asyncio.sleep(0.05)

    task = asyncio.create_task(work())
    try:
        yield
    finally:
        assert not task.done(), task.exception()
        task.cancel()


async def test_a_folder_is_sent_and_told_of_in_order(docstage, alice, files):
    result = await docstage("submit", files, "--no-wait", "--json", "--reference", "r1", "--low")
    assert result.code == 1, "one file was rejected"
    assert [Path(it["file"]).name for it in result.json] == ["a.pdf", "b.txt", "c.pdf"]
    assert [it["state"] for it in result.json] == ["received", "rejected", "received"]
    assert result.json[1]["error"]["code"] == "FILE_TYPE_NOT_SUPPORTED"
    document = result.json[2]["document"]
    assert document["reference"] == "r1"
    async with alice.client.get(document["links"]["original"]) as answer:
        assert await answer.read() == PDF + b"c"
    assert "Skipping 1 files that are no documents (.json)" in result.err


async def test_without_a_terminal_each_file_is_a_line(docstage, files):
    result = await docstage("submit", "--no-wait", files / "sub", files / "a.pdf")
    assert result.code == 0, result.err
    lines = [it.split("\t") for it in result.out.splitlines()]
    assert {(Path(it[0]).name, it[1]) for it in lines} == {
        ("a.pdf", "received"),
        ("c.pdf", "received"),
    }
    assert "\x1b" not in result.out + result.err


async def test_documents_are_followed_to_their_end(docstage, gateway, alice, files):
    extractions = gateway.store.of(alice.tenant, EXTRACTIONS)
    looks: dict[str, int] = {}

    async def change(document: Document) -> Document | None:
        looks[document.id] = looks.get(document.id, 0) + 1
        if looks[document.id] == 1:
            return document.copy_with(state=DocumentState.READING, pages=2)
        if looks[document.id] != 30:  # well after the answer to the upload
            return None
        if document.size > len(PDF):
            problem = Problem(code="NO_PAGE_READABLE", detail="Not one page could be read.")
            return document.copy_with(state=DocumentState.FAILED, error=problem)
        found = Extraction(
            organization=document.organization,
            workspace=document.workspace,
            document=document.id,
            revision=1,
            fields={"total": Field(value="12.50", raw="12,50", confidence=0.97)},
        )
        await extractions.insert(found)
        guess = TypeGuess(name="receipt", confidence=0.9)
        return document.copy_with(state=DocumentState.READY, extraction=found.id, type=guess)

    async with stages(gateway, alice, change):
        result = await docstage("submit", files / "a.pdf", files / "sub" / "c.pdf", "--json")
    assert result.code == 1
    good, bad = result.json
    assert good["state"] == "ready"
    assert good["document"]["fields"]["total"]["value"] == "12.50"
    assert good["error"] is None
    assert bad["state"] == "failed"
    assert bad["error"] == {"code": "NO_PAGE_READABLE", "detail": "Not one page could be read."}
    looks.clear()
    async with stages(gateway, alice, change):
        result = await docstage("submit", files / "a.pdf")
    assert result.code == 0, result.err
    assert result.out.rstrip("\n").split("\t")[1:4] == ["ready", "receipt", "2"]
    assert result.out.rstrip("\n").endswith("\ttotal=12.50 (97%)")


async def test_what_is_not_done_in_time_is_no_success(docstage, files):
    result = await docstage("submit", files / "a.pdf", "--timeout", "0", "--json")
    assert result.code == 1
    assert result.json[0]["state"] == "received"
    assert result.json[0]["error"]["code"] == "STILL_RUNNING"


async def test_a_document_removed_meanwhile_ends_the_wait(docstage, gateway, alice, files):
    process = await docstage.start("submit", files / "a.pdf", "--json")
    documents = gateway.store.of(alice.tenant, DOCUMENTS)
    while not (found := await documents.page(Query(), None, 1)):
        await asyncio.sleep(0.05)
    async with alice.client.delete(f"/api/v1/documents/{found[0].id}") as answer:
        assert answer.status == 204
    result = await ended(process)
    assert result.code == 1
    assert result.json[0]["error"]["code"] == "NOT_FOUND"


async def test_after_ctrl_c_the_accepted_files_are_told(docstage, gateway, alice, files):
    process = await docstage.start("submit", files / "a.pdf", files / "sub", "--json")
    documents = gateway.store.of(alice.tenant, DOCUMENTS)
    while len(await documents.page(Query(), None, 5)) < 2:
        await asyncio.sleep(0.05)
    await asyncio.sleep(1.5)  # the answers to the uploads come after their short wait
    process.send_signal(signal.SIGINT)
    result = await ended(process)
    assert result.code == 130
    assert {it["document"]["id"] for it in result.json} == {
        it.id for it in await documents.page(Query(), None, 5)
    }
    assert "2 of 2 files were accepted" in result.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--type", "nonsense"), "docstage: UNKNOWN_TYPE: "),
        (("--workspace", "nonsense"), "docstage: UNKNOWN_WORKSPACE: "),
        (("--key", "x" * 40), "docstage: WRONG_AUTH: Authorization refused. No such key. Give"),
        (("--url", "http://127.0.0.1:9"), "docstage: No server answers at http://127.0.0.1:9. "),
        (("--url", "nowhere"), "docstage: 'nowhere' is no server address"),
    ],
)
async def test_what_concerns_all_files_is_one_line_and_exit_code_2(docstage, files, words, said):
    result = await docstage("submit", files / "a.pdf", *words)
    assert result.code == 2
    assert result.out == ""
    assert result.err.startswith(said)
    assert result.err.count("\n") == 1


async def test_without_a_key_that_of_the_local_data_folder_is_used(gateway, alice, files, tmp_path):
    docstage = Command(tmp_path, URL=gateway.url, DATA_DIR=str(tmp_path / "own"))
    result = await docstage("submit", files / "a.pdf", "--no-wait")
    assert result.code == 2
    assert result.err == "docstage: No API key: give one with --key or DOCSTAGE_KEY.\n"
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "admin-key").write_text(alice.key + "\n")
    result = await docstage("submit", files / "a.pdf", "--no-wait")
    assert result.code == 0, result.err


async def test_keys_are_made_used_listed_and_revoked(docstage, alice, bob, gateway, files):
    async with alice.client.post("/api/v1/workspaces", json={"name": "bills"}) as answer:
        bills = (await answer.json())["id"]
    made = await docstage("keys", "create", "scanner", "--workspace", "bills", "--expires", "90d")
    assert made.code == 0, made.err
    key = made.out.strip()
    sent = await docstage("submit", files / "a.pdf", "--no-wait", "--json", "--key", key)
    assert sent.code == 0, sent.err
    assert sent.json[0]["document"]["workspace"] == bills
    (record,) = [
        it for it in (await docstage("keys", "list", "--json")).json if it["name"] == "scanner"
    ]
    assert record["scopes"] == ["documents:read", "documents:write"]
    assert record["expires"] is not None
    assert key not in (await docstage("keys", "list")).out
    others = await docstage("keys", "revoke", record["id"], "--key", bob.key)
    assert (others.code, others.err) == (2, "docstage: NOT_FOUND: There is no such thing.\n")
    revoked = await docstage("keys", "revoke", record["id"])
    assert revoked.code == 0, revoked.err
    assert record["id"] not in (await docstage("keys", "list")).out
    assert record["id"] in (await docstage("keys", "list", "--all")).out
    refused = await docstage("submit", files / "a.pdf", "--no-wait", "--key", key)
    assert refused.code == 2
    assert "WRONG_AUTH" in refused.err


async def test_operators_found_organizations_and_grant_licences(gateway, alice, files, tmp_path):
    rights = KeyRights("operator", (Scope.ADMIN, Scope.OPERATE))
    operator = await gateway.key(alice.organization, rights)
    docstage = Command(tmp_path, URL=gateway.url, KEY=operator)
    made = await docstage("orgs", "create", "acme", "--none", "--json")
    assert made.code == 0, made.err
    assert made.json["licence"] == {"state": "none", "until": None}
    key = (await docstage("keys", "create", "first", "--organization", "acme")).out.strip()
    refused = await docstage("submit", files / "a.pdf", "--no-wait", "--key", key)
    assert refused.code == 2
    assert refused.err.startswith("docstage: NO_LICENCE: ")
    granted = await docstage("orgs", "licence", "acme", "--until", "2999-12-31")
    assert granted.out.split("\t")[:3] == ["acme", "valid", "2999-12-31"]
    sent = await docstage("submit", files / "a.pdf", "--no-wait", "--key", key)
    assert sent.code == 0, sent.err
    listed = await docstage("orgs", "list")
    assert [it.split("\t")[0] for it in listed.out.splitlines()] == ["acme", "alice"]
    missing = await docstage("orgs", "licence", "nobody", "--none")
    assert (missing.code, missing.err) == (2, "docstage: There is no organization 'nobody'.\n")


async def test_an_expired_licence_stops_a_submission(gateway, files, tmp_path):
    carol = await gateway.caller("carol", Licence(granted=False))
    docstage = Command(tmp_path, URL=gateway.url, KEY=carol.key)
    result = await docstage("submit", files, "--no-wait")
    assert result.code == 2
    assert "NO_LICENCE" in result.err


async def test_doctor_names_each_check(docstage, gateway):
    result = await docstage("doctor", "--url", gateway.url)
    assert result.code == 0
    assert f"{gateway.url} is ready" in result.out
    for check in ("store", "blobs", "broker"):
        assert check in result.out
    await gateway.store.close()
    try:
        result = await docstage("doctor", "--json")
        assert result.code == 1
        assert result.json["checks"]["store"]["ok"] is False
    finally:
        await gateway.store.open()


async def test_the_openapi_document_is_printed_or_written(docstage, gateway, tmp_path):
    printed = await docstage("openapi")
    assert printed.code == 0, printed.err
    assert printed.json["openapi"] == "3.1.0"
    written = await docstage("openapi", "--out", tmp_path / "api.json")
    assert (written.code, written.out) == (0, "")
    assert json.loads((tmp_path / "api.json").read_text()) == printed.json


async def test_the_version_needs_no_server(docstage):
    assert (await docstage("version", "--help")).code == 0
    assert (await docstage("version")).out.startswith("docstage ")
