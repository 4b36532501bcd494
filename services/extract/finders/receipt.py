"""Finds the fields of a receipt with the learned weights."""

from services.extract.calibrate import confidence, confidence_if_clear
from services.extract.features import Choice
from services.extract.features.addresses import address_choices
from services.extract.features.dates import date_choices
from services.extract.features.money import money_choices
from services.extract.features.names import company_choices
from services.extract.finders import Found
from services.extract.linear import load
from services.extract.reading import Reading
from services.extract.scoring import rank

_WEIGHTS = "receipt"
_LEAST_ADDRESS = 0.12  # below, there most likely is none on the receipt


def find_company(reading: Reading) -> Found | None:
    """The shop's name at the head."""
    return _best("company", company_choices(reading))


def find_address(reading: Reading) -> Found | None:
    """The shop's address."""
    return _best("address", address_choices(reading), least=_LEAST_ADDRESS)


def find_date(reading: Reading) -> Found | None:
    """The date of the purchase; less sure where day and month could be swapped."""
    choices = date_choices(reading, reading.dates, reading.around(reading.dates))
    return _best("date", choices)


def find_total(reading: Reading) -> Found | None:
    """The sum to be paid."""
    choices = money_choices(reading, reading.money, reading.around(reading.money))
    return _best("total", choices)


def _best(field: str, choices: list[Choice], least: float = 0.0) -> Found | None:
    if not choices:
        return None
    weights = load(_WEIGHTS)
    ranked = rank(choices, weights.models[field])
    if ranked[0].choice.is_none:
        return None
    best = ranked[0].choice.candidate
    calibration = weights.calibration[field]
    if confidence_if_clear(ranked, calibration) < least:
        return None
    chance = confidence(ranked, calibration, weights.trusted.get(field, 0.0))
    return Found(best.value, best.raw, chance * min(1.0, best.quality), best.tokens)
