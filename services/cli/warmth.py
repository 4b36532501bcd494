"""What the child processes of ``docstage up`` load before they get work."""

from collections.abc import Callable

from services.extract.child import warm as warm_extraction


def warm_child(warm_reading: Callable[[], object]) -> None:
    """Load the engines of both stages that compute."""
    warm_reading()
    warm_extraction()
