"""Hostile files through the public API: each ends with the status and code it is to have.

One for each kind of attack that is known of; those that hang or crash their reader are in
``test_poison``. ``docs/hostile-input.md`` says the same in words.
"""

import asyncio
import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pymupdf
import pytest

from benchmarks.odd import Odd, measure, odd_files
from tests.e2e.api import Api
from tests.e2e.embedded import Up
from tests.samples import hostile, hostile_office, office
from tests.samples.pages import encrypted_pdf, text_pdf

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("DOCSTAGE_EVAL_DIR", ROOT.parent / "shared" / "eval"))
WELL = "well"
MOST_BYTES, MOST_PAGES = 9_000_000, 40


@dataclass(frozen=True)
class Attack:
    """A file, and how it is to end: at the door with a status, or as a document.

    ``warning`` stands in one of the document's.
    """

    name: str
    make: Callable[[], bytes]
    ends: int | str
    code: str | None = None
    warning: str = ""


def _owner_only() -> bytes:
    with pymupdf.open(stream=text_pdf()) as document:
        return document.tobytes(encryption=pymupdf.PDF_ENCRYPT_AES_256, owner_pw="o", user_pw="")


def _macros() -> bytes:
    return office.docx("a", kind="docm", more={"word/vbaProject.bin": b"Sub AutoOpen()"})


def _slides() -> bytes:
    return office.compound("PowerPoint Document")


ATTACKS = [
    # Size.
    Attack("large.pdf", lambda: b"%PDF-1.7".ljust(MOST_BYTES + 1), 413, "FILE_TOO_LARGE"),
    Attack("empty.pdf", lambda: b"", 422, "FILE_EMPTY"),
    # Type.
    Attack("behind-junk.pdf", lambda: b"junk\n" * 400 + text_pdf(), 415, "FILE_TYPE_NOT_SUPPORTED"),
    Attack("program.pdf", lambda: b"MZ\x90\x00", 415, "FILE_TYPE_NOT_SUPPORTED"),
    Attack("page.pdf", lambda: b"<html>sign in</html>", 415, "FILE_TYPE_NOT_SUPPORTED"),
    Attack("drawing.svg", lambda: b"<svg onload='x()'/>", 415, "FILE_TYPE_NOT_SUPPORTED"),
    Attack("archive.docx", lambda: office.zipped({"a": "a"}), 415, "FILE_TYPE_NOT_SUPPORTED"),
    Attack("slides.pptx", lambda: office.ooxml("pptx", "<p/>"), 415, "FILE_TYPE_NOT_SUPPORTED"),
    Attack("really.jpg", text_pdf, WELL),
    # Pixels.
    Attack("bomb.png", hostile.png_bomb, "failed", "FILE_TOO_LARGE"),
    Attack("bomb.pdf", hostile.drawing_bomb_pdf, "failed", "FILE_TOO_LARGE"),
    Attack(
        "bomb.tif", hostile.tiff_bomb, WELL, warning="Page 2 could not be read: FILE_TOO_LARGE."
    ),
    # PDF.
    Attack("wide.pdf", hostile.wide_pdf, WELL),
    Attack("long.pdf", lambda: text_pdf(pages=MOST_PAGES + 1), "failed", "TOO_MANY_PAGES"),
    Attack("lying.pdf", hostile.lying_pdf, "failed", "FILE_CORRUPT"),
    Attack("password.pdf", encrypted_pdf, "failed", "FILE_ENCRYPTED"),
    Attack("owner.pdf", _owner_only, WELL),
    Attack("half.pdf", lambda: text_pdf()[:-300], WELL, warning="damaged"),
    Attack("nothing.pdf", lambda: b"%PDF-1.7\n%%EOF", "failed", "FILE_CORRUPT"),
    # Archives and office files.
    Attack("bomb.docx", hostile_office.bomb_docx, "failed", "CONTAINER_TOO_LARGE"),
    Attack("crowded.docx", hostile_office.crowded_docx, "failed", "CONTAINER_TOO_MANY"),
    Attack("overlapping.docx", hostile_office.overlapping_docx, "failed", "FILE_CORRUPT"),
    Attack("locked.docx", hostile_office.locked_docx, "failed", "FILE_ENCRYPTED"),
    Attack("encrypted.docx", lambda: office.compound("EncryptedPackage"), 422, "FILE_ENCRYPTED"),
    Attack("half.docx", lambda: office.docx("a")[:-40], "failed", "FILE_CORRUPT"),
    Attack("hollow.docx", lambda: office.ooxml("docx", "<w/>"), "failed", "FILE_CORRUPT"),
    Attack("nested.docx", hostile_office.nested_docx, "failed", "FILE_CORRUPT"),
    Attack("wide.xlsx", hostile_office.wide_xlsx, WELL, warning="left out"),
    Attack("deep.rtf", lambda: b"{\\rtf1" + b"{" * 99_999, "failed", "FILE_CORRUPT"),
    Attack("deep.html", lambda: b"<html>" + b"<div><table>" * 50_000 + b"a", WELL),
    Attack("old.ppt", _slides, 415, "FILE_TYPE_NOT_SUPPORTED"),
    # Entities, and whatever else is not in the file.
    Attack("entity.docx", hostile_office.quoting_docx, "failed", "FILE_CORRUPT"),
    Attack("laughs.xlsx", hostile_office.laughing_xlsx, "failed", "FILE_CORRUPT"),
    # Macros.
    Attack("macros.docm", _macros, WELL, warning="macros"),
]  # fmt: skip


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    environment = {
        "DOCSTAGE_OCR_ENGINE": "fast",
        "DOCSTAGE_WORKERS": "2",
        "DOCSTAGE_MAX_FILE_BYTES": str(MOST_BYTES),
        "DOCSTAGE_MAX_PAGES": str(MOST_PAGES),
    }
    with Up(tmp_path_factory.mktemp("up") / "data", **environment) as up:
        yield up


async def _sent(api: Api, name: str, content: bytes) -> tuple[int, dict[str, Any]]:
    form = aiohttp.FormData()
    form.add_field("files", content, filename=name)
    async with api.session.post("/api/v1/documents", data=form) as answer:
        return answer.status, await answer.json()


async def _end(api: Api, attack: Attack) -> tuple[int | str, str | None, list[str]]:
    status, body = await _sent(api, attack.name, attack.make())
    if status not in (200, 202):
        return status, body["code"], []
    document = await api.finished(body["documents"][0]["id"])
    well = document["state"] in ("ready", "needs_review")
    code = (document["error"] or {}).get("code")
    return WELL if well else document["state"], code, document["warnings"]


async def test_each_ends_as_it_is_to(api: Api) -> None:
    ends = await asyncio.gather(*(_end(api, it) for it in ATTACKS))
    assert [(it.name, end, code) for it, (end, code, _) in zip(ATTACKS, ends, strict=True)] == [
        (it.name, it.ends, it.code) for it in ATTACKS
    ]
    for attack, (_, _, warnings) in zip(ATTACKS, ends, strict=True):
        assert any(attack.warning in it for it in warnings) or not attack.warning, attack.name


async def test_nothing_that_is_not_in_the_file_is_opened(api: Api, tmp_path: Path) -> None:
    """Neither addresses, where a server waits in vain, nor files of the machine."""
    secret = tmp_path / "secret.png"
    secret.write_text(hostile_office.SECRET)
    with socket.create_server(("127.0.0.1", 0)) as canary:
        canary.setblocking(False)  # noqa: FBT003 (signature of socket)
        url = f"http://127.0.0.1:{canary.getsockname()[1]}/x.png"
        targets = {
            "a": f"../../../../..{secret}",
            "b": str(secret),
            "c": url,
            "d": f"file://{secret}",
        }
        for name, content in (
            ("a.docx", hostile_office.reaching_docx(targets)),
            ("a.html", hostile_office.loading_html(url)),
        ):
            _, body = await _sent(api, name, content)
            document = await api.finished(body["documents"][0]["id"])
            text = (await api.content(f"/api/v1/documents/{document['id']}/text"))[2].decode()
            assert text.strip() == "harmless text"
        with pytest.raises(BlockingIOError):
            canary.accept()


async def test_an_old_word_file_says_what_it_needs_or_is_no_word_file(api: Api) -> None:
    """The stand-in is no Word file, which LibreOffice says too where it is installed."""
    attack = Attack("old.doc", lambda: office.compound("WordDocument"), "failed")
    end, code, _ = await _end(api, attack)
    assert end == "failed"
    assert code in ("CONVERTER_MISSING", "FILE_CORRUPT")


@pytest.mark.eval
async def test_odd_files_of_others_end_as_they_may(api: Api) -> None:
    """Those that are damaged, locked, empty or none; ``make eval-odd`` takes all of them."""
    odds = _quickly_ended()
    assert len(odds) > 20
    ended = await measure(api, odds, at_once=8)
    assert [(it.odd.file.name, it.outcome.told) for it in ended if not it.is_acceptable] == []


def _quickly_ended() -> list[Odd]:
    if not DATA.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"CI needs the evaluation documents; there are none at {DATA}")
        pytest.skip("no evaluation documents")
    return [it for it in odd_files(DATA, ["odd"]) if "ok" not in it.acceptable]
