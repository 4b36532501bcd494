"""Pages as other programs read them, kept in a file: some take half a minute a page.

A run that was broken off goes on where it was, and later runs need not read again.
"""

import json
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from benchmarks.dataset import Document
from benchmarks.readers import DISTRIBUTIONS, read_first_page
from benchmarks.reading import MEDIA_TYPES


class Reading(NamedTuple):
    """What a program read on a document's first page, and what that took."""

    text: str
    cpu_seconds: float


class RivalReadings:
    """Readings by program and its version, set and document; ``file`` holds them if given.

    Raises:
        ValueError: ``file`` is there, and is no JSON.
    """

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._kept: dict[str, dict[str, Reading]] = {}
        if file is not None and file.exists():
            for rival, pages in json.loads(file.read_text("utf-8")).get("readings", {}).items():
                self._kept[rival] = {name: Reading(*each) for name, each in pages.items()}

    def read(self, rival: str, document: Document) -> Reading:
        """``document`` as ``rival`` (of ``benchmarks.readers``) reads it, or has read it."""
        pages = self._kept.setdefault(f"{rival} {version(DISTRIBUTIONS[rival])}", {})
        name = f"{document.set}/{document.id}"
        if name not in pages:
            assert document.file is not None
            media_type = MEDIA_TYPES[document.file.suffix.lower()]
            pages[name] = Reading(*read_first_page(rival, str(document.file), media_type))
            self.keep()
        return pages[name]

    def keep(self, figures: object = None) -> None:
        """Write all readings, and the ``figures`` that came of them."""
        if self._file is None:
            return
        content = {"figures": figures, "readings": self._kept}
        written = self._file.with_suffix(".part")
        written.write_text(json.dumps(content, indent=1) + "\n", "utf-8")
        written.replace(self._file)  # whole or not at all, wherever a run is broken off
