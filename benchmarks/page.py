"""The document that benchmarks send: made by code, born digital, one page."""

import pymupdf

TERMS = (
    "The goods remain the property of the seller until they have been paid in full. Please "
    "check the delivery on arrival and tell us of any damage within eight days. Payment is "
    "due without deduction; in case of delay the statutory interest applies. "
)


def one_page() -> bytes:
    """A born-digital invoice of about 400 words: a head, ten lines, sums, terms."""
    document = pymupdf.open()
    page = document.new_page()
    put = lambda x, y, text: page.insert_text((x, y), text, fontsize=9)  # noqa: E731
    head = (
        "Nordwind Handel GmbH",
        "Hafenstr. 12",
        "20457 Hamburg",
        "",
        "Beispiel KG",
        "50667 Köln",
    )
    for number, text in enumerate(head):
        put(60, 60 + 12 * number, text)
    put(350, 100, "Invoice number: RG-2024-0815")
    put(350, 112, "Invoice date: 14.03.2024")
    for number in range(10):
        cells = (f"Item {number}, standing desk in oak", "2", "19.00", "38.00")
        for x, text in zip((60, 330, 400, 490), cells, strict=True):
            put(x, 170 + 14 * number, text)
    for number, text in enumerate(("Net 380.00", "VAT 19% 72.20", "Total EUR 452.20")):
        put(430, 330 + 14 * number, text)
    page.insert_textbox((60, 400, 540, 800), TERMS * 7, fontsize=9)
    content: bytes = document.tobytes()
    document.close()
    return content
