"""Imported before PyMuPDF: keeps it from loading a layout model that nothing here uses.

PyMuPDF 2.0 does so as it is imported (``pymupdf.layout``, for its own tables and Markdown), and
does without where that module is missing: 54 MB and a third of a second less for each process.
"""

import sys

# None stands for a module that cannot be imported (the import system's own word for it).
sys.modules.setdefault("pymupdf.layout", None)  # type: ignore[arg-type]
