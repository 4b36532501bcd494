"""What keeps a scanned page cheap: nothing is read or looked for more often than need be."""

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
import onnxruntime
import pytest

from services.ocr.crops import HEIGHT, SMALL_HEIGHT, Batch, Sized, batches, sized, tightly
from services.ocr.engines import recogniser
from services.ocr.engines.base import InkEngine, Picture
from services.ocr.engines.ink import InkLines, find_lines, ink_mask, upside_down
from services.ocr.engines.registry import loaded
from services.ocr.geometry import Frame
from services.ocr.layout import Token
from services.ocr.models import ModelName, model_path
from services.ocr.recognition import recognise
from services.ocr.sources import Picture as Page
from services.ocr.weights import crnn
from tests.samples import pages

PICTURE = np.asarray(pages.drawn_page())


class Counting:
    """An engine that counts the lines that another is given to read."""

    name, levels, fallback = "counting", True, None

    def __init__(self) -> None:
        engine = loaded("fast")
        assert isinstance(engine, InkEngine)
        self._engine = engine
        self.letters = engine.letters
        self.whole: list[int] = []
        self.sampled = 0

    def recognise(self, picture: Picture) -> list[Token]:
        raise AssertionError("its lines have been found already")

    def sample(self, picture: Picture) -> list[Token]:
        raise AssertionError("its lines have been found already")

    def recognise_lines(self, picture: Picture, found: InkLines) -> list[Token]:
        self.whole.append(len(found.lines))
        return self._engine.recognise_lines(picture, found)

    def sample_lines(self, picture: Picture, found: InkLines) -> list[Token]:
        self.sampled += len(found.lines)
        return self._engine.sample_lines(picture, found)


def scribbled(rows: int = 90) -> Picture:
    """Lines of strokes that are no letters."""
    chance = np.random.default_rng(5)
    picture = np.full((40 * rows + 80, 230), 255, np.uint8)
    for row in range(rows):
        for x in range(40, 190, 14):
            points = chance.integers(0, 20, (4, 2)) + np.array([x, 40 + 40 * row])
            cv2.polylines(
                picture, [points.astype(np.int32)], isClosed=False, color=(0,), thickness=2
            )
    return picture


def test_a_page_that_reads_well_is_read_once() -> None:
    engine = Counting()
    recognise(Page(PICTURE, Frame()), engine)
    assert engine.whole == [len(pages.LINES)]
    assert engine.sampled == 0


@pytest.mark.parametrize("turn", [1, 2, 3])
def test_a_turned_page_is_told_by_few_lines(turn: int) -> None:
    engine = Counting()
    lines = tuple(f"{line} {number}" for number in range(5) for line in pages.LINES)
    upright = np.asarray(pages.drawn_page(lines, size=20, height=1400))
    found = recognise(Page(np.ascontiguousarray(np.rot90(upright, turn)), Frame()), engine)
    assert found.rotation == 90 * turn
    assert {"Northwind", "business"} <= {token.text for token in found.tokens}
    assert engine.sampled <= 4 * 8


def test_a_page_that_hardly_reads_is_not_read_at_every_turn() -> None:
    engine = Counting()
    recognise(Page(scribbled(), Frame()), engine)
    assert engine.whole
    assert 0 < engine.sampled <= 3 * 56 < 2 * engine.whole[0]


@pytest.mark.parametrize(
    ("model", "reads"), [(ModelName.RECOGNISER_INT8, 2), (ModelName.RECOGNISER_LATIN_INT8, 1)]
)
def test_only_easyocrs_weights_try_faint_lines_twice(
    model: ModelName, reads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    noise = np.random.default_rng(3).integers(150, 190, (40, 300)).astype(np.uint8)
    made: list[int] = []

    def counted(lines: Sequence[Sized]) -> Iterator[Batch]:
        made.append(len(lines))
        return batches(lines)

    monkeypatch.setattr(recogniser, "batches", counted)
    (reading,) = recogniser.Recogniser(model_path(model)).read([noise])
    assert reading.confidence < 0.1
    assert made == [1] * reads


def test_lines_upside_down_are_those_of_the_turned_picture() -> None:
    mask = ink_mask(PICTURE)
    turned, again = (
        upside_down(find_lines(mask)),
        find_lines(np.ascontiguousarray(mask[::-1, ::-1])),
    )
    assert np.array_equal(turned.mask, again.mask)
    assert sorted(map(repr, turned.lines)) == sorted(map(repr, again.lines))


def test_dashes_and_dots_across_the_page_are_no_lines() -> None:
    picture = PICTURE.copy()
    for x in range(80, 900, 14):
        cv2.line(picture, (x, 560), (x + 7, 560), (0,), 2)
        cv2.circle(picture, (x, 600), 2, (0,), -1)
    cv2.line(picture, (80, 640), (900, 652), (0,), 9)  # thick, and aslant
    found = find_lines(ink_mask(picture))
    assert len(found.lines) == len(pages.LINES)


def line(width: int) -> Sized:
    return sized(np.full((64, width), 200, np.uint8))


def test_every_line_is_in_one_batch_that_is_hardly_wider() -> None:
    widths = [30, 65, 70, 130, 131, 140, 300, 310, 900, 905, 2000, 7000, 7010]
    for lines in ([tightly(line(it)) for it in widths], [line(it) for it in widths]):
        made = list(batches(lines))
        assert sorted(index for batch in made for index in batch.indexes) == list(range(13))
        for batch in made:
            count, _, height, padded = batch.pixels.shape
            assert height == 64
            assert padded % 16 == 0
            assert count == 1 or count * padded <= 3000
            for index in batch.indexes:
                assert lines[index].padded <= padded <= lines[index].most
    tight = sum(it.pixels.size for it in batches([tightly(line(width)) for width in widths]))
    assert tight < sum(it.pixels.size for it in batches([line(width) for width in widths]))


@pytest.mark.parametrize("height", [HEIGHT, SMALL_HEIGHT])
def test_layers_in_blocks_give_the_same_chances(height: int) -> None:
    chance = np.random.default_rng(1)
    state = random_state(chance)
    x = chance.uniform(-1, 1, (2, 1, height, 80)).astype(np.float32)
    plain, blocked = (
        onnxruntime.InferenceSession(
            crnn.build(state, blocks=blocks, height=height).SerializeToString(),
            providers=["CPUExecutionProvider"],
        ).run(None, {"x": x})[0]
        for blocks in (False, True)
    )
    assert np.abs(plain - blocked).max() < 1e-5
    assert plain.std() > 1e-4


def random_state(chance: np.random.Generator) -> dict[str, np.ndarray]:
    """Weights of the network's shapes, but for six symbols."""

    def some(*shape: int) -> np.ndarray:
        return (chance.normal(0, 1, shape) / np.prod(shape[1:]) ** 0.5).astype(np.float32)

    state: dict[str, np.ndarray] = {}
    channels = {0: (32, 1, 3), 3: (64, 32, 3), 6: (128, 64, 3), 8: (128, 128, 3),
                11: (256, 128, 3), 14: (256, 256, 3), 18: (256, 256, 2)}  # fmt: skip
    for layer, (out, entry, size) in channels.items():
        name = f"FeatureExtraction.ConvNet.{layer}"
        state |= {f"{name}.weight": some(out, entry, size, size), f"{name}.bias": some(out)}
    for layer in (12, 15):
        name = f"FeatureExtraction.ConvNet.{layer}"
        ones = np.ones(256, np.float32)
        state |= {f"{name}.weight": ones, f"{name}.bias": 0 * ones,
                  f"{name}.running_mean": 0 * ones, f"{name}.running_var": ones}  # fmt: skip
    for layer in (0, 1):
        name = f"SequenceModeling.{layer}"
        for way in ("", "_reverse"):
            state |= {f"{name}.rnn.weight_ih_l0{way}": some(1024, 256),
                      f"{name}.rnn.weight_hh_l0{way}": some(1024, 256),
                      f"{name}.rnn.bias_ih_l0{way}": some(1024),
                      f"{name}.rnn.bias_hh_l0{way}": some(1024)}  # fmt: skip
        state |= {f"{name}.linear.weight": some(256, 512), f"{name}.linear.bias": some(256)}
    return state | {"Prediction.weight": some(7, 256), "Prediction.bias": some(7)}


def test_a_line_is_read_again_only_where_its_contrast_was_raised() -> None:
    clear, faint = line(200), line(200)
    clear.pixels[20:40, 20:180] = 0
    faint.pixels[20:40, 20:180] = 170
    assert recogniser._stretched(clear) is None
    again = recogniser._stretched(faint)
    assert again is not None
    assert np.ptp(again.pixels) > 2 * np.ptp(faint.pixels)
