"""Users: the people of an organization."""

from aiohttp import web

from services.ingest.parts import IngestParts, path_id
from services.ingest.reach import require_whole_organization
from services.ingest.resources.document_views import PREFIX
from services.ingest.resources.tenancy_models import NewUser, UserList, UserView
from shared.errors import Code, Permanent
from shared.http.context import Principal, principal_of
from shared.http.json import json_answer, json_body
from shared.http.operations import Answer, Body, Operation
from shared.models.tenancy import Scope, User
from shared.store.collections import USERS
from shared.store.port import AlreadyExistsError, Query, Repository


class Users:
    """The handlers and what they work with."""

    def __init__(self, parts: IngestParts) -> None:
        self._parts = parts

    async def list(self, request: web.Request) -> web.Response:
        """The organization's users."""
        principal, users = self._users(request)
        asked = self._parts.pager.asked(request, principal)
        page = await self._parts.pager.page(asked, users, Query())
        return page.answer(UserList(users=[_view(it) for it in page.rows]))

    async def create(self, request: web.Request) -> web.Response:
        """A new user."""
        principal, users = self._users(request)
        wish = await json_body(request, NewUser)
        user = User(organization=principal.organization, name=wish.name, email=wish.email.lower())
        try:
            await users.insert(user)
        except AlreadyExistsError:
            raise Permanent(Code.CONFLICT, "A user with that e-mail address exists.") from None
        return json_answer(_view(user), status=201)

    async def get(self, request: web.Request) -> web.Response:
        """One user."""
        _, users = self._users(request)
        user = await users.get(path_id(request))
        if user is None:
            raise Permanent(Code.NOT_FOUND)
        return json_answer(_view(user))

    async def delete(self, request: web.Request) -> web.Response:
        """Remove a user."""
        _, users = self._users(request)
        if not await users.delete(path_id(request)):
            raise Permanent(Code.NOT_FOUND)
        self._parts.authenticator.forget_all()
        return web.Response(status=204)

    def _users(self, request: web.Request) -> tuple[Principal, Repository[User]]:
        principal = principal_of(request)
        require_whole_organization(principal)
        return principal, self._parts.store.of(principal.tenant, USERS)


def user_operations(parts: IngestParts) -> list[Operation]:
    """The table."""
    api, one = Users(parts), Answer("the user", UserView)
    return [
        Operation(
            method="GET",
            path="/users",
            handle=api.list,
            name="listUsers",
            summary="List users",
            tag="users and keys",
            scope=Scope.ADMIN,
            answers={200: Answer("a page of users", UserList)},
            paged=True,
        ),
        Operation(
            method="POST",
            path="/users",
            handle=api.create,
            name="createUser",
            summary="Add a user",
            tag="users and keys",
            scope=Scope.ADMIN,
            body=Body(NewUser),
            answers={201: one},
            errors=(Code.CONFLICT,),
        ),
        Operation(
            method="GET",
            path="/users/{id}",
            handle=api.get,
            name="getUser",
            summary="One user",
            tag="users and keys",
            scope=Scope.ADMIN,
            answers={200: one},
            errors=(Code.NOT_FOUND,),
        ),
        Operation(
            method="DELETE",
            path="/users/{id}",
            handle=api.delete,
            name="deleteUser",
            summary="Remove a user",
            tag="users and keys",
            scope=Scope.ADMIN,
            answers={204: Answer("removed")},
            errors=(Code.NOT_FOUND,),
        ),
    ]


def _view(user: User) -> UserView:
    own = f"{PREFIX}/users/{user.id}"
    return UserView(
        id=user.id,
        name=user.name,
        email=user.email,
        created=user.created,
        links={"self": own, "collection": f"{PREFIX}/users"},
    )
