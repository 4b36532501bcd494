"""Words put right where the recogniser's usual confusions show by themselves.

Each rule holds for any text. On 60 receipts, looked at as two halves, they raised word F1 by
about .6 points (brackets for ``l``), .2 (letters in numbers), .3 (stray marks) and .2
(hopeless readings) in both; the choice was made seeing both, so expect a little less.
"""

import re

from services.ocr.layout import Token

_BRACKET_IN_WORD = re.compile(r"(?<=[A-Za-z])\]|\](?=[A-Za-z])")
_BRACKET_IN_NUMBER = re.compile(r"(?<=[0-9])\]|\](?=[0-9])")
_DIGIT_FOR = str.maketrans("OoQlI|]SBZ", "0001111582")
_NUMBER = re.compile(r"\d+([.,:/-]\d+)*%?")
_AROUND_NUMBERS = "()$€:-"
_SHORTEST_NUMBER = 3
_RULE = re.compile(r"[-=*._~+]{4,}")  # drawn with characters; nothing is said there
_STRAY, _HOPELESS = 0.5, 0.05  # confidences


def put_right(tokens: list[Token]) -> list[Token]:
    """``tokens`` without noise and with the usual confusions undone."""
    return [token._replace(text=corrected(token.text)) for token in tokens if not _is_noise(token)]


def corrected(text: str) -> str:
    """``text`` with brackets and letters that stand for others replaced."""
    if "]" in text and "[" not in text:
        text = _BRACKET_IN_NUMBER.sub("1", _BRACKET_IN_WORD.sub("l", text))
    core = text.strip(_AROUND_NUMBERS)
    number = core.translate(_DIGIT_FOR)
    if number == core or len(number) < _SHORTEST_NUMBER or not _NUMBER.fullmatch(number):
        return text
    mostly_digits = 2 * sum(map(str.isdigit, core)) >= sum(map(str.isdigit, number))
    return text.replace(core, number) if mostly_digits else text


def _is_noise(token: Token) -> bool:
    stray = len(token.text) == 1 and not token.text.isdigit() and token.confidence < _STRAY
    return stray or token.confidence < _HOPELESS or _RULE.fullmatch(token.text) is not None
