"""What is wrong with a draft, told where it stands: by the API's own rules, and no others."""

from pydantic import ValidationError

from services.ingest.console.types.drafts import Draft
from services.ingest.resources.type_models import NewType
from shared.http.json import plain_message
from shared.models.rules import RULES
from shared.models.schema import Schema

Problems = dict[str, str]
"""What is wrong, by the name of the form's field; ``""`` is the type as a whole."""

_PARTS = {"fields": "f", "rules": "r"}
_NAMES = {"synonyms": "labels"}


def checked(draft: Draft) -> tuple[NewType | None, Problems]:
    """The type that a draft describes, or what is wrong with it."""
    wish = draft.wish()
    if not wish["fields"]:
        return None, {"": "A type has at least one field."}
    try:
        return NewType.model_validate(wish), {}
    except ValidationError as error:
        problems: Problems = {}
        for it in error.errors(include_url=False, include_context=False, include_input=False):
            place = place_of(it["loc"])
            problems.setdefault("" if place == "fields" else place, _said(it["type"], it["msg"]))
        return None, problems


def schema_of(wish: NewType, version: int = 1) -> Schema:
    """The schema of a type that is right."""
    return Schema(name=wish.name, **{**wish.parts(), "version": version})


def place_of(location: tuple[int | str, ...]) -> str:
    """The form's name for a place in the API's words: ``fields, 2, fields, 0, name``."""
    place, letters = "", iter(location)
    for part in letters:
        if part in _PARTS and (number := next(letters, None)) is not None:
            letter = "c" if part == "fields" and place else _PARTS[str(part)]
            place = f"{place}.{letter}{number}".lstrip(".")
        elif isinstance(part, str) and not (part in RULES and _is_rule(place)):
            return f"{place}.{_NAMES.get(part, part)}".lstrip(".")
        elif isinstance(part, str):
            last = next(letters, None)
            return place if last is None else f"{place}.{last}"
    return place


def _is_rule(place: str) -> bool:
    return place.rpartition(".")[2].startswith("r")


def _said(kind: str, message: str) -> str:
    if kind == "string_pattern_mismatch":
        return "Letters without accents, digits, _ and - only; it begins with a letter."
    if kind in {"string_too_short", "missing"}:
        return "This is needed."
    return plain_message(message)
