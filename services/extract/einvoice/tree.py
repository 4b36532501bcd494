"""Safe parsing and reading of XML by local names, so that every dialect's namespace will do."""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation

from lxml import etree

_MAX_CHARS = 20_000_000
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_DIGIT_DATE = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})")


def parse(text: str) -> etree._Element | None:
    """The root of ``text``, or ``None`` when it is no well-formed XML.

    Entities, network access, DTDs and huge trees are off: the text comes from strangers.
    """
    if len(text) > _MAX_CHARS:
        return None
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
    )
    # The declaration names the encoding of the file, not that of this decoded text.
    plain = _DECLARATION.sub("", text.lstrip("\ufeff"))
    try:
        root = etree.fromstring(plain.encode(), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    # No e-invoice declares a document type; one that does means to use entities.
    return root if root.getroottree().docinfo.internalDTD is None else None


def local_name(node: etree._Element) -> str:
    """The tag without its namespace."""
    return node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""


def children(node: etree._Element | None, *path: str) -> Iterator[etree._Element]:
    """The elements reached from ``node`` by ``path``; a step may offer ``a|b``."""
    if node is None:
        return
    if not path:
        yield node
        return
    names = path[0].split("|")
    for child in node:
        if local_name(child) in names:
            yield from children(child, *path[1:])


def first(node: etree._Element | None, *path: str) -> etree._Element | None:
    """The first element reached by ``path``."""
    return next(children(node, *path), None)


def text_of(node: etree._Element | None) -> str | None:
    """The element's own text with white space collapsed; ``None`` when there is none."""
    if node is None:
        return None
    return " ".join("".join(str(part) for part in node.itertext()).split()) or None


def text(node: etree._Element | None, *path: str) -> str | None:
    """The text of the first element reached by ``path`` that has any."""
    return next((found for each in children(node, *path) if (found := text_of(each))), None)


def amount(value: str | None) -> str | None:
    """A stated amount with two decimals (more only where it states more that matter)."""
    number = _decimal(value)
    if number is None:
        return None
    plain = number.normalize()
    exponent = plain.as_tuple().exponent
    decimals = max(2, -exponent) if isinstance(exponent, int) else 2
    return f"{number:.{decimals}f}"


def number(value: str | None) -> str | None:
    """A stated quantity or price without idle zeros."""
    found = _decimal(value)
    return None if found is None else f"{found.normalize():f}"


def iso_date(value: str | None) -> str | None:
    """A date written ``YYYYMMDD…`` or ``YYYY-MM-DD…`` as ISO; ``None`` when it is none."""
    match = _DIGIT_DATE.match(value or "")
    if match is None:
        return None
    try:
        return date(int(match[1]), int(match[2]), int(match[3])).isoformat()
    except ValueError:
        return None


def _decimal(value: str | None) -> Decimal | None:
    try:
        found = Decimal(value.replace(",", ".")) if value else None
    except InvalidOperation:
        return None
    return found if found is not None and found.is_finite() else None
