"""XML of strangers: parsed safely, read by local names, as the namespaces of versions differ."""

from collections.abc import Iterator
from typing import IO, Any
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser

from shared.errors import Code, Permanent

_PIECE = 256 * 1024


class _Builder(TreeBuilder):
    def doctype(self, name: str, public: str | None, system: str | None) -> None:
        """Without a document type there are no entities, neither large nor from elsewhere."""
        refuse_doctype()


def refuse_doctype() -> None:
    """Raise ``Permanent(FILE_CORRUPT)``: no office file has a reason to declare a type."""
    raise Permanent(Code.FILE_CORRUPT, "A part declares a document type.")


def parse(content: bytes) -> Element:
    """The root of ``content``; raises ``Permanent(FILE_CORRUPT)``."""
    parser = XMLParser(target=_Builder())  # noqa: S314 (see _Builder)
    try:
        parser.feed(content)
        root: Element = parser.close()
    except (ParseError, ValueError, LookupError) as error:
        raise Permanent(Code.FILE_CORRUPT, "A part is no XML.") from error
    return root


def parse_to(target: Any, stream: IO[bytes], most: int) -> None:  # noqa: ANN401 (as XMLParser has it)
    """Have ``target`` told of at most ``most`` bytes of ``stream``, piece by piece.

    It has methods ``start``, ``data``, ``end`` and ``close``, and ``doctype``, which must raise.

    Raises:
        Permanent: ``FILE_CORRUPT``, ``CONTAINER_TOO_LARGE``, or what ``target`` raises.
    """
    parser, taken = XMLParser(target=target), 0  # noqa: S314 (doctypes are refused)
    try:
        while piece := stream.read(_PIECE):
            taken += len(piece)
            if taken > most:
                raise Permanent(Code.CONTAINER_TOO_LARGE, "A part is larger than allowed.")
            parser.feed(piece)
        parser.close()
    except (ParseError, ValueError, LookupError) as error:
        raise Permanent(Code.FILE_CORRUPT, "A part is no XML.") from error


def local(element: Element) -> str:
    """The tag without its namespace."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def attribute(element: Element, name: str, default: str = "") -> str:
    """An attribute by its local name."""
    if name in element.attrib:
        return element.attrib[name]
    end = "}" + name
    return next((value for key, value in element.attrib.items() if key.endswith(end)), default)


def child(element: Element | None, *path: str) -> Element | None:
    """What is reached by ``path`` from ``element``, the first where there are several."""
    for name in path:
        if element is None:
            return None
        element = next((it for it in element if local(it) == name), None)
    return element


def every(element: Element | None, name: str) -> Iterator[Element]:
    """All below ``element`` of that name, at any depth."""
    if element is not None:
        yield from (it for it in element.iter() if local(it) == name)


def number(text: str) -> float:
    """What ``text`` says, 0 where it is no number."""
    try:
        return float(text)
    except ValueError:
        return 0.0
