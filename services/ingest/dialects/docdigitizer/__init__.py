"""The API of DocDigitizer, version 1, at /docdigitizer/api/v1."""
