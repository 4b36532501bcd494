"""What the commands read of the API's answers; all else in them is passed on untouched.

Tolerant on purpose: a newer server may say more, and a state of tomorrow is only a word.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from services.cli.failures import Unreachable

OPEN_STATES = frozenset({"received", "reading", "extracting"})
FINE_STATES = frozenset({"ready", "needs_review"})


class _View(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Guess(_View):
    """A document type and the chance 0..1 that it is right."""

    name: str
    confidence: float | None = None


class Trouble(_View):
    """A code and a sentence."""

    code: str
    detail: str = ""


class Review(_View):
    """Why a person should look."""

    needed: bool = False
    reasons: list[dict[str, Any]] = []


class FieldView(_View):
    """A value and the chance 0..1 that it is right."""

    value: Any = None
    confidence: float | None = None


class ChildView(_View):
    """A document that was in a container; its state is missing where nobody looked."""

    id: str
    name: str = ""
    state: str | None = None
    type: Guess | None = None
    error: Trouble | None = None


class LeftOut(_View):
    """What was in a container and became no document."""

    name: str = ""
    code: str = ""
    detail: str = ""


class ContainerView(_View):
    """What a message or an archive holds."""

    children: list[ChildView] = []
    left_out: list[LeftOut] = []
    left_out_count: int = 0


class DocumentView(_View):
    """A document; ``raw`` is all of it as the server sent it."""

    raw: dict[str, Any]
    id: str
    name: str = ""
    state: str
    type: Guess | None = None
    pages: int | None = None
    pages_done: int = 0
    fields: dict[str, Any] = {}
    error: Trouble | None = None
    review: Review = Review()
    warnings: list[str] = []
    container: ContainerView | None = None

    @property
    def child_states(self) -> list[str]:
        """The states of what it was unpacked to, as far as that is there."""
        children = self.container.children if self.container else []
        return [it.state for it in children if it.state is not None]

    @property
    def is_done(self) -> bool:
        """Whether nothing more will happen to it, nor to what it was unpacked to."""
        return self.is_final and all(it not in OPEN_STATES for it in self.child_states)

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self.state not in OPEN_STATES

    @property
    def single_fields(self) -> dict[str, FieldView]:
        """The fields with one value each that has been found, in the server's order."""
        found = {}
        for name, field in self.fields.items():
            if isinstance(field, dict) and field.get("value") not in (None, ""):
                found[name] = FieldView.model_validate(field)
        return found

    @property
    def tables(self) -> dict[str, list[dict[str, FieldView]]]:
        """The fields made of rows; a cell not found is missing."""
        return {
            name: [_row(it) for it in rows if isinstance(it, dict)]
            for name, rows in self.fields.items()
            if isinstance(rows, list) and rows
        }


def _row(row: dict[str, Any]) -> dict[str, FieldView]:
    return {
        name: FieldView.model_validate(cell) for name, cell in row.items() if isinstance(cell, dict)
    }


def document_view(raw: dict[str, Any]) -> DocumentView:
    """Read a document; raises ``Unreachable`` when it is none."""
    try:
        return DocumentView.model_validate({**raw, "raw": raw})
    except ValidationError:
        raise Unreachable("The server's answer is no document of Docstage.") from None
