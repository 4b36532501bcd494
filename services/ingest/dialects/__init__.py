"""The HTTP dialects: thin translators over one application layer."""
