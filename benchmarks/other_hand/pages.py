"""Documents by a second other hand: web pages, printed by Chromium as many programs print them.

What the engine got wrong on them was looked at when rules were made.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import yaml
from playwright.sync_api import Page, sync_playwright

from benchmarks.other_hand.truth import Truth
from tests.servers.chromium import find_chromium

FOLDER = Path(__file__).parent / "pages"


class WebPage(NamedTuple):
    """One document, and what it says."""

    html: str
    truth: Truth


def page_names() -> list[str]:
    """The names of all pages."""
    return sorted(path.stem for path in FOLDER.glob("*.html"))


def load_page(name: str) -> WebPage:
    """The page of this name; raises ``OSError`` or pydantic's ``ValidationError``."""
    truth = Truth.model_validate(yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf-8")))
    return WebPage((FOLDER / f"{name}.html").read_text("utf-8"), truth)


@contextmanager
def printer() -> Iterator[Page]:
    """A tab of a Chromium that prints.

    Raises:
        Unavailable: there is none, and none can be fetched.
    """
    found = find_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found.program, env={**os.environ, **found.env}
        )
        try:
            yield browser.new_page()
        finally:
            browser.close()


def printed(html: str, tab: Page) -> bytes:
    """The page as a PDF."""
    tab.set_content(html, wait_until="load")
    return tab.pdf(prefer_css_page_size=True, print_background=True)
