"""What the native API says of document types, and is told of them."""

from typing import Annotated, Any, Self

from pydantic import Field, field_validator, model_validator

from shared.models.base import Model
from shared.models.rules import RULES, Rule, SumRule
from shared.models.schema import ENGINES, FieldSpec, FieldType

_Label = Annotated[str, Field(min_length=1, max_length=200)]
_FIELDS = Field(min_length=1, max_length=200)
_TYPE_NAME = r"^[a-z][a-z0-9_\-]{0,99}$"
_FIELD_NAME = r"^[A-Za-z_][A-Za-z0-9_\-]{0,99}$"


class ColumnWish(Model):
    """A column of a field of rows, or what every field has."""

    name: str = Field(pattern=_FIELD_NAME)
    type: FieldType = FieldType.TEXT
    description: str = Field(default="", max_length=1000)
    concept: str | None = Field(default=None, max_length=100)
    synonyms: list[_Label] = Field(default_factory=list, max_length=100)
    required: bool = False
    personal: bool = Field(
        default=False, description="tells who somebody is: redacted files are without it"
    )
    derived: bool = Field(default=False, description="worked out from others: no model is asked")
    rules: list[Rule] = Field(default_factory=list, max_length=20)

    @field_validator("rules", mode="before")
    @classmethod
    def _nothing_strange(cls, given: object) -> object:
        """Stored rules may be of a newer version, with more to them; what is sent may not."""
        for rule in given if isinstance(given, list) else ():
            kind = str(rule.get("kind")) if isinstance(rule, dict) else ""
            takes = list(RULES[kind].model_fields) if kind in RULES else []
            strange = set(rule) - set(takes) if takes else set()
            if strange:
                known = ", ".join(name for name in takes if name != "kind")
                raise ValueError(f"a rule of kind {kind} takes {known}, not {min(strange)}")
        return given


class FieldWish(ColumnWish):
    """A field; one of type ``rows`` has columns in ``fields``."""

    threshold: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="the confidence below which it asks for a person, if it is required; "
        "null: that of the workspace",
    )
    fields: list[ColumnWish] = Field(default_factory=list, max_length=50)

    @model_validator(mode="after")
    def _rows_have_columns(self) -> Self:
        if (self.type is FieldType.ROWS) is not bool(self.fields):
            raise ValueError("a field of type rows has fields, and no other has")
        if any(it.type is FieldType.ROWS for it in self.fields):
            raise ValueError("a column cannot be of type rows")
        _refuse_twins(self.fields)
        return self


class TypeChange(Model):
    """A type with all its fields, as they shall be."""

    title: str = Field(default="", max_length=200)
    description: str = Field(default="", max_length=1000)
    titles: list[_Label] = Field(
        default_factory=list,
        max_length=100,
        description="what such documents are called at their heads, in any language",
    )
    engine: str | None = Field(
        default=None, description=f"only this engine finds the fields: {', '.join(ENGINES)}"
    )
    fields: list[FieldWish] = _FIELDS

    @field_validator("engine")
    @classmethod
    def _there(cls, value: str | None) -> str | None:
        if value is not None and value not in ENGINES:
            raise ValueError(f"there is no engine {value[:50]!r}, but {', '.join(ENGINES)}")
        return value

    @model_validator(mode="after")
    def _sums_are_of_fields(self) -> Self:
        _refuse_twins(self.fields)
        names = {it.name for it in self.fields}
        names |= {f"{it.name}.{column.name}" for it in self.fields for column in it.fields}
        for rule in (rule for it in self.fields for rule in it.rules):
            strangers = set(rule.of) - names if isinstance(rule, SumRule) else set()
            if strangers:
                raise ValueError(f"a sum is of {min(strangers)}, which is no field")
        return self

    def parts(self) -> dict[str, Any]:
        """What a schema has of it."""
        return {
            "title": self.title,
            "description": self.description,
            "titles": self.titles,
            "engine": self.engine,
            "fields": [FieldSpec.model_validate(it.model_dump()) for it in self.fields],
        }


class NewType(TypeChange):
    """A type to be; without a workspace it is the whole organization's."""

    name: str = Field(pattern=_TYPE_NAME)
    workspace: str | None = Field(default=None, max_length=100)


class TypeView(Model):
    """A document type with its fields."""

    name: str
    title: str
    description: str
    titles: list[str]
    version: int
    built_in: bool = Field(description="comes with the product")
    workspace: str | None = Field(description="null: the whole organization's")
    engine: str | None
    fields: list[FieldSpec]
    links: dict[str, str]


class TypeList(Model):
    """Document types by name."""

    types: list[TypeView]


def _refuse_twins(fields: list[FieldWish] | list[ColumnWish]) -> None:
    names = [it.name for it in fields]
    if len(names) > len(set(names)):
        raise ValueError("two fields have the same name")
