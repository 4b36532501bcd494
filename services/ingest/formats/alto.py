"""ALTO 4.2 (https://www.loc.gov/standards/alto/).

Measured in pixels for a picture, in 1/1200 inch for a PDF.
"""

from services.ingest.formats import xml
from services.ingest.formats.writer import About, around, blocks
from shared.models.page import Line, Page, Word
from shared.models.read_by import ReadBy

_NAMESPACE = "http://www.loc.gov/standards/alto/ns-v4#"
_SCHEMA = "http://www.loc.gov/standards/alto/v4/alto-4-2.xsd"
_PER_POINT = 1200 / 72
_Box = tuple[float, float, float, float]


class Alto:
    """Writes ALTO."""

    media_type = "application/xml"
    suffix = ".alto.xml"

    def begin(self, about: About) -> str:
        """The description."""
        unit = "pixel" if about.is_picture else "inch1200"
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<alto xmlns="{_NAMESPACE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
            f'xsi:schemaLocation="{_NAMESPACE} {_SCHEMA}" SCHEMAVERSION="4.2">\n'
            f"<Description>\n<MeasurementUnit>{unit}</MeasurementUnit>\n"
            "<sourceImageInformation>"
            f"<fileName>{xml.content(about.name)}</fileName></sourceImageInformation>\n"
            '<Processing ID="reading"><processingCategory>contentGeneration</processingCategory>'
            "<processingSoftware><softwareName>Docstage</softwareName>"
            f"<softwareVersion>{xml.content(about.version)}</softwareVersion>"
            "</processingSoftware></Processing>\n"
            "</Description>\n<Layout>\n"
        )

    def page(self, page: Page, about: About, *, first: bool) -> str:
        """One page."""
        scale = 1.0 if about.is_picture else _PER_POINT
        number = page.number + 1
        size = f'WIDTH="{round(page.width * scale)}" HEIGHT="{round(page.height * scale)}"'
        quality = "" if page.quality is None else f' PC="{page.quality:.3f}"'
        processed = "" if page.read_by is ReadBy.NOTHING else ' PROCESSINGREFS="reading"'
        parts = [
            f'<Page ID="page_{number}" PHYSICAL_IMG_NR="{number}" {size}{quality}{processed}>\n',
            f'<PrintSpace HPOS="0" VPOS="0" {size}>\n',
        ]
        angle = page.text_angle
        turned = f' ROTATION="{angle:g}"' if angle else ""
        turned += xml.language("LANG", page.language)
        line_number = 0
        for block_number, lines in enumerate(blocks(page), 1):
            place = _place(around(lines), scale)
            parts.append(f'<TextBlock ID="block_{number}_{block_number}" {place}{turned}>\n')
            for line in lines:
                line_number += 1
                parts.append(_line(page, line, f"{number}_{line_number}", scale))
            parts.append("</TextBlock>\n")
        parts.append("</PrintSpace>\n</Page>\n")
        return "".join(parts)

    def end(self) -> str:
        """The foot."""
        return "</Layout>\n</alto>\n"


def _line(page: Page, line: Line, own: str, scale: float) -> str:
    """A line; ALTO has none without a word."""
    if not line.words:
        return ""
    strings = "<SP/>".join(
        _string(page.words[index], f"{own}_{place}", scale)
        for place, index in enumerate(line.words, 1)
    )
    place = _place((line.x0, line.y0, line.x1, line.y1), scale)
    return f'<TextLine ID="line_{own}" {place}>{strings}</TextLine>\n'


def _string(word: Word, own: str, scale: float) -> str:
    place = _place((word.x0, word.y0, word.x1, word.y1), scale)
    text = xml.attribute(word.text)
    return f'<String ID="word_{own}" CONTENT={text} {place} WC="{word.confidence:.3f}"/>'


def _place(box: _Box, scale: float) -> str:
    x0, y0, x1, y1 = (round(side * scale) for side in box)
    return f'HPOS="{x0}" VPOS="{y0}" WIDTH="{x1 - x0}" HEIGHT="{y1 - y0}"'
