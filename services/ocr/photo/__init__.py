"""Photos of documents: the sheets of paper on them, found and made flat."""
