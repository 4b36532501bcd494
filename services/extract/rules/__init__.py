"""The rules of a schema's fields, applied to what was found."""

from services.extract.rules.apply import Applied, apply_rules

__all__ = ["Applied", "apply_rules"]
