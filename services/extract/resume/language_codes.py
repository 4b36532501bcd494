"""Languages by their names in several languages, as data: codes by ISO 639."""

import json
from functools import cache
from importlib import resources

from services.extract.wording import plain


def language_code(name: str) -> str | None:
    """The code of a language: ISO 639-1, or 639-3 where it has no shorter one."""
    codes, _ = _languages()
    return codes.get(plain(name).strip(" .:()"))


def english_name(code: str) -> str:
    """The English name of the language with a code that ``language_code`` gives."""
    _, names = _languages()
    return names[code]


@cache
def _languages() -> tuple[dict[str, str], dict[str, str]]:
    data = json.loads(resources.files(__package__).joinpath("languages.json").read_bytes())
    called = data["languages"]
    codes: dict[str, str] = {}
    for code, names in called.items():
        for name in names:
            codes.setdefault(plain(name), code)
    return codes, {code: names[0] for code, names in called.items()}
