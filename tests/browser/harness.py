"""People with browsers on a running Docstage."""

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import APIRequestContext, Browser, BrowserContext, Locator, Page, expect

AXE = Path("build/clients/npm/node_modules/axe-core/axe.min.js")
DESK = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
_GRAVE = {"serious", "critical"}
WAIT = 30_000.0 * float(os.environ.get("DOCSTAGE_TEST_PATIENCE", "1"))
"""Milliseconds that a page may take until it shows what a test expects; ends early when it does."""

expect.set_options(timeout=WAIT)


class Person:
    """Somebody at a browser: signs in, presses keys (which are counted), and sees no fault.

    ``faults`` are the policy's refusals and the errors of scripts, which no test may leave.
    """

    def __init__(self, browser: Browser, url: str, **context: Any) -> None:
        given = {"viewport": DESK, **context}
        self.url = url
        self.context: BrowserContext = browser.new_context(base_url=url, **given)
        self.context.set_default_timeout(WAIT)
        self.faults: list[str] = []
        self.keys = 0
        self.page = self.tab()

    def tab(self) -> Page:
        """A further tab."""
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.faults.append(f"{error}"))
        page.on("console", lambda message: self._heard(message.text))
        return page

    def sign_in(self, key: str, onwards: str = "/console") -> "Person":
        """Sign in, and wait for the page after it."""
        self.page.goto(f"/console/sign-in?next={onwards}")
        self.page.get_by_label("API key").fill(key)
        self.page.get_by_label("API key").press("Enter")
        expect(self.page.get_by_role("button", name="Sign out")).to_be_visible()
        return self

    def press(self, *keys: str) -> None:
        """Press keys, one after the other, wherever the focus is."""
        for key in keys:
            self.page.keyboard.press(key)
            self.keys += 1

    def type(self, text: str) -> None:
        """Type a text; every character is a key."""
        self.page.keyboard.type(text)
        self.keys += len(text)

    def check(self, page: Page | None = None) -> None:
        """Have axe look at the page: nothing serious or critical."""
        page = page or self.page
        page.evaluate(AXE.read_text())
        found = page.evaluate("axe.run().then((it) => it.violations)")
        grave = [it for it in found if it["impact"] in _GRAVE]
        told = [(it["id"], it["help"], [n["html"] for n in it["nodes"]][:3]) for it in grave]
        assert not told, told

    def _heard(self, text: str) -> None:
        if "Content Security Policy" in text:
            self.faults.append(text)


Arrive = Callable[..., Person]
"""Makes a person; keyword arguments are those of a browser's context."""


def drop(target: Locator, files: Sequence[tuple[str, str, str]]) -> None:
    """Drop files (name, media type, text) where ``target`` is."""
    target.evaluate(
        """(element, files) => {
            const transfer = new DataTransfer();
            for (const [name, type, text] of files)
              transfer.items.add(new File([text], name, { type }));
            for (const name of ["dragenter", "dragover", "drop"])
              element.dispatchEvent(new DragEvent(name,
                { dataTransfer: transfer, bubbles: true, cancelable: true }));
        }""",
        [list(it) for it in files],
    )


def called(api: APIRequestContext, method: str, path: str, body: Any = None) -> Any:
    """The JSON of a call to the native API that must go well."""
    answer = api.fetch(f"/api/v1{path}", method=method, data=body)
    assert answer.ok, f"{method} {path}: {answer.status} {answer.text()}"
    return answer.json() if answer.body() else None


def called_until(api: APIRequestContext, path: str, wanted: Callable[[Any], bool]) -> Any:
    """What a path answers once it is as wanted: for what goes on beside a page that is not told."""
    deadline = time.monotonic() + WAIT / 1000
    while not wanted(answer := called(api, "GET", path)):
        assert time.monotonic() < deadline, f"{path}: {answer}"
        time.sleep(0.1)
    return answer


def upload(api: APIRequestContext, name: str, content: bytes, **fields: str) -> Any:
    """Upload a file through the native API; its document."""
    file = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    answer = api.post("/api/v1/documents", multipart={**fields, "files": file}, timeout=WAIT)
    assert answer.ok, answer.text()
    (document,) = answer.json()["documents"]
    return document
