"""The engine of the extra ``rapidocr``: what it reads, and what is said where it is not."""

from importlib.util import find_spec

import numpy as np
import pytest

from services.ocr.engines.registry import loaded
from shared.errors import Code, Permanent
from tests.samples.pages import LINES, drawn_page, tilted

INSTALLED = find_spec("rapidocr") is not None
needed = pytest.mark.skipif(
    not INSTALLED, reason="optional: pip install 'docstage[rapidocr]' (not in the lock files)"
)


@pytest.mark.skipif(INSTALLED, reason="it is installed here")
def test_without_the_extra_it_says_how_to_get_it() -> None:
    with pytest.raises(Permanent) as raised:
        loaded("rapidocr")
    assert raised.value.code is Code.MODEL_MISSING
    assert "docstage[rapidocr]" in str(raised.value)


@needed
@pytest.mark.parametrize("degrees", [0.0, 4.0])
def test_it_reads_words_where_they_stand(degrees: float) -> None:
    picture = np.asarray(tilted(drawn_page(), degrees))
    words = loaded("rapidocr").recognise(picture)
    wanted = " ".join(LINES).split()
    assert sum(word.text in wanted for word in words) >= 0.9 * len(wanted)
    for word in words:
        assert 0 <= word.x0 < word.x1 <= picture.shape[1]
        assert 0 <= word.y0 < word.y1 <= picture.shape[0]
        assert 0 <= word.confidence <= 1


@needed
def test_auto_is_it_where_it_is_installed() -> None:
    assert loaded("auto").name == "rapidocr"


@needed
def test_an_empty_page_has_no_words() -> None:
    assert loaded("rapidocr").recognise(np.full((400, 300), 255, np.uint8)) == []
