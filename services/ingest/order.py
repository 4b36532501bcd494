"""What a sender wants done with a file, beside the file."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.models.document import Callback
from shared.models.extraction import ExtractionMode
from shared.models.policies import Policies
from shared.models.read_by import TextLayers
from shared.models.source_email import SourceEmail
from shared.models.work import Lane


@dataclass(frozen=True, slots=True)
class Known:
    """What the sender knows of a file, and in which words it was sent; see ``Document``."""

    region: str | None = None
    language: str | None = None
    text_layers: TextLayers = TextLayers.AUTO
    hint: str = ""
    examples: tuple[str, ...] = ()
    terms: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Order:
    """What the sender wants done with a file, beside the file.

    ``name`` goes before that of the file.
    ``on_request``: nothing is to be found on it before somebody asks for something.
    ``policies``: those of the workspace, from whoever has it at hand, so that it is not asked for.
    ``keeps_found``: what was found stays when it expires, unless its workspace says otherwise.
    ``leaves_nothing``: when it expires, there is not even a tombstone.
    ``keeps_refused``: a duplicate that its workspace refuses becomes a rejected document.
    ``known``: what the sender knows of it, as in ``Document``.
    ``is_data``: the file is data of a document of the requested type, and nothing is to be read.
    ``confirm_seconds``: how long to wait, at most, for the broker to confirm that the
    stages are woken. A broker that does not is no error: the document is accepted.
    """

    workspace: str
    name: str = ""
    lane: Lane = Lane.NORMAL
    requested_type: str | None = None
    mode: ExtractionMode = ExtractionMode.ADVANCED
    reference: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    expires: datetime | None = None
    requested_class: str | None = None
    tags: list[str] = field(default_factory=list)
    callback: Callback | None = None
    source_email: SourceEmail | None = None
    warnings: tuple[str, ...] = ()
    on_request: bool = False
    keeps_found: bool = False
    leaves_nothing: bool = False
    keeps_refused: bool = False
    known: Known = field(default_factory=Known)
    is_data: bool = False
    policies: Policies | None = None
    confirm_seconds: float = 0.0
