"""JSON in and out."""

import json
from collections.abc import Mapping
from typing import TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

from shared.errors import Code, DocstageError

M = TypeVar("M", bound=BaseModel)


def media_type(request: web.Request) -> str:
    """What the body is said to be, without parameters, in lower case.

    Not by aiohttp's ``content_type``: that parses the parameters as those of an e-mail, which
    takes longer than all else about the head of an upload.
    """
    return request.headers.get("Content-Type", "").partition(";")[0].strip().lower()


def json_answer(
    model: BaseModel,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    without: frozenset[str] = frozenset(),
) -> web.Response:
    """A model as the body of an answer; never cached, as it is one tenant's alone.

    ``without`` names keys to leave out.
    """
    return web.Response(
        body=model.model_dump_json(exclude=set(without)).encode(),
        status=status,
        content_type="application/json",
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


async def json_body(request: web.Request, model: type[M]) -> M:
    """The body of a request as a model.

    Raises ``DocstageError(BAD_REQUEST)`` that names the first thing wrong, never its value.
    """
    if media_type(request) != "application/json":
        raise DocstageError(Code.BAD_REQUEST, "The body must be application/json.")
    body = await request.read()
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise DocstageError(Code.BAD_REQUEST, _first_fault(error)) from None


def model_of(values: Mapping[str, object], model: type[M]) -> M:
    """What a form sent as the model that the API takes as JSON; raises as ``json_body``."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise DocstageError(Code.BAD_REQUEST, _first_fault(error)) from None


def parse_object(text: str, what: str) -> dict[str, object]:
    """JSON text that must be an object.

    Raises ``DocstageError(BAD_REQUEST)`` naming ``what``.
    """
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise DocstageError(Code.BAD_REQUEST, f"{what} must be a JSON object.")
    return value


def _refuse_constant(name: str) -> float:
    raise ValueError(name)  # NaN and Infinity are no JSON


def _first_fault(error: ValidationError) -> str:
    fault = error.errors(include_input=False, include_url=False)[0]
    where = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "json_invalid":
        return "The body is no valid JSON."
    told = plain_message(fault["msg"])
    return f"{where}: {told}" if where else told


def plain_message(message: str) -> str:
    """What pydantic says is wrong, without the words that it puts before ours."""
    return message.removeprefix("Value error, ")
