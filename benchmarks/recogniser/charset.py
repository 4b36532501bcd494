"""The symbols of our recogniser: english_g2's in their order, then those of Latin scripts."""

import unicodedata

from services.ocr.weights.symbols import ENGLISH as STOCK

_WESTERN = "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿŒœŠšŽžŸ"
_EASTERN = "ĄąĆćĘęŁłŃńŚśŹźŻżČčĎďĚěŇňŘřŤťŮůĹĺĽľŔŕŐőŰűĂăȘșȚțĐđĞğİıŞşĀāĒēĢģĪīĶķĻļŅņŪūĖėĮįŲų"
_SIGNS = "£¥¢§°±²³µ·¹ºª«»¿¡÷½¼¾©®™•†№"

SYMBOLS = STOCK + _WESTERN + _EASTERN + _SIGNS
"""In the order of the outputs, which begin with CTC's blank."""

FREQUENT = "ÄÖÜäöüßÀÂÆÇÈÉÊËÎÏÔŒÙÛŸàâæçèéêëîïôœùûÁÍÑÓÚáíñóúÃÕãõÌÒìò"
"""Letters of German, French, Spanish, Portuguese, Italian and Dutch."""

PLAIN = str.maketrans({
    "‘": "'", "’": "'", "‚": "'", "“": '"', "”": '"', "„": '"', "–": "-", "—": "-",
    "−": "-", "×": "x", "…": "...", "\N{NO-BREAK SPACE}": " ",
})  # fmt: skip
"""What typographic signs are read as: at a scan's resolution nobody can tell them apart."""

_OUTPUTS = {symbol: index + 1 for index, symbol in enumerate(SYMBOLS)}


def encoded(text: str) -> list[int]:
    """The outputs that spell ``text``.

    Raises:
        KeyError: a symbol that is none of ours.
    """
    return [_OUTPUTS[symbol] for symbol in text]


def readable(text: str) -> bool:
    """Whether all of ``text`` can be spelt."""
    return all(symbol in _OUTPUTS for symbol in text)


def base(symbol: str) -> str:
    """The letter that ``symbol`` looks like without its accent, or itself."""
    return unicodedata.normalize("NFD", _LOOKALIKES.get(symbol, symbol))[0]


def is_accented(symbol: str) -> bool:
    """Whether ``symbol`` is a letter that english_g2 has no output for."""
    return symbol.isalpha() and symbol not in STOCK


_LOOKALIKES = {
    "Æ": "A", "æ": "a", "Ð": "D", "Đ": "D", "đ": "d", "ð": "d", "Ø": "O", "ø": "o", "Þ": "P",
    "þ": "p", "ß": "B", "Œ": "O", "œ": "o", "Ł": "L", "ł": "l", "ı": "i", "ª": "a", "º": "o",
    "¹": "1", "²": "2", "³": "3", "µ": "u", "£": "E", "¢": "c", "§": "S", "°": "o", "·": ".",
    "•": ".", "¿": "?", "¡": "!", "«": "<", "»": ">", "¥": "Y", "©": "O", "®": "O", "±": "+",
    "÷": "+", "†": "t",
}  # fmt: skip
