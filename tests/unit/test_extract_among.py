"""Documents are classified among the types of their workspace."""

from pathlib import Path

from extract_samples import receipt
from stage_bench import opened_runtime

from services.extract.child import extract_stored
from services.extract.contract import ExtractRequest, StoredDocument
from services.extract.engine import extract
from shared.models.document import Document, DocumentState
from shared.models.extraction import ExtractionMode
from shared.models.messages import JobMessage
from shared.models.policies import Policies
from shared.models.schema import FieldSpec, Schema
from shared.models.work import StageName
from shared.stages.extracting import Extracting
from shared.store.collections import DOCUMENTS
from shared.store.port import Tenant

OWN = Schema(name="parcel_slip", fields=[FieldSpec(name="parcel_number")])


def kind_among(*among: str, requested: str | None = None) -> str | None:
    request = ExtractRequest([receipt()], requested_type=requested, schemas=[OWN], among=among)
    guess = extract(request).type
    return guess.name if guess else None


def test_a_type_that_is_none_of_the_workspaces_is_not_told() -> None:
    assert kind_among() == "receipt"
    assert kind_among("receipt", "resume") == "receipt"
    assert kind_among("resume", "credit_note") is None
    assert kind_among("resume", "credit_note", requested="receipt") == "receipt"


def test_what_is_in_a_workspace_of_one_type_is_of_that() -> None:
    assert kind_among("parcel_slip") == "parcel_slip"
    result = extract(ExtractRequest([receipt()], schemas=[OWN], among=["parcel_slip"]))
    assert result.type is not None
    assert result.type.confidence < 0.5
    assert kind_among("gone", "gone too") is None


def test_they_are_known_in_child_processes() -> None:
    stored = StoredDocument([receipt().model_dump_json().encode()], among=["resume", "invoice"])
    result = extract_stored(stored, 0.8, ExtractionMode.ADVANCED.value, [])
    assert result.type is None or result.type.name in {"resume", "invoice"}


async def test_the_workspaces_policies_say_which(tmp_path: Path) -> None:
    runtime = await opened_runtime(tmp_path)
    for policies, among in (
        (Policies(types=["invoice"]), ["invoice"]),
        (Policies(types=["invoice"], reject_invalid=True), []),  # then all others are rejected
        (None, []),
    ):
        document = Document(
            organization="o",
            workspace="w",
            name="a.pdf",
            state=DocumentState.EXTRACTING,
            policies=policies,
        )
        await runtime.store.of(Tenant("o"), DOCUMENTS).insert(document)
        message = JobMessage(
            id="1",
            stage=StageName.EXTRACT,
            lane=document.lane,
            organization="o",
            document=document.id,
            revision=1,
        )
        made = await Extracting().make(runtime.store, message)
        assert made is not None
        assert made.among == among
    await runtime.broker.close()
    await runtime.store.close()
