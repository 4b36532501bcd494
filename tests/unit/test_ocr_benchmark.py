"""The benchmark of reading: pages with known words, others beside ours, and a plot."""

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from benchmarks.drawn_pages import drawn_documents
from benchmarks.geometry import MAX_SKEW, TILTS, Found, tilted
from benchmarks.ocr import Scores, differences, true_text
from benchmarks.readers import HOW_TO_INSTALL, Measured, is_available, read_measured
from benchmarks.reading import MEDIA_TYPES, interval
from benchmarks.rival_readings import Reading, RivalReadings
from benchmarks.scatter import Point, scatter
from benchmarks.standings import Standing
from tests.samples import pages

pytestmark = pytest.mark.slow


def test_drawn_pages_say_what_stands_on_them(tmp_path: Path) -> None:
    documents = list(drawn_documents(tmp_path))
    assert {it.set for it in documents} == {"drawn_clean", "drawn_scan"}
    for document in documents:
        assert document.file is not None
        assert len(true_text(document).split()) > 100
        with Image.open(document.file) as picture:
            assert np.asarray(picture.convert("L")).min() < 100


def test_drawn_pages_are_the_same_each_time(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    first = [it.file.read_bytes() for it in drawn_documents(one) if it.file]
    assert first == [it.file.read_bytes() for it in drawn_documents(two) if it.file]


def test_a_reader_is_measured(tmp_path: Path) -> None:
    document = next(it for it in drawn_documents(tmp_path) if it.id == "english-receipt-clean")
    media_type = MEDIA_TYPES[document.file.suffix]  # type: ignore[union-attr]
    for reader in ("fast", "stock-tesseract"):
        if not is_available(reader):
            continue
        measured = Measured(*read_measured(str(document.file), media_type, reader))
        scores = Scores()
        scores.add(true_text(document), measured, {})
        assert scores.f1[0] > 0.8
        assert measured.pages == 1
        assert measured.cpu_seconds > 0.01
        assert measured.peak_mib > 10


def test_differences_have_intervals() -> None:
    ours = Scores([0.9, 0.8, 0.7], cpu_seconds=3, pages=3)
    theirs = Scores([0.7, 0.7, 0.6], cpu_seconds=30, pages=3)
    (found,) = differences({("set", "a"): ours, ("set", "b"): theirs}, ["a"], ["b"])
    assert found.mean == pytest.approx(0.4 / 3)
    assert found.low <= found.mean <= found.high
    assert found.cpu_ratio == pytest.approx(0.1)
    assert interval([0.5] * 9) == (0.5, 0.5)


def test_a_document_that_fails_counts_as_unread() -> None:
    scores = Scores([1.0], [0.0])
    scores.fail({"date": "01/02/26"})
    assert (scores.summary()["word_f1"], scores.summary()["failed"]) == (0.5, 1)
    assert (scores.summary()["date_found"], scores.summary()["total_found"]) == (0, None)


def test_totals_and_dates_are_looked_for_as_printed() -> None:
    scores = Scores()
    measured = Measured("Date: 01 feb 2026\nTotal RM12.50", 1, 0.0, 0.0, 0.0)
    scores.add("", measured, {"total": "12.50", "date": "01 FEB 2026", "other": "x"})
    scores.add("", measured, {"total": "2.50", "date": "1 FEB 2026"})
    assert (scores.total, scores.date) == ([True, False], [True, False])


def test_the_plot_is_an_svg_with_a_point_for_each_figure() -> None:
    points = [Point("a<b", "receipts", 0.5, 0.7), Point("c", "forms", 20, 0.6)]
    root = ET.fromstring(scatter("Reading", "CPU", "F1", points))  # noqa: S314 (our own)
    circles = root.findall("{http://www.w3.org/2000/svg}circle")
    assert len(circles) == 4
    assert float(circles[0].attrib["cx"]) < float(circles[1].attrib["cx"])
    assert float(circles[0].attrib["cy"]) < float(circles[1].attrib["cy"])


def test_whoever_is_missing_is_named_with_how_to_get_it(tmp_path: Path) -> None:
    absent = [name for name in HOW_TO_INSTALL if not is_available(name)]
    if not absent:
        pytest.skip("all contenders are installed")
    against = ",".join(name.removeprefix("stock-") for name in HOW_TO_INSTALL)
    command = [
        sys.executable, "-m", "benchmarks.ocr", "--engines", "fast", "--limit", "1",
        "--against", against, "--json", str(tmp_path / "j"), "--plot", str(tmp_path / "p.svg"),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 (ours)
    for name in absent:
        assert f"{name} is not here and left out: {HOW_TO_INSTALL[name]}" in done.stdout
    rows = json.loads((tmp_path / "j").read_text())["scores"]
    assert {row["engine"] for row in rows} == {"fast", *HOW_TO_INSTALL} - set(absent)
    assert (tmp_path / "p.svg").read_text().startswith("<svg")


def test_standings_tell_by_how_much_ours_lead() -> None:
    f1 = {
        "auto": [0.9, 0.8, 0.7], "fast": [0.8, 0.8, 0.5],
        "tesseract": [0.7, 0.6, 0.5], "stock-easyocr": [0.5, 0.4, 0.6],
    }  # fmt: skip
    standing = Standing.of("receipts", f1)
    leads = {(it.reader, it.over): it for it in standing.leads}
    assert set(leads) == {
        ("auto", "fast"), ("auto", "tesseract"), ("auto", "stock-easyocr"),
        ("fast", "tesseract"), ("fast", "stock-easyocr"),
    }  # fmt: skip
    assert leads["auto", "tesseract"].mean == pytest.approx(0.2)
    assert leads["auto", "tesseract"].low == pytest.approx(0.2)
    lead = leads["auto", "stock-easyocr"]
    assert lead.low == pytest.approx(0.1)
    assert lead.mean == pytest.approx(0.3)
    assert lead.low < lead.mean < lead.high
    assert str(standing).startswith("receipts, 3 documents: auto 0.8000, fast 0.7000")


def test_a_broken_run_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, *_ = drawn_documents(tmp_path)
    asked: list[str] = []

    def read(reader: str, path: str, media_type: str) -> tuple[str, float]:
        asked.append(Path(path).stem)
        return f"{reader} {media_type}", 1.5

    monkeypatch.setattr("benchmarks.rival_readings.read_first_page", read)
    monkeypatch.setattr("benchmarks.rival_readings.version", lambda _: "1.0")
    file = tmp_path / "kept.json"
    RivalReadings(file).read("stock-easyocr", first)
    kept = RivalReadings(file)
    assert kept.read("stock-easyocr", first) == Reading("stock-easyocr image/png", 1.5)
    kept.read("stock-easyocr", second)
    kept.keep([{"set": "drawn"}])
    assert asked == [first.id, second.id]
    monkeypatch.setattr("benchmarks.rival_readings.version", lambda _: "2.0")
    RivalReadings(file).read("stock-easyocr", first)  # another version reads otherwise
    assert asked == [first.id, second.id, first.id]
    assert json.loads(file.read_text())["readings"].keys() == {
        "stock-easyocr 1.0", "stock-easyocr 2.0",
    }  # fmt: skip


def test_skew_is_told_without_the_tilt_that_a_page_came_with() -> None:
    crooked = pages.tilted(pages.drawn_page(), 1.1)
    scanned, drawn = Found(), Found()
    tilted(crooked, scanned, level=False)
    assert len(scanned.missed) == len(TILTS)
    assert max(scanned.missed) < MAX_SKEW
    tilted(crooked, drawn, level=True)
    assert min(drawn.missed) > MAX_SKEW
