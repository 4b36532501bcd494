"""The routes of the review screen."""

from services.ingest.console.page_pictures import KeptPictures
from services.ingest.console.review.document_acts import DocumentActs
from services.ingest.console.review.page import ReviewPage
from services.ingest.console.review.page_words import PageWords
from services.ingest.console.review.writing import ReviewActs
from services.ingest.console.screens import Route, Screen
from services.ingest.parts import IngestParts
from shared.models.tenancy import Scope

_ONE = "/review/{id}"
_PLACE = "{place:.+}"
_PAGE = "pages/{number}"


def review_screen(parts: IngestParts) -> Screen:
    """The screen's routes."""
    page = ReviewPage(parts)
    acts, words = ReviewActs(parts, page), PageWords(parts)
    whole, write = DocumentActs(parts, page), Scope.WRITE
    return Screen(
        "review",
        [
            Route("GET", "/review", page.start, write),
            Route("GET", "/review/next", page.next, write),
            Route("GET", _ONE, page.show),
            *KeptPictures(parts).routes(_ONE),
            Route("GET", f"{_ONE}/{_PAGE}/words", words.words),
            Route("POST", f"{_ONE}/lock", acts.lock, write),
            Route("POST", f"{_ONE}/leave", acts.leave, write),
            Route("POST", f"{_ONE}/fields/{_PLACE}", acts.write, write),
            Route("POST", f"{_ONE}/rows/{_PLACE}", acts.change_row, write),
            Route("POST", f"{_ONE}/approve", acts.approve, write),
            Route("POST", f"{_ONE}/reject", acts.reject, write),
            Route("POST", f"{_ONE}/postpone", acts.postpone, write),
            Route("POST", f"{_ONE}/undo", acts.undo, write),
            Route("GET", f"{_ONE}/ready", whole.ready),
            Route("POST", f"{_ONE}/retype", whole.retype, write),
            Route("POST", f"{_ONE}/split", whole.split, write),
            Route("POST", f"{_ONE}/turn", whole.turn, write),
            Route("POST", f"{_ONE}/read-again", whole.read_again, write),
        ],
        label="Review",
        scope=write,
    )
