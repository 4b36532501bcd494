"""Words become lines, columns are read one after the other, tables are found."""

from services.ocr.layout import Token, arrange
from services.ocr.tables import find_tables


def row(y: float, *words: tuple[str, float]) -> list[Token]:
    return [Token(text, x, y, x + 8 * len(text), y + 10) for text, x in words]


def texts(tokens: list[Token]) -> list[str]:
    return [" ".join(tokens[i].text for i in line.words) for line in arrange(tokens)]


def prose(x: float, y: float, words: str) -> list[Token]:
    tokens = []
    for word in words.split():
        tokens.append(Token(word, x, y, x + 6 * len(word), y + 10))
        x = tokens[-1].x1 + 4
    return tokens


def test_wide_gaps_part_lines() -> None:
    tokens = row(0, ("Total", 0), ("amount", 44), ("22.00", 300))
    assert texts(tokens) == ["Total amount", "22.00"]


def test_rows_of_slightly_different_height_stay_apart() -> None:
    tokens = [*row(0, ("first", 0)), *row(11, ("second", 0)), *row(2, ("line", 44))]
    assert texts(tokens) == ["first line", "second"]


def test_two_columns_of_prose_are_read_one_after_the_other() -> None:
    tokens = prose(0, 0, "A headline over both of the two columns of this page here")
    for index in range(5):
        tokens += prose(0, 30 + 14 * index, f"left column line number {index}")
        tokens += prose(250, 30 + 14 * index, f"right column line number {index}")
    found = texts(tokens)
    assert found[1:6] == [f"left column line number {i}" for i in range(5)]
    assert found[6:] == [f"right column line number {i}" for i in range(5)]


def test_labels_and_values_are_read_row_by_row() -> None:
    tokens = []
    for index in range(5):
        tokens += prose(0, 14 * index, f"some long label number {index}")
        tokens += prose(250, 14 * index, f"{index}.00")
    assert texts(tokens)[:4] == [
        "some long label number 0", "0.00", "some long label number 1", "1.00",
    ]  # fmt: skip


def test_close_lines_are_a_block() -> None:
    tokens = [
        *prose(0, 0, "first line of one"), *prose(0, 13, "second line of one"),
        *prose(0, 60, "another block"),
    ]  # fmt: skip
    assert [line.block for line in arrange(tokens)] == [0, 0, 1]


def test_table_without_rules() -> None:
    tokens = prose(0, 0, "Everything you ordered is listed below this line of text")
    cells = [("Item", "Qty", "Price"), ("Standing desk", "1", "190.00"), ("Lamp", "2", "30.00"),
             ("Oak chair", "4", "75.50")]  # fmt: skip
    for index, (item, quantity, price) in enumerate(cells):
        y = 40 + 16 * index
        tokens += [*prose(0, y, item), *prose(200, y, quantity), *prose(300, y, price)]
    (grid,) = find_tables(arrange(tokens), tokens)
    assert (grid.rows, grid.columns) == (4, 3)
    assert {(c.row, c.column): c.text for c in grid.cells}[3, 2] == "75.50"


def test_prose_is_no_table() -> None:
    tokens = [t for i in range(8) for t in prose(0, 14 * i, "plain words in a row without gaps")]
    assert find_tables(arrange(tokens), tokens) == []
