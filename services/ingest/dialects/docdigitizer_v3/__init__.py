"""The API of DocDigitizer, version 3: one call, a PDF in, its fields out."""
