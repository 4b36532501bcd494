"""Validation results."""

from pydantic import Field, RootModel

from services.ingest.dialects.affinda.wire import WireModel
from shared.models.check import MAX_CHECKS

_SLUG = r"^[a-z0-9]+(?:[-_][a-z0-9]+)*$"


class ValidationResultView(WireModel):
    """The outcome of a rule; ``annotations`` are the numbers of the values it is about."""

    id: int
    annotations: list[int]
    passed: bool | None
    rule_slug: str
    message: str
    document: str


class ValidationResultCreate(WireModel):
    """A new one; the rule's name is in kebab case."""

    annotations: list[int] = Field(max_length=MAX_CHECKS)
    passed: bool | None = None
    rule_slug: str = Field(max_length=100, pattern=_SLUG)
    message: str = Field(max_length=2000)
    document: str


class ValidationResultUpdate(WireModel):
    """What is to be otherwise; one stays with its document."""

    annotations: list[int] | None = Field(default=None, max_length=MAX_CHECKS)
    passed: bool | None = None
    rule_slug: str | None = Field(default=None, max_length=100, pattern=_SLUG)
    message: str | None = Field(default=None, max_length=2000)
    document: str | None = None


class ValidationResultCreates(RootModel[list[ValidationResultCreate]]):
    """Several new ones."""

    root: list[ValidationResultCreate] = Field(max_length=MAX_CHECKS)


class ValidationResultIds(WireModel):
    """Those to be removed."""

    ids: list[int] = Field(max_length=MAX_CHECKS)
