"""Validation results: what rules of the users say of values."""
