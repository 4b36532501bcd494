"""What a review costs by keys, of a document whose answer is known."""

from benchmarks.dataset import Document
from benchmarks.keystrokes import Keystrokes
from benchmarks.reviewing import Cost, cost_of, summary
from services.ingest.reviewing.review_model import review_sheet
from shared.models.extraction import Extraction, Field, Fields
from shared.models.schema import FieldSpec, FieldType, Schema

SCHEMA = Schema(
    name="s",
    fields=[
        FieldSpec(name="number", required=True),
        FieldSpec(name="date"),
        FieldSpec(name="city"),
        FieldSpec(name="items", type=FieldType.ROWS, fields=[FieldSpec(name="what")]),
    ],
)


def cost(**found: Field | list[dict[str, Field]]) -> Cost:
    truth = {"number": "A-17", "date": "2026-01-31", "city": "Ulm"}
    fields: Fields = dict(found)
    extraction = Extraction(
        organization="o", workspace="w", document="d", revision=1, fields=fields
    )
    document = Document("d", "set", "s", truth, None, {})
    return cost_of(document, review_sheet(SCHEMA, extraction, 0.8), extraction)


def sure(value: str) -> Field:
    return Field(value=value, raw=value, confidence=0.95)


def doubtful(value: str) -> Field:
    return Field(value=value, raw=value, confidence=0.4)


def test_a_right_document_takes_one_key_and_others_what_is_asked_about() -> None:
    right = {"number": sure("A-17"), "date": sure("2026-01-31"), "city": sure("Ulm")}
    assert cost(**right) == Cost(Keystrokes(1, 1), 0)
    assert cost(**{**right, "date": doubtful("2026-01-31")}) == Cost(Keystrokes(2, 2), 0)
    assert cost(**{**right, "date": doubtful("2026-01-13")}) == Cost(Keystrokes(12, 2), 0)
    assert cost(**{**right, "date": sure("2026-01-13")}) == Cost(Keystrokes(1, 1), 1)
    missing = {name: it for name, it in right.items() if name != "number"}
    assert cost(**missing) == Cost(Keystrokes(6, 2), 0)
    rows = [{"what": doubtful("Nails")}, {"what": doubtful("Screws")}]
    assert cost(**right, items=rows) == Cost(Keystrokes(3, 2), 0)


def test_seconds_are_those_of_the_model() -> None:
    costs = [Cost(Keystrokes(1, 1), 0), Cost(Keystrokes(12, 2), 1)]
    found = summary(costs)
    assert (round(found["seconds"], 3), found["one_key"], found["keys"]) == (3.845, 0.5, 6.5)
    assert found["overlooked"] == 0.5
