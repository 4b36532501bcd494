"""Imported before PyMuPDF: keeps it from loading what nothing here uses.

PyMuPDF 2.0 loads a layout model as it is imported (``pymupdf.layout``, for its own tables) and
its own Markdown writer (``pymupdf4llm``), and does without where these modules are missing: 54 MB
and nearly half a second less for each process.
"""

import sys

# None stands for a module that cannot be imported (the import system's own word for it).
for _name in ("pymupdf.layout", "pymupdf4llm"):
    sys.modules.setdefault(_name, None)  # type: ignore[arg-type]
