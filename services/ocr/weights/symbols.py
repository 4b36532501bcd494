"""What the outputs of a recogniser stand for; output 0 is CTC's blank and no symbol."""

ENGLISH = (
    "0123456789!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ €"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)
"""EasyOCR's symbols of english_g2."""

METADATA = "symbols"
"""Under which name a model carries its symbols."""

TIGHT = "tight"
"""Under which name a model says that it needs no more padding than a batch does."""
