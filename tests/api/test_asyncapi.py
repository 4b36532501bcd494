"""The AsyncAPI document: valid, whole, and true of the messages."""

import re

import pytest
from openapi_schema_validator import OAS31Validator
from pydantic import ValidationError
from pydantic_asyncapi.v3 import AsyncAPI

from services.notify.results import render_message
from shared.broker.topology import result_queue_name
from shared.models.document import Document
from shared.models.extraction import Extraction, Field, TypeGuess
from shared.models.page import Box
from shared.models.result_message import CLOUD_EVENT, ResultMessage
from shared.models.time import utc_now
from shared.models.work import Problem
from shared.stages import lifecycle
from tests.api.harness import Gateway, Json


@pytest.fixture
async def described(gateway: Gateway) -> Json:
    async with gateway.client().get("/asyncapi.json") as answer:
        assert answer.status == 200
        body: Json = await answer.json()
        return body


async def test_it_is_valid_asyncapi_3(described: Json) -> None:
    read = AsyncAPI.model_validate(described)
    assert read.asyncapi == "3.0.0"
    del described["operations"]["sendResult"]["channel"]
    with pytest.raises(ValidationError):
        AsyncAPI.model_validate(described)


async def test_all_it_refers_to_is_there(described: Json) -> None:
    def refer(part: object) -> set[str]:
        if isinstance(part, dict):
            own = {part["$ref"]} if isinstance(part.get("$ref"), str) else set()
            return own.union(*map(refer, part.values()))
        return set().union(*map(refer, part)) if isinstance(part, list) else set()

    references = refer(described)
    assert len(references) > 5
    for reference in references:
        place: object = described
        for step in reference.removeprefix("#/").split("/"):
            assert isinstance(place, dict)
            place = place[step]
    address = described["channels"]["results"]["address"]
    names = re.findall(r"{(\w+)}", address)
    assert set(names) == set(described["channels"]["results"]["parameters"])
    assert address.format(organization="o", name="n") == result_queue_name("o", "n")
    assert described["components"]["messages"]["result"]["contentType"] == CLOUD_EVENT


@pytest.mark.parametrize("with_fields", [True, False])
async def test_a_message_is_as_it_says(described: Json, with_fields: bool) -> None:  # noqa: FBT001
    document = Document(
        organization="o", workspace="w", name="a.pdf", media_type="application/pdf", size=1,
        sha256="0", blob="b", metadata={"own": [1, None]}, error=Problem(code="X"),
        type=TypeGuess(name="receipt", confidence=0.5),
    )  # fmt: skip
    document = lifecycle.receive(document, utc_now())
    box = Box(page=0, x0=1, y0=2, x1=3, y1=4)
    rows = [{"quantity": Field(value=None, raw="", confidence=0.1)}]
    extraction = Extraction(
        organization="o", workspace="w", document=document.id, revision=1,
        fields={"total": Field(value="1.00", confidence=0.9, boxes=[box]), "line_items": rows},
    )  # fmt: skip
    text, left_out = render_message(
        document.events[0], document, extraction if with_fields else None
    )
    assert not left_out
    schema = described["components"]["messages"]["result"]["payload"]
    validator = OAS31Validator({**schema, "components": described["components"]})
    message = ResultMessage.model_validate_json(text)
    body = message.model_dump(mode="json", exclude_unset=True)
    assert list(validator.iter_errors(body)) == []
    assert ("fields" in body["data"]["document"]) is with_fields
    assert list(validator.iter_errors({**body, "specversion": "0.3"}))
    assert list(validator.iter_errors({**body, "data": {}}))
