"""What QR codes for payments state: the European EPC code (GiroCode) and the Swiss QR-bill.

Sources: EPC069-12 "Quick Response Code: Guidelines to Enable Data Capture for the Initiation of
a SEPA Credit Transfer", version 2.1; "Swiss Implementation Guidelines QR-bill", version 2.2, with
its annex on billing information (S1), of Swico.
"""

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

from stdnum import iban as iban_numbers

_EPC_HEAD, _SWISS_HEAD = "BCD", "SPC"
_EPC_LEAST, _SWISS_LEAST = 7, 28
_AMOUNT = re.compile(r"(?P<currency>[A-Z]{3})(?P<number>\d{1,9}(?:\.\d{1,2})?)")
_BILLING = re.compile(r"/(\d{2})/((?:\\.|[^/\\])*)")
_COMPACT_DATE = re.compile(r"\d{6}")
_LARGEST_SPAN = 400  # days to pay


@dataclass(frozen=True, slots=True)
class PaymentCode:
    """``fields`` in the field names of the built-in invoice type; ``dialect`` epc or swiss."""

    dialect: str
    fields: dict[str, str] = field(default_factory=dict)
    reference: str = ""


def read_payment(text: str) -> PaymentCode | None:
    """What the text of a QR code orders, ``None`` where it is no payment or has a wrong IBAN."""
    lines = [line.strip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    if lines[0] == _EPC_HEAD and len(lines) >= _EPC_LEAST:
        return _epc(lines)
    if lines[0] == _SWISS_HEAD and len(lines) >= _SWISS_LEAST:
        return _swiss(lines)
    return None


def _epc(lines: list[str]) -> PaymentCode | None:
    """Lines: BCD, version, character set, SCT, BIC, name, IBAN, amount, purpose, reference."""
    account = _iban(lines[6])
    if lines[3] != "SCT" or account is None:
        return None
    at = dict(enumerate(lines))
    found = _AMOUNT.fullmatch(at.get(7, "").replace(" ", ""))
    fields = {"iban": account}
    if lines[5]:
        fields["supplier_name"] = lines[5]
    if found is not None:
        fields |= _sum(found["number"], found["currency"])
    return PaymentCode("epc", fields, at.get(9, "") or at.get(10, ""))


def _swiss(lines: list[str]) -> PaymentCode | None:
    """The lines of a QR-bill.

    SPC, version, coding, IBAN, creditor (7), ultimate creditor (7), amount, currency, debtor (7),
    kind of reference, reference, message, EPD, billing information.
    """
    account = _iban(lines[3])
    if account is None or lines[2] != "1":
        return None
    at = dict(enumerate(lines))
    fields = {"iban": account}
    if lines[5]:
        fields["supplier_name"] = lines[5]
    fields |= _sum(lines[18], lines[19])
    if lines[21]:
        fields["customer_name"] = lines[21]
    fields |= _billing(at.get(31, ""))
    return PaymentCode("swiss", fields, lines[28] if len(lines) > _SWISS_LEAST else "")


def _iban(text: str) -> str | None:
    account = text.replace(" ", "").upper()
    return account if iban_numbers.is_valid(account) else None


def _sum(number: str, currency: str) -> dict[str, str]:
    """The amount to be paid and its currency; nothing where the payer is to fill it in."""
    found = {"currency": currency} if len(currency) == 3 and currency.isalpha() else {}
    try:
        amount = Decimal(number)
    except InvalidOperation:
        return found
    return found | ({"amount_due": f"{amount:.2f}"} if amount > 0 else {})


def _billing(text: str) -> dict[str, str]:
    """Swico's S1: 10 number, 11 date, 30 VAT number, 40 conditions such as ``2:10;0:30``."""
    if not text.startswith("//S1"):
        return {}
    tags = {tag: value.replace("\\/", "/").replace("\\\\", "\\")
            for tag, value in _BILLING.findall(text[4:])}  # fmt: skip
    found: dict[str, str] = {}
    if number := tags.get("10"):
        found["invoice_number"] = number
    if vat := tags.get("30"):
        found["vat_id"] = f"CHE{vat}" if vat.isdigit() else vat
    issued = _date(tags.get("11", ""))
    if issued is not None:
        found["invoice_date"] = issued.isoformat()
        days = _net_days(tags.get("40", ""))
        if days is not None:
            found["due_date"] = (issued + timedelta(days=days)).isoformat()
    return found


def _date(text: str) -> date | None:
    """``YYMMDD``."""
    if not _COMPACT_DATE.fullmatch(text):
        return None
    try:
        return date(2000 + int(text[:2]), int(text[2:4]), int(text[4:]))
    except ValueError:
        return None


def _net_days(text: str) -> int | None:
    """The days until the sum is due without discount."""
    for condition in text.split(";"):
        rate, _, days = condition.partition(":")
        if rate in {"0", "0.0", "0.00"} and days.isdigit() and int(days) <= _LARGEST_SPAN:
            return int(days)
    return None
