"""Rules for a field's value: what is made of it, and what must hold of it.

They are data of a schema. The extract stage applies them to what was found, in their order: a
change is told as a warning, a broken rule as a reason for a review with the code ``rule_broken``.
"""

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Literal, Self

import regex
from pydantic import Field, field_validator, model_validator

from shared.models.base import StoredModel

_MOST_ENTRIES = 10_000
_LONGEST_PATTERN = 500


class _Rule(StoredModel):
    """``message`` is for people, instead of ours, when the rule is broken."""

    message: str = Field(default="", max_length=500)


class FormatRule(_Rule):
    """Rewrites a value: takes out each character of ``remove``, then sets ``case``, ``decimals``.

    ``decimals`` rounds half up, and is for amounts and numbers; what is none is left alone.
    """

    kind: Literal["format"]
    remove: str = Field(default="", max_length=50)
    case: Literal["upper", "lower", "title"] | None = None
    decimals: int | None = Field(default=None, ge=0, le=9)


class LookupRule(_Rule):
    """The value must be an entry of a list, and becomes what that stands for.

    ``entries`` are texts, or what texts stand for (such as supplier names and their numbers).
    Case, accents, spaces and punctuation do not count; ``similarity`` 0..1 is how alike the
    nearest entry must be, 1 allows no other letter.
    """

    kind: Literal["lookup"]
    entries: list[str] | dict[str, str] = Field(min_length=1, max_length=_MOST_ENTRIES)
    similarity: float = Field(default=0.9, ge=0.5, le=1.0)


class RequiredRule(_Rule):
    """There must be a value."""

    kind: Literal["required"]


class RangeRule(_Rule):
    """The value lies between two numbers or ISO dates, both allowed themselves."""

    kind: Literal["range"]
    minimum: str | None = Field(default=None, max_length=40)
    maximum: str | None = Field(default=None, max_length=40)

    @model_validator(mode="after")
    def _comparable(self) -> Self:
        given = [it for it in (self.minimum, self.maximum) if it is not None]
        if not given:
            raise ValueError("minimum or maximum is needed")
        kinds = {type(comparable(it)) for it in given}
        if type(None) in kinds or len(kinds) > 1:
            raise ValueError("minimum and maximum must be two numbers or two ISO dates")
        return self


class PatternRule(_Rule):
    """The whole value matches a regular expression (the syntax of the ``regex`` package)."""

    kind: Literal["pattern"]
    pattern: str = Field(min_length=1, max_length=_LONGEST_PATTERN)

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, value: str) -> str:
        try:
            regex.compile(value)
        except regex.error as error:
            raise ValueError(f"no regular expression: {error}") from None
        return value


class SumRule(_Rule):
    """The value is the sum of other fields, or of a column such as ``line_items.line_total``.

    ``tolerance`` is how far it may be off. Holds where one of the parts has no value.
    """

    kind: Literal["sum"]
    of: list[str] = Field(min_length=1, max_length=50)
    tolerance: Decimal = Field(default=Decimal("0.01"), ge=0)


Rule = Annotated[
    FormatRule | LookupRule | RequiredRule | RangeRule | PatternRule | SumRule,
    Field(discriminator="kind"),
]
RULES: dict[str, type[StoredModel]] = {
    "format": FormatRule,
    "lookup": LookupRule,
    "required": RequiredRule,
    "range": RangeRule,
    "pattern": PatternRule,
    "sum": SumRule,
}


def comparable(text: str) -> Decimal | date | None:
    """A decimal number or an ISO date; ``None`` for what is neither."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        pass
    else:
        return number if number.is_finite() else None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
