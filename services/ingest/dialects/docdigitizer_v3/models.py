"""What this dialect says, in the camel case that the company's SDK reads first."""

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class View(BaseModel):
    """An answer, or a piece of one."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        serialize_by_alias=True,
        populate_by_name=True,
    )


class StateText(StrEnum):
    """How a call ended."""

    COMPLETED = "COMPLETED"
    ERROR = "ERROR"


class ExtractionView(View):
    """What was found; ``pages`` count from 1, ``country`` may be empty."""

    doc_type: str
    confidence: float
    country: str
    pages: list[int]
    extraction: dict[str, Any]
    schema_: str = Field(alias="schema")
    model_source: str


class Output(View):
    """The documents found in the file: one."""

    extractions: list[ExtractionView]


class Result(View):
    """The answer to a call; ``timers`` are seconds."""

    state_text: StateText = StateText.COMPLETED
    trace_id: str
    pipeline: str
    number_pages: int
    output: Output
    timers: dict[str, float]
    messages: list[str]


class ErrorView(View):
    """Any error."""

    state_text: StateText = StateText.ERROR
    trace_id: str
    messages: list[str]
