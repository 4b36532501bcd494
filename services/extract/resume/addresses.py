"""Addresses taken apart, by their own words alone: nothing is looked up on a map."""

import re
from dataclasses import dataclass

from services.extract.resume.places import State, gazetteer
from services.extract.wording import compact, plain

_POSTAL = (
    (r"[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}", "GB"),
    (r"[A-Z]\d[A-Z]\s?\d[A-Z]\d", "CA"),
    (r"\d{4}\s?[A-Z]{2}(?=\s)", "NL"),
    (r"\d{5}-\d{3}", "BR"),
    (r"\d{4}-\d{3}", "PT"),
    (r"\d{2}-\d{3}", "PL"),
    (r"(?:[A-Z]{1,2}[-–])?\d{4,6}(?:-\d{4})?", None),
    (r"\d{3}\s\d{2,3}", None),
)
_POSTAL_CODE = re.compile("|".join(rf"(?P<p{at}>{it})" for at, (it, _) in enumerate(_POSTAL)))
_APARTMENT = re.compile(
    r"^(?:#|(?:apt|apartment|flat|unit|suite|ste|whg|wohnung|appt|appartement|piso|apto|interno"
    r"|int)\b\.?\s*(?:no\.?\s*)?)\s*(?P<number>[\w/-]+)$",
    re.IGNORECASE,
)
_PO_BOX = re.compile(
    r"^(?:p\.?\s?o\.?\s?box|postfach|bo[iî]te postale|apartado(?: de correos)?|postbus"
    r"|casella postale|caixa postal)\s*\w+$",
    re.IGNORECASE,
)
_STREET = re.compile(
    r"\b(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|court|ct|way|boulevard|blvd|place|square"
    r"|terrace|close|crescent|row|parkway|pkwy|highway|rue|allee|chemin|impasse|quai|cours|calle"
    r"|carrer|avenida|avda|paseo|plaza|camino|ronda|rua|travessa|praca|via|viale|piazza|corso"
    r"|largo|plein|laan|gasse|weg|platz|ring|damm|ufer)\b|(?:strasse|str\.?|straat|weg|gasse"
    r"|platz|allee|gracht|laan|plein|kade|ufer|damm|ring|steig|singel)\b"
)
_NUMBER = r"\d+\s?[a-zA-Z]?(?:[-/]\d+[a-zA-Z]?)?"
_NUMBER_FIRST = re.compile(rf"^(?P<number>{_NUMBER}),?\s+(?P<street>\D.*)$")
_NUMBER_LAST = re.compile(rf"^(?P<street>.*\D)\s+(?:n[º°.]?\s*)?(?P<number>{_NUMBER})$")


@dataclass(slots=True)
class Address:
    """The parts of an address; what it does not say is empty."""

    street_number: str = ""
    street: str = ""
    apartment: str = ""
    po_box: str = ""
    city: str = ""
    postal_code: str = ""
    state: str = ""
    state_code: str = ""
    country: str = ""
    country_code: str = ""


def parse_address(text: str) -> Address:
    """The parts of an address with commas between them, such as ``Boston, MA``.

    A state tells its country. Postal codes are known by their form, cities by where they stand.
    """
    found = Address()
    pieces = [piece.strip(" .") for piece in re.split(r"[,;\n|•·]|\s[-–—]\s", text)]
    left = [piece for piece in pieces if piece]
    _take_country(left, found)
    _take_state(left, found)
    left = [piece for piece in left if not _take_street(piece, found)]
    _take_city(left, found)
    return found


def is_street(text: str) -> bool:
    """Whether ``text`` names a street with a number."""
    has_number = _NUMBER_FIRST.match(text) or _NUMBER_LAST.match(text)
    return bool(has_number and _STREET.search(plain(text)))


def has_postal_code(text: str) -> bool:
    """Whether ``text`` is a postal code and a city, in this or the other order."""
    match = _POSTAL_CODE.search(text)
    if match is None:
        return False
    rest = (text[: match.start()] + text[match.end() :]).strip(" ,")
    at_edge = not text[: match.start()].strip() or not text[match.end() :].strip()
    is_name = bool(rest) and not any(map(str.isdigit, rest)) and len(rest.split()) <= 4
    return at_edge and is_name and rest[:1].isupper() and ":" not in rest


def _take_country(left: list[str], found: Address) -> None:
    known = gazetteer()
    if not left:
        return
    words = left[-1].split()
    for count in (len(words), 3, 2, 1):
        if count > len(words):
            continue
        code = known.countries.get(compact(" ".join(words[-count:])))
        is_state = len(left) > 1 and known.state(left[-1], None) is not None
        if code is None or (count == len(words) and is_state):
            continue
        if count < len(words) and not any(map(str.isdigit, left[-1])):
            continue  # ``New South Wales`` is not in Wales
        found.country, found.country_code = known.names[code], code
        rest = " ".join(words[:-count])
        left[-1:] = [rest] if rest else []
        return


def _take_state(left: list[str], found: Address) -> None:
    if not left:
        return
    piece = left[-1]
    match = _POSTAL_CODE.search(piece)
    bare = piece if match is None else (piece[: match.start()] + piece[match.end() :]).strip()
    state = gazetteer().state(bare, found.country_code or None)
    if state is None and len(bare.split()) > 1:  # ``Austin TX``
        city, _, last = bare.rpartition(" ")
        state = gazetteer().state(last, found.country_code or None) if last.isupper() else None
        if state is not None:
            left.insert(-1, city)
    if state is None or (len(left) == 1 and not found.country and match is None):
        return
    if match is not None:
        found.postal_code = match[0]
    _put_state(state, found)
    left.pop()


def _put_state(state: State, found: Address) -> None:
    found.state, found.state_code = state.name, state.code
    found.country, found.country_code = gazetteer().names[state.country], state.country


def _take_street(piece: str, found: Address) -> bool:
    """Whether ``piece`` is a street, an apartment or a box; it is taken down then."""
    if match := _APARTMENT.match(piece):
        found.apartment = match["number"]
        return True
    if _PO_BOX.match(piece):
        found.po_box = piece
        return True
    if found.street or not is_street(piece):
        return False
    words = piece.split()
    for at in range(2, len(words)):  # ``12 Main Street Apt 4``
        if (match := _APARTMENT.match(" ".join(words[at:]))) and not found.apartment:
            found.apartment, piece = match["number"], " ".join(words[:at])
            break
    match = _NUMBER_FIRST.match(piece) or _NUMBER_LAST.match(piece)
    if match:
        found.street_number, found.street = match["number"], match["street"].strip(" ,")
    return True


def _take_city(left: list[str], found: Address) -> None:
    for piece in reversed(left):
        match = None if found.postal_code else _POSTAL_CODE.search(piece)
        if match is not None:
            found.postal_code = match[0]
            _country_of_code(match, found)
            piece = (piece[: match.start()] + piece[match.end() :]).strip(" ,")  # noqa: PLW2901
        is_name = piece and not any(map(str.isdigit, piece))
        if is_name and not found.city:
            found.city = _without_state(piece, found)


def _without_state(city: str, found: Address) -> str:
    """``Perth WA`` and ``Milano MI`` as the city; the code is the state's."""
    name, _, code = city.rpartition(" ")
    if not name or not found.country_code or not (code.isupper() and len(code) in {2, 3}):
        return city
    state = gazetteer().state(code, found.country_code)
    if state is not None:
        _put_state(state, found)
    elif found.country_code == "IT":
        found.state_code = code
    else:
        return city
    return name


def _country_of_code(match: re.Match[str], found: Address) -> None:
    """The country whose postal codes alone have this form, where none is named."""
    for at, (_, country) in enumerate(_POSTAL):
        if match[f"p{at}"] and country and not found.country:
            found.country, found.country_code = gazetteer().names[country], country
