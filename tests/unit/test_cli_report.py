"""What a submission ends with, for terminals and for programs."""

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from services.cli.failures import Unreachable
from services.cli.report import as_json, as_line, key_fields, show
from services.cli.styles import percent
from services.cli.submission import Outcome
from services.cli.views import DocumentView, Trouble, document_view


def field(value: object, confidence: float = 0.97) -> dict[str, Any]:
    return {"value": value, "raw": str(value), "confidence": confidence, "boxes": []}


def document(**changes: Any) -> DocumentView:
    raw = {
        "id": "01a2005a-ba11-7ca2-a22d-8a26527bbbbb",
        "state": "ready",
        "type": {"name": "receipt", "confidence": 0.99},
        "pages": 1,
        "fields": {"total": field("12.50"), "company": field("COFFEE"), "date": field(None)},
        "from_the_future": {"kept": True},
    }
    return document_view({**raw, **changes})


def on_terminal(*outcomes: Outcome, waited: bool = True, width: int = 100) -> str:
    console = Console(file=io.StringIO(), force_terminal=True, no_color=True, width=width)
    show(outcomes, console, waited=waited)
    assert isinstance(console.file, io.StringIO)
    return re.sub(r"\x1b\[[0-9;]*m", "", console.file.getvalue())


REJECTED = Outcome(
    Path("in/notes.txt"), 0.1, None, Trouble(code="FILE_EMPTY", detail="The file has no bytes.")
)


def test_json_holds_the_documents_as_the_server_sent_them() -> None:
    ready = document()
    results = json.loads(as_json([Outcome(Path("in/a.pdf"), 1.23456, ready), REJECTED]))
    assert results == [
        {
            "file": "in/a.pdf",
            "state": "ready",
            "seconds": 1.235,
            "document": ready.raw,
            "error": None,
        },
        {
            "file": "in/notes.txt",
            "state": "rejected",
            "seconds": 0.1,
            "document": None,
            "error": {"code": "FILE_EMPTY", "detail": "The file has no bytes."},
        },
    ]
    assert results[0]["document"]["from_the_future"] == {"kept": True}


def test_a_line_is_one_line_whatever_is_in_the_document() -> None:
    nasty = document(fields={"company": field("two\nlines\tand \x1b[31mred")})
    line = as_line(Outcome(Path("in/a\n.pdf"), 1.0, nasty))
    assert line.split("\t") == [
        "in/a .pdf",
        "ready",
        "receipt",
        "1",
        "1.0",
        nasty.id,
        "company=two lines and \N{REPLACEMENT CHARACTER}[31mred (97%)",
    ]
    assert as_line(REJECTED).endswith("\tFILE_EMPTY: The file has no bytes.")


def test_documents_cannot_steer_the_terminal() -> None:
    nasty = "\x1b]0;title\x07\x1b[2J\u202efdp[red]x[/red]"
    outcome = Outcome(Path(f"in/{nasty}"), 1.0, document(fields={"total": field(nasty)}))
    for shown in (on_terminal(outcome), on_terminal(outcome, outcome)):
        for bad in ("\x1b]", "\x1b[2J", "\x07", "\u202e"):
            assert bad not in shown
        assert "[red]x[/red]" in shown


def test_one_document_is_shown_whole() -> None:
    shown = on_terminal(
        Outcome(
            Path("in/a.pdf"),
            1.0,
            document(
                state="needs_review",
                fields={
                    "total": field("12.50", 0.999),
                    "line_items": [{"description": field("Tea"), "quantity": field("2")}],
                },
                review={"needed": True, "reasons": [{"code": "low_confidence", "field": "total"}]},
                warnings=["page 1 is dark"],
            ),
        )
    )
    for part in ("a.pdf  needs review", "receipt 99%", "1 page", "12.50", "99%", "Tea"):
        assert part in shown
    for part in ("line_items", "quantity", "warning: page 1 is dark", "total: low_confidence"):
        assert part in shown


def test_many_documents_are_a_table_with_what_matters_first() -> None:
    failed = document(state="failed", error={"code": "FILE_CORRUPT", "detail": "Damaged."})
    shown = on_terminal(
        Outcome(Path("in/a.pdf"), 1.0, document()), Outcome(Path("in/b.pdf"), 1.0, failed), REJECTED
    )
    assert shown.index("company COFFEE 97%") < shown.index("total 12.50 97%")
    assert "FILE_CORRUPT Damaged." in shown
    assert "3 files: 1 ready, 1 failed, 1 rejected" in shown
    assert "in/a.pdf" not in shown, "the common folder is left out"
    assert "a.pdf" in shown


def test_ids_are_whole_where_they_are_all_there_is() -> None:
    sent = Outcome(Path("a-rather-long-name-of-a-file-that-needs-room.pdf"), 1.0, document())
    assert document().id in on_terminal(sent, sent, waited=False, width=80)


def test_the_fields_shown_are_found_and_few() -> None:
    many = {f"field_{number}": field("x") for number in range(9)}
    view = document(fields={**many, "total": field("1.00"), "date": field("")})
    assert [name for name, _ in key_fields(view)] == ["total", "field_0", "field_1", "field_2"]


def test_confidence_is_never_rounded_up_to_certainty() -> None:
    assert [percent(it) for it in (0, 0.5, 0.994, 0.9999, 1)] == ["0%", "50%", "99%", "99%", "100%"]


def test_an_answer_that_is_no_document_is_said_to_be_none() -> None:
    with pytest.raises(Unreachable):
        document_view({"hello": "world"})
    assert document(state="of_tomorrow").is_final


CHILDREN = [
    {"id": "1", "name": "a.pdf", "state": "ready", "type": {"name": "invoice"}, "error": None},
    {"id": "2", "name": "b.pdf", "state": "failed", "error": {"code": "FILE_CORRUPT"}},
    {"id": "3", "name": "c.pdf", "state": None, "error": None},
]
CONTAINER = {
    "kind": "email",
    "children": CHILDREN,
    "left_out": [{"name": "logo.png", "code": "INLINE_IMAGE", "detail": ""}],
    "left_out_count": 3,
}


def test_a_container_is_shown_with_what_was_in_it() -> None:
    outcome = Outcome(Path("in/m.eml"), 1.0, document(container=CONTAINER, fields={}, pages=None))
    card = on_terminal(outcome)
    for words in ("a.pdf", "b.pdf", "FILE_CORRUPT", "removed", "invoice", "and 2 more"):
        assert words in card
    assert "left out: logo.png: INLINE_IMAGE" in card
    assert "No fields were found" not in card
    assert "b.pdf" in on_terminal(outcome, REJECTED)
    lines = as_line(outcome).splitlines()
    assert [it.split("\t")[:2] for it in lines[1:]] == [
        ["in/m.eml/a.pdf", "ready"],
        ["in/m.eml/b.pdf", "failed"],
        ["in/m.eml/c.pdf", "removed"],
    ]


def test_a_container_is_done_and_fine_when_its_children_are() -> None:
    def outcome(*states: str) -> Outcome:
        children = [{"id": str(at), "state": it} for at, it in enumerate(states)]
        return Outcome(Path("m.eml"), 1.0, document(container={"children": children}))

    for states, done, fine, sent in (
        (("ready", "needs_review"), True, True, True),
        (("ready", "reading"), False, False, True),
        (("ready", "failed"), True, False, False),
    ):
        seen = outcome(*states)
        assert seen.document is not None
        assert (seen.document.is_done, seen.is_fine(waited=True)) == (done, fine)
        assert seen.is_fine(waited=False) is sent
