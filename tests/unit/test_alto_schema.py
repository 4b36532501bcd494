"""ALTO files beside the rules of ALTO 4.2 for what stands in them.

The schema below is ours: of https://www.loc.gov/standards/alto/v4/alto-4-2.xsd (which none of
the package registries has) it states order, number and types of the elements and attributes
that we write, and knows no others.
"""

from typing import Any

import pytest
from lxml import etree

from services.ingest.formats import About, Alto
from shared.models.page import Line, Page, Word
from shared.models.read_by import ReadBy

_PLACE = "".join(
    f'<xs:attribute name="{name}" type="xs:float"/>' for name in ("HPOS", "VPOS", "WIDTH", "HEIGHT")
)
_SHARE = (
    '<xs:simpleType name="share"><xs:restriction base="xs:float">'
    '<xs:minInclusive value="0"/><xs:maxInclusive value="1"/></xs:restriction></xs:simpleType>'
)
_UNIT = (
    '<xs:simpleType name="unit"><xs:restriction base="xs:string"><xs:enumeration value="pixel"/>'
    '<xs:enumeration value="mm10"/><xs:enumeration value="inch1200"/></xs:restriction>'
    "</xs:simpleType>"
)


def _element(name: str, content: str, attributes: str = "", occurs: str = "") -> str:
    return (
        f'<xs:element name="{name}" {occurs}><xs:complexType><xs:sequence>{content}</xs:sequence>'
        f"{attributes}</xs:complexType></xs:element>"
    )


def _attribute(name: str, kind: str, use: str = "optional") -> str:
    return f'<xs:attribute name="{name}" type="{kind}" use="{use}"/>'


def _schema() -> etree.XMLSchema:
    own, many = _attribute("ID", "xs:ID", "required"), 'minOccurs="0" maxOccurs="unbounded"'
    said = _attribute("CONTENT", "xs:string", "required") + _attribute("WC", "a:share")
    string = _element("String", "", own + _PLACE + said)
    space = _element("SP", "", "", 'minOccurs="0"')
    words = f'<xs:sequence maxOccurs="unbounded">{string}{space}</xs:sequence>'
    line = _element("TextLine", words, own + _PLACE, many)
    turned = _attribute("ROTATION", "xs:float") + _attribute("LANG", "xs:language")
    block = _element("TextBlock", line, own + _PLACE + turned, many)
    size = _attribute("WIDTH", "xs:float") + _attribute("HEIGHT", "xs:float")
    about = _attribute("PHYSICAL_IMG_NR", "xs:float", "required") + _attribute("PC", "a:share")
    about += _attribute("PROCESSINGREFS", "xs:IDREFS")
    print_space = _element("PrintSpace", block, _PLACE, 'minOccurs="0"')
    page = _element("Page", print_space, own + size + about, 'maxOccurs="unbounded"')
    software = "".join(
        f'<xs:element name="{name}" type="xs:string" minOccurs="0"/>'
        for name in ("softwareCreator", "softwareName", "softwareVersion")
    )
    category = '<xs:element name="processingCategory" type="xs:string" minOccurs="0"/>'
    processing = category + _element("processingSoftware", software, "", 'minOccurs="0"')
    name = '<xs:element name="fileName" type="xs:string" minOccurs="0"/>'
    description = _element(
        "Description",
        '<xs:element name="MeasurementUnit" type="a:unit"/>'
        + _element("sourceImageInformation", name, "", 'minOccurs="0"')
        + _element("Processing", processing, own, many),
    )
    version = _attribute("SCHEMAVERSION", "xs:string")
    namespace = "http://www.loc.gov/standards/alto/ns-v4#"
    return etree.XMLSchema(
        etree.fromstring(
            f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:a="{namespace}" '
            f'targetNamespace="{namespace}" elementFormDefault="qualified">{_SHARE}{_UNIT}'
            f"{_element('alto', description + _element('Layout', page), version)}</xs:schema>"
        )
    )


def _page(number: int, **more: Any) -> Page:
    texts = ("One two", "", "three\x0b & <four>")
    words: list[Word] = []
    lines: list[Line] = []
    for row, text in enumerate(texts):
        found = [
            Word(text=it, x0=9.0 * at, y0=20.0 * row, x1=9.0 * at + 8, y1=20.0 * row + 9, line=row)
            for at, it in enumerate(text.split())
        ]
        indexes = list(range(len(words), len(words) + len(found)))
        box = {"x0": 0, "y0": 20.0 * row, "x1": 80, "y1": 20.0 * row + 9}
        lines.append(Line(text=text, words=indexes, block=row, **box))
        words += found
    return Page(number=number, width=90, height=120, words=words, lines=lines, **more)


@pytest.mark.parametrize("is_picture", [True, False])
@pytest.mark.parametrize("version", ["1.0", '1"<\r'])
def test_what_is_written_is_valid(is_picture: bool, version: str) -> None:  # noqa: FBT001 (a parameter)
    about = About("a&b.pdf", is_picture=is_picture, version=version)
    pages = [
        _page(0, read_by=ReadBy.OCR, quality=0.987, language="de", rotation=90, skew=-0.37),
        _page(1, read_by=ReadBy.TEXT_LAYER, language='"><x'),
        Page(number=2, width=90, height=120, quality=1.0),
    ]
    writer = Alto()
    told = [writer.page(page, about, first=page.number == 0) for page in pages]
    written = "".join((writer.begin(about), *told, writer.end()))
    _schema().assertValid(etree.fromstring(written.encode()))


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ('WC="1.000"', 'WC="1.5"'),
        ("<SP/>", "<Word/>"),
        ('ID="line_1_1"', 'ID="word_1_1_1"'),
    ],
)
def test_the_schema_can_tell(good: str, bad: str) -> None:
    about, writer = About("a.pdf", is_picture=True, version="1"), Alto()
    written = writer.begin(about) + writer.page(_page(0), about, first=True) + writer.end()
    assert good in written
    spoilt = written.replace(good, bad)
    assert not _schema().validate(etree.fromstring(spoilt.encode()))
