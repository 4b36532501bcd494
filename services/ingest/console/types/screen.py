"""The screen of types, put together."""

from services.ingest.console.screens import Screen
from services.ingest.console.types.editor import Editor, editor_routes
from services.ingest.console.types.listing import list_routes
from services.ingest.console.types.proposals import Proposals, proposal_routes
from services.ingest.console.types.training import training_routes
from services.ingest.console.types.trying import Trying, trying_routes
from services.ingest.parts import IngestParts
from shared.models.tenancy import Scope


def types_screen(parts: IngestParts) -> Screen:
    """The screen's routes; those with a name in their path come last."""
    trying = Trying(parts)
    editor = Editor(parts, trying)
    return Screen(
        "types",
        [
            *list_routes(parts, trying),
            *proposal_routes(Proposals(parts, editor, trying)),
            *trying_routes(parts, trying),
            *editor_routes(editor),
            *training_routes(parts),
        ],
        label="Types",
        scope=Scope.READ,
    )
