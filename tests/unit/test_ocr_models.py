"""Models are built once from the packaged weights, and never from others."""

import multiprocessing
import pickle
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from easyocr_en_models import model_dir
from PIL import Image

from services.ocr import models
from services.ocr.engines.recogniser import Recogniser
from services.ocr.models import WEIGHTS, ModelName, model_path
from services.ocr.weights.pth import _TensorUnpickler, load_state
from shared.errors import Code, Permanent
from tests.samples import pages


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DOCSTAGE_MODEL_CACHE", str(tmp_path / "models"))
    return tmp_path / "models"


def build(_: int) -> str:
    return str(model_path(ModelName.RECOGNISER))


def test_two_processes_build_one_model(empty_cache: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        first, second = pool.map(build, range(2))
    assert first == second
    assert [path.suffix for path in empty_cache.iterdir() if path.suffix != ".lock"] == [".onnx"]
    assert Path(first).stat().st_mode & 0o444 == 0o444


def test_model_is_not_built_twice(empty_cache: Path) -> None:
    told: list[str] = []
    path = model_path(ModelName.RECOGNISER, told.append)
    changed = path.stat().st_mtime_ns
    assert model_path(ModelName.RECOGNISER, told.append) == path
    assert (path.stat().st_mtime_ns, len(told)) == (changed, 1)


def test_cache_that_cannot_be_written_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("DOCSTAGE_MODEL_CACHE", str(tmp_path / "file"))
    with pytest.raises(Permanent) as failed:
        model_path(ModelName.RECOGNISER)
    assert failed.value.code == Code.MODEL_MISSING


def test_other_weights_are_refused(tmp_path: Path) -> None:
    weights = WEIGHTS[ModelName.RECOGNISER]
    content = bytearray((Path(model_dir()) / weights.file).read_bytes())
    content[-1] ^= 1
    (tmp_path / weights.file).write_bytes(content)
    for path in (tmp_path / weights.file, tmp_path / "missing.pth"):
        with pytest.raises(Permanent) as failed:
            load_state(path, weights.md5)
        assert failed.value.code == Code.MODEL_MISSING


def test_unpickler_calls_nothing(tmp_path: Path) -> None:
    evil = tmp_path / "evil"
    evil.write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    with evil.open("rb") as file, pytest.raises(pickle.UnpicklingError):
        _TensorUnpickler(file).load()


@pytest.mark.parametrize("name", [it for it in ModelName if "recogniser" in it])
def test_recogniser_reads_a_drawn_line(name: ModelName) -> None:
    image = pages.drawn_page(("Total amount 1,248.90",), width=560, height=130)
    line = np.asarray(image)[70:130, 60:]
    if name == ModelName.RECOGNISER_SMALL_PRINT_INT8:
        line = np.asarray(Image.fromarray(line).resize((line.shape[1] // 3, 20)))
    (reading,) = Recogniser(model_path(name)).read([line])
    assert reading.text.replace(" ", "") == "Totalamount1,248.90"
    assert reading.confidence > 0.5
    starts = [glyph.start for glyph in reading.glyphs]
    assert starts == sorted(starts)
    assert 0 < starts[0] < reading.glyphs[-1].end <= 1


def test_detector_marks_text_only() -> None:
    session = onnxruntime.InferenceSession(str(model_path(ModelName.DETECTOR)))
    pixels = np.full((1, 3, 64, 256), 2.0, np.float32)
    (blank,) = session.run(None, {"x": pixels})
    assert blank.shape == (1, 32, 128, 2)
    assert blank.max() < 0.2


def test_warm_builds_what_the_engines_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "model_path", lambda name, _: Path(name))
    assert models.warm(print) == [Path(name) for name in ModelName]
    own = [ModelName.RECOGNISER_LATIN_INT8, ModelName.RECOGNISER_SMALL_PRINT_INT8]
    assert models.warm(print, "fast") == [Path(name) for name in own]
    assert Path(ModelName.DETECTOR_INT8) in models.warm(print, "craft")
