"""Machine-readable zones of passports, identity cards and visas (ICAO Doc 9303, parts 3 to 7).

Misread characters are put right only where a check digit proves it: among the readings of a
field that look alike, exactly one must fit.
"""

import re
from dataclasses import dataclass, field

_WEIGHTS = (7, 3, 1)
_FILLER = "<"
_AS_FILLER = str.maketrans({"«": "<<", "‹": "<", "≤": "<", "＜": "<", "‚": "<"})
_CHARACTERS = re.compile(r"[A-Z0-9<]+")
_AS_DIGIT = str.maketrans("OQDILZSBGT", "0001125867")
_AS_LETTER = str.maketrans("012586", "OIZSBG")
_ALIKE = ("0OQD", "1IL", "2Z", "5S", "8B", "6G")
_LOOK_ALIKES = {char: group for group in _ALIKE for char in group}
_LEAST_PROVEN = 2
_LAST_CENTURY = "70"  # documents expire in 1970 to 2069, and after their bearer's birth
_SEXES = frozenset("MFX<")
TOTAL = "total"
_LONGEST_NUMBER = 9


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a field stands: its line, first place and the one after; where its check digit."""

    name: str
    line: int
    start: int
    end: int
    check: int | None = None
    is_numeric: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """A kind of zone: so many lines of so many characters, the first of them one of ``begins``.

    ``names`` is the line of the names. ``total`` is the line and place of the digit over all,
    ``whole`` what it is of: line, first place and the one after the last.
    """

    name: str
    lines: int
    length: int
    begins: str
    slots: tuple[Slot, ...]
    names: int
    whole: tuple[tuple[int, int, int], ...] = ()
    total: tuple[int, int] | None = None


_OPTIONAL, _FURTHER = "optional_data", "further_data"
_TWO_LINES = (
    Slot("document_number", 1, 0, 9, 9),
    Slot("nationality", 1, 10, 13),
    Slot("birth_date", 1, 13, 19, 19, is_numeric=True),
    Slot("sex", 1, 20, 21),
    Slot("expiry_date", 1, 21, 27, 27, is_numeric=True),
)
_HEAD = (Slot("document_type", 0, 0, 2), Slot("issuing_country", 0, 2, 5))
FORMS = (
    Form("TD3", 2, 44, "P", (*_HEAD, *_TWO_LINES, Slot("personal_number", 1, 28, 42, 42)), 0,
         ((1, 0, 10), (1, 13, 20), (1, 21, 43)), (1, 43)),
    Form("MRV-A", 2, 44, "V", (*_HEAD, *_TWO_LINES, Slot(_OPTIONAL, 1, 28, 44)), 0),
    Form("TD2", 2, 36, "ACI", (*_HEAD, *_TWO_LINES, Slot(_OPTIONAL, 1, 28, 35)), 0,
         ((1, 0, 10), (1, 13, 20), (1, 21, 35)), (1, 35)),
    Form("MRV-B", 2, 36, "V", (*_HEAD, *_TWO_LINES, Slot(_OPTIONAL, 1, 28, 36)), 0),
    Form("TD1", 3, 30, "ACI",
         (*_HEAD, Slot("document_number", 0, 5, 14, 14), Slot(_OPTIONAL, 0, 15, 30),
          Slot(_FURTHER, 1, 18, 29), Slot("sex", 1, 7, 8),
          Slot("birth_date", 1, 0, 6, 6, is_numeric=True),
          Slot("expiry_date", 1, 8, 14, 14, is_numeric=True), Slot("nationality", 1, 15, 18)), 2,
         ((0, 5, 30), (1, 0, 7), (1, 8, 15), (1, 18, 29)), (1, 29)),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Zone:
    """What a zone says. ``proven`` are the fields whose check digit fits, ``first`` its row.

    ``rows`` is how many rows it takes; ``is_whole`` says that the digit over all fits too.
    ``broken`` are fields with a check digit that does not fit, or ``TOTAL`` where only that over
    all does not.
    """

    form: str
    first: int
    rows: int
    fields: dict[str, str]
    proven: frozenset[str] = field(default_factory=frozenset)
    is_whole: bool = False
    broken: frozenset[str] = field(default_factory=frozenset)


def check_digit(text: str) -> int:
    """The check digit of ``text``: places weighted 7, 3, 1, modulo 10."""
    return sum(_value(char) * _WEIGHTS[at % 3] for at, char in enumerate(text)) % 10


def read_zone(rows: list[str]) -> Zone | None:
    """The zone in ``rows`` of text; ``None`` where fewer than two check digits fit."""
    lines = [_plain(row) for row in rows]
    for first, line in enumerate(lines):
        if line is None:
            continue
        for form in FORMS:
            taken = lines[first : first + form.lines]
            if line[0] in form.begins and (zone := _read(form, taken, first)) is not None:
                return zone
    return None


def _value(char: str) -> int:
    return 0 if char == _FILLER else int(char, 36)


def _plain(row: str) -> str | None:
    """A row as characters of a zone; ``None`` where it cannot be one of its lines."""
    text = "".join(row.translate(_AS_FILLER).split()).upper()
    if not 26 <= len(text) <= 48 or not _CHARACTERS.fullmatch(text):
        return None
    has_sign = _FILLER in text or sum(char.isdigit() for char in text) > 6
    return text if has_sign else None


def _read(form: Form, lines: list[str | None], first: int) -> Zone | None:
    if len(lines) < form.lines or any(line is None for line in lines):
        return None
    fitted = [_fitted(line or "", form, at) for at, line in enumerate(lines)]
    if any(line is None for line in fitted):
        return None
    whole = [line or "" for line in fitted]
    values: dict[str, str] = {}
    proven: set[str] = set()
    broken: set[str] = set()
    for slot in form.slots:
        text, fits = _slot(whole[slot.line], slot)
        if slot.check is not None and not fits and text.strip(_FILLER):
            broken.add(slot.name)
        whole[slot.line] = whole[slot.line][: slot.start] + text + whole[slot.line][slot.end :]
        values[slot.name] = text
        if fits and slot.check is not None:
            proven.add(slot.name)
            digit = whole[slot.line][slot.check].translate(_AS_DIGIT)
            line = whole[slot.line]
            whole[slot.line] = line[: slot.check] + digit + line[slot.check + 1 :]
    longer = _longer_number(form, whole, values)
    if longer is not None:
        values |= longer
        proven.add("document_number")
        broken.discard("document_number")
    if len(proven) < _LEAST_PROVEN:
        return None
    is_whole = _is_whole(form, whole)
    if form.total is not None and not is_whole and not broken:
        broken.add(TOTAL)
    fields = _typed(values) | _names(whole[form.names], form)
    return Zone(
        form.name, first, form.lines, fields, frozenset(proven), is_whole, frozenset(broken)
    )


def _longer_number(form: Form, lines: list[str], values: dict[str, str]) -> dict[str, str] | None:
    """A number of more than nine characters and the optional data behind it.

    It goes on in the optional data, with its check digit last, and a filler stands where that
    would be (ICAO Doc 9303 part 5, note j; part 6, note j).
    """
    slot = next(each for each in form.slots if each.name == "document_number")
    optional = values.get(_OPTIONAL, "")
    if slot.check is None or lines[slot.line][slot.check] != _FILLER:
        return None
    more, _, rest = optional.partition(_FILLER)
    start = values["document_number"]
    if len(start.rstrip(_FILLER)) < _LONGEST_NUMBER or len(more) < 2 or not more[-1].isdigit():
        return None
    whole = start + more[:-1]
    if check_digit(whole) != int(more[-1]):
        return None
    return {"document_number": whole, _OPTIONAL: rest}


def _fitted(line: str, form: Form, at: int) -> str | None:
    """``line`` at its length: fillers at the end of names carry nothing, others are kept."""
    if len(line) == form.length:
        return line
    if at == form.names and abs(len(line) - form.length) <= 4:
        return line.rstrip(_FILLER).ljust(form.length, _FILLER)[: form.length]
    missing = form.length - len(line)
    run = max(re.findall(r"<+", line) or [""], key=len)
    if run and 0 < abs(missing) <= 3 and len(run) + missing > 0:
        place = line.rindex(run)
        return line[:place] + _FILLER * (len(run) + missing) + line[place + len(run) :]
    return None


def _slot(line: str, slot: Slot) -> tuple[str, bool]:
    """The text of a field and whether its check digit proves it."""
    text = line[slot.start : slot.end]
    if slot.check is None:
        return text, False
    digit = line[slot.check].translate(_AS_DIGIT)
    if digit == _FILLER and not text.strip(_FILLER):
        return text, False  # an empty field may have no digit
    if not digit.isdigit():
        return text, False
    if slot.is_numeric:
        text = text.translate(_AS_DIGIT)
        return text, text.isdigit() and check_digit(text) == int(digit)
    if check_digit(text) == int(digit):
        return text, True
    fitting = [each for each in _variants(text) if check_digit(each) == int(digit)]
    return (fitting[0], True) if len(fitting) == 1 else (text, False)


def _variants(text: str) -> list[str]:
    """The readings of ``text`` with one character read another way."""
    found = []
    for at, char in enumerate(text):
        found += [text[:at] + other + text[at + 1 :]
                  for other in _LOOK_ALIKES.get(char, "") if other != char]  # fmt: skip
    return found


def _is_whole(form: Form, lines: list[str]) -> bool:
    if form.total is None:
        return False
    digit = lines[form.total[0]][form.total[1]].translate(_AS_DIGIT)
    text = "".join(lines[line][start:end] for line, start, end in form.whole)
    return digit.isdigit() and check_digit(text) == int(digit)


def _typed(values: dict[str, str]) -> dict[str, str]:
    """Fields as a schema wants them; what cannot be one is left out."""
    found: dict[str, str] = {}
    values[_OPTIONAL] = values.get(_OPTIONAL, "") + _FILLER + values.get(_FURTHER, "")
    for name in ("document_type", "document_number", "personal_number", _OPTIONAL):
        if text := " ".join(values.get(name, "").replace(_FILLER, " ").split()):
            found[name] = text
    found |= _countries(values["issuing_country"], values["nationality"])
    if values["sex"] in _SEXES:
        found["sex"] = values["sex"].replace(_FILLER, "X")
    expires = values["expiry_date"]
    expiry = _date(expires, 1900 if expires[:2] >= _LAST_CENTURY else 2000)
    if expiry is not None:
        found["expiry_date"] = expiry
    last = int(expiry[:4]) if expiry else 2099
    century = 2000 if 2000 + int("0" + values["birth_date"][:2].strip(_FILLER)) < last else 1900
    if (birth := _date(values["birth_date"], century)) is not None:
        found["birth_date"] = birth
    return found


def _countries(issuing: str, nationality: str) -> dict[str, str]:
    """Codes of countries, which are letters; a digit is a misreading that nothing proves.

    It is put right where the other code, mostly the same one, bears it out.
    """
    codes = {"issuing_country": issuing, "nationality": nationality}
    mended = {name: code.translate(_AS_LETTER) for name, code in codes.items()}
    if mended["issuing_country"] == mended["nationality"] and any(map(_is_code, codes.values())):
        codes = mended
    return {name: code.strip(_FILLER) for name, code in codes.items() if _is_code(code)}


def _is_code(code: str) -> bool:
    return bool(code.strip(_FILLER)) and code.replace(_FILLER, "").isalpha()


def _date(text: str, century: int) -> str | None:
    if not text.isdigit():
        return None
    month, day = int(text[2:4]), int(text[4:6])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    return f"{century + int(text[:2])}-{month:02d}-{day:02d}"


def _names(line: str, form: Form) -> dict[str, str]:
    """Surname and given names, which have no check digit."""
    text = line if form.names else line[5:]
    surname, _, given = text.strip(_FILLER).partition("<<")
    parts = {"surname": surname, "given_names": given}
    plain = {name: " ".join(part.split(_FILLER)).strip() for name, part in parts.items()}
    return {name: " ".join(part.split()) for name, part in plain.items() if part}
