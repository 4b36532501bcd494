"""A document as its file describes it: marks on paper, and what they say."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import yaml

from benchmarks.other_hand.sheet import A4, LETTER, Sheet
from benchmarks.other_hand.tables import Table, pairs, stacked
from benchmarks.other_hand.truth import Strict, Truth

FOLDER = Path(__file__).parent / "layouts"
_PAPERS = {"a4": A4, "letter": LETTER}


class Layout(Strict):
    """One document: ``type`` is family and size of its running text (see ``style``).

    A mark is a method of ``Sheet``, ``table``, ``pairs`` or ``stacked``, with its arguments as a
    list or by name; they are drawn in their order. ``seen``: what the engine got wrong on it was
    looked at when rules were made; on the others, chosen by lot, it was not.
    """

    about: str
    seen: bool
    paper: Literal["a4", "letter"]
    type: str
    truth: Truth
    marks: list[dict[str, Any]]

    def draw(self) -> Sheet:
        """The document.

        Raises:
            ValueError: A mark that is not known.
        """
        family, size = self.type.split()
        sheet = Sheet(family, float(size), _PAPERS[self.paper])
        for mark in self.marks:
            for name, given in mark.items():
                _set(sheet, name, given)
        return sheet


def names() -> list[str]:
    """The names of all layouts."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def load(name: str) -> Layout:
    """The layout of this name; raises ``OSError`` or pydantic's ``ValidationError``."""
    return Layout.model_validate(yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf-8")))


_OF_SHEET = frozenset(
    {"turn", "text", "lines", "rule", "upright", "box", "disc", "shape", "picture", "squares"}
)
_MARKS: dict[str, Callable[..., object]] = {"pairs": pairs, "stacked": stacked}


def _set(sheet: Sheet, name: str, given: Sequence[Any] | Mapping[str, Any]) -> None:
    if name == "table" and isinstance(given, Mapping):
        looks = {key: value for key, value in given.items() if key not in {"y", "head", "rows"}}
        Table(**looks).draw(sheet, given["y"], given["head"], given["rows"])
        return
    if name in _OF_SHEET:
        mark: Callable[..., object] = getattr(sheet, name)
    elif name in _MARKS:
        mark = _mark_on(sheet, _MARKS[name])
    else:
        raise ValueError(f"No mark is called {name}")
    mark(**given) if isinstance(given, Mapping) else mark(*given)


def _mark_on(sheet: Sheet, draw: Callable[..., object]) -> Callable[..., object]:
    return lambda **given: draw(sheet, **given)
