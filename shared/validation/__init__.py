"""What must hold of a document's fields: applied by the extract stage, and to what people say."""

from shared.validation.apply import Applied, Finding, apply_rules
from shared.validation.reasons import is_numeric, review_reasons, unmet_sums

__all__ = ["Applied", "Finding", "apply_rules", "is_numeric", "review_reasons", "unmet_sums"]
