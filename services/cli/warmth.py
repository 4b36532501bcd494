"""What the child processes of ``docstage up`` load before they get work."""

from services.extract.child import warm as warm_extraction
from services.ocr.reader import warm as warm_reading


def warm_child() -> None:
    """Load the engines of both stages that compute."""
    warm_reading()
    warm_extraction()
