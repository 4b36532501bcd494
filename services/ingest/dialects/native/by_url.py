"""``POST /documents`` with a URL in place of files: the same wishes, as JSON."""

import json
from typing import Any

from pydantic import Field

from shared.errors import Code, Permanent
from shared.http.targets import MAX_FETCH_URL
from shared.models.base import Model
from shared.models.extraction import ExtractionMode
from shared.models.read_by import TextLayers
from shared.models.work import Lane

MODES = "who finds the fields: basic (values only), advanced, or a model first: llm, vlm"

REGION = "where it comes from, ISO 3166 alpha-2; else that of its workspace"
LANGUAGE = "what it is written in, ISO 639-1"
TEXT_LAYERS = "words that the file carries: auto, never (pages are read as pictures), only"
HINT = "told to language models where some are asked"


class UrlUpload(Model):
    """A file to be fetched; all but the URL is as in the form of an upload."""

    url: str = Field(
        min_length=8, max_length=MAX_FETCH_URL, description="http or https, on a public address"
    )
    workspace: str | None = Field(default=None, description="id or name; else the default one")
    type: str | None = Field(default=None, description="document type; else it is classified")
    mode: ExtractionMode = Field(default=ExtractionMode.ADVANCED, description=MODES)
    wait: bool | float = Field(
        default=False, description="true, or seconds: answer when it is done"
    )
    priority: Lane = Field(default=Lane.NORMAL, description="of the lane")
    reference: str | None = Field(default=None, max_length=255, description="your own id")
    metadata: dict[str, Any] = Field(default_factory=dict, description="given back as it is")
    expires: str | None = Field(
        default=None,
        description="ISO 8601 time after which it may go",
        json_schema_extra={"format": "date-time"},
    )

    region: str | None = Field(default=None, description=REGION)
    language: str | None = Field(default=None, description=LANGUAGE)
    text_layers: TextLayers = Field(default=TextLayers.AUTO, description=TEXT_LAYERS)
    hint: str | None = Field(default=None, max_length=4_000, description=HINT)

    def as_fields(self) -> dict[str, str]:
        """The wishes as the fields of a form.

        Raises ``Permanent(BAD_REQUEST)`` for metadata that are no JSON.
        """
        try:
            metadata = json.dumps(self.metadata, ensure_ascii=False, allow_nan=False)
        except ValueError:
            raise Permanent(Code.BAD_REQUEST, "metadata must be a JSON object.") from None
        return {
            "workspace": self.workspace or "",
            "type": self.type or "",
            "mode": self.mode.value,
            "wait": str(self.wait),
            "priority": self.priority.value,
            "reference": self.reference or "",
            "metadata": metadata,
            "expires": self.expires or "",
            "region": self.region or "",
            "language": self.language or "",
            "text_layers": self.text_layers.value,
            "hint": self.hint or "",
        }
