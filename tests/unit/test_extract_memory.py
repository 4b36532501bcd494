"""What reviews of a layout teach: lessons, and what is made of them on the next document."""

from dataclasses import replace
from decimal import Decimal

import pytest
from extract_samples import page

from services.extract.contract import ExtractRequest
from services.extract.engine import extract
from services.extract.lessons import FieldLesson
from services.extract.memory.learn import Example, learn
from services.extract.memory.merge import remembered
from services.extract.memory.recall import Recalled, layout_of
from services.extract.reading import Reading
from shared.errors import Code, Permanent
from shared.models.extraction import Field
from shared.models.page import Page
from shared.models.schema import FieldSpec, FieldType, Schema

SCHEMA = Schema(
    name="slip",
    fields=[
        FieldSpec(name="mark", type=FieldType.IDENTIFIER),
        FieldSpec(name="fee", type=FieldType.AMOUNT),
        FieldSpec(name="office", type=FieldType.NAME),
    ],
)


def slip(number: int, *, rows: int = 1, head: str = "Harbour Office of Weights") -> Page:
    """A mark without a label that the lexicon knows, and a fee below rows of other sums."""
    goods = [[(40.0, f"Scale {row}"), (300.0, f"{row}3.{row}0")] for row in range(1, rows + 1)]
    fee: list[tuple[float, str]] = [(40.0, "Levied"), (300.0, f"{number}7.50")]
    mark: list[tuple[float, str]] = [(40.0, "Tally"), (140.0, f"Q{number}/88")]
    return page([head, "Certificates of gauges", "", mark, "", *goods, "", fee, "Keep this slip"])


def truth(number: int) -> dict[str, str]:
    return {
        "mark": f"Q{number}/88",
        "fee": f"{number}7.50",
        "office": "Harbour Office of Weights",
    }


def example(number: int, rows: int = 1) -> Example:
    read = slip(number, rows=rows)
    found = extract(ExtractRequest(pages=[read], requested_type="slip", schemas=[SCHEMA])).fields
    reviewed = {name: Field(value=value) for name, value in truth(number).items()}
    return Example(Reading([read]), found, reviewed)


def taught(count: int = 5) -> list[Example]:
    return [example(10 + number, rows=1 + number % 3) for number in range(count)]


def test_the_next_document_of_the_layout_is_right() -> None:
    learned = learn(SCHEMA, taught(), "a-training-of-1234567")
    request = ExtractRequest(
        pages=[slip(77, rows=4)],
        requested_type="slip",
        schemas=[SCHEMA],
        lessons={"slip": learned.lessons},
    )
    result = extract(request)
    assert result.engine == "layout/1+learned/-1234567"
    found = {name: it.value for name, it in result.fields.items() if isinstance(it, Field)}
    assert found == truth(77)
    fee = result.fields["fee"]
    assert isinstance(fee, Field)
    assert fee.grounded
    assert fee.boxes[0].x0 == 300.0
    assert 0.7 < fee.confidence < 0.99


def test_progress_counts_each_document_by_the_lessons_of_the_others() -> None:
    progress = learn(SCHEMA, taught()).progress
    assert (progress.reviewed, progress.documents, progress.layouts) == (5, 5, 1)
    counts = {it.name: (it.values, it.before, it.after) for it in progress.fields}
    assert counts["mark"] == (5, 0, 5)
    assert counts["fee"][2] == 5


def test_a_value_that_stands_nowhere_teaches_nothing_of_places() -> None:
    first, *others = taught()
    odd = Example(first.reading, {}, {**first.reviewed, "mark": Field(value="not on the page")})
    learned = learn(SCHEMA, [odd, *others])
    counts = {it.name: it.after for it in learned.progress.fields}
    assert counts["mark"] == 4
    nowhere = [
        Example(it.reading, {}, {"mark": Field(value=f"nowhere {at}")})
        for at, it in enumerate(taught())
    ]
    assert learn(SCHEMA, nowhere).progress.fields[0].after == 0


def test_two_documents_teach_nothing() -> None:
    assert learn(SCHEMA, taught(2)).lessons.layouts == []


def test_another_layout_is_left_alone() -> None:
    learned = learn(SCHEMA, taught())
    other = page(["Some other paper", "", "with nothing of the sort", "Q5/88", "97.50"])
    assert layout_of(learned.lessons, Reading([other]).sheet) is None
    plain = ExtractRequest(pages=[other], requested_type="slip", schemas=[SCHEMA])
    knowing = ExtractRequest(
        pages=[other],
        requested_type="slip",
        schemas=[SCHEMA],
        lessons={"slip": learned.lessons},
    )
    assert extract(knowing).fields == extract(plain).fields


def test_layouts_are_kept_apart() -> None:
    others = [
        Example(
            Reading([page([f"N{number}-1", "", "Quay dues", [(400.0, f"{number}.10")], "Thanks"])]),
            {},
            {"mark": Field(value=f"N{number}-1"), "fee": Field(value=f"{number}.10")},
        )
        for number in range(20, 24)
    ]
    learned = learn(SCHEMA, taught() + others)
    assert sorted(it.documents for it in learned.lessons.layouts) == [4, 5]


def test_what_all_documents_had_is_known_where_it_cannot_be_read() -> None:
    learned = learn(SCHEMA, taught())
    request = ExtractRequest(
        pages=[slip(55, head="H rb  r 0ff")],
        requested_type="slip",
        schemas=[SCHEMA],
        lessons={"slip": learned.lessons},
    )
    office = extract(request).fields["office"]
    assert isinstance(office, Field)
    assert (office.value, office.grounded) == ("Harbour Office of Weights", False)


@pytest.mark.parametrize(
    ("accuracy", "machine", "wanted"),
    [(0.9, 0.4, "recalled"), (0.4, 0.9, "machine"), (0.5, 0.5, "machine")],
)
def test_whoever_was_right_more_often_is_believed(
    accuracy: float, machine: float, wanted: str
) -> None:
    lesson = FieldLesson(name="f", kind=FieldType.TEXT, accuracy=accuracy, machine=machine)
    left = remembered(
        Field(value="machine", confidence=0.95), Recalled(lesson, "recalled", ()), FieldType.TEXT
    )
    assert left is not None
    assert left.value == wanted
    assert left.confidence <= max(accuracy, machine)


def test_agreement_is_surer_than_either() -> None:
    lesson = FieldLesson(name="f", kind=FieldType.AMOUNT, accuracy=0.8)
    left = remembered(
        Field(value="5.00", confidence=0.7), Recalled(lesson, "5.00", ()), FieldType.AMOUNT
    )
    assert left is not None
    assert Decimal(str(left.confidence)) == Decimal("0.94")


def test_a_pinned_type_is_found_by_its_engine_alone() -> None:
    learned = learn(SCHEMA, taught())
    request = ExtractRequest(
        pages=[slip(77)],
        requested_type="slip",
        schemas=[SCHEMA.copy_with(engine="layout/1")],
        lessons={"slip": learned.lessons},
    )
    plain = ExtractRequest(pages=[slip(77)], requested_type="slip", schemas=[SCHEMA])
    result = extract(request)
    assert (result.engine, result.fields) == ("layout/1", extract(plain).fields)
    gone = replace(request, schemas=[SCHEMA.copy_with(engine="layout/0")])
    with pytest.raises(Permanent) as raised:
        extract(gone)
    assert raised.value.code is Code.MODEL_MISSING
