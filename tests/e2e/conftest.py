"""One running Docstage for the module's tests: embedded, and as four processes."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.e2e.api import Api
from tests.e2e.embedded import Up


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    with Up(tmp_path_factory.mktemp("up") / "data") as up:
        yield up


@pytest.fixture
async def api(up: Up) -> AsyncIterator[Api]:
    async with Api(up.url, up.key) as api:
        yield api


@pytest.fixture
async def other(api: Api, request: pytest.FixtureRequest) -> AsyncIterator[Api]:
    """A second tenant on the same server."""
    async with await api.new_tenant(f"other {request.node.name}") as other:
        yield other
