"""Models of a document type's data, as code to copy into a program."""

import json
import re
from enum import StrEnum
from typing import TypeVar

from aiohttp import web
from pydantic import Field

from services.ingest.document_types import DocumentTypes
from services.ingest.modelling.json_schema import Json, data_schema
from services.ingest.modelling.keys import KeyOf, as_it_is, camel, class_names, is_class_name
from services.ingest.modelling.typescript import write_typescript
from services.ingest.parts import IngestParts
from services.ingest.resources.document_views import PREFIX
from shared.errors import Code, Permanent
from shared.http.context import principal_of
from shared.http.json import json_answer
from shared.http.operations import Answer, Operation, Parameter
from shared.models.base import Model
from shared.models.tenancy import Scope

E = TypeVar("E", bound=StrEnum)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


class Language(StrEnum):
    """What models are written in."""

    PYTHON = "python"
    TYPESCRIPT = "typescript"
    JSON_SCHEMA = "json-schema"


class Keys(StrEnum):
    """How fields are called in the data: ``invoiceNumber``, or as they are named."""

    CAMEL = "camel"
    NAME = "name"


_ENDINGS = {Language.PYTHON: "py", Language.TYPESCRIPT: "ts", Language.JSON_SCHEMA: "json"}
_KEYS: dict[Keys, KeyOf] = {Keys.CAMEL: camel, Keys.NAME: as_it_is}


class CodeView(Model):
    """A module, and what to call its file."""

    type: str
    language: Language
    keys: Keys
    name: str = Field(description="of the class or interface of the whole")
    file: str
    code: str
    links: dict[str, str]


class TypeCode:
    """The handler and what it works with."""

    def __init__(self, parts: IngestParts) -> None:
        self._parts = parts
        self._types = DocumentTypes(parts.store, parts.types)

    async def get(self, request: web.Request) -> web.Response:
        """The models of one type."""
        kind = request.match_info["name"]
        language = _chosen(request, "language", Language, Language.PYTHON)
        keys = _chosen(request, "keys", Keys, Keys.CAMEL)
        schemas = await self._types.all(principal_of(request))
        if kind not in schemas:
            raise Permanent(Code.NOT_FOUND)
        name = request.query.get("name", "").strip() or class_names(schemas)[kind]
        if not is_class_name(name):
            raise Permanent(Code.BAD_REQUEST, "name must be one of a class, such as Invoice.")
        described = data_schema(schemas[kind], name, _KEYS[keys])
        own = f"{PREFIX}/types/{kind}"
        view = CodeView(
            type=kind,
            language=language,
            keys=keys,
            name=name,
            file=f"{_stem(name, language)}.{_ENDINGS[language]}",
            code=await self._code(language, described),
            links={"type": own, "self": f"{own}/models?language={language}&keys={keys}"},
        )
        return json_answer(view)

    async def _code(self, language: Language, described: Json) -> str:
        if language is Language.PYTHON:
            return await self._parts.models.write(described)
        if language is Language.TYPESCRIPT:
            return write_typescript(described)
        return json.dumps(described, indent=2, ensure_ascii=False) + "\n"


def type_code_operations(parts: IngestParts) -> list[Operation]:
    """The table."""
    return [
        Operation(
            method="GET",
            path="/types/{name}/models",
            handle=TypeCode(parts).get,
            name="getTypeModels",
            summary="Pydantic models, TypeScript interfaces or a JSON Schema of a type's data",
            tag="types",
            scope=Scope.READ,
            parameters=(
                Parameter("language", "what in", {"type": "string", "enum": list(Language)}),
                Parameter("keys", "how fields are called", {"type": "string", "enum": list(Keys)}),
                Parameter("name", "what the class or interface of the whole is called"),
            ),
            answers={200: Answer("the module", CodeView)},
            errors=(Code.NOT_FOUND, Code.BAD_REQUEST),
        ),
    ]


def _chosen(request: web.Request, name: str, kinds: type[E], default: E) -> E:
    given = request.query.get(name, "") or default.value
    if given not in {it.value for it in kinds}:
        raise Permanent(Code.BAD_REQUEST, f"{name} is one of {', '.join(kinds)}.")
    return kinds(given)


def _stem(name: str, language: Language) -> str:
    return name if language is Language.TYPESCRIPT else _HUMP.sub("_", name).lower()
