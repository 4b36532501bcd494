"""The screen of types, put together."""

from services.ingest.console.screens import Screen
from services.ingest.console.types.editor import Editor, editor_routes
from services.ingest.console.types.listing import list_routes
from services.ingest.console.types.proposals import Proposals, proposal_routes
from services.ingest.console.types.training import training_routes
from services.ingest.console.types.trying import Trying, trying_routes
from services.ingest.parts import IngestParts
from shared.models.tenancy import Scope


def types_screen(native: IngestParts) -> Screen:
    """The screen's routes; those with a name in their path come last."""
    trying = Trying(native)
    editor = Editor(native, trying)
    return Screen(
        "types",
        [
            *list_routes(native, trying),
            *proposal_routes(Proposals(native, editor, trying)),
            *trying_routes(native, trying),
            *editor_routes(editor),
            *training_routes(native),
        ],
        label="Types",
        scope=Scope.READ,
    )
