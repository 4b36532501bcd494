"""Signing in and out, in a real browser; what other sites and old pages can not do."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import APIRequestContext, Request, expect

from tests.browser.harness import Arrive, Person, called
from tests.e2e.embedded import Up


def test_a_person_signs_in_and_out(arrive: Arrive, up: Up) -> None:
    person = arrive()
    page = person.page
    page.goto("/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    person.check()
    page.get_by_label("API key").fill("a key that was never issued by anybody")
    page.get_by_label("API key").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("not known")
    person.check()
    page.get_by_label("API key").fill(up.key)
    page.get_by_label("API key").press("Enter")
    expect(page.get_by_role("navigation", name="Screens")).to_be_visible()
    (cookie,) = person.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Lax", "/")
    assert up.key not in cookie["value"]
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    person.context.add_cookies([cookie])  # a stolen one is worth nothing by now
    page.goto("/console/upload")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_the_first_page_is_light(person: Person) -> None:
    done: list[Request] = []
    page = person.tab()
    page.on("requestfinished", lambda it: done.append(it))  # noqa: PLW0108 - it wants a function
    page.goto("/console")
    answers = [answer for it in done if (answer := it.response()) and answer.status == 200]
    sizes = {it.url: len(it.body()) for it in answers}  # as they are before they are compressed
    assert len(sizes) > 3
    print(sum(sizes.values()), "bytes")  # noqa: T201 - a figure
    assert sum(sizes.values()) < 150_000, sizes


def test_a_revoked_key_ends_its_sessions(arrive: Arrive, api: APIRequestContext) -> None:
    made = called(
        api, "POST", "/keys", {"name": "short", "scopes": ["documents:write", "documents:read"]}
    )
    person = arrive().sign_in(made["key"])
    called(api, "DELETE", f"/keys/{made['id']}")
    person.page.reload()
    expect(person.page.get_by_role("heading", name="Sign in")).to_be_visible()


@pytest.fixture
def elsewhere(up: Up) -> Iterator[int]:
    """The port of somebody else, with a form that the console would take from itself."""

    class Trap(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = f"""<!doctype html><form id=f method=post action="{up.url}/console/sign-out">
                <button>Win a prize</button></form>""".encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Trap)
    Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()


@pytest.mark.parametrize(
    ("host", "status"),
    [
        pytest.param("localhost", 303, id="another site: the cookie stays at home"),
        pytest.param("127.0.0.1", 403, id="another port: the browser says whose form it is"),
    ],
)
def test_others_can_not_act_for_who_has_signed_in(
    person: Person, elsewhere: int, host: str, status: int
) -> None:
    page = person.tab()
    page.goto(f"http://{host}:{elsewhere}")
    with page.expect_response("**/console/sign-out") as answer:
        page.get_by_role("button").click()
    assert answer.value.status == status
    person.page.reload()
    expect(person.page.get_by_role("button", name="Sign out")).to_be_visible()


def test_a_form_of_an_older_session_is_refused(arrive: Arrive, person: Person, up: Up) -> None:
    other = arrive().sign_in(up.key)
    stranger = other.page.locator('meta[name="csrf-token"]').get_attribute("content")
    page = person.page
    send = """async (token) => (await fetch("/console/sign-out", {
        method: "POST", redirect: "manual", headers: token ? {"X-CSRF-Token": token} : {}
    })).status"""
    assert page.evaluate(send, stranger) == 403
    assert page.evaluate(send, "") == 403
    page.reload()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    assert person.context.cookies() != other.context.cookies()
