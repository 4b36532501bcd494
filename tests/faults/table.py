"""The result of the matrix, as lines for a terminal and as a table for the documentation."""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from tests.faults.running import Result, Verdict

BEGIN, END = "<!-- faults: begin -->", "<!-- faults: end -->"


def line(result: Result) -> str:
    """One result, with what was found where that is not as it should be."""
    guard = "guarded" if result.guarded else f"without {result.row.guard}"
    sign = "ok " if result.is_as_it_should_be else "BAD"
    head = f"{sign} {result.row.id:4} {result.engine:9} {result.verdict:6} {result.seconds:6.1f} s"
    lines = [f"{head}  {result.row.fault}  [{guard}]"]
    if result.error:
        lines.append(result.error)
    shown = result.violations if not result.is_as_it_should_be else result.violations[:1]
    lines += [f"      {it.invariant} {it.document} {it.what}" for it in shown[:12]]
    return "\n".join(lines)


def markdown(results: Sequence[Result], heading: str) -> str:
    """A table with one line for each row and engine."""
    lines = [
        heading,
        "",
        "| row | fault | engine | guarded | s | guard | without it | s |",
        "| --- | --- | --- | --- | --: | --- | --- | --: |",
    ]
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
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


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
