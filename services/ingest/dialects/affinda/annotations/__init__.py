"""Annotations: single values of documents."""
