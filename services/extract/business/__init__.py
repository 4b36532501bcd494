"""Finders of the built-in types that their labels tell, by concept.

Bank statements, payslips, purchase orders, delivery notes, bills of lading, jobs and tax forms.
Most of their fields stand beside a label and need none of this.
"""

from services.extract.business.asked import Asked
from services.extract.business.finding import TABLES, find_asked, is_told

__all__ = ["TABLES", "Asked", "find_asked", "is_told"]
