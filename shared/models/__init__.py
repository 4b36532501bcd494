"""The words of the architecture as data: documents, pages, fields, work, events."""
