"""The ocr stage: what stands on the pages."""
