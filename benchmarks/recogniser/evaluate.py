"""Measures our recogniser beside english_g2, on lines that neither was trained on.

``python -m benchmarks.recogniser.evaluate --weights FILE --materials DIR [--data DIR]
[--kinds int8,fp32] [--json FILE]``

Lines: those of ``--data``'s receipts, cut out by their true boxes, ten of each document; and
drawn ones in fonts and of words that training left out. Case does not count, nor how many
blanks there are; all else does.
"""

import argparse
import json
import random
import tempfile
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path

import cv2
import numpy as np
import onnx
from rapidfuzz.distance import Levenshtein

from benchmarks.dataset import evaluation
from benchmarks.recogniser.charset import is_accented
from benchmarks.recogniser.fonts import faces
from benchmarks.recogniser.lines import LinePicture, LineSource
from benchmarks.recogniser.network import stock_state
from benchmarks.recogniser.words import vocabularies
from services.ocr.engines.recogniser import Recogniser
from services.ocr.weights.npz import unpacked
from services.ocr.weights.recipes import recogniser, small_recogniser
from services.ocr.weights.symbols import ENGLISH

PER_DOCUMENT, DRAWN = 10, 250  # lines
_MARGIN = 0.04  # of a box's height
_SEED = 5
Row = dict[str, str | float | int]


def true_lines(folder: Path, set_name: str) -> Iterator[LinePicture]:
    """Lines of the documents in ``folder``, cut out by the boxes of their answers."""
    for document in evaluation(folder, [set_name], None):
        image = cv2.imread(str(document.file), cv2.IMREAD_GRAYSCALE)
        words = [it for it in document.expected["words"] if it["text"].strip()]
        chance = random.Random(f"{_SEED}-{document.id}")
        for word in chance.sample(words, min(PER_DOCUMENT, len(words))):
            left, top, right, bottom = word["box"]
            margin = _MARGIN * (bottom - top)
            rows = slice(max(0, round(top - margin)), round(bottom + margin))
            pixels = image[rows, max(0, round(left - margin)) : round(right + margin)]
            if pixels.size:
                yield LinePicture(np.ascontiguousarray(pixels), word["text"])


def drawn_sets(materials: Path) -> dict[str, list[LinePicture]]:
    """Lines in the fonts and of the words that are held out, by kind."""
    fonts = [face for face in faces(materials / "fonts") if face.held_out]
    words = vocabularies(materials / "words", held_out=True)
    usual = LineSource(fonts, words, f"{_SEED}-usual")
    clean = LineSource(fonts, words, f"{_SEED}-clean", clean=1.0)
    accents = LineSource(fonts, words, f"{_SEED}-accents")
    endless = (clean.line() for _ in count())
    return {
        "drawn": [usual.line() for _ in range(DRAWN)],
        "drawn, clean ASCII": list(islice((it for it in endless if it.text.isascii()), DRAWN)),
        "drawn, accented": [accents.line(accents.texts.accented()) for _ in range(DRAWN)],
    }


def score(name: str, model: str, lines: list[LinePicture], reader: Recogniser) -> Row:
    """How well ``reader`` reads ``lines``."""
    edits = length = exact = digits = digits_exact = accents = accents_found = 0
    for line, reading in zip(lines, reader.read([it.pixels for it in lines]), strict=True):
        true, got = (" ".join(it.lower().split()) for it in (line.text, reading.text))
        edits += Levenshtein.distance(true, got)
        length += len(true)
        exact += true == got
        if any(map(str.isdigit, true)):
            digits += 1
            digits_exact += true == got
        accents += sum(map(is_accented, line.text))
        accents_found += _accents_found(line.text, reading.text)
    return {
        "set": name, "model": model, "lines": len(lines), "exact": round(exact / len(lines), 4),
        "exact_with_digits": round(digits_exact / max(1, digits), 4),
        "cer": round(edits / length, 4), "accents": accents,
        "accents_found": round(accents_found / max(1, accents), 4),
    }  # fmt: skip


def _accents_found(true: str, got: str) -> int:
    """How many accented letters of ``true`` stand at their place in ``got``."""
    return sum(
        sum(map(is_accented, true[block.a : block.a + block.size]))
        for block in Levenshtein.opcodes(true, got).as_matching_blocks()
    )


_BUILDERS = {"fp32": recogniser, "int8": small_recogniser}


def readers(weights: Path, kinds: list[str], folder: Path) -> Iterator[tuple[str, Recogniser]]:
    """english_g2 and ours, in floats or in 8-bit integers, built in ``folder``."""
    own = unpacked(weights.read_bytes())
    for name, (state, symbols) in {"english_g2": (stock_state(), ENGLISH), "own": own}.items():
        for kind in kinds:
            path = folder / f"{name}-{kind}.onnx"
            onnx.save(_BUILDERS[kind](state, symbols), path)
            yield f"{name} {kind}", Recogniser(path)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--materials", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=None)
    parser.add_argument("--kinds", default="int8")
    parser.add_argument("--json", type=Path, default=None)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    sets = drawn_sets(arguments.materials)
    if arguments.data:
        sets["receipts_sroie"] = list(true_lines(arguments.data, "receipts_sroie"))
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        for model, reader in readers(arguments.weights, arguments.kinds.split(","), Path(folder)):
            for name, lines in sets.items():
                rows.append(score(name, model, lines, reader))
                print(json.dumps(rows[-1]), flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
