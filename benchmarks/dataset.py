"""Evaluation and training documents: answers, and the words of their pages."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.models.page import Line, Page, Word

_BLANK = 0.6  # of a character's width


@dataclass(frozen=True)
class Document:
    """A document with its answer. ``file`` is ``None`` where only words are known."""

    id: str
    set: str
    type: str
    fields: dict[str, Any]
    file: Path | None
    expected: dict[str, Any]

    @property
    def scored(self) -> list[str]:
        """The fields that can be read from the page."""
        return list(self.expected.get("on_page") or self.fields)

    @property
    def group(self) -> str:
        """The shop or supplier, for splits that keep look-alikes together."""
        name = self.fields.get("company") or self.fields.get("supplier_name") or self.id
        return re.sub(r"[^A-Z]", "", str(name).upper())[:10]


def training_receipts(path: Path) -> list[Document]:
    """The lines of a training file."""
    records = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line]
    return [_document(each["id"], path.stem, None, each) for each in records]


def evaluation(folder: Path, sets: list[str], limit: int | None) -> Iterator[Document]:
    """The documents of ``sets`` (all where empty), at most ``limit`` of each."""
    names = sets or sorted(each.name for each in folder.iterdir() if each.is_dir())
    for name in names:
        answers = sorted((folder / name).glob("*.expected.json"))[:limit]
        for answer in answers:
            stem = answer.name.removesuffix(".expected.json")
            files = [f for f in (folder / name).glob(f"{stem}.*") if f != answer]
            file = next((f for f in files if f.stem == stem), None)
            yield _document(stem, name, file, json.loads(answer.read_text("utf-8")))


def true_pages(document: Document) -> list[Page]:
    """The page of the words given with the answer; lines are cut into words by length."""
    given = document.expected["words"]
    words: list[Word] = []
    lines: list[Line] = []
    for entry in given:
        found = list(_words(entry["text"], entry["box"], len(lines)))
        left, top, right, bottom = entry["box"]
        indexes = list(range(len(words), len(words) + len(found)))
        words.extend(found)
        lines.append(Line(text=entry["text"], x0=left, y0=top, x1=right, y1=bottom, words=indexes))
    size = document.expected.get("image_size") or [
        max((word.x1 for word in words), default=1) + 40,
        max((word.y1 for word in words), default=1) + 40,
    ]
    return [Page(number=0, width=size[0], height=size[1], words=words, lines=lines)]


def _words(text: str, box: list[float], line: int) -> Iterator[Word]:
    parts = text.split()
    x0, y0, x1, y1 = box
    whole = sum(map(len, parts)) + _BLANK * max(0, len(parts) - 1)
    at = 0.0
    for part in parts:
        start, end = x0 + (x1 - x0) * at / whole, x0 + (x1 - x0) * (at + len(part)) / whole
        yield Word(text=part, x0=start, y0=y0, x1=end, y1=y1, line=line)
        at += len(part) + _BLANK


def _document(name: str, group: str, file: Path | None, answer: dict[str, Any]) -> Document:
    fields = answer.get("fields") or {}
    return Document(name, group, answer.get("document_type") or "", fields, file, answer)
