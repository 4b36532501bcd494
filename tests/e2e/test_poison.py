"""Hostile files among good ones: each costs itself, or its page, and nothing else."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.e2e.api import Api
from tests.e2e.embedded import Up
from tests.samples import hostile
from tests.samples.pages import drawn_page, encoded, scan_pdf, text_pdf
from tests.samples.scans import scan_file, scanned_page

PAGE_SECONDS = 6.0
WELL = {"ready", "needs_review"}
FAILING = {
    "endless.pdf": (hostile.endless_page_pdf, "NO_PAGE_READABLE"),
    "circular.pdf": (hostile.circular_pdf, "NO_PAGE_READABLE"),
    "deep.pdf": (hostile.deep_pdf, "NO_PAGE_READABLE"),
    "bomb.png": (hostile.png_bomb, "FILE_TOO_LARGE"),
}


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    environment = {
        "DOCSTAGE_OCR_ENGINE": "fast",
        "DOCSTAGE_WORKERS": "2",
        "DOCSTAGE_PAGE_TIMEOUT": str(PAGE_SECONDS),
    }
    with Up(tmp_path_factory.mktemp("up") / "data", **environment) as up:
        yield up


async def _stays_ready(api: Api) -> None:
    while True:
        assert (await api.content("/readyz"))[0] == 200
        await asyncio.sleep(0.2)


def _small_page(number: int) -> bytes:
    return scanned_page(number, lines=3, words=4)


async def test_poison_costs_itself_and_the_good_ones_beside_it_are_read(api: Api) -> None:
    watch = asyncio.create_task(_stays_ready(api))
    poison = {name: await api.upload(make(), name) for name, (make, _) in FAILING.items()}
    good = [
        await api.upload(content, f"good-{number}.pdf")
        for number in range(3)
        for content in (text_pdf(pages=2), scan_file([_small_page(number)]))
    ]
    good.append(await api.upload(encoded(drawn_page(), "PNG"), "good.png"))
    for uploaded in good:
        document = await api.finished(uploaded["id"])
        assert document["state"] in WELL, document
        assert not [it for it in document["warnings"] if "could not be read" in it]
    for name, (_, code) in FAILING.items():
        document = await api.finished(poison[name]["id"])
        assert (name, document["state"], document["error"]["code"]) == (name, "failed", code)
    assert not watch.done()
    watch.cancel()
    await asyncio.gather(watch, return_exceptions=True)


async def test_a_bad_page_costs_that_page_and_is_named(api: Api) -> None:
    """One that cannot be parsed, and one that takes longer to draw than allowed."""
    first, last = scan_file([_small_page(0), _small_page(1)]), scan_pdf(drawn_page())
    content = hostile.joined(first, hostile.deep_pdf(), last, hostile.endless_page_pdf(), last)
    uploaded = await api.upload(content, "mixed.pdf")
    document = await api.finished(uploaded["id"])
    assert document["state"] in WELL, document
    assert (document["pages"], document["pages_done"]) == (6, 6)
    assert sorted(it for it in document["warnings"] if "could not be read" in it) == [
        "Page 3 could not be read: PAGE_FAILED.",
        "Page 5 could not be read: TIMED_OUT.",
    ]
    for number in (0, 1, 3, 5):
        page = await api.get(f"/api/v1/documents/{document['id']}/pages/{number}")
        assert (page["read_by"], page["error"], bool(page["words"])) == ("ocr", None, True)
