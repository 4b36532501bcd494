"""What a submission ends with: a card for one document, a table for many, lines, JSON."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from services.cli.contents import child_lines, contents, short_contents
from services.cli.items import Item, full_name, short_name
from services.cli.printable import printable
from services.cli.styles import confidence_style, percent, state_style, state_words
from services.cli.submission import Outcome
from services.cli.tables import bare_table
from services.cli.views import FINE_STATES, DocumentView, FieldView, Trouble

_KEY_FIELDS = (
    *("invoice_number", "supplier_name", "company", "invoice_date", "date"),
    *("total_amount", "total", "amount_due", "currency"),
)
"""The fields that say most of a document; those of other types come in their order."""
_SHOWN_FIELDS = 4
_SHOWN_CHARACTERS = 60


def as_json(outcomes: Sequence[Outcome]) -> str:
    """The results in order, as one JSON document; documents as the server sent them."""
    return json.dumps([_json_of(it) for it in outcomes], indent=2, ensure_ascii=False)


def as_line(outcome: Outcome) -> str:
    """One result as fields between tabs: file, state, type, pages, seconds, id, the rest.

    And behind it such a line for each document that was in it.
    """
    document = outcome.document
    cells = [
        printable(full_name(outcome.path)),
        outcome.state,
        document.type.name if document and document.type else "-",
        str(document.pages) if document and document.pages is not None else "-",
        f"{outcome.seconds:.1f}",
        document.id if document else "-",
    ]
    if outcome.problem:
        cells.append(printable(f"{outcome.problem.code}: {outcome.problem.detail}"))
    elif document:
        cells += [f"{name}={_plain(field)}" for name, field in key_fields(document)]
    lines = ["\t".join(cells)]
    if document and document.container:
        lines += child_lines(full_name(outcome.path), document.container)
    return "\n".join(lines)


def as_display(outcomes: Sequence[Outcome], *, waited: bool) -> RenderableType:
    """All results for a terminal."""
    if len(outcomes) == 1 and outcomes[0].document and waited:
        return _card(outcomes[0], outcomes[0].document)
    table = _results_table(outcomes) if waited else _sent_table(outcomes)
    return Group(table, _summary(outcomes))


def key_fields(document: DocumentView) -> list[tuple[str, FieldView]]:
    """A few fields that tell what the document is about."""
    fields = document.single_fields
    known = [name for name in _KEY_FIELDS if name in fields]
    names = known + [name for name in fields if name not in known]
    return [(name, fields[name]) for name in names[:_SHOWN_FIELDS]]


def _json_of(outcome: Outcome) -> dict[str, Any]:
    trouble = outcome.problem
    return {
        "file": full_name(outcome.path),
        "state": outcome.state,
        "seconds": round(outcome.seconds, 3),
        "document": outcome.document.raw if outcome.document else None,
        "error": trouble.model_dump() if trouble else None,
    }


def _results_table(outcomes: Sequence[Outcome]) -> Table:
    folder = _common_folder([it.path for it in outcomes])
    table = bare_table()
    table.add_column("File", overflow="fold")
    table.add_column("State", no_wrap=True)
    table.add_column("Type", no_wrap=True)
    table.add_column("Fields", overflow="fold")
    table.add_column("Pages", justify="right")
    table.add_column("Time", justify="right", no_wrap=True)
    for outcome in outcomes:
        document = outcome.document
        table.add_row(
            _name(folder, outcome),
            _state(outcome),
            Text(printable(document.type.name) if document and document.type else ""),
            _findings(outcome),
            str(document.pages) if document and document.pages is not None else "",
            f"{outcome.seconds:.1f} s",
        )
    return table


def _sent_table(outcomes: Sequence[Outcome]) -> Table:
    folder = _common_folder([it.path for it in outcomes])
    table = bare_table()
    table.expand = True  # only then the ratios hold, which leave the ids the room they need
    table.add_column("File", overflow="fold", ratio=2)
    table.add_column("State", no_wrap=True)
    table.add_column("Document", overflow="fold", ratio=5)
    for outcome in outcomes:
        problem, document = outcome.problem, outcome.document
        last = _problem(problem) if problem else Text(document.id if document else "")
        table.add_row(_name(folder, outcome), _state(outcome), last)
    return table


def _name(folder: Path | None, outcome: Outcome) -> Text:
    return Text(printable(full_name(_within(folder, outcome.path))))


def _common_folder(items: Sequence[Item]) -> Path | None:
    """The folder that all files are in, to be left out where names have little room."""
    try:
        return Path(os.path.commonpath([it.parent for it in items if isinstance(it, Path)]))
    except ValueError:  # some absolute, some not; or URLs only
        return None


def _within(folder: Path | None, item: Item) -> Item:
    if folder is None or not isinstance(item, Path):
        return item
    return item.relative_to(folder)


def _state(outcome: Outcome) -> Text:
    return Text(state_words(outcome.state), style=state_style(outcome.state))


def _findings(outcome: Outcome) -> Text:
    if outcome.problem:
        return _problem(outcome.problem)
    if outcome.document is not None and outcome.document.container is not None:
        return short_contents(outcome.document.container)
    lines = []
    for name, field in key_fields(outcome.document) if outcome.document else ():
        line = Text.assemble((f"{printable(name)} ", "dim"), _value(field))
        if field.confidence is not None:
            line.append(f" {percent(field.confidence)}", confidence_style(field.confidence))
        lines.append(line)
    return Text("\n").join(lines)


def _problem(problem: Trouble) -> Text:
    return Text.assemble((printable(problem.code), "red"), f" {printable(problem.detail)}")


def _summary(outcomes: Sequence[Outcome]) -> Text:
    counts: dict[str, int] = {}
    for outcome in outcomes:
        counts[outcome.state] = counts.get(outcome.state, 0) + 1
    text = Text("\n")
    noun = "file" if len(outcomes) == 1 else "files"
    text.append(f"{len(outcomes)} {noun}", "bold")
    text.append(": ")
    words = [
        Text(f"{count} {state_words(state)}", state_style(state))
        for state, count in sorted(counts.items(), key=lambda it: -it[1])
    ]
    return text.append(Text(", ").join(words))


def _card(outcome: Outcome, document: DocumentView) -> RenderableType:
    name = printable(short_name(outcome.path))
    head = Text.assemble((name, "bold"), "  ", _state(outcome))
    if document.type:
        head.append(f"  {printable(document.type.name)}")
        if document.type.confidence is not None:
            head.append(f" {percent(document.type.confidence)}", "dim")
    if document.pages is not None:
        head.append(f"  {document.pages} page{'' if document.pages == 1 else 's'}")
    head.append(f"  {outcome.seconds:.1f} s")
    parts: list[RenderableType] = [head, Text(document.id, "dim")]
    if outcome.problem:
        parts.append(_problem(outcome.problem))
    if document.single_fields:
        parts.append(Padding(_fields_table(document), (1, 0, 0, 0)))
    for name, rows in document.tables.items():
        parts.append(Padding(_rows_table(name, rows), (1, 0, 0, 0)))
    if document.container is not None:
        parts.append(contents(document.container))
    elif document.state in FINE_STATES and not document.fields:
        parts.append(Text("No fields were found.", "dim"))
    parts += [Text(f"warning: {printable(it)}", "yellow") for it in document.warnings]
    if document.review.needed:
        parts.append(Text("\n").append(_review(document)))
    return Group(*parts)


def _fields_table(document: DocumentView) -> Table:
    table = bare_table()
    table.add_column("Field", style="dim", no_wrap=True)
    table.add_column("Value", overflow="fold")
    table.add_column("Confidence", justify="right")
    for name, field in document.single_fields.items():
        table.add_row(printable(name), _value(field, whole=True), _confidence(field))
    return table


def _rows_table(name: str, rows: list[dict[str, FieldView]]) -> Table:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    table = bare_table()
    table.title = printable(name)
    table.title_style, table.title_justify = "bold", "left"
    for column in columns:
        table.add_column(printable(column), overflow="fold")
    for row in rows:
        table.add_row(*(_value(row[it], whole=True) if it in row else Text() for it in columns))
    return table


def _review(document: DocumentView) -> Text:
    text = Text("A person should look", "yellow")
    reasons = [
        f"{it.get('field') or it.get('code', '')}: {it.get('detail') or it.get('code', '')}"
        for it in document.review.reasons
    ]
    return text.append(f" ({printable('; '.join(reasons))})" if reasons else "", "")


def _confidence(field: FieldView) -> Text:
    if field.confidence is None:
        return Text()
    return Text(percent(field.confidence), confidence_style(field.confidence))


def _value(field: FieldView, *, whole: bool = False) -> Text:
    text = _written(field)
    if not whole and len(text) > _SHOWN_CHARACTERS:
        text = f"{text[: _SHOWN_CHARACTERS - 1]}…"
    return Text(text)


def _plain(field: FieldView) -> str:
    if field.confidence is None:
        return _written(field)
    return f"{_written(field)} ({percent(field.confidence)})"


def _written(field: FieldView) -> str:
    value = field.value
    if isinstance(value, str):
        return printable(value)
    return printable(json.dumps(value, ensure_ascii=False, default=str))


def show(outcomes: Sequence[Outcome], console: Console, *, waited: bool) -> None:
    """Print all results on a terminal."""
    console.print(as_display(outcomes, waited=waited))
