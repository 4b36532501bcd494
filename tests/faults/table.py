"""The result of the matrix, as lines for a terminal and as a table for the documentation."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from tests.faults.matrix import BOTH
from tests.faults.running import Result, Verdict

_HEAD = (
    "| row | fault | engine | guarded | s | guard | without it | s |",
    "| --- | --- | --- | --- | --: | --- | --- | --: |",
)
_SIDE = 6
"""Cells before those of the run without the guard."""

BEGIN, END = "<!-- faults: begin -->", "<!-- faults: end -->"


def line(result: Result) -> str:
    """One result, with what was found where that is not as it should be."""
    guard = "guarded" if result.guarded else f"without {result.row.guard}"
    sign = "ok " if result.is_as_it_should_be else "BAD"
    head = f"{sign} {result.row.id:4} {result.engine:9} {result.verdict:6} {result.seconds:6.1f} s"
    lines = [f"{head}  {result.row.fault}  [{guard}]"]
    if result.error:
        lines.append(result.error)
    shown = result.violations
    if result.is_as_it_should_be:  # one of each kind tells why
        shown = list({it.invariant: it for it in reversed(result.violations)}.values())
    lines += [f"      {it.invariant} {it.document} {it.what}" for it in shown[:12]]
    return "\n".join(lines)


def markdown(results: Sequence[Result], heading: str, earlier: str = "") -> str:
    """A table with one line for each row and engine.

    Lines of an ``earlier`` table stay where there is no result in place of them, and so do halves
    of lines: what was seen with the guard, and without.
    """
    lines = {_place(it): it for it in earlier.splitlines() if it.startswith("| ")}
    lines = {place: it for place, it in lines.items() if place[1] in BOTH}
    for new in _lines(results):
        before = _cells(lines.get(_place(new), new))
        lines[_place(new)] = _row([*_cells(new)[:_SIDE], *before[_SIDE:]])
    for run in results:
        place = run.row.id, run.engine
        if not run.guarded and place in lines:
            side = [_verdict(run), f"{run.seconds:.0f}"]
            lines[place] = _row([*_cells(lines[place])[:_SIDE], *side])
    ordered = [lines[place] for place in sorted(lines, key=_rank)]
    return "\n".join([heading, "", *_HEAD, *ordered])


def table_in(path: Path) -> str:
    """What stands between the markers."""
    return path.read_text().partition(BEGIN)[2].partition(END)[0]


def _place(line: str) -> tuple[str, str]:
    cells = _cells(line)
    return cells[0], cells[2]


def _cells(line: str) -> list[str]:
    return [it.strip() for it in line.split("|")[1:-1]]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _rank(place: tuple[str, str]) -> tuple[int, str, int, str]:
    row, engine = place
    number = "".join(filter(str.isdigit, row))
    return BOTH.index(engine), row[0], int(number), row  # type: ignore[arg-type]


def _lines(results: Sequence[Result]) -> Iterator[str]:
    ordered = sorted(results, key=lambda it: it.engine, reverse=True)
    for engine, of_engine in groupby(ordered, key=lambda it: it.engine):
        runs = list(of_engine)
        without = {it.row.id: it for it in runs if not it.guarded}
        for run in (it for it in runs if it.guarded):
            off = without.get(run.row.id)
            shown = (_verdict(off), f"{off.seconds:.0f}") if off else ("not run", "")
            cells = [
                run.row.id, run.row.fault, engine, _verdict(run), f"{run.seconds:.0f}",
                f"`{run.row.guard}`", *shown,
            ]  # fmt: skip
            yield _row(cells)


def write_into(path: Path, text: str) -> None:
    """Put the table between its markers; raises ``ValueError`` where there are none."""
    before, begin, rest = path.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{path} has no place for the table")
    path.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}")


def _verdict(result: Result) -> str:
    if result.verdict is Verdict.RED:
        shown = ", ".join(sorted({it.invariant for it in result.violations}))
        return f"red ({shown})" if result.is_as_it_should_be else f"**red** ({shown})"
    return result.verdict if result.is_as_it_should_be else f"**{result.verdict}**"
