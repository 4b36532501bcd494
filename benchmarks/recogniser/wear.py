"""What printers, paper, scanners and compression do to a line."""

import random

import cv2
import numpy as np
from numpy.typing import NDArray

Shares = NDArray[np.float32]  # 0 is paper, 1 is ink
Grey = NDArray[np.uint8]


def clean(ink: Shares, chance: random.Random, noise: np.random.Generator) -> Grey:
    """A line of a good office scan or of a page drawn by a computer."""
    if chance.random() < 0.4:
        ink = _blurred(ink, chance.uniform(0.2, 0.7))
    paper, print_ = chance.uniform(225, 255), chance.uniform(0, 90)
    grey = paper + (print_ - paper) * ink
    if chance.random() < 0.5:
        grey = grey + noise.normal(0, chance.uniform(0.5, 4), grey.shape)
    return _coded(_levels(grey), chance.randint(60, 95)) if chance.random() < 0.4 else _levels(grey)


def worn(ink: Shares, chance: random.Random, noise: np.random.Generator) -> Grey:
    """A line of a thermal receipt, a fax, a photo."""
    ink = _print_faults(_faded(_weighted(ink, chance), chance, noise), chance, noise)
    if chance.random() < 0.65:
        ink = _blurred(ink, chance.uniform(0.3, 1.1) * ink.shape[0] / 32 + 0.1)
    grey = _contrast(ink, chance)
    if chance.random() < 0.6:
        grey = grey + noise.normal(0, chance.uniform(1, 14), grey.shape)
    return _coded(_levels(grey), chance.randint(25, 90)) if chance.random() < 0.6 else _levels(grey)


def _weighted(ink: Shares, chance: random.Random) -> Shares:
    """Bled, or thin."""
    kind = chance.random()
    if kind < 0.2:
        return np.clip(ink * np.float32(chance.uniform(1.3, 3)), 0, 1)
    return np.asarray(ink ** chance.uniform(1.2, 2.2), np.float32) if kind < 0.38 else ink


def _faded(ink: Shares, chance: random.Random, noise: np.random.Generator) -> Shares:
    height, width = ink.shape
    if chance.random() < 0.38:  # blotches, as on thermal paper
        coarse = noise.random((max(2, height // 10), max(2, width // 14)), dtype=np.float32)
        blotches = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
        ink = ink * np.clip(chance.uniform(0.3, 1) + chance.uniform(0.3, 1) * blotches, 0, 1)
    if chance.random() < 0.2:  # specks that took no ink
        ink = ink * (noise.random(ink.shape, dtype=np.float32) > chance.uniform(0.03, 0.28))
    return np.asarray(ink, np.float32)


def _print_faults(ink: Shares, chance: random.Random, noise: np.random.Generator) -> Shares:
    height, width = ink.shape
    if chance.random() < 0.06:
        ink[chance.randrange(height)] = chance.choice([0, 1])
    if chance.random() < 0.06:
        ink[:, chance.randrange(width)] = 0
    if chance.random() < 0.06:  # a rule above, below or through the line
        top = chance.choice([0, height - 2, chance.randrange(height)])
        ink[top : top + 2] = np.maximum(ink[top : top + 2], chance.random())
    if chance.random() < 0.06:  # pepper
        ink = np.maximum(ink, noise.random(ink.shape, dtype=np.float32) > 0.995)
    return ink


def _blurred(ink: Shares, sigma: float) -> Shares:
    return np.asarray(cv2.GaussianBlur(ink, (0, 0), sigma), np.float32)


def _contrast(ink: Shares, chance: random.Random) -> Shares:
    paper = chance.uniform(140, 255)
    faint = chance.random() < 0.28
    print_ = paper * (chance.uniform(0.5, 0.85) if faint else chance.uniform(0, 0.55))
    light = np.float32(paper)
    if chance.random() < 0.3:  # uneven light
        slope = np.linspace(0, chance.uniform(-40, 40), ink.shape[1], dtype=np.float32)
        light = light - slope[None, :]
    grey = light + (np.float32(print_) - light) * ink
    return np.asarray(255 - grey if chance.random() < 0.04 else grey, np.float32)


def _levels(grey: NDArray[np.floating]) -> Grey:
    return np.clip(grey, 0, 255).astype(np.uint8)


def _coded(grey: Grey, quality: int) -> Grey:
    """After JPEG."""
    _, coded = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE), np.uint8)
