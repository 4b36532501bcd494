"""Exact data beside the words of a page: payment codes, form fields, machine-readable zones."""
