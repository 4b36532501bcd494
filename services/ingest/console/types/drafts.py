"""A document type as somebody edits it: all of it text, and it may be wrong."""

import json
from dataclasses import dataclass, field, replace

from shared.models.rules import FormatRule, LookupRule, PatternRule, RangeRule, Rule, SumRule
from shared.models.schema import DocumentType, FieldSpec, FieldType, Schema

RULE_PARTS: dict[str, tuple[str, ...]] = {
    "format": ("remove", "case", "decimals"),
    "lookup": ("entries", "similarity"),
    "required": (),
    "range": ("minimum", "maximum"),
    "pattern": ("pattern",),
    "sum": ("of", "tolerance"),
}
"""What each kind of rule asks for, besides its message."""
_ARROW = " => "


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """A rule of a field; ``parts`` are texts by the names of ``RULE_PARTS``, and ``message``."""

    kind: str
    parts: dict[str, str] = field(default_factory=dict)

    def wish(self) -> dict[str, object]:
        """The rule as the API is told of it."""
        wish: dict[str, object] = {"kind": self.kind}
        for name in (*RULE_PARTS.get(self.kind, ()), "message"):
            text = self.parts.get(name, "").strip("\r\n") if name == "remove" else self._text(name)
            if text:
                wish[name] = _read(name, text)
        return wish

    def _text(self, name: str) -> str:
        return self.parts.get(name, "").strip()


@dataclass(frozen=True, slots=True)
class FieldDraft:
    """A field or a column; ``labels`` are one a line."""

    name: str = ""
    type: str = FieldType.TEXT.value
    labels: str = ""
    description: str = ""
    concept: str = ""
    threshold: str = ""
    required: bool = False
    personal: bool = False
    derived: bool = False
    rules: tuple[RuleDraft, ...] = ()
    columns: tuple["FieldDraft", ...] = ()

    @property
    def is_rows(self) -> bool:
        """Whether it has columns."""
        return self.type == FieldType.ROWS.value

    def wish(self, *, column: bool = False) -> dict[str, object]:
        """The field as the API is told of it; what is as by default is left out."""
        wish: dict[str, object] = {"name": self.name.strip(), "type": self.type}
        labels = _lines(self.labels)
        given: dict[str, object] = {
            "description": self.description.strip(),
            "concept": self.concept.strip(),
            "synonyms": labels,
            "required": self.required,
            "personal": self.personal,
            "derived": self.derived,
            "rules": [it.wish() for it in self.rules],
        }
        if not column:
            threshold = self.threshold.strip()
            given["threshold"] = _number(threshold) if threshold else None
            columns = self.columns if self.is_rows else ()
            given["fields"] = [it.wish(column=True) for it in columns]
        return wish | _given(given)


@dataclass(frozen=True, slots=True)
class Draft:
    """A type; ``version`` is the one that was opened, 0 for one that is new."""

    name: str = ""
    title: str = ""
    description: str = ""
    titles: str = ""
    engine: str = ""
    workspace: str = ""
    version: int = 0
    fields: tuple[FieldDraft, ...] = ()

    def wish(self) -> dict[str, object]:
        """The type as the API is told of it."""
        given: dict[str, object] = {
            "title": self.title.strip(),
            "description": self.description.strip(),
            "titles": _lines(self.titles),
            "engine": self.engine.strip(),
        }
        fields = [it.wish() for it in self.fields]
        return {"name": self.name.strip(), **_given(given), "fields": fields}

    @property
    def json(self) -> str:
        """The same as JSON to be read by people."""
        return json.dumps(self.wish(), indent=2, ensure_ascii=False)


def draft_of_schema(schema: Schema) -> Draft:
    """A schema to be edited, as a type that is new."""
    return Draft(
        name=schema.name,
        title=schema.title,
        description=schema.description,
        titles="\n".join(schema.titles),
        engine=schema.engine or "",
        fields=tuple(_field(it) for it in schema.fields),
    )


def draft_of_type(own: DocumentType) -> Draft:
    """A type of one's own to be changed."""
    draft = draft_of_schema(own.fields_schema)
    return replace(draft, version=own.fields_schema.version, workspace=own.workspace or "")


def _field(spec: FieldSpec) -> FieldDraft:
    return FieldDraft(
        name=spec.name,
        type=spec.type.value,
        labels="\n".join(spec.synonyms),
        description=spec.description,
        concept=spec.concept or "",
        threshold="" if spec.threshold is None else f"{spec.threshold:g}",
        required=spec.required,
        personal=spec.personal,
        derived=spec.derived,
        rules=tuple(_rule(it) for it in spec.rules),
        columns=tuple(_field(it) for it in spec.fields),
    )


def _rule(rule: Rule) -> RuleDraft:
    parts: dict[str, str] = {"message": rule.message}
    match rule:
        case FormatRule():
            decimals = "" if rule.decimals is None else str(rule.decimals)
            parts |= {"remove": rule.remove, "case": rule.case or "", "decimals": decimals}
        case LookupRule():
            parts |= {"entries": entries_text(rule.entries), "similarity": f"{rule.similarity:g}"}
        case RangeRule():
            parts |= {"minimum": rule.minimum or "", "maximum": rule.maximum or ""}
        case PatternRule():
            parts |= {"pattern": rule.pattern}
        case SumRule():
            parts |= {"of": ", ".join(rule.of), "tolerance": str(rule.tolerance)}
    return RuleDraft(rule.kind, parts)


def entries_text(entries: list[str] | dict[str, str]) -> str:
    """The entries of a list to look values up in, one a line."""
    if isinstance(entries, dict):
        return "\n".join(f"{text}{_ARROW}{value}" for text, value in entries.items())
    return "\n".join(entries)


def _read(name: str, text: str) -> object:
    """A part of a rule as the API is told of it."""
    match name:
        case "entries":
            lines = _lines(text)
            pairs = [it.partition(_ARROW.strip()) for it in lines]
            if any(arrow for _, arrow, _ in pairs):
                return {left.strip(): (right or left).strip() for left, _, right in pairs}
            return lines
        case "of":
            return [it.strip() for it in text.replace("\n", ",").split(",") if it.strip()]
        case "decimals" | "similarity":
            return _number(text)
        case _:
            return text


def _given(values: dict[str, object]) -> dict[str, object]:
    """Those that are not as by default; 0 is a threshold like any other."""
    return {
        name: it
        for name, it in values.items()
        if it is not None and it is not False and it not in ("", [])
    }


def _number(text: str) -> object:
    """A number where it is one; else the text, which is then refused where it stands."""
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return text
    return int(number) if number.is_integer() else number


def _lines(text: str) -> list[str]:
    return [it.strip() for it in text.splitlines() if it.strip()]
