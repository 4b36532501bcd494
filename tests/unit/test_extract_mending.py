"""Words that recognition misread, put right; what was read stays on record."""

import pytest
from extract_samples import page, receipt

from services.extract.contract import ExtractRequest
from services.extract.engine import extract
from services.extract.mending import mended_place
from services.extract.reading import Reading
from shared.models.extraction import Field


def words(line: str, confidence: float = 0.6) -> list[str]:
    sheet = Reading([page([line], confidence=confidence)]).sheet
    return [token.text for token in sheet.tokens]


@pytest.mark.parametrize(
    ("read", "mended"),
    [
        ("MORNING STAR SON BID", "MORNING STAR SDN BHD"),
        ("Morning Star Sdn End", "Morning Star Sdn Bhd"),
        ("CORNER MART 5/8", "CORNER MART S/B"),
        ("TAMAN DAMA!", "TAMAN DAMAI"),
        ("Jaian Utama", "Jalan Utama"),
        ("BIk G, JIn Utama", "Blk G, Jln Utama"),
        ("PERNIA©AAN B00KS", "PERNIAGAAN BOOKS"),
        ("GOLDEN SEAFOOO HAROWARE", "GOLDEN SEAFOOD HARDWARE"),
        ("N0.12, Kuala Lumpur", "NO.12, Kuala Lumpur"),
        ("USt. 7 $ 19$ 12,50 $ $ 20", "USt. 7 % 19% 12,50 $ $ 20"),
    ],
)
def test_usual_misreadings_are_put_right(read: str, mended: str) -> None:
    assert " ".join(words(read)) == mended


@pytest.mark.parametrize(
    "line",
    ["MORNING STAR SDN BHD", "7ELEVEN D2U MART", "SON OF SAM", "THANK YOU (GST)", "12 5/8 INCH"],
)
def test_what_is_no_misreading_stays(line: str) -> None:
    assert " ".join(words(line, 0.95)) == line


def test_a_text_layer_is_never_mended() -> None:
    line = "MORNING STAR SON BID Jaian B00KS"
    assert " ".join(words(line, 1.0)) == line


@pytest.mark.parametrize(
    ("given", "printed"),
    [("PAHAMG,", "PAHANG,"), ("Kelamtan", "Kelantan"), ("INOUSTRIAL", "INDUSTRIAL")],
)
def test_letters_that_look_alike_are_put_right_in_places(given: str, printed: str) -> None:
    assert mended_place(given) == printed
    rows = ["GOLDEN LEAF SDN BHD", f"NO 12, JALAN MELATI 3, {given}", "43000 KAJANG"]
    sheet = page([*rows, "TAX INVOICE", [(40, "TOTAL (RM)"), (300, "23.40")]])
    address = extract(ExtractRequest(pages=[sheet], requested_type="receipt")).fields["address"]
    assert isinstance(address, Field)
    assert address.value == f"NO 12, JALAN MELATI 3, {printed} 43000 KAJANG"
    assert given in address.raw


@pytest.mark.parametrize("word", ["PERMAS", "LAMAN", "ROLAND", "PAHANGS", "12-PAHAMG", "KELANG"])
def test_other_words_of_addresses_stay(word: str) -> None:
    assert mended_place(word) == word


def test_value_is_mended_and_raw_is_what_was_read() -> None:
    sheet = receipt(confidence=0.9)
    words = [
        word.model_copy(update={"text": "SON"}) if word.text == "SDN" else word
        for word in sheet.words
    ]
    misread = sheet.model_copy(update={"words": words})
    company = extract(ExtractRequest(pages=[misread])).fields["company"]
    assert isinstance(company, Field)
    assert company.value == "MORNING STAR TRADING SDN BHD"
    assert company.raw == "MORNING STAR TRADING SON BHD"


def test_a_name_over_two_lines_is_one_name() -> None:
    rows = [
        "GOLDEN LEAF", "BAKERY (KAJANG) SDN BHD", "NO 7, JALAN MERDEKA 3,", "43000 KAJANG",
        "DATE 25/03/2018", "TOTAL RM 12.50", "CASH 20.00", "CHANGE 7.50",
    ]  # fmt: skip
    request = ExtractRequest(pages=[page([*rows], width=300.0)], requested_type="receipt")
    company = extract(request).fields["company"]
    assert isinstance(company, Field)
    assert company.value == "GOLDEN LEAF BAKERY (KAJANG) SDN BHD"


def test_fractions_of_goods_are_no_legal_form() -> None:
    rows = [f"LINE {number}" for number in range(14)]
    sheet = Reading([page([*rows, "GOLDEN RIBBON 5/8"], confidence=0.6)]).sheet
    assert sheet.rows[-1].text == "GOLDEN RIBBON 5/8"


def test_specks_at_the_ends_of_a_line_are_no_part_of_a_name_or_address() -> None:
    sheet = receipt(confidence=0.9)
    words = list(sheet.words)
    at = next(number for number, word in enumerate(words) if word.text == "43000")
    speck = words[at].model_copy(update={"text": "3", "x0": 78.0, "x1": 84.0, "confidence": 0.1})
    worn = sheet.model_copy(update={"words": [*words[:at], speck, *words[at:]]})
    address = extract(ExtractRequest(pages=[worn])).fields["address"]
    assert isinstance(address, Field)
    assert "INDAH, 43000 KAJANG" in address.value
