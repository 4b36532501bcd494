"""What extraction was measured to do on one set of documents: figures, table, web page."""

import html
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.table import Table

from benchmarks import forms, resumes
from benchmarks.coverage import coverage, coverage_table
from benchmarks.line_scores import Lines
from benchmarks.reliability_plot import draw_reliability
from benchmarks.scores import Calibration, Tally
from benchmarks.template_scores import TemplateScores
from benchmarks.trust import Pooled, Reviews, review_rate

OwnScores = resumes.ResumeScores | forms.FormScores
Figures = dict[str, Any]


@dataclass
class Report:
    """What was measured on one set."""

    documents: int = 0
    typed: int = 0
    all_right: int = 0
    seconds: float = 0.0
    pages: int = 0
    fields: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    calibration: Calibration = field(default_factory=Calibration)
    lines: Lines = field(default_factory=Lines)
    own: OwnScores | None = None
    pooled: Pooled = field(default_factory=Pooled)
    reviews: Reviews = field(default_factory=Reviews)
    baseline: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    templates: TemplateScores = field(default_factory=TemplateScores)
    missing: int = 0
    causes: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    errors: list[dict[str, Any]] = field(default_factory=list)

    @property
    def trusted(self) -> dict[str, Calibration]:
        """The confidences by what they are of; kinds without any are left out."""
        kinds = {"fields": self.calibration, "values of lines": self.lines.cells}
        if self.own is not None:
            kinds["values"] = self.own.calibration
        return {kind: found for kind, found in kinds.items() if found.outcomes}

    def as_dict(self) -> dict[str, Any]:
        """The figures as JSON."""
        tallies = self.fields.values()
        return {
            "documents": self.documents,
            "type_right": self.typed,
            "all_fields_right": self.all_right,
            "seconds_per_document": round(self.seconds / max(1, self.documents), 4),
            "seconds_per_page": round(self.seconds / max(1, self.pages), 4),
            "fields": {name: tally.as_dict() for name, tally in self.fields.items()},
            "micro": round(sum(t.right for t in tallies) / max(1, sum(t.all for t in tallies)), 4),
            "micro_interval": self.pooled.interval,
            "legible": _legible(self.fields),
            "baseline": {name: tally.as_dict() for name, tally in self.baseline.items()},
            "invoice2data": self.templates.as_dict(),
            "review_rate_for_99": round(review_rate(self.calibration, self.missing), 4),
            "required_fields": self.reviews.as_dict(),
            "line_items": self.lines.as_dict(),
            "calibration": self.calibration.as_dict(),
            "coverage": {kind: coverage(found) for kind, found in self.trusted.items()},
            "own": self.own.as_dict() if self.own else {},
            "causes": {name: dict(counts) for name, counts in self.causes.items()},
            "errors": self.errors,
        }


def table_of(name: str, report: Report) -> Table:
    """For the terminal: a row for each field, beside it plain regular expressions."""
    figures = report.as_dict()
    table = Table(title=f"{name}: {report.documents} documents", title_justify="left")
    for column in (
        "field",
        "right",
        "of",
        "exact",
        "similar",
        "F1",
        "regex",
        "> 0.9",
        "right > 0.9",
        "ECE",
    ):
        table.add_column(column, justify="left" if column == "field" else "right")
    for field_name, tally in report.fields.items():
        sure, baseline = report.calibration.of(field_name), report.baseline.get(field_name)
        table.add_row(
            field_name,
            str(tally.right),
            str(tally.all),
            f"{tally.right / max(1, tally.all):.3f}",
            f"{tally.near / max(1, tally.all):.3f}",
            f"{tally.f1:.3f}",
            f"{baseline.right / tally.all:.3f}" if baseline else "",
            f"{sure.share_above:.2f}",
            f"{sure.right_above:.3f}",
            f"{sure.ece:.3f}",
        )
    for own_name, hits, wanted, recall, f1 in report.own.rows() if report.own else ():
        table.add_row(own_name, hits, wanted, recall, "", f1)
    if report.fields:
        whole = report.calibration.overall
        table.add_section()
        table.add_row(
            "all", "", "", f"{figures['micro']:.3f}", "", "", "", f"{whole.share_above:.2f}",
            f"{whole.right_above:.3f}", f"{whole.ece:.3f}",
        )  # fmt: skip
    table.caption = _summary(report, figures)
    return table


def _summary(report: Report, figures: Figures) -> str:
    speed = f"{1000 * figures['seconds_per_page']:.0f} ms of CPU a page"
    types = f"types right {report.typed}/{report.documents}"
    if not report.fields:
        own = "; ".join(
            f"{name}: {hits} of {wanted}, F1 {f1}"
            for name, hits, wanted, _, f1 in (report.own.rows() if report.own else ())
        )
        sure = "; ".join(f"ECE of {kind} {_ece_of(it)}" for kind, it in report.trusted.items())
        return "; ".join(part for part in (types, own, sure, speed) if part)
    low, high = figures["micro_interval"]
    sure, legible = figures["required_fields"], figures["legible"]
    causes = sum(report.causes.values(), Counter())
    parts = [
        types,
        f"all fields right {report.all_right}",
        f"fields right, 95% interval {low:.3f} to {high:.3f}",
        f"of those read as printed {legible['right']}/{legible['all']}",
        *([str(report.lines)] if report.lines.wanted else []),
        *([str(report.templates)] if report.templates.documents else []),
        f"unflagged required fields right {sure['unflagged_right']:.3f} of {sure['unflagged']}",
        "95% interval {:.3f} to {:.3f}".format(*sure["interval"]),
        *(f"ECE of {kind} {_ece_of(found)}" for kind, found in report.trusted.items()),
        f"looked at for 99% right of the rest {figures['review_rate_for_99']:.2f}",
        "wrong: " + ", ".join(f"{count} {cause}" for cause, count in causes.most_common()),
        speed,
    ]
    return "; ".join(parts)


def _ece_of(found: Calibration) -> str:
    """With its 95% interval, and what would be chance if every confidence were right."""
    (low, high), chance = found.interval, found.by_chance
    return (
        f"{found.overall.ece:.3f} ({low:.3f} to {high:.3f}; by chance alone {chance.mean:.3f}, "
        f"up to {chance.most:.3f})"
    )


def write_page(reports: dict[str, Report], folder: Path) -> None:
    """A web page with all figures in ``folder``; for each kind of values a reliability plot."""
    parts = ["<!doctype html><meta charset=utf-8><title>Extraction</title>", _STYLE]
    for name, report in reports.items():
        figures = report.as_dict()
        parts += [
            f"<h2>{html.escape(name)}: {report.documents} documents</h2>",
            f"<p>{html.escape(_summary(report, figures))}</p>",
            _rows(figures),
        ]
        for kind, found in report.trusted.items():
            picture = f"{name}.png" if kind == "fields" else f"{name}, {kind}.png"
            draw_reliability(found, f"{name}: {kind}", folder / picture)
            parts += [
                f"<h3>confidences of {html.escape(kind)}: ECE {_ece_of(found)}</h3>",
                f"<img src='{html.escape(picture)}' alt='reliability'>",
                coverage_table(found),
            ]
    (folder / "index.html").write_text("\n".join(parts), "utf-8")


_STYLE = """<style>body{font:14px sans-serif;margin:2em}td,th{padding:2px 10px;text-align:right}
td:first-child{text-align:left}tr:nth-child(even){background:#f3f3f3}</style>"""


def _rows(figures: Figures) -> str:
    columns = ("documents", "exact", "similar", "precision", "recall", "f1")
    sure = ("ece", "share_above_0.9", "right_above_0.9")
    head = ["field", *columns, "regex", *(name.replace("_", " ") for name in sure)]
    lines = ["<table><tr>" + "".join(f"<th>{name}</th>" for name in head) + "</tr>"]
    for name, tally in figures["fields"].items():
        trust = figures["calibration"].get(name, {})
        baseline = figures["baseline"].get(name, {}).get("exact", "")
        cells = [name, *(tally[each] for each in columns), baseline]
        cells += [trust.get(each, "") for each in sure]
        lines.append("<tr>" + "".join(f"<td>{html.escape(str(it))}</td>" for it in cells) + "</tr>")
    lines.append("</table>" if figures["fields"] else "</table><p>no single fields</p>")
    return "".join(lines)


def _legible(fields: dict[str, Tally]) -> dict[str, int]:
    """Fields whose print stands among the words as it should, and those of them right."""
    tallies = fields.values()
    return {"all": sum(t.legible for t in tallies), "right": sum(t.legible_right for t in tallies)}
