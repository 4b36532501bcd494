"""The editor: rows and JSON of one type, made, changed, removed."""

from dataclasses import replace

from aiohttp import web

from services.ingest.console.screens import Route
from services.ingest.console.security_headers import ROOT
from services.ingest.console.types.checks import Problems, checked
from services.ingest.console.types.draft_forms import draft_of_form, edited
from services.ingest.console.types.draft_json import draft_of_json
from services.ingest.console.types.drafts import (
    RULE_PARTS,
    Draft,
    FieldDraft,
    draft_of_schema,
    draft_of_type,
)
from services.ingest.console.types.listing import find_type
from services.ingest.console.types.trying import Trying
from services.ingest.console.visit import Visit
from services.ingest.document_types import DocumentTypes
from services.ingest.parts import IngestParts
from services.ingest.reach import require_whole_organization
from services.ingest.resources.type_models import NewType, TypeChange
from services.ingest.workspaces import find_workspace
from shared.errors import Code, DocstageError, Permanent
from shared.models.schema import ENGINES, FieldType, Schema
from shared.models.tenancy import Scope

_UNPROCESSABLE = 422
_CONFLICT = 409
_SINGLE = [it.value for it in FieldType if it is not FieldType.ROWS]


class Editor:
    """What is done to one type."""

    def __init__(self, parts: IngestParts, trying: Trying) -> None:
        self._parts = parts
        self._trying = trying
        self._types = DocumentTypes(parts.store, parts.types)

    async def new(self, visit: Visit) -> web.StreamResponse:
        """A new type, empty or from a template."""
        template = visit.query("from")
        draft = Draft(fields=(FieldDraft(),))
        if template:
            schema, _ = await find_type(self._types, visit, template)
            draft = replace(draft_of_schema(schema), name=f"my_{schema.name}"[:100], engine="")
        return await self.page(visit, draft)

    async def one(self, visit: Visit) -> web.StreamResponse:
        """One type: to be changed by administrators, to be read by others and if built in."""
        schema, own = await find_type(self._types, visit, visit.request.match_info["name"])
        if own is None or Scope.ADMIN not in visit.principal.scopes:
            return await visit.page(
                "types/read.html", schema=schema, is_own=own is not None, **_choices()
            )
        return await self.page(visit, draft_of_type(own))

    async def edit(self, visit: Visit) -> web.StreamResponse:
        """A button of the form: a field more or less, the JSON taken over, or saved."""
        sent = await visit.fields()
        draft, action = draft_of_form(sent), sent.text("do", "show")
        if action == "save":
            return await self._save(visit, draft)
        if action == "json":
            try:
                draft = draft_of_json(sent.text("json"), draft)
            except ValueError as error:
                return await self.page(
                    visit,
                    draft,
                    {"json": str(error)},
                    json=sent.text("json"),
                    status=_UNPROCESSABLE,
                )
        elif action not in {"show", "sync"}:
            draft = edited(draft, action, sent)
        problems = checked(draft)[1] if action in {"json", "sync", "show"} else {}
        if action == "sync" and visit.is_swap:
            return visit.fragments("types/_json.html", draft=draft, json=draft.json, problems={})
        return await self.page(visit, draft, problems, focus=_focus(action, draft))

    async def try_out(self, visit: Visit) -> web.StreamResponse:
        """Look for the fields of the draft on the document that is chosen; nothing is stored."""
        sent = await visit.fields()
        draft = draft_of_form(sent)
        problems: Problems = {}
        try:
            wish, problems = checked(draft)
            if wish is None:
                detail = "Mend the fields first: " + next(iter(problems.values()))
                raise Permanent(Code.BAD_REQUEST, detail)
            trial = await self._trying.outcome(visit, wish, sent.text("document"))
        except DocstageError as error:
            if visit.is_swap:
                raise
            told = problems or {"": error.detail}
            return await self.page(visit, draft, told, status=_UNPROCESSABLE)
        if visit.is_swap:
            return visit.fragments("types/_trial.html", **trial)
        return await self.page(visit, draft, sample=trial["document"], trial=trial)

    async def remove(self, visit: Visit) -> web.StreamResponse:
        """Remove an own type; its documents stay."""
        name = visit.request.match_info["name"]
        await self._types.check_change(visit.principal, name)
        await self._types.delete(visit.principal, name)
        return visit.go(f"{ROOT}/types?done=removed")

    async def page(  # noqa: PLR0913 - what an editor shows
        self,
        visit: Visit,
        draft: Draft,
        problems: Problems | None = None,
        *,
        json: str | None = None,
        focus: str = "",
        status: int = 200,
        whole: bool = False,
        **more: object,
    ) -> web.Response:
        """The editor with a draft; as fragments where a script asks, ``whole`` of a new one."""
        context = {
            "draft": draft,
            "json": draft.json if json is None else json,
            "problems": problems or {},
            "focus": focus,
            "recent": await self._trying.recent(visit),
            "places": await self._places(visit),
            **_choices(),
            **more,
        }
        if visit.is_swap:
            part = "types/_whole.html" if whole else "types/_editor.html"
            return visit.fragments(part, status, **context)
        return await visit.page("types/edit.html", status, **context)

    async def _save(self, visit: Visit, draft: Draft) -> web.StreamResponse:
        wish, problems = checked(draft)
        if wish is None:
            return await self.page(visit, draft, problems, status=_UNPROCESSABLE)
        try:
            if draft.version:
                name = draft.name
                await self._types.check_change(visit.principal, name)
                changes = TypeChange.model_validate(wish.model_dump(exclude={"name", "workspace"}))
                await self._types.replace(visit.principal, name, changes.parts(), draft.version)
            else:
                await self._create(visit, wish, draft.workspace)
        except DocstageError as error:
            if error.code not in {Code.CONFLICT, Code.UNKNOWN_WORKSPACE}:
                raise
            place = "name" if error.code is Code.CONFLICT and not draft.version else ""
            return await self.page(visit, draft, {place: error.detail}, status=_CONFLICT)
        return visit.go(f"{ROOT}/types/{wish.name}?saved=1")

    async def _create(self, visit: Visit, wish: NewType, workspace: str) -> None:
        place = None
        if workspace:
            place = (await find_workspace(self._parts.store, visit.principal, workspace)).id
        else:
            require_whole_organization(visit.principal)
        schema = Schema(name=wish.name, **wish.parts())
        await self._types.create(visit.principal, schema, place)

    async def _places(self, visit: Visit) -> list[tuple[str, str]]:
        """Whose a new type can be."""
        seen = [(it.id, it.name) for it in await visit.seen(visit.principal)]
        is_whole = visit.principal.tenant.workspaces is None
        return [("", "All workspaces"), *seen] if is_whole else seen


def editor_routes(editor: Editor) -> list[Route]:
    """The editor's pages and buttons."""
    return [
        Route("GET", "/types/new", editor.new, Scope.ADMIN),
        Route("POST", "/types/edit", editor.edit, Scope.ADMIN),
        Route("POST", "/types/try", editor.try_out, Scope.ADMIN),
        Route("GET", "/types/{name}", editor.one, Scope.READ),
        Route("POST", "/types/{name}/remove", editor.remove, Scope.ADMIN),
    ]


def _choices() -> dict[str, object]:
    return {
        "kinds": [it.value for it in FieldType],
        "single_kinds": _SINGLE,
        "rule_kinds": list(RULE_PARTS),
        "rule_parts": RULE_PARTS,
        "engines": ENGINES,
    }


def _focus(action: str, draft: Draft) -> str:
    """The id of what is to have the focus after a button, as the button may be gone."""
    what, _, place = action.partition(" ")
    if what == "add":
        return f"f{len(draft.fields) - 1}.name"
    if what == "add-column" and place.startswith("f"):
        columns = draft.fields[int(place[1:])].columns
        return f"{place}.c{len(columns) - 1}.name"
    if what in {"up", "down"}:
        owner, _, last = place.rpartition(".")
        step = -1 if what == "up" else 1
        moved = f"{last[0]}{max(0, int(last[1:]) + step)}"
        return f"{owner}.{moved}.name".lstrip(".")
    return "add-field" if what == "remove" else ""
