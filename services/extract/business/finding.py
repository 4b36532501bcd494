"""Which finder knows which concept."""

from collections.abc import Callable

from services.extract.business.asked import Asked
from services.extract.business.blocks import find_address_of_name, find_delivery, find_name
from services.extract.business.goods import find_goods, find_place, find_total
from services.extract.business.identifiers import find_account, find_bic
from services.extract.business.issuer import find_contact, find_issuer, find_recipient
from services.extract.business.jobs import (
    find_education,
    find_experience,
    find_least,
    find_most,
    find_pay_currency,
    find_pay_period,
    find_points,
    find_title,
)
from services.extract.business.pay import find_pay
from services.extract.business.periods import find_end, find_start
from services.extract.business.tax_form import find_ein, find_line, find_signing, find_ssn
from services.extract.business.transactions import find_balance, find_transactions
from services.extract.finders import Found, FoundRow

FINDERS: dict[str, Callable[[Asked], Found | None]] = {
    "bank_name": find_issuer,
    "employer_name": find_issuer,
    "buyer_name": find_issuer,
    "sender_name": find_issuer,
    "vacancy_company": find_issuer,
    "account_holder": find_recipient,
    "bic": find_bic,
    "account_number": find_account,
    "opening_balance": find_balance,
    "closing_balance": find_balance,
    "employee_name": find_recipient,
    "vendor_name": find_recipient,
    "recipient_name": find_recipient,
    "shipper_name": find_name,
    "consignee_name": find_name,
    "notify_party": find_name,
    "delivery_address": find_delivery,
    "shipper_address": find_address_of_name,
    "consignee_address": find_address_of_name,
    "period_start": find_start,
    "period_end": find_end,
    "contact_name": find_contact,
    "vacancy_title": find_title,
    "required_education": find_education,
    "salary_minimum": find_least,
    "salary_maximum": find_most,
    "salary_currency": find_pay_currency,
    "salary_period": find_pay_period,
    "experience_years": find_experience,
    "issue_place": find_place,
    "total_packages": find_total,
    "total_gross_weight": find_total,
    "total_measurement": find_total,
    "taxpayer_name": find_line,
    "business_name": find_line,
    "street_address": find_line,
    "city_state_zip": find_line,
    "account_numbers": find_line,
    "requester": find_line,
    "llc_classification": find_line,
    "exempt_payee_code": find_line,
    "fatca_exemption_code": find_line,
    "ssn": find_ssn,
    "ein": find_ein,
    "signature_date": find_signing,
}
"""Finders of single values."""


def is_told(asked: Asked) -> bool:
    """Whether a field has a meaning that these finders know, or its labels are all there is."""
    concept = asked.spec.concept
    return concept is not None and (asked.titled or concept in FINDERS)


def find_asked(asked: Asked) -> Found | None:
    """The value of a field of a type that has titles: by its concept, else beside its label."""
    spec, answers = asked.spec, asked.answers
    finder = FINDERS.get(spec.concept or "")
    if finder is not None:
        return finder(asked)
    if spec.concept in answers.concepts:
        return answers.find(spec.concept)
    return asked.labelled()


TABLES: dict[str, Callable[[Asked], list[FoundRow]]] = {
    "transactions": find_transactions,
    "goods": find_goods,
    "shipped_goods": find_goods,
    "earnings": find_pay,
    "deductions": find_pay,
    "responsibilities": find_points,
    "qualifications": find_points,
    "required_skills": find_points,
    "required_languages": find_points,
    "benefits": find_points,
}
"""Finders of rows."""
