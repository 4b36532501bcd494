"""QR codes and barcodes, printed on pages by code."""

import cv2
import numpy as np
import pymupdf
import zxingcpp
from numpy.typing import NDArray

EPC = (
    "BCD\n002\n1\nSCT\n\nNordlicht Systeme GmbH\nDE71110220330123456789\nEUR1234.5\n\n\n"
    "Rechnung 2024-117"
)
SWISS = (
    "SPC\n0200\n1\nCH4431999123000889012\nS\nRobert Schneider AG\nRue du Lac\n1268\n2501\nBiel\n"
    "CH\n\n\n\n\n\n\n\n1949.75\nCHF\nS\nPia Rutschmann\nMarktgasse\n28\n9400\nRorschach\nCH\n"
    "QRR\n210000000003139471430009017\n\nEPD\n"
    "//S1/10/10201409/11/200701/30/106017086/40/2:10;0:30"
)


def code(text: str, kind: str = "QRCode", *, scale: int = 4) -> NDArray[np.uint8]:
    """The picture of a code; ``scale`` is pixels a module."""
    made = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, kind))
    return np.array(made.to_image(scale=scale), np.uint8)


def scan_with(
    codes: list[tuple[NDArray[np.uint8], int, int]], *, turned: float = 0.0
) -> NDArray[np.uint8]:
    """A grey page of 1100 by 1600 pixels, blurred and grainy, with codes at x and y."""
    page = np.full((1600, 1100), 255, np.uint8)
    for picture, x, y in codes:
        page[y : y + picture.shape[0], x : x + picture.shape[1]] = picture
    turn = cv2.getRotationMatrix2D((550, 800), turned, 1)
    page = np.asarray(cv2.warpAffine(page, turn, (1100, 1600), borderValue=(255,)), np.uint8)
    soft = cv2.GaussianBlur(page, (0, 0), 0.8).astype(np.float32)
    grain = np.random.default_rng(7).normal(0, 6, soft.shape)
    return np.asarray((soft * 0.85 + 20 + grain).clip(0, 255), np.uint8)


def pdf_with_code(text: str, words: str, *, as_lines: bool) -> bytes:
    """A PDF with a text layer and a code, as a picture or drawn as squares."""
    modules = code(text, scale=1)
    with pymupdf.open() as document:
        page = document.new_page(width=595, height=842)
        page.insert_text((50, 60), words, fontsize=11)
        if as_lines:
            for y, x in np.argwhere(modules < 128):
                page.draw_rect(
                    (400 + 2 * x, 600 + 2 * y, 402 + 2 * x, 602 + 2 * y), fill=0, width=0
                )
        else:
            done, png = cv2.imencode(".png", code(text))
            assert done
            page.insert_image((400, 600, 490, 690), stream=png.tobytes())
        return bytes(document.tobytes())


def searchable_scan(text: str, words: str) -> bytes:
    """A PDF of a scan that has a code, with ``words`` on it and in an invisible text layer."""
    with pymupdf.open() as printed:
        page = printed.new_page(width=595, height=842)
        page.insert_text((50, 60), words, fontsize=14)
        done, png = cv2.imencode(".png", code(text))
        assert done
        page.insert_image((300, 600, 390, 690), stream=png.tobytes())
        scan = page.get_pixmap(dpi=150, colorspace=pymupdf.csGRAY).tobytes("png")
    with pymupdf.open() as document:
        page = document.new_page(width=595, height=842)
        page.insert_image(page.rect, stream=scan)
        page.insert_text((50, 60), words, fontsize=14, render_mode=3)
        return bytes(document.tobytes())
