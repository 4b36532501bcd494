"""Orientation and skew: pages turned and tilted on purpose, and what reading makes of it.

    python -m benchmarks.geometry [--data DIR] [--sets a,b] [--limit N] [--tilted N] [--json FILE]

``DIR`` holds sets of scanned pages, taken as upright. ``N`` pages of each are turned by 0, 90,
180 and 270 degrees and read, and the turn that brings each back is compared. More of them (all,
unless ``--tilted`` says how many) are tilted by small angles, and the tilt that is found of their
ink is compared. Scans have a tilt of their own: what is missed is told against the median of all
that is found on a page, each less what it was tilted by. Drawn pages have none: what is missed
there is so many degrees in truth.
"""

import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import numpy as np
from PIL import Image, ImageOps
from rich.progress import track

from benchmarks.dataset import Document, evaluation
from benchmarks.drawn_pages import drawn_documents
from benchmarks.report import Figures, Floor, Report, at_share, middle, parser
from services.ocr.engines.ink import ink_mask
from services.ocr.engines.tilt import tilt
from services.ocr.reader import read_page
from services.ocr.results import ReadOptions

PICTURES = {".png", ".jpg", ".jpeg", ".tif", ".tiff"}
DRAWN = "drawn_clean"
SETS = "receipts_sroie,forms_funsd"
TURNS = (0, 90, 180, 270)
TILTS = (-3.0, -0.7, -0.2, 0.0, 0.15, 1.6, 4.0)
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
    def turns(self) -> tuple[int, int]:
        """How many were right, and how many wrong."""
        return self.right, len(self.wrong)

    @property
    def share(self) -> float:
        """Of the turns that were right."""
        return self.right / max(1, sum(self.turns))


def turned(upright: Image.Image, file: Path, name: str, found: Found) -> None:
    """Read all four turns of a page; ``file`` is where they are written."""
    for turn in TURNS:
        upright.rotate(-turn, expand=True).save(file)
        page = read_page(str(file), "image/png", 0, ReadOptions(engine="fast"))
        if page.rotation == (360 - turn) % 360:
            found.right += 1
        else:
            found.wrong.append(f"{name} at {turn}: {page.rotation}")


def tilted(upright: Image.Image, found: Found, *, level: bool) -> None:
    """A page tilted clockwise; a ``level`` one has no tilt of its own."""
    left = [_tilt(upright, degrees) - degrees for degrees in TILTS]
    own = 0.0 if level else median(left)
    found.missed += [abs(each - own) for each in left]


def _tilt(upright: Image.Image, degrees: float) -> float:
    page = upright
    if degrees:
        page = upright.rotate(
            -degrees, resample=Image.Resampling.BICUBIC, expand=True, fillcolor=WHITE
        )
    return tilt(ink_mask(np.asarray(page)))


def pages(folder: Path, names: list[str], limit: int | None) -> Iterator[Document]:
    """Documents that are one picture."""
    for document in evaluation(folder, names, limit):
        if document.file is not None and document.file.suffix.lower() in PICTURES:
            yield document


def upright_page(path: Path) -> Image.Image:
    """The picture in grey, as its EXIF data turns it."""
    with Image.open(path) as picture:
        return ImageOps.exif_transpose(picture).convert("L")


def measure(documents: list[Document], limit: int, folder: Path) -> dict[str, Found]:
    """What was found, by set; ``limit`` pages of each set are turned."""
    sets: dict[str, Found] = {}
    counts: Counter[str] = Counter()
    for document in track(documents, "tilting and turning", transient=True):
        assert document.file is not None
        found = sets.setdefault(document.set, Found())
        page = upright_page(document.file)
        tilted(page, found, level=document.set == DRAWN)
        if counts[document.set] < limit:
            turned(page, folder / "page.png", document.id, found)
        counts[document.set] += 1
    return sets


def _row(name: str, found: Found) -> Figures:
    return {
        "set": name,
        "turned pages": found.right + len(found.wrong),
        "upright again": round(found.share, 3),
        "tilted pages": len(found.missed),
        "degrees missed p50": middle(found.missed),
        "p90": at_share(found.missed, 0.9),
        "p99": at_share(found.missed, 0.99),
        "within 0.3": round(float(np.mean(np.array(found.missed) <= MAX_SKEW)), 3),
    }


def main() -> None:
    """Run the benchmark."""
    options = parser(__doc__)
    options.add_argument("--data", type=Path, default=None)
    options.add_argument("--sets", default=SETS)
    options.add_argument("--limit", type=int, default=10, help="pages of each set to be turned")
    options.add_argument("--tilted", type=int, default=None, help="pages of each set to be tilted")
    given = options.parse_args()
    names = [name for name in given.sets.split(",") if name]
    with tempfile.TemporaryDirectory() as folder:
        documents = [it for it in drawn_documents(Path(folder)) if it.set == DRAWN]
        if given.data is not None:
            documents += pages(given.data, names, given.tilted)
        sets = measure(documents, given.limit, Path(folder))
    for name in (name for each in sets.values() for name in each.wrong):
        print(f"  wrong: {name}")
    report = Report("geometry", {"engine": "fast"}, [_row(*each) for each in sets.items()])
    right, wrong = (sum(each) for each in zip(*(it.turns for it in sets.values()), strict=True))
    share = right / max(1, right + wrong)
    report.floors.append(Floor("turned pages upright again", share, MIN_UPRIGHT))
    skew = max(at_share(each.missed, 0.9) for each in sets.values())
    report.floors.append(
        Floor("degrees of skew missed, p90, worst set", skew, MAX_SKEW, at_most=True)
    )
    report.finish(given.json)


if __name__ == "__main__":
    main()
