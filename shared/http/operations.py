"""Operations: the one table that both the routes and the OpenAPI document are made from."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from aiohttp import web
from pydantic import BaseModel

from shared.errors import Code
from shared.models.tenancy import Scope

Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
_CREATED = 201
_PATH_PARAMETER = re.compile(r"{(\w+)(?::[^}]*)?}")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A query parameter or header; ``schema`` is JSON Schema."""

    name: str
    description: str
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})
    place: Literal["query", "header"] = "query"


@dataclass(frozen=True, slots=True)
class Body:
    """A request body: a model for JSON, or a JSON Schema for another media type.

    ``or_json`` is taken as well, where the body is of another media type.
    """

    model: type[BaseModel] | None = None
    media_type: str = "application/json"
    schema: Mapping[str, Any] | None = None
    required: bool = True
    or_json: type[BaseModel] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: a model as JSON, or bytes of a media type, or nothing."""

    description: str
    model: type[BaseModel] | None = None
    media_type: str | None = None


@dataclass(frozen=True)
class Operation:
    """One operation of an API. ``scope`` ``None`` means that no key is asked for."""

    method: Method
    path: str
    handle: Handle
    name: str
    summary: str
    tag: str
    scope: Scope | None
    answers: Mapping[int, Answer]
    parameters: Sequence[Parameter] = ()
    body: Body | None = None
    errors: Sequence[Code] = ()
    paged: bool = False

    @property
    def creates(self) -> bool:
        """Whether it makes something by a JSON body, and so takes an ``Idempotency-Key``."""
        is_json = self.body is None or self.body.media_type == "application/json"
        return self.method == "POST" and _CREATED in self.answers and is_json

    @property
    def takes_files(self) -> bool:
        """Whether documents come in by it."""
        return self.body is not None and self.body.media_type == "multipart/form-data"

    @property
    def path_parameters(self) -> list[str]:
        """The names in the path."""
        return _PATH_PARAMETER.findall(self.path)

    @property
    def pattern(self) -> str:
        """The path as OpenAPI writes it, without aiohttp's regular expressions."""
        return _PATH_PARAMETER.sub(r"{\1}", self.path)
