"""Questions and answers of forms, from bare words: no schema is needed."""

from services.extract.pairs.finder import find_pairs

__all__ = ["find_pairs"]
