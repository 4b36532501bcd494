"""Kill -9 while a container is unpacked: after the restart each child is there, once."""

from pathlib import Path

import pytest

from tests.e2e.api import Api
from tests.e2e.embedded import Up
from tests.samples.invoices import Invoice, invoice_pdf
from tests.samples.mails import attached, mail, text_part

pytestmark = pytest.mark.slow

FILES = 4


async def test_killed_between_two_children(tmp_path: Path) -> None:
    parts = [
        attached(f"{number}.pdf", invoice_pdf(Invoice(number=f"C-{number}")))
        for number in range(FILES)
    ]
    with Up(tmp_path / "data", DOCSTAGE_FAILPOINTS="unpack.child=kill@2") as up:
        async with Api(up.url, up.key) as api:
            made = await api.upload(mail(text_part(), *parts), "four.eml")
        assert up.wait() == -9
    with Up(tmp_path / "data") as up:
        async with Api(up.url, up.key) as api:
            container = await api.finished(made["id"])
            children = container["container"]["children"]
            assert [it["name"] for it in children] == [f"{it}.pdf" for it in range(FILES)]
            listed = await api.get("/api/v1/documents", parent=made["id"])
            assert {it["id"] for it in listed["documents"]} == {it["id"] for it in children}
            assert len(listed["documents"]) == FILES
            for child in children:
                document = await api.finished(child["id"])
                assert document["state"] in ("ready", "needs_review"), document
                assert (document["sequence"], document["revision"]) == (5, 1)
