"""Schemas: which fields a document type has."""

from enum import StrEnum

from pydantic import Field

from shared.models.base import Record, StoredModel
from shared.models.rules import Rule

ENGINES = ("layout/1",)
"""The engines that a schema can be pinned to."""

MAX_TYPES = 200
"""How many types of its own an organization can have."""


class FieldType(StrEnum):
    """How a field's value is written.

    Amounts and numbers are decimal strings with a point (no cent is lost to binary
    fractions), dates ISO 8601, currencies ISO 4217, countries ISO 3166 alpha-2.
    """

    TEXT = "text"
    NAME = "name"
    ADDRESS = "address"
    DATE = "date"
    TIME = "time"
    AMOUNT = "amount"
    NUMBER = "number"
    INTEGER = "integer"
    CURRENCY = "currency"
    IDENTIFIER = "identifier"
    IBAN = "iban"
    VAT_ID = "vat_id"
    EMAIL = "email"
    PHONE = "phone"
    URL = "url"
    COUNTRY = "country"
    BOOLEAN = "boolean"
    ROWS = "rows"


LIST_ITEM = "value"
"""The one column of a field of type ``rows`` that is a list of single values."""


class FieldSpec(StoredModel):
    """One field of a schema; ``fields`` are the columns of a field of type ``rows``.

    ``concept`` names the built-in meaning (such as ``total_amount``) when the field's own
    name is another; ``synonyms`` are labels as printed, in any language. ``rules`` are applied
    to what is found, in their order. ``personal`` says that it tells who somebody is: redacted
    files and texts are without it. ``derived``, that it is worked out from other fields or from
    the document as a whole, so that no model is asked for it. ``threshold`` is the confidence
    0..1 below which a required one asks for a person, in place of the workspace's.
    """

    name: str
    type: FieldType = FieldType.TEXT
    description: str = ""
    concept: str | None = None
    synonyms: list[str] = Field(default_factory=list)
    required: bool = False
    personal: bool = False
    derived: bool = False
    threshold: float | None = Field(default=None, ge=0, le=1)
    rules: list[Rule] = Field(default_factory=list, max_length=20)
    fields: list["FieldSpec"] = Field(default_factory=list)


class Schema(StoredModel):
    """The typed fields to find on a document; ``version`` names the schema's revision.

    ``titles`` are what such documents are called at their heads, in any language.
    ``engine`` pins the engine and its version, such as ``layout/1``: only that finds the fields,
    without models and without what reviews have taught, so that the same words always give the
    same fields.
    """

    name: str
    version: int = 1
    title: str = ""
    description: str = ""
    titles: list[str] = Field(default_factory=list)
    engine: str | None = None
    fields: list[FieldSpec] = Field(default_factory=list)


class DocumentType(Record):
    """A kind of document of an organization (built-in ones are files, not records)."""

    workspace: str | None = None
    name: str
    title: str = ""
    fields_schema: Schema
