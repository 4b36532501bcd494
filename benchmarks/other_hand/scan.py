"""The same pages as a scanner gives them: pixels, a little askew, with noise, as JPEG."""

import random

import cv2
import numpy as np
import pymupdf

DPI = 200


def scanned(pdf: bytes, seed: str) -> bytes:
    """``pdf`` without its text layer; the same each time."""
    chance = random.Random(seed)  # noqa: S311 - repeatable, no secret
    scan = pymupdf.open()
    grey = chance.random() < 0.5
    for page in pymupdf.open(stream=pdf).pages():
        picture = _paper(page.get_pixmap(dpi=DPI, alpha=False), chance, grey=grey)
        sheet = scan.new_page(width=page.rect.width, height=page.rect.height)
        sheet.insert_image(sheet.rect, stream=picture)
    return bytes(scan.tobytes(deflate=True))


def _paper(pixmap: pymupdf.Pixmap, chance: random.Random, *, grey: bool) -> bytes:
    """One page turned by up to a degree, softened, speckled and compressed."""
    pixels = np.frombuffer(pixmap.samples, np.uint8).reshape(pixmap.height, pixmap.width, 3)
    height, width = pixels.shape[:2]
    angle = chance.uniform(-0.9, 0.9)
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    turn[:, 2] += np.array([chance.uniform(-6, 6), chance.uniform(-6, 6)])
    white = (252, 251, 248)
    turned = cv2.warpAffine(
        pixels, turn, (width, height), flags=cv2.INTER_LINEAR, borderValue=white
    )
    soft = cv2.GaussianBlur(turned, (0, 0), chance.uniform(0.3, 0.8)).astype(np.float32)
    noise = np.random.default_rng(chance.randrange(2**31)).normal(
        0, chance.uniform(2, 6), soft.shape
    )
    paper = soft * chance.uniform(0.93, 1.0) + noise
    final = np.clip(paper, 0, 255).astype(np.uint8)[:, :, ::-1]
    if grey:
        final = cv2.cvtColor(np.ascontiguousarray(final), cv2.COLOR_BGR2GRAY)
    quality = [cv2.IMWRITE_JPEG_QUALITY, chance.randrange(55, 82)]
    return bytes(cv2.imencode(".jpg", np.ascontiguousarray(final), quality)[1])
