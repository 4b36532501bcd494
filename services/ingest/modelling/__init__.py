"""What a document's data looks like as plain JSON, and models of it for those who program."""
