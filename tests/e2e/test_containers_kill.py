"""Kill -9 while a container is unpacked: after the restart each child is there, once."""

from pathlib import Path

import pytest

from tests.e2e.api import Api
from tests.e2e.embedded import Up
from tests.samples.mails import PDF, attached, mail, text_part

pytestmark = pytest.mark.slow

FILES = 4


async def test_killed_between_two_children(tmp_path: Path) -> None:
    parts = [attached(f"{number}.pdf", PDF + b"%" * number) for number in range(FILES)]
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
            assert container["sequence"] == 2, "received and ready, each told once"
