"""A draft from JSON that somebody wrote: the shape of the API's types, and nothing strange."""

import json
from dataclasses import replace
from typing import Any

from services.ingest.console.types.drafts import (
    RULE_PARTS,
    Draft,
    FieldDraft,
    RuleDraft,
    entries_text,
)
from shared.models.schema import FieldType


def draft_of_json(text: str, before: Draft) -> Draft:
    """What JSON says of a type, in place of ``before``; raises ``ValueError``, which says why."""
    try:
        given = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"This is no JSON: {error}") from None
    if not isinstance(given, dict):
        raise ValueError("A type is an object: { … }.")  # noqa: TRY004 - of what was sent
    fields = given.get("fields", [])
    if not isinstance(fields, list):
        raise ValueError("`fields` is a list.")  # noqa: TRY004 - the same
    if strange := set(given) - {"name", "title", "description", "titles", "engine", "fields"}:
        raise ValueError(f"A type has no {min(strange)!r}.")
    return replace(
        before,
        name=before.name if before.version else _text(given, "name"),
        title=_text(given, "title"),
        description=_text(given, "description"),
        titles=_joined(given, "titles"),
        engine=_text(given, "engine"),
        fields=tuple(_field_of_json(it, f"fields[{n}]") for n, it in enumerate(fields)),
    )


def _field_of_json(given: object, place: str, *, column: bool = False) -> FieldDraft:
    if not isinstance(given, dict):
        raise ValueError(f"{place} is an object: {{ … }}.")  # noqa: TRY004 - of what was sent
    known = {"name", "type", "synonyms", "description", "concept", "required", "personal"}
    known |= {"derived", "rules"} | (set() if column else {"threshold", "fields"})
    if strange := set(given) - known:
        raise ValueError(f"{place} has no {min(strange)!r}.")
    rules, columns = given.get("rules", []), given.get("fields", [])
    if not isinstance(rules, list) or not isinstance(columns, list):
        raise ValueError(f"`rules` and `fields` of {place} are lists.")  # noqa: TRY004 - the same
    threshold = given.get("threshold")
    return FieldDraft(
        name=_text(given, "name"),
        type=_text(given, "type") or FieldType.TEXT.value,
        labels=_joined(given, "synonyms"),
        description=_text(given, "description"),
        concept=_text(given, "concept"),
        threshold="" if threshold is None else str(threshold),
        required=given.get("required") is True,
        personal=given.get("personal") is True,
        derived=given.get("derived") is True,
        rules=tuple(_rule_of_json(it, place) for it in rules),
        columns=tuple(
            _field_of_json(it, f"{place}.fields[{n}]", column=True) for n, it in enumerate(columns)
        ),
    )


def _rule_of_json(given: object, place: str) -> RuleDraft:
    kind = given.get("kind") if isinstance(given, dict) else None
    if not isinstance(given, dict) or kind not in RULE_PARTS:
        raise ValueError(f"A rule of {place} has a `kind`: {', '.join(RULE_PARTS)}.")
    if strange := set(given) - {"kind", "message", *RULE_PARTS[kind]}:
        raise ValueError(f"A rule of kind {kind} has no {min(strange)!r} ({place}).")
    return RuleDraft(kind, {name: _plain(it) for name, it in given.items() if name != "kind"})


def _plain(value: Any) -> str:  # noqa: ANN401 - whatever JSON holds
    match value:
        case None:
            return ""
        case dict():
            return entries_text({str(key): str(it) for key, it in value.items()})
        case list():
            return "\n".join(str(it) for it in value)
        case _:
            return str(value)


def _text(given: dict[str, Any], name: str) -> str:
    value = given.get(name)
    if value is not None and not isinstance(value, str):
        raise ValueError(f"`{name}` is a text.")
    return value or ""


def _joined(given: dict[str, Any], name: str) -> str:
    value = given.get(name) or []
    if not isinstance(value, list) or not all(isinstance(it, str) for it in value):
        raise ValueError(f"`{name}` is a list of texts.")
    return "\n".join(value)
