"""Single pages and broken files for the tests of reading."""

import io

import numpy as np
import pymupdf
from PIL import Image, ImageDraw, ImageFont

LINES = (
    "Northwind Trading Company Limited",
    "Invoice number 20240815",
    "Delivered goods and services",
    "Total amount 1,248.90",
    "Thank you for your business",
)


def text_pdf(
    lines: tuple[str, ...] = LINES, *, rotation: int = 0, pages: int = 1, invisible: bool = False
) -> bytes:
    """A born-digital page, 400 x 600 points before its ``/Rotate``."""
    with pymupdf.open() as document:
        for _ in range(pages):
            page = document.new_page(width=400, height=600)
            for index, line in enumerate(lines):
                mode = 3 if invisible else 0
                page.insert_text((50, 100 + 30 * index), line, fontsize=14, render_mode=mode)
            page.set_rotation(rotation)
        return document.tobytes()


def drawn_page(
    lines: tuple[str, ...] = LINES, *, size: int = 34, width: int = 1000, height: int = 700
) -> Image.Image:
    """The lines as a clean grey picture."""
    image = Image.new("L", (width, height), 250)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size)
    for index, line in enumerate(lines):
        draw.text((80, 80 + index * 2.4 * size), line, fill=20, font=font)
    return image


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    """``image`` as a file of ``kind`` (a format name of Pillow)."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def tilted(image: Image.Image, degrees: float) -> Image.Image:
    """``image`` turned counter-clockwise, as a page laid crookedly on the glass."""
    return image.rotate(degrees, Image.Resampling.BICUBIC, fillcolor=250)


def noisy(image: Image.Image, seed: int = 3) -> Image.Image:
    """``image`` with the grain of a scanner."""
    grain = np.random.default_rng(seed).normal(0, 8, (image.height, image.width))
    return Image.fromarray((np.asarray(image) + grain).clip(0, 255).astype(np.uint8))


def scan_pdf(image: Image.Image, hidden: tuple[str, ...] = ()) -> bytes:
    """A page that is nothing but a picture, with an invisible text layer if given."""
    with pymupdf.open() as document:
        page = document.new_page(width=500, height=350)
        page.insert_image(page.rect, stream=encoded(image, "PNG"))
        for index, line in enumerate(hidden):
            page.insert_text((40, 60 + 41 * index), line, fontsize=14, render_mode=3)
        return document.tobytes()


def mixed_pdf(image: Image.Image, line: str = "Printed heading above the picture") -> bytes:
    """A page with a line of text above a picture of text."""
    with pymupdf.open() as document:
        page = document.new_page(width=500, height=500)
        page.insert_text((40, 60), line, fontsize=14)
        page.insert_image(pymupdf.Rect(0, 100, 500, 450), stream=encoded(image, "PNG"))
        return document.tobytes()


def encrypted_pdf() -> bytes:
    """A file that needs a password to be opened."""
    with pymupdf.open(stream=text_pdf()) as document:
        return document.tobytes(
            encryption=pymupdf.PDF_ENCRYPT_AES_256, owner_pw="owner", user_pw="user"
        )


def huge_pdf() -> bytes:
    """A page of five metres by five with one line of text drawn as a picture."""
    with pymupdf.open() as document:
        page = document.new_page(width=14400, height=14400)
        page.insert_image(page.rect, stream=encoded(drawn_page(), "PNG"))
        return document.tobytes()


def garbled_pdf() -> bytes:
    """A page whose font says that its letters are others: every glyph is one further on."""
    shifted = tuple(
        "".join(chr(ord(c) + 1) if c.isalpha() else c for c in line) for line in LINES * 2
    )
    return text_pdf(shifted)


def form_pdf(name: str, value: str | bool) -> bytes:  # noqa: FBT001 (what a check box says)
    """A page with one filled-in form field, or a check box."""
    with pymupdf.open() as document:
        page = document.new_page(width=400, height=600)
        widget = pymupdf.Widget()
        widget.field_name, widget.field_value = name, value
        is_box = isinstance(value, bool)
        kinds = pymupdf.PDF_WIDGET_TYPE_CHECKBOX, pymupdf.PDF_WIDGET_TYPE_TEXT
        widget.field_type = kinds[0] if is_box else kinds[1]
        widget.rect = pymupdf.Rect(50, 400, 200, 420)
        page.add_widget(widget)
        return document.tobytes()


def attached_pdf(name: str, content: bytes) -> bytes:
    """A page with a file attached."""
    with pymupdf.open(stream=text_pdf()) as document:
        document.embfile_add(name, content, filename=name)
        return document.tobytes()
