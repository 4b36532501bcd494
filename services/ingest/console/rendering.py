"""Templates to pages: Jinja2, everything escaped, nothing undefined."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

from services.ingest.console.assets import Assets
from services.ingest.console.security_headers import ROOT
from services.ingest.console.words import field_label, percent, size_text, state_label
from shared.http.context import Principal
from shared.models.tenancy import Scope

_COMPRESSED_IN_A_THREAD = 64 * 1024


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the navigation."""

    name: str
    label: str
    scope: Scope

    @property
    def url(self) -> str:
        """Where it leads."""
        return f"{ROOT}/{self.name}"


class Rendering:
    """Makes answers of the package's templates."""

    def __init__(self, assets: Assets, entries: Sequence[Entry]) -> None:
        self._entries = tuple(entries)
        self._environment = Environment(
            loader=PackageLoader("services.ingest.console", "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.filters.update(
            field_label=field_label,
            state_label=state_label,
            size_text=size_text,
            percent=percent,
        )
        self._environment.globals.update(asset=assets.url, root=ROOT)

    def navigation(self, principal: Principal) -> list[Entry]:
        """The screens that a key may open."""
        is_admin = Scope.ADMIN in principal.scopes
        return [it for it in self._entries if is_admin or it.scope in principal.scopes]

    def text(self, template: str, context: Mapping[str, object]) -> str:
        """A template filled in."""
        return self._environment.get_template(template).render(context)

    def response(self, template: str, status: int, context: Mapping[str, object]) -> web.Response:
        """A template as an answer, compressed."""
        answer = web.Response(
            text=self.text(template, context),
            status=status,
            content_type="text/html",
            charset="utf-8",
            zlib_executor_size=_COMPRESSED_IN_A_THREAD,
        )
        answer.enable_compression()
        return answer
