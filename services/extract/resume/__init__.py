"""Résumés: sections by their headings, entries by their dates, lists of skills, contacts."""

from services.extract.resume.finder import RESUME_TABLES, Resume

__all__ = ["RESUME_TABLES", "Resume"]
