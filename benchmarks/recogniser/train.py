"""Fine-tunes english_g2 on drawn lines, or what was made of it so on small print.

``python -m benchmarks.recogniser.train --materials DIR --into DIR [--minutes N] [--resume]
[--small FILE]``

``FILE`` holds the weights that a recogniser of small print starts from; its lines are
``SMALL_HEIGHT`` pixels high, which halves the work.
Lines come from the seed and their number alone. The learning rate falls along a cosine to
nothing over the given minutes of wall time, so how many lines are seen depends on the machine.
"""

import argparse
import math
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.recogniser.charset import encoded
from benchmarks.recogniser.faces import Face
from benchmarks.recogniser.fonts import faces
from benchmarks.recogniser.lines import LineSource
from benchmarks.recogniser.network import from_own, from_stock
from benchmarks.recogniser.words import Vocabulary, vocabularies
from services.ocr.crops import HEIGHT, SMALL_HEIGHT, sized

BATCH, POOL = 16, 16  # lines; batches that are drawn together and sorted by width
RATE, ADDED_RATE = 3e-4, 3e-3
_WARM_UP, _CLIP, _DECAY = 60, 5.0, 1e-4
_WIDEST = 11  # by height
_STRIDE = 4  # columns a step
_REPORT, _SAVE = 15, 120  # seconds


class Batch(NamedTuple):
    """Lines as the network takes them, and what they say."""

    pixels: Tensor
    symbols: Tensor
    lengths: Tensor


@dataclass
class Progress:
    """How far the training has come."""

    pools: int = 0
    lines: int = 0
    steps: int = 0
    seconds: float = 0.0


def pool(
    fonts: list[Face], words: list[Vocabulary], seed: int, number: int, *, small: bool = False
) -> list[tuple[np.ndarray, list[int]]]:
    """The lines of pool ``number``, at the network's height, with their symbols."""
    source = LineSource(fonts, words, f"{seed}-{number}", small=small)
    high = SMALL_HEIGHT if small else HEIGHT
    lines: list[tuple[np.ndarray, list[int]]] = []
    while len(lines) < BATCH * POOL:
        picture = source.line()
        height, width = picture.pixels.shape
        if not 1 / 3 < width / height < _WIDEST:
            continue
        pixels, symbols = sized(picture.pixels, high).pixels, encoded(picture.text)
        repeats = sum(a == b for a, b in pairwise(symbols))
        if len(symbols) + repeats < pixels.shape[1] // _STRIDE - 2:
            lines.append((pixels, symbols))
    return sorted(lines, key=lambda line: line[0].shape[1])


def batches(lines: list[tuple[np.ndarray, list[int]]], chance: random.Random) -> Iterator[Batch]:
    """``lines`` in batches of like width, in any order."""
    starts = list(range(0, len(lines), BATCH))
    chance.shuffle(starts)
    for start in starts:
        part = lines[start : start + BATCH]
        widest = max(pixels.shape[1] for pixels, _ in part)
        width = -(-widest // 16) * 16 + chance.choice([0, 0, 16, 48])
        values = np.empty((len(part), 1, len(part[0][0]), width), np.float32)
        for row, (pixels, _) in zip(values, part, strict=True):
            row[0, :, : pixels.shape[1]] = pixels
            row[0, :, pixels.shape[1] :] = pixels[:, -1:]
        yield Batch(
            torch.from_numpy(values / 127.5 - 1),
            torch.tensor([symbol for _, symbols in part for symbol in symbols]),
            torch.tensor([len(symbols) for _, symbols in part]),
        )


class Training:
    """A network, its optimiser and how far they are; kept in one file."""

    def __init__(self, seed: int, seconds: float, file: Path, start: Path | None) -> None:
        torch.manual_seed(seed)
        self.network = (from_own(start) if start else from_stock()).train()
        self.small = start is not None
        added = list(self.network.Added.parameters())
        own = {id(parameter) for parameter in added}
        learning = [it for it in self.network.parameters() if it.requires_grad]
        rest = [it for it in learning if id(it) not in own]
        self._optimiser = torch.optim.AdamW(
            [{"params": rest, "peak": RATE}, {"params": added, "peak": ADDED_RATE}],
            weight_decay=_DECAY,
        )
        self.progress = Progress()
        self.seed = seed
        self._seconds = seconds
        self._file = file

    @property
    def share(self) -> float:
        """How much of the time is over."""
        return min(1.0, self.progress.seconds / self._seconds)

    def step(self, batch: Batch) -> float:
        """Learn from ``batch``; the loss."""
        falling = 0.5 + 0.5 * math.cos(math.pi * self.share)
        rising = min(1.0, (self.progress.steps + 1) / _WARM_UP)
        for group in self._optimiser.param_groups:
            group["lr"] = group["peak"] * rising * falling
        with torch.autocast("cpu", dtype=torch.bfloat16):
            scores = self.network(batch.pixels.to(memory_format=torch.channels_last))
        loss = nn.functional.ctc_loss(
            scores.float().log_softmax(2).transpose(0, 1), batch.symbols,
            torch.full((len(scores),), scores.shape[1]), batch.lengths, zero_infinity=True,
        )  # fmt: skip
        self._optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), _CLIP)
        self._optimiser.step()
        self.progress.lines += len(scores)
        self.progress.steps += 1
        return loss.item()

    def save(self) -> None:
        """Write the file, whole or not at all."""
        partial = self._file.with_suffix(".partial")
        content = {
            "network": self.network.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "progress": vars(self.progress),
        }
        torch.save(content, partial)
        partial.replace(self._file)

    def resume(self) -> None:
        """Go on where the file was written."""
        content = torch.load(self._file, weights_only=True)
        self.network.load_state_dict(content["network"])
        self._optimiser.load_state_dict(content["optimiser"])
        self.progress = Progress(**content["progress"])


def run(training: Training, fonts: list[Face], words: list[Vocabulary]) -> None:
    """Train until the time is over."""
    progress, losses = training.progress, list[float]()
    before = reported = saved = time.monotonic()
    while training.share < 1:
        lines = pool(fonts, words, training.seed, progress.pools, small=training.small)
        progress.pools += 1
        for batch in batches(lines, random.Random(progress.pools)):
            losses.append(training.step(batch))
            now = time.monotonic()
            progress.seconds += now - before
            before = now
            if now - reported > _REPORT:
                reported = now
                print(
                    f"{progress.seconds:6.0f} s {progress.lines:8} lines "
                    f"loss {np.mean(losses[-60:]):.4f}",
                    flush=True,
                )
            if now - saved > _SAVE:
                saved = now
                training.save()
            if training.share >= 1:
                break
    training.save()


def main() -> None:
    """Train as the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--materials", type=Path, required=True, help="what materials.sh made")
    parser.add_argument("--into", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=240)
    parser.add_argument("--seed", type=int, default=20240917)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--small", type=Path, metavar="FILE", help="weights to start from")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    cv2.setNumThreads(1)
    fonts = [face for face in faces(arguments.materials / "fonts") if not face.held_out]
    words = vocabularies(arguments.materials / "words", held_out=False)
    arguments.into.mkdir(parents=True, exist_ok=True)
    file = arguments.into / "training.pt"
    training = Training(arguments.seed, arguments.minutes * 60, file, arguments.small)
    if arguments.resume:
        training.resume()
    run(training, fonts, words)


if __name__ == "__main__":
    main()
