"""How fields and classes are called in plain data and in code."""

import keyword
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping

from shared.models.schema import FieldSpec, Schema

KeyOf = Callable[[str], str]

_WORD = re.compile(r"[A-Za-z0-9]+")
_CLASS_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}")
_TAKEN = frozenset({"basemodel", "configdict", "field", "optional", "any", "annotated", "literal"})
_SUFFIX = "Model"
_MOST_WORDS = 3
"""Of a title, for a class to be called after it rather than after its type's name."""


def camel(name: str) -> str:
    """``invoice_number`` as ``invoiceNumber``; a name without letters and digits stays."""
    words: list[str] = _WORD.findall(name)
    if not words:
        return name
    first, *others = words
    begin = first.lower() if first.isupper() else first[0].lower() + first[1:]
    return begin + "".join(it[0].upper() + it[1:] for it in others)


def as_it_is(name: str) -> str:
    """The name itself."""
    return name


def keys_of(specs: Iterable[FieldSpec], key: KeyOf = camel) -> dict[str, str]:
    """The key of each field by its name; no two are the same."""
    used: set[str] = set()
    keys: dict[str, str] = {}
    for spec in specs:
        keys[spec.name] = _unused(key(spec.name), used)
        used.add(keys[spec.name])
    return keys


def class_name(text: str) -> str:
    """``Identity document`` as ``IdentityDocument``; empty where nothing of it can be a name."""
    name = pascal(text)
    if not is_class_name(name):
        return ""
    return f"{name}{_SUFFIX}" if name.lower() in _TAKEN else name


def pascal(text: str) -> str:
    """The letters and digits of ``text``, each word with a capital first."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return "".join(it[0].upper() + it[1:] for it in _WORD.findall(plain))


def is_class_name(text: str) -> bool:
    """Whether a class, an interface and a file can have this name."""
    return _CLASS_NAME.fullmatch(text) is not None and not keyword.iskeyword(text)


def class_names(schemas: Mapping[str, Schema]) -> dict[str, str]:
    """The class of each type by its name; no two differ in upper and lower case alone.

    A class names a file, and not all file systems tell the cases apart.
    """
    used: set[str] = set()
    names: dict[str, str] = {}
    for name, schema in schemas.items():
        is_short = len(_WORD.findall(schema.title)) <= _MOST_WORDS
        wanted = (class_name(schema.title) if is_short else "") or class_name(name) or _SUFFIX
        names[name] = _unused(wanted, used, folded=True)
        used.add(names[name].lower())
    return names


def _unused(wanted: str, used: Collection[str], *, folded: bool = False) -> str:
    found, number = wanted, 2
    while (found.lower() if folded else found) in used:
        found, number = f"{wanted}{number}", number + 1
    return found
