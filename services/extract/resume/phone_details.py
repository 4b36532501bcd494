"""What a phone number says: its country, and how it is written there and from abroad."""

from collections.abc import Sequence
from dataclasses import dataclass

import phonenumbers
from phonenumbers import PhoneNumberFormat


@dataclass(frozen=True, slots=True)
class PhoneDetails:
    """A number by ITU-T E.123; ``country`` is ISO 3166 alpha-2, empty for ``+800`` and such."""

    formatted: str
    national: str
    calling_code: int
    country: str


def phone_details(text: str, regions: Sequence[str]) -> PhoneDetails | None:
    """The number that ``text`` is; ``None`` where that cannot be told.

    One without its country must be valid in one of ``regions``, the likeliest first.
    """
    if text.startswith(("+", "00")):
        return _details("+" + text.lstrip("+0"), None)
    for region in regions:
        if found := _details(text, region):
            return found
    return None


def _details(text: str, region: str | None) -> PhoneDetails | None:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    # Numbers kept for films are valid nowhere, and written as others are.
    lenient = region is None or (region == "US" and text.startswith("("))
    is_good = phonenumbers.is_possible_number if lenient else phonenumbers.is_valid_number
    if not is_good(number):
        return None
    code = number.country_code or 0
    country = phonenumbers.region_code_for_number(number) or ""
    if not country and (codes := _countries(code)):
        country = codes[0]
    return PhoneDetails(
        phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL),
        phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL),
        code,
        country if len(country) == 2 and country.isalpha() else "",
    )


def _countries(calling_code: int) -> tuple[str, ...]:
    found: tuple[str, ...] = phonenumbers.region_codes_for_country_code(calling_code)
    return found
