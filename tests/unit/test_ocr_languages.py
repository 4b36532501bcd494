"""A page's language is told; letters and scripts that no engine reads are owned up to."""

import string

import numpy as np
import pymupdf
import pytest
from pydantic import ValidationError

from services.ocr.confidence import mean_confidence, packaged_weights
from services.ocr.engines.registry import loaded
from services.ocr.geometry import Frame
from services.ocr.language import language_of
from services.ocr.layout import Token
from services.ocr.legibility import UNREAD, Appraisal, appraise
from services.ocr.recognition import Recognised, recognise
from services.ocr.sources import Picture
from shared.config import Settings
from shared.models.languages import LANGUAGES, language_codes, special_letters

pytestmark = pytest.mark.slow

WESTERN = ("en", "de", "fr", "es", "pt", "it", "nl")
SENTENCES = {
    "en": "Thank you for your order, the amount is due within thirty days",
    "de": "Vielen Dank für Ihre Bestellung, der Betrag ist innerhalb von 30 Tagen zu zahlen",
    "fr": "Merci pour votre commande, le montant est à régler dans les trente jours",
    "es": "Gracias por su pedido, el importe de la factura vence en treinta días",
    "pt": "Obrigado pela sua encomenda, o valor da fatura não inclui os portes",
    "it": "Grazie per il suo ordine, la fattura è da pagare entro la fine del mese",
    "nl": "Bedankt voor uw bestelling, het bedrag van de factuur is te betalen",
}
# What stands on invoices, in scripts that no engine installed here reads.
FOREIGN = {
    "Chinese": (
        "china-s",
        "发票号码 销售单位名称 购买方 地址电话 合计金额 规格型号 数量 单价 税率 税额 备注 收款人",
    ),
    "Japanese": (
        "japan",
        "請求書 お客様 ご請求金額 合計 消費税 振込先 銀行 支店 普通口座 お支払期限 品名 ありがとう",
    ),
    "Korean": (
        "korea",
        "세금계산서 공급자 등록번호 상호 성명 사업장 주소 업태 종목 합계금액 부가가치세 품목 규격",
    ),
    "Russian": (
        "cjk",
        "Счет фактура номер Продавец Адрес Покупатель товара единица количество цена стоимость",
    ),
    "Greek": (
        "cjk",
        "Τιμολόγιο αριθμός ημερομηνία πελάτης διεύθυνση ποσότητα τιμή αξία φόρος σύνολο",
    ),
    "Arabic": (
        "cjk",
        "فاتورة رقم التاريخ العميل العنوان الوصف الكمية السعر الإجمالي ضريبة القيمة المضافة",
    ),
}


def printed(font: str, text: str, *, lines: int = 14) -> Picture:
    """A page of words drawn at random from ``text``, at 200 dpi."""
    draw = np.random.default_rng(1)
    words = text.split()
    with pymupdf.open() as document:
        page = document.new_page(width=420, height=595)
        writer = pymupdf.TextWriter(page.rect)
        for line in range(lines):
            said = " ".join(draw.choice(words, 4).tolist())
            writer.append((40, 50 + 18 * line), said, font=pymupdf.Font(font), fontsize=11)
        writer.write_text(page)
        pixels = page.get_pixmap(dpi=200, colorspace=pymupdf.csGRAY)
        grey = np.frombuffer(pixels.samples, np.uint8).reshape(pixels.height, pixels.stride)
    return Picture(np.ascontiguousarray(grey[:, : pixels.width]), Frame())


def read(engine: str, picture: Picture) -> Appraisal:
    found = recognise(picture, loaded(engine, WESTERN))
    return appraise(found, WESTERN, packaged_weights()[found.engine])


@pytest.mark.parametrize("engine", ["fast", "auto"])
@pytest.mark.parametrize("script", FOREIGN)
def test_a_script_that_nobody_reads_is_reported(engine: str, script: str) -> None:
    worth = read(engine, printed(*FOREIGN[script]))
    assert worth.warnings == [UNREAD]
    assert (mean_confidence(worth.tokens) or 0) < 0.3
    assert sum(token.confidence > 0.5 for token in worth.tokens) == 0


@pytest.mark.parametrize("engine", ["fast", "auto"])
@pytest.mark.parametrize("language", ["en", "de"])
def test_a_script_that_they_read_is_not(engine: str, language: str) -> None:
    worth = read(engine, printed("helv", SENTENCES[language]))
    assert UNREAD not in worth.warnings
    assert worth.language == language
    assert (mean_confidence(worth.tokens) or 0) > 0.8


@pytest.mark.parametrize("language", SENTENCES)
def test_languages_are_told_apart(language: str) -> None:
    assert language_of(SENTENCES[language].split()) == language


@pytest.mark.parametrize("text", ["", "12.50 KG", "Northwind Trading", "de la"])
def test_few_words_tell_no_language(text: str) -> None:
    assert language_of(text.split()) is None


def test_a_language_that_is_not_expected_is_not_found() -> None:
    assert language_of(SENTENCES["de"].split(), ("en", "fr")) is None


def found(
    text: str, letters: str, *, confidence: float = 0.95, coverage: float = 0.9
) -> Recognised:
    tokens = [Token(word, 0, 0, 1, 1, confidence) for word in text.split()]
    return Recognised(tokens, Frame(), engine="fast", letters=frozenset(letters), coverage=coverage)


def test_letters_that_cannot_be_written_are_named() -> None:
    letters = string.ascii_letters + "é"
    german = appraise(found(SENTENCES["de"], letters), WESTERN)
    assert german.warnings == ["The engine fast cannot write these letters: ÄÖÜßäöü"]
    assert appraise(found(SENTENCES["en"], letters), WESTERN).warnings == []
    (unknown,) = appraise(found("ACME 12 34", letters), ("en", "nl")).warnings
    assert unknown == "The engine fast cannot write these letters: ÉËÏÓÖÜëïóöü"


def test_a_language_of_another_script_is_named() -> None:
    worth = appraise(found("ACME 12 34", "abc"), ("ru",))
    assert worth.warnings == ["The engine fast does not read Russian."]


def test_few_doubtful_characters_prove_nothing() -> None:
    worth = appraise(found("7x1", "", confidence=0.2), ("en",))
    assert (worth.warnings, worth.tokens[0].confidence) == ([], 0.2)


def test_lines_that_no_word_explains_are_reported() -> None:
    worth = appraise(found("ACME 12 34", "", coverage=0.1), ("en",))
    assert (worth.warnings, worth.tokens[0].confidence) == ([UNREAD], pytest.approx(0.38))
    assert appraise(found("", "", coverage=0.0), ("en",)).warnings == [UNREAD]
    assert appraise(found("", "", coverage=1.0), ("en",)).warnings == []


def test_codes_are_read_from_a_list() -> None:
    assert language_codes(" DE, en ,de,") == ("de", "en")
    assert special_letters(("de", "nl")) == frozenset("äöüßÄÖÜéëïóÉËÏÓ")
    assert all(len(code) == 2 and language.iso3 for code, language in LANGUAGES.items())


@pytest.mark.parametrize(
    ("listed", "fault"), [("en,xx", "unknown language xx"), (" ,", "at least")]
)
def test_unknown_languages_are_refused_with_the_settings(
    listed: str, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCSTAGE_OCR_LANGS", listed)
    with pytest.raises(ValidationError, match=fault):
        Settings()
