"""``docstage run``: one service as a process of its own."""

from collections.abc import Callable
from importlib import import_module

from shared.models.work import StageName

SERVICES = ("ingest", StageName.OCR.value, StageName.EXTRACT.value, StageName.NOTIFY.value)


def run(service: str) -> None:
    """Run ``service`` until it is told to stop; raises ``ValueError`` for an unknown one.

    Only that service is imported: the gateway's image has no engines.
    """
    if service not in SERVICES:
        raise ValueError(f"there is no service {service!r}: choose from {', '.join(SERVICES)}")
    main: Callable[[], None] = import_module(f"services.{service}.__main__").main
    main()
