"""How far confidences and quality scores can be believed."""

from collections.abc import Sequence
from statistics import fmean
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from sklearn.metrics import roc_auc_score

BINS = 10
POOR = 0.5  # word F1 below which a page should be scanned again


class PageFigures(NamedTuple):
    """What is said of a page and its words (confidences before and after), and what is true."""

    id: str
    set: str
    before: list[float]
    after: list[float]
    right: list[bool]
    f1: float
    quality: float
    reasons: list[str]


def word_figures(pages: Sequence[PageFigures]) -> dict[str, Any]:
    """By set and for all: words, share right, the figures before and after, reliability."""
    found: dict[str, Any] = {}
    for name in [*sorted({page.set for page in pages}), "all"]:
        members = [page for page in pages if name in {page.set, "all"}]
        right = np.array([it for page in members for it in page.right], np.float64)
        if not len(right):
            continue
        before = np.array([it for page in members for it in page.before])
        after = np.array([it for page in members for it in page.after])
        found[name] = {
            "words": len(right),
            "right": round(float(right.mean()), 4),
            "before": calibration(before, right),
            "after": calibration(after, right),
            "reliability": reliability(after, right),
        }
    return found


def calibration(chances: NDArray[np.float64], right: NDArray[np.float64]) -> dict[str, float]:
    """Expected calibration error, Brier score, and the area under the ROC curve."""
    rows = reliability(chances, right)
    error = sum(row["words"] * abs(row["said"] - row["right"]) for row in rows) / len(right)
    both = 0 < right.mean() < 1
    return {
        "ece": round(error, 4),
        "brier": round(float(np.square(chances - right).mean()), 4),
        "auc": round(float(roc_auc_score(right, chances)), 4) if both else float("nan"),
    }


def reliability(chances: NDArray[np.float64], right: NDArray[np.float64]) -> list[dict[str, float]]:
    """For each tenth that has words: how many, what was said of them, how many are right."""
    bins = np.minimum((chances * BINS).astype(int), BINS - 1)
    return [
        {
            "words": int((bins == index).sum()),
            "said": round(float(chances[bins == index].mean()), 4),
            "right": round(float(right[bins == index].mean()), 4),
        }
        for index in sorted(set(bins.tolist()))
    ]


def page_figures(pages: Sequence[PageFigures]) -> dict[str, Any]:
    """By set and for all: correlation and distance of score and word F1; how the hint does.

    Pages that are cut off are left out of these: what is there may be read well. Of them it
    is told how many are hinted at.
    """
    whole = [page for page in pages if page.set != "drawn_cut"]
    found = {"cut": _hinted([page for page in pages if page.set == "drawn_cut"])}
    for name in [*sorted({page.set for page in whole}), "all"]:
        members = [page for page in whole if name in {page.set, "all"}]
        f1, said = [page.f1 for page in members], [page.quality for page in members]
        varied = len(set(f1)) > 1 and len(set(said)) > 1
        found[name] = {
            "pages": len(members),
            "f1": round(fmean(f1), 4),
            "quality": round(fmean(said), 4),
            "off": round(fmean(abs(a - b) for a, b in zip(f1, said, strict=True)), 4),
            "correlation": round(float(np.corrcoef(f1, said)[0, 1]), 4) if varied else None,
            "poor": sum(value < POOR for value in f1),
            "hints": sum(bool(page.reasons) for page in members),
            "hints_right": sum(bool(page.reasons) and page.f1 < POOR for page in members),
        }
    return found


def _hinted(pages: Sequence[PageFigures]) -> dict[str, int]:
    return {"pages": len(pages), "hints": sum(bool(page.reasons) for page in pages)}


def show(engine: str, report: dict[str, Any]) -> None:
    """Print it."""
    console = Console(width=120)
    table = Table("words of", "number", "right", "ECE", "", "Brier", "", "AUC", "", title=engine)
    for name, each in report["words"].items():
        before, after = each["before"], each["after"]
        pairs = [f"{side[key]:.4f}" for key in before for side in (before, after)]
        table.add_row(name, str(each["words"]), f"{each['right']:.3f}", *pairs)
    console.print(table)
    rows = report["words"]["all"]["reliability"]
    console.print("said:right (words)  " + "  ".join(
        f"{row['said']:.2f}:{row['right']:.2f} ({row['words']})" for row in rows
    ), highlight=False)  # fmt: skip
    pages = dict(report["pages"])
    cut = pages.pop("cut")
    table = Table("pages of", *next(iter(pages.values())), title=engine)
    for name, each in pages.items():
        table.add_row(name, *(str(value) for value in each.values()))
    console.print(table)
    console.print(f"cut off: {cut['hints']} of {cut['pages']} pages are hinted at")
