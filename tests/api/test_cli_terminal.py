"""What a person at a terminal sees of ``docstage submit``."""

import asyncio
import json
import re
from pathlib import Path

import pytest

from tests.api.command import Command, accepted
from tests.api.harness import PDF, Caller, Gateway
from tests.api.terminal import Terminal


@pytest.fixture
def docstage(gateway: Gateway, alice: Caller, tmp_path: Path) -> Command:
    return Command(tmp_path, URL=gateway.url, KEY=alice.key)


async def finish(
    gateway: Gateway, caller: Caller, count: int, terminal: Terminal, bar: str, **fields: str
) -> None:
    """Finish so many documents once a bar says ``bar``."""
    found = await accepted(gateway, caller, count)
    await terminal.shows(bar)
    for document in found:
        await gateway.finish(caller, document.id, **fields)


async def test_one_document_has_a_bar_and_then_a_card(
    docstage: Command, gateway: Gateway, alice: Caller, tmp_path: Path
) -> None:
    (tmp_path / "receipt.pdf").write_bytes(PDF)
    terminal = Terminal()
    process = await docstage.start("submit", "receipt.pdf", out=terminal.side, err=terminal.side)
    reading = asyncio.create_task(asyncio.to_thread(terminal.read))
    await finish(gateway, alice, 1, terminal, "waiting|received", company="COFFEE", total="12.50")
    assert await process.wait() == 0
    seen = await reading
    assert re.search(r"receipt\.pdf +━+ +(waiting|received)", seen)
    card = seen[seen.rindex("receipt.pdf") :]
    assert re.match(r"receipt\.pdf  ready  receipt 93%  2 pages  \d+\.\d s", card)
    assert re.search(r"total +12\.50 +90%", card)


async def test_many_documents_have_a_bar_for_all_and_end_in_a_table(
    docstage: Command, gateway: Gateway, alice: Caller, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    for name in ("a.pdf", "b.pdf"):
        (tmp_path / "in" / name).write_bytes(PDF)
    (tmp_path / "in" / "empty.pdf").write_bytes(b"")
    terminal = Terminal()
    process = await docstage.start("submit", "in", out=terminal.side, err=terminal.side)
    reading = asyncio.create_task(asyncio.to_thread(terminal.read))
    await finish(gateway, alice, 2, terminal, "1/3, 1 failed", total="12.50")
    assert await process.wait() == 1
    seen = await reading
    assert re.search(r"all files +[━╸╺]+ +1/3, 1 failed", seen)
    table = seen[seen.rindex("File ") :]
    assert re.search(r"a\.pdf +ready +receipt +total 12\.50 90% +2 +\d+\.\d s", table)
    assert re.search(r"empty\.pdf +rejected +FILE_EMPTY", table)
    assert "3 files: 2 ready, 1 rejected" in table


async def test_bars_do_not_get_into_the_json(
    docstage: Command, gateway: Gateway, alice: Caller, tmp_path: Path
) -> None:
    (tmp_path / "a.pdf").write_bytes(PDF)
    terminal = Terminal()
    process = await docstage.start("submit", "a.pdf", "--json", err=terminal.side)
    reading = asyncio.create_task(asyncio.to_thread(terminal.read))
    await finish(gateway, alice, 1, terminal, "waiting|received")
    out, _ = await process.communicate()
    assert process.returncode == 0
    assert [it["state"] for it in json.loads(out)] == ["ready"]
    assert "a.pdf" in await reading
