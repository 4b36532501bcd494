"""What reviews teach of lines: a table that nobody knows is found on the next document."""

from extract_samples import Cell, page

from services.extract.contract import ExtractRequest
from services.extract.engine import extract
from services.extract.lessons import Lessons
from services.extract.memory.columns import remembered_rows
from services.extract.memory.learn import Example, learn
from services.extract.reading import Reading
from shared.models.extraction import Field, Fields, Row
from shared.models.page import Page
from shared.models.schema import FieldSpec, FieldType, Schema

SCHEMA = Schema(
    name="tally",
    fields=[
        FieldSpec(
            name="loads",
            type=FieldType.ROWS,
            fields=[
                FieldSpec(name="lot", type=FieldType.IDENTIFIER),
                FieldSpec(name="goods"),
                FieldSpec(name="weight", type=FieldType.NUMBER),
            ],
        )
    ],
)
GOODS = ("Rope", "Tar barrels", "Sail cloth", "Oak planks", "Iron nails", "Lamp oil", "Pitch")
Load = tuple[str, str, str]


def loads(number: int) -> list[Load]:
    """Two to five, unlike those of other documents."""
    return [
        (f"L{number}{at}", GOODS[(number + at) % len(GOODS)], f"{number * 7 + at * 13}.5")
        for at in range(2 + number % 4)
    ]


def tally(number: int) -> Page:
    """Lots and weights on one row, goods below; heads and what follows say nothing."""
    rows: list[str | list[Cell]] = ["Harbour Office of Weights", "Tally of the quay", ""]
    rows.append([(40.0, "Kx"), (300.0, "Rubrum")])
    for lot, goods, weight in loads(number):
        rows += [[(40.0, lot), (300.0, weight)], [(60.0, goods)]]
    rows += [[(40.0, "Quay dues"), (300.0, f"{number}.25")], "Keep this slip"]
    return page(rows)


def reviewed(number: int) -> Fields:
    names = ("lot", "goods", "weight")
    rows: list[Row] = [
        {name: Field(value=value) for name, value in zip(names, load, strict=True)}
        for load in loads(number)
    ]
    return {"loads": rows}


def found(content: Page, lessons: Lessons | None = None) -> list[Load]:
    known = {} if lessons is None else {"tally": lessons}
    request = ExtractRequest(
        pages=[content], requested_type="tally", schemas=[SCHEMA], lessons=known
    )
    rows = extract(request).fields.get("loads", [])
    assert isinstance(rows, list)
    values = [{name: str(cell.value) for name, cell in row.items()} for row in rows]
    return [(it.get("lot", ""), it.get("goods", ""), it.get("weight", "")) for it in values]


def examples(numbers: range) -> list[Example]:
    return [Example(Reading([tally(it)]), {"loads": []}, reviewed(it)) for it in numbers]


def test_lines_of_the_next_document_are_right() -> None:
    assert found(tally(77)) != loads(77)
    learned = learn(SCHEMA, examples(range(10, 15)))
    assert found(tally(77), learned.lessons) == loads(77)
    (lesson,) = learned.lessons.layouts[0].tables
    assert {it.name: it.below for it in lesson.columns} == {"lot": 0, "goods": 1, "weight": 0}


def test_progress_counts_cells_by_the_lessons_of_the_others() -> None:
    (progress,) = learn(SCHEMA, examples(range(10, 15))).progress.fields
    cells = 3 * sum(len(loads(number)) for number in range(10, 15))
    assert (progress.name, progress.values) == ("loads", cells)
    assert progress.before == 0
    assert progress.after == cells


def test_two_reviews_teach_nothing_of_lines() -> None:
    assert learn(SCHEMA, examples(range(10, 12))).lessons.layouts == []


def test_what_the_machine_gets_right_stays() -> None:
    right = [Example(it.reading, it.reviewed, it.reviewed) for it in examples(range(10, 15))]
    learned = learn(SCHEMA, right)
    lesson = learned.lessons.layouts[0].tables[0]
    (progress,) = learned.progress.fields
    assert progress.before == progress.after == progress.values
    machine = examples(range(20, 21))[0].reviewed["loads"]
    assert isinstance(machine, list)
    assert remembered_rows(machine, lesson, Reading([tally(11)])) == machine


def test_another_layout_is_left_alone() -> None:
    learned = learn(SCHEMA, examples(range(10, 15)))
    other = page(["Mountain railway", "Carriages of the day", [(40.0, "L1"), (300.0, "7.5")]])
    assert found(other, learned.lessons) == found(other)
