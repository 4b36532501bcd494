"""Documents of mixed kinds for the soak, each built by code and different in its bytes."""

import itertools
from collections.abc import Callable, Iterator
from random import Random

from tests.faults.driver import File
from tests.samples.invoices import Invoice, invoice_pdf, many_pages_pdf
from tests.samples.mails import attached, mail, text_part
from tests.samples.pages import encrypted_pdf
from tests.samples.receipts import Receipt, receipt_jpeg
from tests.samples.scans import scan_file, scanned_pages

LONG_PAGES = 40
"""Pages of a long document: several parts."""


def _invoice(tag: str, random: Random) -> File:
    return File(f"{tag}.pdf", invoice_pdf(_numbered(tag, random)))


def _einvoice(tag: str, random: Random) -> File:
    return File(f"{tag}-x.pdf", invoice_pdf(_numbered(tag, random), with_xml=True))


def _receipt(tag: str, random: Random) -> File:
    total = f"{random.randint(3, 99)}.{random.randint(10, 99)}"
    picture = receipt_jpeg(Receipt(company=f"SHOP {tag.upper()}", total=total))
    return File(f"{tag}.jpg", picture)


def _scan(tag: str, random: Random) -> File:
    return File(f"{tag}-scan.pdf", _apart(scan_file(scanned_pages(2, lines=6)), tag))


def _long(tag: str, random: Random) -> File:
    return File(f"{tag}-long.pdf", _apart(many_pages_pdf(LONG_PAGES), tag))


def _mail(tag: str, random: Random) -> File:
    parts = [attached(f"{tag}-{it}.pdf", _invoice(f"{tag}-{it}", random).content) for it in "ab"]
    return File(f"{tag}.eml", mail(text_part(tag), *parts))


def _corrupt(tag: str, random: Random) -> File:
    whole = _invoice(tag, random).content
    return File(f"{tag}-torn.pdf", _apart(whole[: len(whole) // 3], tag))


def _encrypted(tag: str, random: Random) -> File:
    return File(f"{tag}-locked.pdf", _apart(encrypted_pdf(), tag))


KINDS: dict[str, tuple[Callable[[str, Random], File], int]] = {
    "born-digital": (_invoice, 55),
    "e-invoice": (_einvoice, 12),
    "photo receipt": (_receipt, 8),
    "scan": (_scan, 3),
    "long": (_long, 3),
    "mail": (_mail, 6),
    "corrupt": (_corrupt, 4),
    "encrypted": (_encrypted, 4),
    "url": (_invoice, 5),
}
"""How each kind is made, and how many of a hundred it is."""


def mixed(random: Random) -> Iterator[tuple[str, File]]:
    """Endlessly: a kind, and a file of it. One seed, one order of kinds."""
    run = f"{random.getrandbits(32):08x}"
    names, weights = list(KINDS), [weight for _, weight in KINDS.values()]
    for number in itertools.count():
        kind = random.choices(names, weights)[0]
        make, _ = KINDS[kind]
        yield kind, make(f"s{run}-{number}", random)


def _numbered(tag: str, random: Random) -> Invoice:
    return Invoice(number=tag, date=f"2024-0{random.randint(1, 9)}-1{random.randint(0, 9)}")


def _apart(content: bytes, tag: str) -> bytes:
    """The same file with other bytes: what comes behind a PDF's end says nothing."""
    return content + f"\n% {tag}\n".encode()
