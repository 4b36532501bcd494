"""Every built-in type, by Affinda's client and by the models that it makes of our types."""

import asyncio
import importlib.util
import io
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from affinda import AffindaAPI, TokenCredential
from jsonschema import Draft202012Validator
from pydantic import BaseModel

from shared.schemas import built_in
from tests.e2e.embedded import Up
from tests.samples.of_types import FILES

AT_A_TIME = 3


def model_of(
    client: AffindaAPI, schema: Mapping[str, Any], kind: str, folder: Path
) -> type[BaseModel]:
    """The class of a type's data, from the module that the server writes."""
    code = client.pydantic_models_from_document_type(f"dt_{kind}").code
    title = schema["title"]
    path = folder / f"model_of_{kind}.py"
    path.write_text(code, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    made: type[BaseModel] = getattr(module, title)
    return made


def filled(value: Any) -> int:
    """How many values there are."""
    if isinstance(value, dict):
        return sum(filled(it) for it in value.values())
    if isinstance(value, list):
        return sum(filled(it) for it in value)
    return value is not None


async def test_what_is_found_on_every_type_fits_the_model_of_it(up: Up, tmp_path: Path) -> None:
    client = AffindaAPI(TokenCredential(up.key), base_url=up.url)
    assert set(FILES) == set(built_in())
    schemas: dict[str, Any] = {}
    models: dict[str, type[BaseModel]] = {}

    def prepare() -> None:
        for kind in FILES:
            schemas[kind] = client.json_schema_from_document_type(f"dt_{kind}")
            models[kind] = model_of(client, schemas[kind], kind, tmp_path)

    await asyncio.to_thread(prepare)

    def sent(kind: str) -> None:
        document = client.create_document(
            file=io.BytesIO(FILES[kind]()),
            file_name=f"{kind}.pdf",
            document_type=f"dt_{kind}",
            data_model=models[kind],
        )
        assert document.meta.ready, kind
        assert not document.meta.failed, (kind, document.error)
        assert isinstance(document.parsed, models[kind])
        own = {name: it for name, it in document.data.items() if name != "rawText"}
        assert filled(own) >= (0 if kind == "generic" else 3), (kind, own)
        dumped = document.parsed.model_dump(mode="json", by_alias=True)
        assert dumped == document.data, kind  # nothing of it is unknown to the model
        # What TypeScript's interfaces are made of.
        Draft202012Validator(schemas[kind]).validate(document.data)

    gate = asyncio.Semaphore(AT_A_TIME)

    async def send(kind: str) -> None:
        async with gate:
            await asyncio.to_thread(sent, kind)

    await asyncio.gather(*map(send, FILES))
