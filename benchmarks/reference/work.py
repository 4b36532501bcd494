"""What the bare pipeline's children do with a file: fetch its words, or Docstage's whole work."""

import json
import os
from pathlib import Path

import pymupdf

from services.extract.child import extract_stored
from services.extract.child import warm as warm_extraction
from services.extract.contract import StoredDocument
from services.ocr.reader import read_pages
from services.ocr.results import ReadOptions
from shared.collector import SELDOM, settle_collector

_PDF = "application/pdf"


def words(path: str, out: str) -> int:
    """Read the words of a PDF and store them durably."""
    with pymupdf.open(path) as document:
        found = [page.get_text("words") for page in document]
    durable(Path(out), json.dumps(found).encode())
    return len(found)


def everything(path: str, out: str) -> int:
    """Read and extract as Docstage does, and store what was read durably."""
    pages = [page.json for page in read_pages(path, _PDF, 0, None, ReadOptions()).pages]
    durable(Path(out), b"\n".join(pages))
    return len(extract_stored(StoredDocument(pages), 0.8, "advanced").fields)


def prepare() -> None:
    """Warm up, and set the garbage collector, as our children do."""
    warm_extraction()
    settle_collector(SELDOM)


def durable(path: Path, content: bytes) -> None:
    """Write a file so that it survives: fsync, rename, fsync of the folder."""
    temporary = path.with_suffix(".tmp")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)
