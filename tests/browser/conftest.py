"""One running Docstage and one browser for a module's tests; people come and go."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import APIRequestContext, Browser, Playwright, sync_playwright

from tests.browser.harness import Arrive, Person
from tests.e2e.embedded import Up
from tests.servers.chromium import find_chromium
from tests.servers.process import Unavailable
from tests.servers.requirement import missing


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    with Up(tmp_path_factory.mktemp("up") / "data", DOCSTAGE_WORKERS="1") as up:
        yield up


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """For a module only: while it runs, no test of another has an event loop."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    try:
        found = find_chromium()
    except Unavailable as reason:
        missing(reason)
    env = {**os.environ, **found.env}
    with playwright.chromium.launch(executable_path=found.program, env=env) as browser:
        yield browser


@pytest.fixture(scope="module")
def api(playwright: Playwright, up: Up) -> Iterator[APIRequestContext]:
    """The native API, with the first key."""
    headers = {"Authorization": f"Bearer {up.key}"}
    context = playwright.request.new_context(base_url=up.url, extra_http_headers=headers)
    yield context
    context.dispose()


@pytest.fixture
def arrive(chromium: Browser, up: Up) -> Iterator[Arrive]:
    """Further people, each with a browser's memory of their own; faults fail the test."""
    people: list[Person] = []

    def make(**context: object) -> Person:
        people.append(Person(chromium, up.url, **context))
        return people[-1]

    yield make
    faults = [fault for person in people for fault in person.faults]
    for person in people:
        person.context.close()
    assert not faults, faults


@pytest.fixture
def person(arrive: Arrive, up: Up) -> Person:
    """Somebody who has signed in with the first key."""
    return arrive().sign_in(up.key)
