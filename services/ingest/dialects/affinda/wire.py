"""How this dialect writes things: keys, times, truths, lists, pages of lists."""

import ast
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, PlainSerializer, ValidationError
from pydantic.alias_generators import to_camel

from shared.errors import Code, Permanent
from shared.http.json import media_type, plain_message
from shared.models.time import to_milliseconds

DEFAULT_LIMIT = MAX_LIMIT = 100
MOST_SKIPPED = 1_000_000_000
_MOST_DIGITS = 20
_TRUTHS: Mapping[str, bool] = {
    "true": True, "1": True, "yes": True, "false": False, "0": False, "no": False,
}  # fmt: skip
_NOTHING = frozenset({"", "null", "none"})
_RETRY_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_HUMP = re.compile(r"(?<=[a-z0-9])([A-Z])")
M = TypeVar("M", bound=BaseModel)


def time_text(moment: datetime) -> str:
    """``2026-01-15T10:00:00.123000Z``."""
    return to_milliseconds(moment).isoformat(timespec="microseconds")[:26] + "Z"


WireTime = Annotated[datetime, PlainSerializer(time_text, return_type=str, when_used="json")]
"""A time in an answer."""


class WireModel(BaseModel):
    """A body of this dialect: keys in camel case, and keys that we do not know are passed over."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, serialize_by_alias=True, extra="ignore"
    )


def truth(text: str | None, field: str) -> bool | None:
    """A truth in a form or a query, whichever way it is written; ``None`` where none is given.

    Raises ``Permanent(BAD_REQUEST)``.
    """
    value = (text or "").strip().lower()
    if value in _NOTHING:
        return None
    if value not in _TRUTHS:
        raise Permanent(Code.BAD_REQUEST, "Must be true or false.", field=field)
    return _TRUTHS[value]


def truth_asked(request: web.Request, name: str) -> bool | None:
    """A truth in the query."""
    return truth(request.query.get(name), name)


def items_of(texts: list[str]) -> list[str]:
    """A list that came as repeated parts, as JSON, as Python writes one, or with commas."""
    found: list[str] = []
    for text in texts:
        found += [str(it).strip() for it in _split(text.strip())]
    return [it for it in found if it]


def _split(text: str) -> list[Any]:
    if not (text.startswith(("[", "(")) and text.endswith(("]", ")"))):
        return list(text.split(","))
    for read in (json.loads, ast.literal_eval):
        try:
            value = read(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        if isinstance(value, list | tuple):
            return list(value)
    return [it.strip().strip("'\"") for it in text[1:-1].split(",")]


def items_asked(request: web.Request, name: str) -> list[str]:
    """A list in the query."""
    return items_of(request.query.getall(name, []))


def moment(text: str | None, field: str) -> datetime | None:
    """A time in a form; raises ``Permanent(BAD_REQUEST)``."""
    value = (text or "").strip()
    if value.lower() in _NOTHING:
        return None
    try:
        # An unescaped "+" of a time zone arrives as a space.
        return to_milliseconds(datetime.fromisoformat(value.replace(" ", "+")))
    except (ValueError, OverflowError):
        detail = "Must be a time such as 2030-01-31T00:00:00Z."
        raise Permanent(Code.BAD_REQUEST, detail, field=field) from None


def path_number(request: web.Request, name: str = "id") -> int:
    """The whole number in the path; 0, which nothing has, for what is none."""
    text = request.match_info[name]
    sound = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    return int(text) if sound else 0


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of a list is asked for."""

    offset: int
    limit: int


def asked_part(request: web.Request) -> Part:
    """``offset`` and ``limit``; raises ``Permanent(BAD_REQUEST)``."""
    offset = _number(request, "offset", 0, 0, MOST_SKIPPED)
    return Part(offset, min(_number(request, "limit", DEFAULT_LIMIT, 1, MOST_SKIPPED), MAX_LIMIT))


def _number(request: web.Request, name: str, default: int, least: int, most: int) -> int:
    text = request.query.getall(name, [""])[-1].strip()
    if text.lower() in _NOTHING:
        return default
    sound = text.isascii() and text.isdigit() and len(text) <= len(str(most))
    if not sound or not least <= int(text) <= most:
        detail = f"Must be a whole number from {least} on."
        raise Permanent(Code.BAD_REQUEST, detail, field=name)
    return int(text)


@dataclass(frozen=True, slots=True)
class Found:
    """A part of a list; ``count`` is of all of it, ``None`` where nobody counted."""

    results: list[Any]
    count: int | None
    more: bool


def paged(request: web.Request, base: str, part: Part, found: Found) -> dict[str, Any]:
    """A part of a list as this dialect writes it, with links to the parts before and behind.

    ``base`` is how the caller reaches us.
    """

    def link(offset: int) -> str:
        place = {"offset": str(offset), "limit": str(part.limit)}
        return f"{base}{request.rel_url.update_query(place)}"

    return {
        "count": found.count,
        "next": link(part.offset + part.limit) if found.more else None,
        "previous": link(max(0, part.offset - part.limit)) if part.offset else None,
        "results": found.results,
    }


async def read_body(request: web.Request, model: type[M]) -> M:
    """A JSON body as a model; raises ``Permanent(BAD_REQUEST)``, which names the field."""
    if media_type(request) != "application/json":
        raise Permanent(Code.BAD_REQUEST, "The body must be application/json.")
    try:
        return model.model_validate_json(await request.read())
    except ValidationError as error:
        fault = error.errors(include_input=False, include_url=False)[0]
        if fault["type"] == "json_invalid":
            raise Permanent(Code.BAD_REQUEST, "The body is no valid JSON.") from None
        place = ".".join(str(it) for it in fault["loc"]) or "non_field_errors"
        raise Permanent(Code.BAD_REQUEST, plain_message(fault["msg"]), field=place) from None


def answer(
    body: BaseModel | list[Any] | dict[str, Any], status: int = 200, *, snake_case: bool = False
) -> web.Response:
    """JSON as an answer; never cached, as it is one tenant's alone."""
    plain = _plain(body)
    text = json.dumps(snaked(plain) if snake_case else plain, ensure_ascii=False)
    return web.Response(
        body=text.encode(),
        status=status,
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


def _plain(body: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(body, BaseModel):
        return body.model_dump(mode="json", by_alias=True)
    if isinstance(body, list):
        return [_plain(it) for it in body]
    if isinstance(body, dict):
        return {name: _plain(it) for name, it in body.items()}
    return body


def snaked(value: Any) -> Any:  # noqa: ANN401 - JSON
    """The same with all keys in snake case."""
    if isinstance(value, dict):
        return {_HUMP.sub(r"_\1", name).lower(): snaked(it) for name, it in value.items()}
    return [snaked(it) for it in value] if isinstance(value, list) else value


def retry_key(request: web.Request) -> str | None:
    """What the clients send again with each try of one call; ``None`` where there is none."""
    for header in ("x-ms-client-request-id", "Idempotency-Key"):
        given = request.headers.get(header, "").strip()
        if _RETRY_KEY.fullmatch(given):
            return given
    return None
