"""Which way up a page is, where its widest lines are no text."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from services.ocr.engines.registry import loaded
from services.ocr.geometry import Frame
from services.ocr.recognition import legible, recognise
from services.ocr.sources import Picture

CAPTIONS = ("Supplier name", "Delivery address", "Telephone number", "Approved manager")
ORNAMENTS = 17  # one more than a sample holds


def form() -> Image.Image:
    """Captions, each above an ornament across the page."""
    form = Image.new("L", (700, 80 + 60 * ORNAMENTS), 255)
    draw, font = ImageDraw.Draw(form), ImageFont.load_default(24)
    for row in range(ORNAMENTS):
        y = 40 + 60 * row
        draw.text((60, y), CAPTIONS[row % len(CAPTIONS)], font=font, fill=0)
        for x in range(40, 660, 18):
            end = 360 if (x // 18 + row) % 3 else 180
            draw.arc((x, y + 34, x + 16, y + 50), 0, end, fill=0, width=2)
    return form


def test_a_form_upside_down_is_turned_although_its_widest_lines_say_nothing() -> None:
    engine = loaded("fast")
    pixels = np.array(form().rotate(180))
    assert legible(engine.sample(pixels)) == 0
    found = recognise(Picture(pixels, Frame()), engine)
    assert found.rotation == 180
    assert "manager" in {token.text for token in found.tokens}
