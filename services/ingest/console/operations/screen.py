"""The screen of operations, put together."""

from services.ingest.console.operations.letters import letter_routes
from services.ingest.console.operations.lines import line_routes
from services.ingest.console.operations.server import server_routes
from services.ingest.console.operations.way import way_routes
from services.ingest.console.screens import Screen
from services.ingest.parts import IngestParts
from shared.models.tenancy import Scope


def operations_screen(parts: IngestParts) -> Screen:
    """The screen's routes."""
    return Screen(
        "operations",
        [
            *line_routes(parts),
            *letter_routes(parts),
            *way_routes(parts),
            *server_routes(parts),
        ],
        label="Operations",
        scope=Scope.READ,
    )
