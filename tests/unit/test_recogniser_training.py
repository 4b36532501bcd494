"""The drawn lines are repeatable, and what is trained on them comes back from its file."""

import io
import random
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from easyocr_en_models import model_dir
from PIL import ImageFont

from benchmarks.recogniser import charset
from benchmarks.recogniser.faces import Face
from benchmarks.recogniser.lines import LineSource
from benchmarks.recogniser.packing import packed
from benchmarks.recogniser.text import TextSource, read
from benchmarks.recogniser.words import LISTS, Vocabulary, vocabularies
from services.ocr.engines.recogniser import Recogniser
from services.ocr.models import WEIGHTS, ModelName
from services.ocr.weights.npz import load_own, unpacked
from services.ocr.weights.pth import load_state
from services.ocr.weights.recipes import recogniser
from services.ocr.weights.symbols import ENGLISH
from shared.errors import Code, Permanent
from tests.samples import pages

GERMAN = Vocabulary(["Straße", "Haus", "Müll", "Tag"], ["Straße", "Müll"])
ENGLISH_WORDS = Vocabulary(["house", "day", "street"], [])


@pytest.fixture
def face(tmp_path: Path) -> Face:
    font: Any = ImageFont.load_default(20)
    path = tmp_path / "font.ttf"
    path.write_bytes(font.path.getvalue())
    return Face(path, frozenset(charset.SYMBOLS) | {chr(sign) for sign in charset.PLAIN})


def test_symbols_begin_with_those_of_english_g2() -> None:
    assert charset.SYMBOLS.startswith(ENGLISH)
    assert len(set(charset.SYMBOLS)) == len(charset.SYMBOLS)
    assert 200 < len(charset.SYMBOLS) < 290
    assert set(charset.FREQUENT) <= set(charset.SYMBOLS)


def test_text_becomes_outputs_after_the_blank() -> None:
    assert charset.encoded("0") == [1]
    assert [charset.SYMBOLS[it - 1] for it in charset.encoded("Größe 5 €")] == list("Größe 5 €")
    with pytest.raises(KeyError):
        charset.encoded("Ω")


def test_new_letters_look_like_old_ones() -> None:
    assert [charset.base(it) for it in "éŁßz£"] == list("eLBzE")
    assert [it for it in charset.SYMBOLS if charset.base(it) not in ENGLISH] == list("½¼¾™№")


def test_equal_seeds_draw_equal_lines(face: Face) -> None:
    first, same, other = (
        [LineSource([face], [ENGLISH_WORDS, GERMAN], seed).line() for _ in range(1)]
        + [LineSource([face], [ENGLISH_WORDS, GERMAN], f"{seed}-next").line()]
        for seed in (7, 7, 8)
    )
    for one, two in zip(first, same, strict=True):
        assert one.text == two.text
        assert np.array_equal(one.pixels, two.pixels)
    assert any(
        one.text != two.text or not np.array_equal(one.pixels, two.pixels)
        for one, two in zip(first, other, strict=True)
    )


def test_small_print_is_small_and_as_repeatable(face: Face) -> None:
    first, same = (LineSource([face], [ENGLISH_WORDS, GERMAN], 7, small=True) for _ in range(2))
    for _ in range(40):
        one, two = first.line(), same.line()
        assert one.text == two.text
        assert np.array_equal(one.pixels, two.pixels)
        assert 9 <= len(one.pixels) <= 26


def test_a_line_says_what_it_was_asked_to(face: Face) -> None:
    picture = LineSource([face], [ENGLISH_WORDS, GERMAN], 1).line(
        "„Müll“ \N{EN DASH} 5 \N{MULTIPLICATION SIGN} 2"
    )
    assert picture.text == '"Müll" - 5 x 2'
    assert picture.pixels.dtype == np.uint8
    assert picture.pixels.shape[1] > picture.pixels.shape[0] > 10
    assert int(picture.pixels.max()) - int(picture.pixels.min()) > 20


def test_a_third_of_the_lines_have_accents() -> None:
    source = TextSource([ENGLISH_WORDS, GERMAN], random.Random(3))
    lines = [read(source.line()) for _ in range(3000)]
    assert all(map(charset.readable, lines))
    share = np.mean([any(map(charset.is_accented, line)) for line in lines])
    assert 0.3 < share < 0.6
    assert {symbol for line in lines for symbol in line} >= set(charset.FREQUENT)


def test_words_to_measure_with_are_none_to_train_with(tmp_path: Path) -> None:
    (tmp_path / "dict").mkdir()
    words = [f"wört{one}{two}" for one in "abcdefgh" for two in "klmnopqrst"]
    for name in LISTS:
        (tmp_path / "dict" / name).write_text("\n".join(words), "utf-8")
    kept = vocabularies(tmp_path, held_out=False)[0]
    held = vocabularies(tmp_path, held_out=True)[0]
    assert sorted([*kept.words, *held.words]) == words
    assert 0 < len(held.words) < len(kept.words)
    assert set(kept.accented) == set(kept.words)


def stock() -> dict[str, Any]:
    weights = WEIGHTS[ModelName.RECOGNISER]
    return load_state(Path(model_dir()) / weights.file, weights.md5)


def test_weights_come_back_from_their_file() -> None:
    state = stock()
    content = packed(state, ENGLISH)
    again, symbols = unpacked(content)
    assert symbols == ENGLISH
    assert len(content) < 8 * 2**20
    assert again.keys() == state.keys()
    for name, values in state.items():
        assert again[name].dtype == np.float32
        np.testing.assert_allclose(again[name], values, rtol=1e-3, atol=1e-6)


def test_a_model_carries_its_symbols(tmp_path: Path) -> None:
    state, symbols = unpacked(packed(stock(), ENGLISH.replace("T", "Ţ")))
    onnx.save(recogniser(state, symbols), tmp_path / "model.onnx")
    image = pages.drawn_page(("Total amount 1,248.90",), width=560, height=130)
    reader = Recogniser(tmp_path / "model.onnx")
    (reading,) = reader.read([np.asarray(image)[70:130, 60:]])
    assert reading.text.replace(" ", "") == "Ţotalamount1,248.90"
    assert "Ţ" in reader.letters
    assert "T" not in reader.letters
    masked = Recogniser(tmp_path / "model.onnx", letters=frozenset("é"))
    (reading,) = masked.read([np.asarray(image)[70:130, 60:]])
    assert masked.letters == reader.letters - {"Ţ"}
    assert "Ţ" not in reading.text
    assert reading.text.replace(" ", "").endswith("otalamount1,248.90")


def refused(content: bytes) -> bool:
    with pytest.raises(Permanent) as failed:
        unpacked(content)
    return failed.value.code == Code.MODEL_MISSING


def test_other_files_are_refused(tmp_path: Path) -> None:
    small = {"Prediction.weight": np.zeros((97, 2), np.float32)}
    assert unpacked(packed(small, ENGLISH))[1] == ENGLISH
    assert refused(packed(small, ENGLISH[:-1]))
    assert refused(b"")
    assert refused(b"no archive")
    evil = io.BytesIO()
    np.savez(evil, symbols=np.array([{"an": "object"}], dtype=object))
    assert refused(evil.getvalue())
    (tmp_path / "own.npz").write_bytes(packed(small, ENGLISH))
    for path in (tmp_path / "own.npz", tmp_path / "missing.npz"):
        with pytest.raises(Permanent) as failed:
            load_own(path, "0" * 32)
        assert failed.value.code == Code.MODEL_MISSING
