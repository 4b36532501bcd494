"""Résumés: sections by their headings, entries by their dates, lists of skills, contacts."""

from services.extract.resume.finder import Resume
from services.extract.resume.rows import (
    RESUME_TABLES,
    RESUME_VALUES,
    resume_rows,
    resume_value,
)

__all__ = ["RESUME_TABLES", "RESUME_VALUES", "Resume", "resume_rows", "resume_value"]
