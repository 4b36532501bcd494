"""The screen on which a person checks a document: its pages beside its fields."""
