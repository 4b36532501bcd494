"""A draft as the fields of a form, and what its buttons do to it.

A field is ``f2``, its column ``f2.c0``, a rule ``f2.r1`` or ``f2.c0.r1``; of each what it
consists of: ``f2.name``. A button says what is done to which: ``up f2``.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from services.ingest.console.types.drafts import RULE_PARTS, Draft, FieldDraft, RuleDraft
from services.ingest.console.visit import Fields
from shared.errors import Code, Permanent
from shared.models.schema import FieldType

_MOST = 300
T = TypeVar("T")


def draft_of_form(sent: Fields) -> Draft:
    """What the form says; nothing in it need be right."""
    version = sent.text("version")
    return Draft(
        name=sent.text("name"),
        title=sent.text("title"),
        description=sent.text("description"),
        titles=sent.text("titles"),
        engine=sent.text("engine"),
        workspace=sent.text("workspace"),
        version=int(version) if version.isascii() and version[:9].isdigit() else 0,
        fields=_fields(sent, "f"),
    )


def edited(draft: Draft, action: str, sent: Fields) -> Draft:
    """The draft after one of the form's buttons; raises ``Permanent(BAD_REQUEST)``."""
    what, _, place = action.partition(" ")
    if what == "add" and not place:
        return replace(draft, fields=(*draft.fields, FieldDraft()))
    kind = sent.text(f"{place}.new-rule")
    steps: dict[str, Callable[[FieldDraft], FieldDraft]] = {
        "add-column": lambda it: replace(it, columns=(*it.columns, FieldDraft())),
        "add-rule": lambda it: _with_rule(it, kind),
    }
    owner, _, last = place.rpartition(".")
    if what in steps:
        return _at(draft, place, steps[what])
    if what == "remove" and last.startswith("r"):
        number = _number(last, "r")
        return _at(draft, owner, lambda it: replace(it, rules=_without(it.rules, number)))
    if what in {"remove", "up", "down"} and owner:
        number = _number(last, "c")
        return _at(draft, owner, lambda it: replace(it, columns=_moved(it.columns, number, what)))
    if what in {"remove", "up", "down"}:
        return replace(draft, fields=_moved(draft.fields, _number(last, "f"), what))
    raise Permanent(Code.BAD_REQUEST, "There is no such button.")


def _fields(sent: Fields, prefix: str) -> tuple[FieldDraft, ...]:
    found = []
    for number in range(_MOST):
        place = f"{prefix}{number}"
        if not sent.has(f"{place}.name"):
            break
        columns = _fields(sent, f"{place}.c") if prefix == "f" else ()
        found.append(
            FieldDraft(
                name=sent.text(f"{place}.name"),
                type=sent.text(f"{place}.type") or FieldType.TEXT.value,
                labels=sent.text(f"{place}.labels"),
                description=sent.text(f"{place}.description"),
                concept=sent.text(f"{place}.concept"),
                threshold=sent.text(f"{place}.threshold"),
                required=sent.has(f"{place}.required"),
                personal=sent.has(f"{place}.personal"),
                derived=sent.has(f"{place}.derived"),
                rules=_rules(sent, place),
                columns=columns,
            )
        )
    return tuple(found)


def _rules(sent: Fields, place: str) -> tuple[RuleDraft, ...]:
    found = []
    for number in range(_MOST):
        kind = sent.text(f"{place}.r{number}.kind")
        if kind not in RULE_PARTS:
            break
        names = (*RULE_PARTS[kind], "message")
        parts = {name: sent.text(f"{place}.r{number}.{name}") for name in names}
        found.append(RuleDraft(kind, parts))
    return tuple(found)


def _with_rule(of: FieldDraft, kind: str) -> FieldDraft:
    if kind not in RULE_PARTS:
        raise Permanent(Code.BAD_REQUEST, "Choose which rule.")
    return replace(of, rules=(*of.rules, RuleDraft(kind)))


def _at(draft: Draft, place: str, step: Callable[[FieldDraft], FieldDraft]) -> Draft:
    """The draft with the field, or the column, at a place changed."""
    outer, _, inner = place.partition(".")
    if not inner:
        return replace(draft, fields=_changed(draft.fields, _number(outer, "f"), step))
    number = _number(inner, "c")
    return _at(draft, outer, lambda it: replace(it, columns=_changed(it.columns, number, step)))


def _changed(items: tuple[T, ...], number: int, step: Callable[[T], T]) -> tuple[T, ...]:
    if number >= len(items):
        raise Permanent(Code.BAD_REQUEST, "There is no such field.")
    return (*items[:number], step(items[number]), *items[number + 1 :])


def _without(items: tuple[T, ...], number: int) -> tuple[T, ...]:
    return items[:number] + items[number + 1 :]


def _moved(items: tuple[T, ...], number: int, how: str) -> tuple[T, ...]:
    """Without one, or with it before or behind its neighbour, if it has that one."""
    if how == "remove":
        return _without(items, number)
    first = number - 1 if how == "up" else number
    if first < 0 or first + 1 >= len(items):
        return items
    return (*items[:first], items[first + 1], items[first], *items[first + 2 :])


def _number(text: str, letter: str) -> int:
    if not text.startswith(letter) or not text[1:].isascii() or not text[1:].isdigit():
        raise Permanent(Code.BAD_REQUEST, "There is no such field.")
    return int(text[1:8])
