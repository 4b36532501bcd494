"""What a model answered: the JSON of the protocol, and in it the JSON that was asked for.

Keys that nobody asked for are passed over. What is wrong with an answer is said in words of
ours and names of the schema, so that it can be said back to the model.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from services.extract.contract import Stated, StatedValue
from services.extract.engines.model.json_schema import is_asked
from shared.models.schema import FieldSpec, FieldType, Schema

MAX_ROWS = 500
MAX_TEXT = 2_000
_THOUGHT = re.compile(r"^\s*<think>.*?</think>", re.DOTALL)
_MOST_QUOTED = 4_000
_LONGEST_COUNT = 12  # digits


class _WrongError(ValueError):
    """What is wrong with an answer."""


@dataclass(frozen=True, slots=True)
class Reply:
    """``values`` by field name, of the schema only; or ``complaint``: why there are none.

    ``content`` is what the model wrote, cut to what may be quoted back to it. ``read`` and
    ``written`` are the tokens that the endpoint says it has counted.
    """

    values: dict[str, Stated] = field(default_factory=dict)
    complaint: str = ""
    content: str = ""
    read: int = 0
    written: int = 0


def read_reply(
    schema: Schema,
    body: bytes,
    tolerant: bool = False,  # noqa: FBT001, FBT002 (given by place, to a child process)
) -> Reply:
    """The values in the body of an answer; never raises on what it holds.

    ``tolerant``: fields of another shape than was asked for are left out, where others are right.
    """
    content, read, written = "", 0, 0
    try:
        answer = _answer(body)
        read, written = _tokens(answer, "prompt_tokens"), _tokens(answer, "completion_tokens")
        content, is_cut = _content(answer)
        found = _values(schema.fields, _object(content, is_cut=is_cut), tolerant=tolerant)
        return Reply(found, "", content[:_MOST_QUOTED], read, written)
    except _WrongError as wrong:
        return Reply({}, str(wrong), content[:_MOST_QUOTED], read, written)


def _answer(body: bytes) -> dict[str, Any]:
    try:
        answer = _parsed(body)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise _WrongError("There is no answer.")
    return answer


def _tokens(answer: dict[str, Any], kind: str) -> int:
    """So many as the endpoint says; it may say anything."""
    usage = answer.get("usage")
    told = str(usage.get(kind, "")) if isinstance(usage, dict) else ""
    return int(told) if told.isascii() and told.isdigit() and len(told) < _LONGEST_COUNT else 0


def _content(answer: dict[str, Any]) -> tuple[str, bool]:
    """What the model wrote, and whether it was stopped."""
    try:
        choice = answer["choices"][0]
        content = choice["message"]["content"]
    except (KeyError, IndexError, TypeError):
        raise _WrongError("There is no answer.") from None
    if isinstance(content, list):  # parts, as some endpoints give them
        content = "".join(str(it.get("text", "")) for it in content if isinstance(it, dict))
    if not isinstance(content, str) or not content.strip():
        raise _WrongError("The answer is empty.")
    return content, choice.get("finish_reason") == "length"


def _object(content: str, *, is_cut: bool) -> Mapping[str, Any]:
    """The JSON object in ``content``, which may stand in a fence or behind thoughts."""
    if is_cut:
        raise _WrongError("The answer was cut off as it is too long: give fewer rows.")
    text = _THOUGHT.sub("", content)
    start, end = text.find("{"), text.rfind("}")
    try:
        found = _parsed(text[start : end + 1] if 0 <= start < end else text)
    except ValueError:
        raise _WrongError("The answer is no JSON.") from None
    if not isinstance(found, dict):
        raise _WrongError("The answer is no JSON object.")
    return found


def _parsed(text: str | bytes) -> Any:  # noqa: ANN401 (JSON)
    """JSON with its numbers as written; raises ``ValueError``."""
    try:
        return json.loads(text, parse_float=str, parse_int=str, parse_constant=lambda _: None)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _values(
    specs: list[FieldSpec], found: Mapping[str, Any], *, tolerant: bool
) -> dict[str, Stated]:
    asked = [spec for spec in specs if is_asked(spec)]
    if asked and not any(spec.name in found for spec in asked):
        raise _WrongError("The answer has none of the fields that were asked for.")
    values: dict[str, Stated] = {}
    wrong: list[_WrongError] = []
    for spec in asked:
        given = found.get(spec.name)
        if given is None:
            continue
        try:
            is_table = spec.type == FieldType.ROWS
            values[spec.name] = _rows(spec, given) if is_table else _scalar(spec.name, given)
        except _WrongError as error:
            wrong.append(error)
    if wrong and not (tolerant and values):
        raise wrong[0]
    return values


def _rows(spec: FieldSpec, value: object) -> list[dict[str, StatedValue]]:
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise _WrongError(f"{spec.name} must be a list of objects.")
    return [
        {
            column.name: _scalar(f"{spec.name}.{column.name}", row[column.name])
            for column in spec.fields
            if row.get(column.name) is not None and column.type != FieldType.ROWS
        }
        for row in value[:MAX_ROWS]
    ]


def _scalar(place: str, value: object) -> StatedValue:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return value[:MAX_TEXT]
    raise _WrongError(f"{place} must be a string or null.")
