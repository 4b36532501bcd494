"""Documents of kinds that no type knows, in many layouts."""

from collections.abc import Callable, Iterator

import pymupdf

from tests.samples.labelled_kinds import Kind

Cell = tuple[float, str]
Line = str | list[Cell]
LEFT = 40.0


def _colon(told: list[tuple[str, str]]) -> Iterator[Line]:
    """``Label: value`` in one go."""
    for label, value in told:
        yield f"{label}: {value}"


def _columns(told: list[tuple[str, str]]) -> Iterator[Line]:
    """Labels in one column, values in another."""
    for label, value in told:
        yield [(LEFT, label), (240.0, value)]


def _colon_columns(told: list[tuple[str, str]]) -> Iterator[Line]:
    """The same, with colons."""
    for label, value in told:
        yield [(LEFT, f"{label}:"), (220.0, value)]


def _blocks(told: list[tuple[str, str]]) -> Iterator[Line]:
    """Two pairs beside each other."""
    for at in range(0, len(told), 2):
        row: list[Cell] = []
        for x, (label, value) in zip((LEFT, 310.0), told[at : at + 2], strict=False):
            row += [(x, f"{label}:"), (x + 140, value)]
        yield row


def _stacked(told: list[tuple[str, str]]) -> Iterator[Line]:
    """Values below their labels, three pairs side by side."""
    for at in range(0, len(told), 3):
        some = told[at : at + 3]
        yield [(LEFT + 180 * number, label) for number, (label, _) in enumerate(some)]
        yield [(LEFT + 180 * number, value) for number, (_, value) in enumerate(some)]
        yield ""


def _dots(told: list[tuple[str, str]]) -> Iterator[Line]:
    """Dots lead from the label to the value."""
    for label, value in told:
        yield [(LEFT, label), (LEFT + 6 * (len(label) + 1), "." * 20), (320.0, value)]


def _right(told: list[tuple[str, str]]) -> Iterator[Line]:
    """Labels that end where the values begin."""
    for label, value in told:
        yield [(200.0 - 6 * len(label), label), (220.0, value)]


def _dash(told: list[tuple[str, str]]) -> Iterator[Line]:
    """``Label - value`` in one go."""
    for label, value in told:
        yield f"{label} - {value}"


def _boxes(told: list[tuple[str, str]]) -> Iterator[Line]:
    """Values below their labels, two pairs side by side."""
    for at in range(0, len(told), 2):
        some = told[at : at + 2]
        yield [(LEFT + 270 * number, label) for number, (label, _) in enumerate(some)]
        yield [(LEFT + 270 * number, value) for number, (_, value) in enumerate(some)]
        yield ""


def _spread(told: list[tuple[str, str]]) -> Iterator[Line]:
    """Labels at one edge of the page, values at the other."""
    for label, value in told:
        yield [(LEFT, label), (430.0, value)]
        yield ""


OTHER_LAYOUTS: dict[str, Callable[[list[tuple[str, str]]], Iterator[Line]]] = {
    "right": _right,
    "dash": _dash,
    "boxes": _boxes,
    "spread": _spread,
}
LAYOUTS: dict[str, Callable[[list[tuple[str, str]]], Iterator[Line]]] = {
    "colon": _colon,
    "columns": _columns,
    "colon columns": _colon_columns,
    "blocks": _blocks,
    "stacked": _stacked,
    "dots": _dots,
}


def _layout(name: str) -> Callable[[list[tuple[str, str]]], Iterator[Line]]:
    return (LAYOUTS | OTHER_LAYOUTS)[name]


def lines_of(kind: Kind, layout: str, which: int) -> list[Line]:
    """The first (0) or second (1) document of a kind, line by line."""
    told = [(it.label, it.printed[which]) for it in kind.told]
    lines: list[Line] = [kind.title, "", *_layout(layout)(told)]
    if kind.heads:
        lines += ["", [(LEFT + 130 * at, head) for at, head in enumerate(kind.heads)]]
        for row in kind.tables[which]:
            lines.append([(LEFT + 130 * at, cell) for at, cell in enumerate(row)])
    return [*lines, "", "Printed by machine and valid without a signature."]


def labelled_pdf(kind: Kind, layout: str, which: int) -> bytes:
    """A page of the first (0) or second (1) document of a kind, with a text layer."""
    document = pymupdf.open()
    page = document.new_page()
    for number, line in enumerate(lines_of(kind, layout, which)):
        for x, words in [(LEFT, line)] if isinstance(line, str) else line:
            if words:
                page.insert_text((x, 60 + 20 * number), words, fontsize=9, fontname="cour")
    content: bytes = document.tobytes()
    document.close()
    return content
