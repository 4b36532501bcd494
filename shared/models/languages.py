"""Languages that documents may be in, by their ISO 639-1 codes."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple


class Language(NamedTuple):
    """What readers need to know of a language.

    ``iso3`` is the code by which Tesseract names its data; ``latin``: it is written in Latin
    letters; ``special`` are its small letters beyond a to z, where it is. Where it is not,
    ``sign`` is one by which its script is told.
    """

    name: str
    iso3: str
    special: str = ""
    latin: bool = True
    sign: str = ""

    @property
    def letters(self) -> frozenset[str]:
        """Its letters beyond a to z, small and capital."""
        capital = {it.upper() for it in self.special if len(it.upper()) == 1}
        return frozenset(self.special) | capital

    def is_in_script(self, letters: frozenset[str]) -> bool:
        """Whether who writes ``letters`` writes its script."""
        return self.latin or self.sign in letters


LANGUAGES: Mapping[str, Language] = MappingProxyType(
    {
        "ca": Language("Catalan", "cat", "àçèéíïòóúü"),
        "cs": Language("Czech", "ces", "áčďéěíňóřšťúůýž"),
        "da": Language("Danish", "dan", "åæø"),
        "de": Language("German", "deu", "äöüß"),
        "el": Language("Greek", "ell", latin=False, sign="ω"),
        "en": Language("English", "eng"),
        "es": Language("Spanish", "spa", "áéíñóúü¿¡"),
        "et": Language("Estonian", "est", "äõöüšž"),
        "fi": Language("Finnish", "fin", "äöå"),
        "fr": Language("French", "fra", "àâæçèéêëîïôœùûüÿ"),
        "hr": Language("Croatian", "hrv", "čćđšž"),
        "hu": Language("Hungarian", "hun", "áéíóöőúüű"),
        "it": Language("Italian", "ita", "àèéìòù"),
        "ja": Language("Japanese", "jpn", latin=False, sign="の"),
        "ko": Language("Korean", "kor", latin=False, sign="의"),
        "lt": Language("Lithuanian", "lit", "ąčęėįšųūž"),
        "lv": Language("Latvian", "lav", "āčēģīķļņšūž"),
        "nb": Language("Norwegian", "nor", "åæø"),
        "nl": Language("Dutch", "nld", "éëïóöü"),
        "pl": Language("Polish", "pol", "ąćęłńóśźż"),
        "pt": Language("Portuguese", "por", "àáâãçéêíóôõú"),
        "ro": Language("Romanian", "ron", "ăâîșț"),
        "ru": Language("Russian", "rus", latin=False, sign="ж"),
        "sk": Language("Slovak", "slk", "áäčďéíĺľňóôŕšťúýž"),
        "sl": Language("Slovenian", "slv", "čšž"),
        "sv": Language("Swedish", "swe", "åäö"),
        "tr": Language("Turkish", "tur", "çğıöşü"),
        "uk": Language("Ukrainian", "ukr", latin=False, sign="ї"),
        "zh": Language("Chinese", "chi_sim", latin=False, sign="们"),
    }
)


def language_codes(listed: str) -> tuple[str, ...]:
    """The codes in a comma-separated list, each once, in its order.

    Raises:
        ValueError: one of them is not known, or there is none.
    """
    codes = tuple(dict.fromkeys(it.strip().lower() for it in listed.split(",") if it.strip()))
    if unknown := [code for code in codes if code not in LANGUAGES]:
        known = ", ".join(LANGUAGES)
        raise ValueError(f"unknown language {', '.join(unknown)}; known are: {known}")
    if not codes:
        raise ValueError("name at least one language, such as en")
    return codes


def special_letters(codes: Sequence[str]) -> frozenset[str]:
    """The letters beyond a to z of these languages."""
    return frozenset[str]().union(*(LANGUAGES[code].letters for code in codes))
