"""Questions and answers of forms, from words at places and from boxes."""

import pytest
from extract_samples import page

from services.extract.contract import ExtractRequest
from services.extract.engine import extract
from services.extract.laying import lay_out
from services.extract.pairs import find_pairs
from services.extract.pairs.links import Place, link
from shared.models.page import Page


def pairs(document: Page) -> dict[str, str]:
    rows = find_pairs(lay_out([document]))
    return {row["question"].value: row["answer"].value for row in rows}


def test_answers_stand_beside_their_questions_with_and_without_colons() -> None:
    found = pairs(
        page(
            [
                "APPLICATION FOR A PARKING PERMIT",
                "",
                [(40.0, "Name:"), (160.0, "Greta Lindqvist")],
                [(40.0, "Address:"), (160.0, "12 Harbour Lane, Whitby")],
                [(40.0, "Phone number"), (160.0, "01947 555 014")],
                [(40.0, "Vehicle:"), (160.0, "Blue van"), (330.0, "Date:"), (400.0, "3 May 2024")],
            ]
        )
    )
    assert found["Name:"] == "Greta Lindqvist"
    assert found["Address:"] == "12 Harbour Lane, Whitby"
    assert found["Phone number"] == "01947 555 014"
    assert found["Vehicle:"] == "Blue van"
    assert found["Date:"] == "3 May 2024"


def test_a_german_form_in_capitals_without_colons() -> None:
    found = pairs(
        page(
            [
                [(40.0, "VORNAME"), (160.0, "Jonas"), (330.0, "PLZ"), (400.0, "24103")],
                [(40.0, "ANSCHRIFT"), (160.0, "Holstenweg 9"), (330.0, "ORT"), (400.0, "Kiel")],
                [(40.0, "GEBURTSDATUM"), (160.0, "07.11.1988")],
            ]
        )
    )
    assert found == {
        "VORNAME": "Jonas",
        "PLZ": "24103",
        "ANSCHRIFT": "Holstenweg 9",
        "ORT": "Kiel",
        "GEBURTSDATUM": "07.11.1988",
    }


def test_an_answer_below_its_question_and_one_of_several_lines() -> None:
    found = pairs(
        page(
            [
                [(40.0, "Name:"), (300.0, "Date received:")],
                [(60.0, "Paul Okafor"), (320.0, "11/6/86")],
                "",
                [(40.0, "Remarks:"), (160.0, "The lid does not close and the")],
                [(160.0, "hinge on the left is broken")],
                "",
                [(160.0, "This belongs to nobody")],
            ]
        )
    )
    assert found["Name:"] == "Paul Okafor"
    assert found["Date received:"] == "11/6/86"
    assert found["Remarks:"] == "The lid does not close and the hinge on the left is broken"


def test_a_label_of_two_lines_is_one_question() -> None:
    found = pairs(
        page(
            [
                "NUMBER OF",
                [(40.0, "SUPERVISORS:"), (220.0, "three")],
                "",
                "",
                [(40.0, "MARKET:"), (220.0, "Boston")],
            ]
        )
    )
    assert found == {"NUMBER OF SUPERVISORS:": "three", "MARKET:": "Boston"}


def test_columns_of_values_belong_to_their_heads_and_to_the_labels_of_their_rows() -> None:
    found = pairs(
        page(
            [
                [(200.0, "Calls"), (300.0, "Share")],
                [(40.0, "Weekly"), (200.0, "162"), (300.0, "53%")],
                [(40.0, "Monthly"), (200.0, "76"), (300.0, "25%")],
                [(40.0, "Yearly"), (200.0, "66"), (300.0, "22%")],
            ]
        )
    )
    assert found == {
        "Calls": "162 76 66",
        "Share": "53% 25% 22%",
        "Weekly": "162 53%",
        "Monthly": "76 25%",
        "Yearly": "66 22%",
    }


def test_in_a_list_of_records_names_are_answers_of_their_head() -> None:
    found = pairs(
        page(
            [
                [(40.0, "Account"), (200.0, "Volume"), (300.0, "Stores")],
                [(40.0, "Rite Mart"), (200.0, "139"), (300.0, "23")],
                [(40.0, "Petro Stop"), (200.0, "202"), (300.0, "21")],
                [(40.0, "Coast Oil"), (200.0, "126"), (300.0, "15")],
            ]
        )
    )
    assert found["Account"] == "Rite Mart Petro Stop Coast Oil"
    assert "Rite Mart" not in found


def test_a_tick_belongs_to_the_text_behind_its_box_and_a_cross_to_its_neighbour() -> None:
    found = pairs(
        page(
            [
                [(40.0, "☑"), (56.0, "Domestic"), (150.0, "☐"), (166.0, "Export")],
                [(40.0, "Accepted"), (100.0, "X"), (220.0, "Rejected")],
            ]
        )
    )
    assert found == {"Domestic": "☑", "Accepted": "X"}


def test_a_letter_has_no_pairs() -> None:
    text = [
        "Thank you for your letter, which reached me last week when I was away on business.",
        "I have looked into the matter and found that the parcel was sent to a wrong address.",
        "The warehouse will send another one tomorrow, and you need not return the first one.",
    ]
    assert pairs(page([*text])) == {}


def test_the_generic_type_gives_pairs_that_point_at_their_words() -> None:
    document = page([[(40.0, "Witness:"), (160.0, "Ada Thorne")], "some other words of no use"])
    result = extract(ExtractRequest(pages=[document]))
    assert result.type is None
    rows = result.fields["pairs"]
    assert isinstance(rows, list)
    answer = rows[0]["answer"]
    assert (answer.value, answer.boxes[0].x0, answer.grounded) == ("Ada Thorne", 160.0, True)


def place(x: float, y: float, width: float = 60.0) -> Place:
    return Place(x, y, x + width, y + 10.0)


def test_links_cross_in_tables() -> None:
    heads = [place(200, 0), place(300, 0)]
    rows = [place(40, y) for y in (20, 40, 60)]
    cells = [place(x, y) for y in (20, 40, 60) for x in (200, 300)]
    found = set(link(heads + rows, cells))
    wanted = {(at % 2, at) for at in range(6)} | {(2 + at // 2, at) for at in range(6)}
    assert found == wanted


@pytest.mark.parametrize(
    ("questions", "answer", "right"),
    [
        ([place(40, 100), place(40, 60)], place(200, 100), 0),  # beside wins over above
        ([place(40, 100), place(240, 100)], place(320, 100), 1),  # the nearer one beside
        ([place(40, 100), place(200, 88)], place(200, 101), 1),  # just above wins over far left
        ([place(200, 112)], place(200, 100), 0),  # a caption below its line
        ([place(200, 20), place(40, 88)], place(110, 100), 1),  # indented below its question
    ],
)
def test_an_answer_is_linked_to_the_question_it_stands_best_to(
    questions: list[Place], answer: Place, right: int
) -> None:
    assert link(questions, [answer]) == [(right, 0)]


def test_words_without_height_or_width_harm_nothing() -> None:
    words = page(["Date: 3 May 2024", "Total: 12.50"]).words
    flat = [word.copy_with(y1=word.y0, x1=word.x0) for word in words]
    document = Page(number=0, width=595.0, height=842.0, words=flat)
    for kind in ("generic", "resume", "invoice", "receipt", "identity_document"):
        extract(ExtractRequest(pages=[document], requested_type=kind))


def test_names_below_an_answer_go_on_with_it() -> None:
    found = pairs(
        page(
            [
                [(40.0, "Material:"), (198.0, "Glass fibre")],
                "",
                [(40.0, "Distribution:"), (198.0, "Mr. Lucien Bass")],
                [(198.0, "Dr. Ada Conner"), (420.0, "Confidential")],
                [(198.0, "Ms. Ruth Lacy")],
            ]
        )
    )
    assert found["Distribution:"].startswith("Mr. Lucien Bass Dr. Ada Conner")
    assert found["Distribution:"].endswith("Ms. Ruth Lacy")
    assert "Dr. Ada Conner" not in found
