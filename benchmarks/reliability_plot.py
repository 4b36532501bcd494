"""Draws how often values are right against the confidence that was given them."""

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from benchmarks.scores import Calibration

_SIZE, _MARGIN, _BINS = 420, 48, 10
_PAPER, _INK, _PALE, _BAR = "white", "#222222", "#bbbbbb", "#4a7db5"


def draw_reliability(calibration: Calibration, title: str, path: Path) -> None:
    """A bar for each tenth of confidence, as high as the share of right values; PNG."""
    image = Image.new("RGB", (_SIZE, _SIZE), _PAPER)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(12)
    for number in range(_BINS):
        inside = [
            right
            for chance, right in calibration.pairs
            if min(_BINS - 1, int(chance * _BINS)) == number
        ]
        if inside:
            share = sum(inside) / len(inside)
            left, right = _x(number / _BINS) + 2, _x((number + 1) / _BINS) - 2
            draw.rectangle((left, _y(share), right, _y(0)), fill=_BAR)
            draw.text((left, _y(share) - 14), str(len(inside)), fill=_INK, font=font)
    draw.line((_x(0), _y(0), _x(1), _y(1)), fill=_PALE, width=2)
    draw.rectangle((_x(0), _y(1), _x(1), _y(0)), outline=_INK)
    for tenth in range(0, 11, 2):
        draw.text((_x(tenth / 10) - 8, _y(0) + 6), f"{tenth / 10:.1f}", fill=_INK, font=font)
        draw.text((_MARGIN - 26, _y(tenth / 10) - 7), f"{tenth / 10:.1f}", fill=_INK, font=font)
    draw.text((_MARGIN, 8), title, fill=_INK, font=font)
    draw.text((_x(0.3), _SIZE - 18), "confidence; bars: share right", fill=_INK, font=font)
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path)


def _x(share: float) -> float:
    return _MARGIN + share * (_SIZE - 2 * _MARGIN)


def _y(share: float) -> float:
    return _SIZE - _MARGIN - share * (_SIZE - 2 * _MARGIN)
