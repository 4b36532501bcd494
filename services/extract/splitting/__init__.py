"""Files that hold several documents: where one ends and the next begins."""
