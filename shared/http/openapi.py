"""The OpenAPI 3.1 document, made from the same operations that are served."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from shared.errors import REGISTRY, Code
from shared.http.operations import Answer, Body, Operation, Parameter
from shared.http.paging import CURSOR_HEADERS, DEFAULT_RETRIEVE, MAX_RETRIEVE

Json = dict[str, Any]

_REF = "#/components/schemas/{model}"
_ALWAYS = (Code.UNEXPECTED_ERROR, Code.UNAVAILABLE)
_WITH_KEY = (
    Code.WRONG_AUTH,
    Code.NOT_ENOUGH_PERMISSIONS,
    Code.NO_LICENCE,
    Code.EXPIRED_LICENCE,
    Code.RATE_LIMITED,
)
_PAGING = (
    Parameter(
        "maxRetrieve",
        f"how many at most; more than {MAX_RETRIEVE} is lowered to it",
        {"type": "integer", "minimum": 1, "default": DEFAULT_RETRIEVE},
    ),
    Parameter("cursorId", "`X-Cursor-ID` of the page before; broken: the first page again"),
)
_IDEMPOTENCY = Parameter(
    "Idempotency-Key",
    "the same call with the same key, within a day, makes nothing more and has the same answer",
    {"type": "string", "maxLength": 255},
    place="header",
)
_CURSOR_TEXTS = (
    "where the next page starts",
    "whether more can be fetched",
    "whether the cursor sent was broken, so that this is the first page",
)


def _native_error(code: Code) -> tuple[int, str]:
    return REGISTRY[code].status, code.value


@dataclass(frozen=True, slots=True)
class ApiStyle:
    """What differs between the descriptions of dialects.

    ``security`` are the schemes by name, each of which is enough; ``error_of`` is the
    status and the code by which a dialect tells of one of our errors.
    """

    security: Mapping[str, Json]
    error_of: Callable[[Code], tuple[int, str]] = _native_error


NATIVE_STYLE = ApiStyle(
    {
        "bearer": {"type": "http", "scheme": "bearer"},
        "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    }
)


def openapi_document(  # noqa: PLR0913, PLR0917 - an API's description has these parts
    title: str,
    version: str,
    description: str,
    operations: Mapping[str, Sequence[Operation]],
    error_model: type[BaseModel],
    style: ApiStyle = NATIVE_STYLE,
) -> Json:
    """The document for operations by the prefix they are served under.

    Raises ``ValueError`` when two operations have one name, or one method and path.
    """
    every = [it for some in operations.values() for it in some]
    refs, schemas = _schemas(every, error_model)
    paths: dict[str, Json] = {}
    names: set[str] = set()
    for prefix, some in operations.items():
        for operation in some:
            place = paths.setdefault(f"{prefix}{operation.pattern}", {})
            method = operation.method.lower()
            if method in place or operation.name in names:
                raise ValueError(f"operation {operation.name} is there twice")
            names.add(operation.name)
            place[method] = _operation(operation, refs, refs[error_model], style)
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version, "description": description},
        "servers": [{"url": "/"}],
        "security": [{name: []} for name in style.security],
        "tags": [{"name": it} for it in dict.fromkeys(op.tag for op in every)],
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": dict(style.security)},
    }


def _schemas(
    operations: Iterable[Operation], error_model: type[BaseModel]
) -> tuple[dict[type[BaseModel], Json], Json]:
    answers: dict[type[BaseModel], None] = {error_model: None}
    bodies: dict[type[BaseModel], None] = {}
    for operation in operations:
        for answer in operation.answers.values():
            if answer.model is not None:
                answers[answer.model] = None
        if operation.body is not None:
            given = (operation.body.model, operation.body.or_json)
            bodies |= {model: None for model in given if model is not None}
    wanted: list[tuple[type[BaseModel], Any]] = [
        *((it, "serialization") for it in answers),
        *((it, "validation") for it in bodies),
    ]
    found, definitions = models_json_schema(wanted, ref_template=_REF)
    refs = {model: found[model, mode] for model, mode in wanted}
    return refs, definitions.get("$defs", {})


def _operation(
    operation: Operation, refs: Mapping[type[BaseModel], Json], error: Json, style: ApiStyle
) -> Json:
    added = (_IDEMPOTENCY,) if operation.creates else ()
    paging = _PAGING if operation.paged else ()
    described: Json = {
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": [operation.tag],
        "parameters": [
            *(_path_parameter(name) for name in operation.path_parameters),
            *(_parameter(it) for it in (*operation.parameters, *added, *paging)),
        ],
        "responses": {
            **{str(it): _answer(operation, op, refs) for it, op in operation.answers.items()},
            **_errors(operation, error, style),
        },
    }
    if operation.scope is None:
        described["security"] = []
    else:
        described["description"] = f"Needs scope `{operation.scope.value}`."
    if operation.body is not None:
        described["requestBody"] = _body(operation.body, refs)
    return described


def _path_parameter(name: str) -> Json:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _parameter(parameter: Parameter) -> Json:
    return {
        "name": parameter.name,
        "in": parameter.place,
        "description": parameter.description,
        "schema": dict(parameter.schema),
    }


def _body(body: Body, refs: Mapping[type[BaseModel], Json]) -> Json:
    schema = refs[body.model] if body.model is not None else dict(body.schema or {})
    content: Json = {body.media_type: {"schema": schema}}
    if body.or_json is not None:
        content["application/json"] = {"schema": refs[body.or_json]}
    return {"required": body.required, "content": content}


def _answer(operation: Operation, answer: Answer, refs: Mapping[type[BaseModel], Json]) -> Json:
    described: Json = {"description": answer.description}
    if answer.model is not None:
        described["content"] = {"application/json": {"schema": refs[answer.model]}}
    elif answer.media_type is not None:
        described["content"] = {answer.media_type: {}}
    if operation.paged:
        described["headers"] = {
            name: {"description": text, "schema": {"type": "string"}}
            for name, text in zip(CURSOR_HEADERS, _CURSOR_TEXTS, strict=True)
        }
    return described


def _errors(operation: Operation, error: Json, style: ApiStyle) -> Json:
    codes = [*(() if operation.scope is None else _WITH_KEY), *operation.errors, *_ALWAYS]
    if operation.takes_files:
        codes.append(Code.OVERLOADED)
    if operation.creates:
        codes.append(Code.IDEMPOTENCY_KEY_REUSED)
    if operation.body or operation.parameters or operation.paged:
        codes.insert(0, Code.BAD_REQUEST)
    by_status: dict[int, list[str]] = {}
    for status, name in dict.fromkeys(map(style.error_of, codes)):
        by_status.setdefault(status, []).append(name)
    return {
        str(status): {
            "description": ", ".join(some),
            "content": {"application/json": {"schema": error}},
        }
        for status, some in by_status.items()
    }
