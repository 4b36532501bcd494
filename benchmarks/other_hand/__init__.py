"""Invoices and credit notes drawn by a hand that never saw the engine: layouts nobody tuned on.

Each file in ``layouts`` is one document: what is printed where, and what a reader would say it
says. They look like such papers do in their country and trade; companies, people and numbers
are made up, check digits are right. ``python -m benchmarks.other_hand DIR`` draws them.
"""
