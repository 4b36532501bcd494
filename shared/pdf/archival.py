"""PDF/A-2b (ISO 19005-2) claimed for files that are made here: what it asks for beside the pages.

Colours mean sRGB (an output intent with its profile), and metadata in XMP say what the
document's properties say, and which standard it keeps. The rest such files keep by how they
are made: no encryption, scripts or transparency, an embedded font with a glyph for each code.
"""

import re
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

PRODUCER = "Docstage"
_COMPONENTS = 3  # of RGB
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<pdf:Producer>{producer}</pdf:Producer>
<xmp:CreateDate>{date}</xmp:CreateDate>
<xmp:ModifyDate>{date}</xmp:ModifyDate>
<pdfaid:part>2</pdfaid:part>
<pdfaid:conformance>B</pdfaid:conformance>
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>
"""


def claim(document: Any, title: str, created: datetime) -> None:  # noqa: ANN401 (PyMuPDF is not typed)
    """Say of a new PyMuPDF ``document`` that it is PDF/A-2b; ``created`` is UTC."""
    from PIL import ImageCms  # noqa: PLC0415 (children that read make no files)

    title = _NO_XML.sub("\ufffd", title)
    date = created.strftime("D:%Y%m%d%H%M%SZ")
    document.set_metadata(
        {"title": title, "producer": PRODUCER, "creationDate": date, "modDate": date}
    )
    told = created.strftime("%Y-%m-%dT%H:%M:%SZ")
    document.set_xml_metadata(_XMP.format(title=escape(title), producer=PRODUCER, date=told))
    profile = document.get_new_xref()
    document.update_object(profile, f"<</N {_COMPONENTS}>>")
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    document.update_stream(profile, srgb.tobytes())
    intent = (
        "[<</Type/OutputIntent/S/GTS_PDFA1/OutputConditionIdentifier(sRGB)"
        f"/Info(sRGB IEC61966-2.1)/DestOutputProfile {profile} 0 R>>]"
    )
    document.xref_set_key(document.pdf_catalog(), "OutputIntents", intent)


def withdraw(document: Any) -> None:  # noqa: ANN401 (PyMuPDF is not typed)
    """Say it no more: something on a page is beyond the standard, or beyond its colours."""
    catalog = document.pdf_catalog()
    for key in ("Metadata", "OutputIntents"):
        document.xref_set_key(catalog, key, "null")
