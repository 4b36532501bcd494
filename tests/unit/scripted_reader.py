"""Reads "documents" that say what each page does to who reads it, in a child process.

Their first word is a log's path. It is told of each page that is begun, so that a page which is
read twice shows.
"""

import ctypes
import time
from collections.abc import Generator, Sequence
from dataclasses import replace
from pathlib import Path

from services.ocr.results import DocumentInfo, PageResult, ReadOptions
from shared.errors import AttemptFailed, Code
from shared.models.page import Page


def imported() -> None:
    """Called in a child it has loaded this module, which may take longer than a page."""


def each_page(
    path: str, media_type: str, numbers: Sequence[int], options: ReadOptions, embedded: object
) -> Generator[PageResult, None, DocumentInfo | PageResult]:
    log, *deeds = Path(path).read_text().split()
    if deeds[0] == "crash-at-opening":
        ctypes.string_at(0)
    info, begun = DocumentInfo(len(deeds)), time.monotonic()
    wanted = [number for number in numbers if number < len(deeds)]
    for number in wanted:
        with Path(log).open("a") as file:
            file.write(f"{number}\n")
        page = _done(deeds[number], number, Path(log), options.turn_of(number) or 0)
        page = replace(page, info=info) if number == wanted[0] else page
        if number == wanted[-1] or time.monotonic() - begun > options.budget:
            return page
        yield page
    return info


def _done(deed: str, number: int, log: Path, turn: int) -> PageResult:
    error = None
    if deed == "segfault" or (deed == "segfault-once" and begun_pages(log).count(number) == 1):
        ctypes.string_at(0)
    elif deed == "hang":
        time.sleep(600)
    elif deed == "bomb":
        raise MemoryError
    elif deed == "slow":
        time.sleep(0.1)
    elif deed == "bad":
        error = AttemptFailed(Code.PAGE_FAILED)
    rescan = ["the print is too faint"] if deed == "faint" else []
    code = error and error.code.value
    page = Page(number=number, width=1, height=1, rotation=turn, rescan_reasons=rescan, error=code)
    content = page.model_dump_json().encode()
    return PageResult(number, content, 0, page.read_by, code, tuple(rescan))


def begun_pages(log: Path) -> list[int]:
    """The pages that were begun, in order, as often as they were."""
    return [int(line) for line in log.read_text().split()] if log.exists() else []
