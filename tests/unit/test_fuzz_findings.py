"""What ``make fuzz`` has found, and what it begins with."""

import pytest

from services.ingest.dialects.docdigitizer.callbacks import read_callback
from services.ingest.names import MAX_BYTES, display_name
from shared.errors import Code, Permanent
from shared.http.targets import TargetPolicy
from tests.fuzz import seeds

BRACKETS = ["h://[:\r:8\rf\r]8:]", "http://[:8]8:]/", "http://\r[1]2]", "https://a]b[c/"]


@pytest.mark.parametrize("url", BRACKETS)
def test_brackets_that_the_parser_stumbles_over_are_no_url(url: str) -> None:
    with pytest.raises(Permanent) as refused:
        TargetPolicy().check_url(url)
    assert refused.value.code is Code.TARGET_BLOCKED
    with pytest.raises(Permanent) as refused:
        read_callback({"callback_url": url})
    assert refused.value.code is Code.BAD_REQUEST


@pytest.mark.parametrize("name", ["x" * 254 + " y" * 20, "a\u2029b.pdf", "é" * 127 + " .pdf " * 9])
def test_a_name_to_show_stays_as_it_is(name: str) -> None:
    shown = display_name(name)
    assert display_name(shown) == shown
    assert len(shown.encode()) <= MAX_BYTES
    assert "\u2029" not in shown


def test_there_are_seeds_for_every_target() -> None:
    for made in (seeds.mail(), seeds.names(), seeds.urls()):
        assert len(made) == len(set(made)) > 5
        assert all(len(it) <= 4096 for it in made)
