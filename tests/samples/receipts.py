"""Receipts as pictures, as a scanner gives them."""

import io
from dataclasses import dataclass

import numpy as np
import pymupdf
from PIL import Image


@dataclass(frozen=True)
class Receipt:
    """What the receipt says."""

    company: str = "GOLDEN LEAF BAKERY SDN BHD"
    address: tuple[str, ...] = ("NO 12, JALAN MELATI 3", "TAMAN BUNGA", "43000 KAJANG, SELANGOR")
    date: str = "25/03/2018"
    iso_date: str = "2018-03-25"
    total: str = "23.40"


def receipt_jpeg(receipt: Receipt | None = None, *, seed: int = 7) -> bytes:
    """A grey picture of a receipt with a little noise, as JPEG."""
    receipt = receipt or Receipt()
    lines = [
        (receipt.company, 13),
        *((line, 10) for line in receipt.address),
        ("TEL: 03-8733 1234", 10),
        ("", 10),
        ("TAX INVOICE", 12),
        (f"DATE: {receipt.date}   TIME: 14:32", 10),
        ("", 10),
        ("WHOLEMEAL BREAD      2 X 5.20     10.40", 10),
        ("BUTTER CROISSANT     4 X 3.25     13.00", 10),
        ("", 10),
        (f"TOTAL (RM)                        {receipt.total}", 12),
        ("CASH                              50.00", 10),
        ("CHANGE                            26.60", 10),
        ("THANK YOU, PLEASE COME AGAIN", 10),
    ]
    document = pymupdf.open()
    page = document.new_page(width=330, height=60 + 24 * len(lines))
    for number, (text, size) in enumerate(lines):
        page.insert_text((20, 40 + 24 * number), text, fontsize=size, fontname="cour")
    pixels = page.get_pixmap(dpi=200, colorspace=pymupdf.csGRAY)
    grey = np.frombuffer(pixels.samples, np.uint8).reshape(pixels.height, pixels.stride)
    noise = np.random.default_rng(seed).normal(0, 6, grey.shape)
    noisy = np.clip(grey * 0.9 + 15 + noise, 0, 255).astype(np.uint8)[:, : pixels.width]
    document.close()
    out = io.BytesIO()
    Image.fromarray(noisy).save(out, "JPEG", quality=80)
    return out.getvalue()
