"""Orientation and skew: pages turned and tilted on purpose, and what reading makes of it.

    python -m benchmarks.geometry --data DIR [--sets a,b] [--limit N] [--json FILE]

``DIR`` holds sets of scanned pages, taken as upright. Each is turned by 0, 90, 180 and 270
degrees, and the turn that brings it back is asked of ``services.ocr.reader``. Then it is
tilted by small angles, and what is found is compared with what was found on the page as it
is, since scans have a tilt of their own.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageOps
from rich.progress import Progress

from benchmarks.dataset import Document, evaluation
from benchmarks.report import Figures, Floor, Report, at_share, middle, parser
from services.ocr.reader import read_page
from services.ocr.results import ReadOptions
from shared.models.page import Page

PICTURES = {".png", ".jpg", ".jpeg", ".tif", ".tiff"}
SETS = "receipts_sroie,forms_funsd"
TURNS = (0, 90, 180, 270)
TILTS = (-3.0, -0.7, 1.6)
MIN_UPRIGHT = 0.95
MAX_SKEW = 0.3
WHITE = 255


@dataclass
class Found:
    """What was found on a set: turns right and wrong, and degrees of tilt missed."""

    right: int = 0
    wrong: list[str] = field(default_factory=list)
    missed: list[float] = field(default_factory=list)

    @property
    def share(self) -> float:
        """Of the turns that were right."""
        return self.right / max(1, self.right + len(self.wrong))


class Geometry:
    """Reads one set's pages in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "page.png"
        self.found = Found()

    def turned(self, name: str, upright: Image.Image) -> None:
        """All four turns of a page."""
        for turn in TURNS:
            page = self._read(upright.rotate(-turn, expand=True))
            if page.rotation == (360 - turn) % 360:
                self.found.right += 1
            else:
                self.found.wrong.append(f"{name} at {turn}: {page.rotation}")

    def tilted(self, upright: Image.Image) -> None:
        """A page tilted clockwise, against the page as it is."""
        own = self._read(upright)
        if own.rotation:
            return
        for tilt in TILTS:
            turned = upright.rotate(
                -tilt, resample=Image.Resampling.BICUBIC, expand=True, fillcolor=WHITE
            )
            self.found.missed.append(abs(self._read(turned).skew - own.skew - tilt))

    def _read(self, picture: Image.Image) -> Page:
        picture.save(self._file)
        return read_page(str(self._file), "image/png", 0, ReadOptions(engine="fast"))


def pages(folder: Path, names: list[str], limit: int | None) -> Iterator[Document]:
    """Documents that are one picture."""
    for document in evaluation(folder, names, limit):
        if document.file is not None and document.file.suffix.lower() in PICTURES:
            yield document


def upright_page(path: Path) -> Image.Image:
    """The picture in grey, as its EXIF data turns it."""
    with Image.open(path) as picture:
        return ImageOps.exif_transpose(picture).convert("L")


def measure(documents: list[Document]) -> dict[str, Found]:
    """What was found, by set."""
    sets: dict[str, Geometry] = {}
    with tempfile.TemporaryDirectory() as folder, Progress(transient=True) as progress:
        bar = progress.add_task("reading", total=len(documents))
        for document in documents:
            assert document.file is not None
            geometry = sets.setdefault(document.set, Geometry(Path(folder)))
            page = upright_page(document.file)
            geometry.turned(document.id, page)
            geometry.tilted(page)
            progress.advance(bar)
    return {name: each.found for name, each in sets.items()}


def _row(name: str, found: Found) -> Figures:
    return {
        "set": name,
        "turned pages": found.right + len(found.wrong),
        "upright again": round(found.share, 3),
        "tilted pages": len(found.missed),
        "degrees missed p50": middle(found.missed),
        "p95": at_share(found.missed, 0.95),
    }


def main() -> None:
    """Run the benchmark."""
    options = parser(__doc__)
    options.add_argument("--data", type=Path, required=True)
    options.add_argument("--sets", default=SETS)
    options.add_argument("--limit", type=int, default=10, help="pages of each set")
    given = options.parse_args()
    names = [name for name in given.sets.split(",") if name]
    sets = measure(list(pages(given.data, names, given.limit)))
    every = Found(
        sum(each.right for each in sets.values()),
        [name for each in sets.values() for name in each.wrong],
        [degrees for each in sets.values() for degrees in each.missed],
    )
    for name in every.wrong:
        print(f"  wrong: {name}")
    report = Report("geometry", {"engine": "fast"}, [_row(*each) for each in sets.items()])
    report.floors.append(Floor("turned pages upright again", every.share, MIN_UPRIGHT))
    skew = at_share(every.missed, 0.9)
    report.floors.append(Floor("degrees of skew missed, p90", skew, MAX_SKEW, at_most=True))
    report.finish(given.json)


if __name__ == "__main__":
    main()
