"""Who makes documents of which type."""

from benchmarks.job_maker import job_description
from benchmarks.made_types import Maker
from benchmarks.money_makers import bank_statement, payslip
from benchmarks.tax_form_maker import tax_form
from benchmarks.trade_makers import bill_of_lading, delivery_note, purchase_order

MAKERS: dict[str, Maker] = {
    "bank_statement": bank_statement,
    "payslip": payslip,
    "purchase_order": purchase_order,
    "delivery_note": delivery_note,
    "bill_of_lading": bill_of_lading,
    "job_description": job_description,
    "w9": tax_form,
}
"""Makers by type."""
