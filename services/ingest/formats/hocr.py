"""hOCR 1.2 (https://kba.github.io/hocr-spec/1.2/), as XHTML.

Its boxes are whole pixels: of a picture those of the picture itself, of a PDF those of its
page at 300 dpi, as ``scan_res`` says.
"""

from services.ingest.formats import xml
from services.ingest.formats.writer import About, around, blocks
from shared.models.page import Line, Page, Word

_DPI = 300
_POINTS_PER_INCH = 72
_CAPABILITIES = "ocr_page ocr_carea ocr_par ocr_line ocrx_word ocrp_lang ocrp_wconf"
_LEAST_TILT = 0.05  # degrees


class Hocr:
    """Writes hOCR."""

    media_type = "text/vnd.hocr+html"
    suffix = ".hocr"

    def begin(self, about: About) -> str:
        """The head."""
        system = xml.attribute(f"Docstage {about.version}")
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" '
            '"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">\n'
            '<html xmlns="http://www.w3.org/1999/xhtml">\n<head>\n'
            f"<title>{xml.content(about.name)}</title>\n"
            '<meta http-equiv="Content-Type" content="text/html; charset=utf-8"/>\n'
            f'<meta name="ocr-system" content={system}/>\n'
            f'<meta name="ocr-capabilities" content="{_CAPABILITIES}"/>\n'
            "</head>\n<body>\n"
        )

    def page(self, page: Page, about: About, *, first: bool) -> str:
        """One page."""
        scale = 1.0 if about.is_picture else _DPI / _POINTS_PER_INCH
        number = page.number + 1
        title = f"{_bbox((0, 0, page.width, page.height), scale)}; ppageno {page.number}"
        if not about.is_picture:
            title += f"; scan_res {_DPI} {_DPI}"
        language = xml.language("lang", page.language)
        parts = [f'<div class="ocr_page" id="page_{number}" title="{title}"{language}>\n']
        angle = page.text_angle
        turned = f"; textangle {angle:g}" if abs(angle) >= _LEAST_TILT else ""
        line_number = 0
        for block_number, lines in enumerate(blocks(page), 1):
            where = _bbox(around(lines), scale)
            own = f"{number}_{block_number}"
            parts.append(f'<div class="ocr_carea" id="block_{own}" title="{where}">\n')
            parts.append(f'<p class="ocr_par" id="par_{own}" title="{where}">\n')
            for line in lines:
                line_number += 1
                parts.append(_line(page, line, f"{number}_{line_number}", scale, turned))
            parts.append("</p>\n</div>\n")
        parts.append("</div>\n")
        return "".join(parts)

    def end(self) -> str:
        """The foot."""
        return "</body>\n</html>\n"


def _line(page: Page, line: Line, own: str, scale: float, turned: str) -> str:
    where = _bbox((line.x0, line.y0, line.x1, line.y1), scale)
    words = " ".join(
        _word(page.words[index], f"{own}_{place}", scale)
        for place, index in enumerate(line.words, 1)
    )
    return f'<span class="ocr_line" id="line_{own}" title="{where}{turned}">{words}</span>\n'


def _word(word: Word, own: str, scale: float) -> str:
    where = _bbox((word.x0, word.y0, word.x1, word.y1), scale)
    sure = round(100 * word.confidence)
    return (
        f'<span class="ocrx_word" id="word_{own}" title="{where}; x_wconf {sure}">'
        f"{xml.content(word.text)}</span>"
    )


def _bbox(box: tuple[float, float, float, float], scale: float) -> str:
    """The property; hOCR knows no negative numbers here."""
    x0, y0, x1, y1 = (max(0, round(side * scale)) for side in box)
    return f"bbox {x0} {y0} {x1} {y1}"
