"""Allow-lists and policies: what is a match, and what follows."""

import pytest

from services.ingest.mail.authentication import SenderVerdict
from services.ingest.mail.senders import is_pattern, judge, matches
from shared.errors import Code
from shared.models.senders import SenderPolicy, Senders


@pytest.mark.parametrize(
    ("pattern", "sender", "is_match"),
    [
        ("*@example.com", "ann@example.com", True),
        ("*@EXAMPLE.com", "Ann@example.COM", True),
        ("*@example.com", "ann@mail.example.com", False),
        ("*@example.com", "ann@example.com.evil.example", False),
        ("*@example.com", "ann@evilexample.com", False),
        ("*@*.example.com", "ann@a.b.example.com", True),
        ("*@*.example.com", "ann@example.com", False),
        ("ann@example.com", "ANN@example.com", True),
        ("ann@example.com", "anna@example.com", False),
        ("bills-*@example.com", "bills-42@example.com", True),
        ("bills-*@example.com", "xbills-42@example.com", False),
        ("*.bot@example.com", "a.bot@example.com", True),
        ("a.n@example.com", "axn@example.com", False),
        ("*@bücher.example", "a@xn--bcher-kva.example", True),
        ("*@example.com", "ann@ex\u0430mple.com", False),
        ("kim@example.com", "\u212aim@example.com", False),
        ("*@*", "ann@example.com", False),
        ("*", "ann@example.com", False),
        ("*@example.com", "", False),
        ("*@example.com", "a@b@example.com", False),
    ],
)
def test_matching(pattern: str, sender: str, *, is_match: bool) -> None:
    assert matches(pattern, sender) is is_match


@pytest.mark.parametrize(
    ("text", "can_be"),
    [
        ("*@example.com", True),
        ("*@*.example.com", True),
        ("ann@example.com", True),
        ("*@bücher.example", True),
        ("example.com", False),
        ("*", False),
        ("*@*", False),
        ("*@ex*.com", False),
        ("@example.com", False),
        ("a b@example.com", False),
        ("*a*b*c*d@example.com", False),
        ("", False),
    ],
)
def test_what_an_allow_list_can_hold(text: str, *, can_be: bool) -> None:
    assert is_pattern(text) is can_be


KNOWN = SenderVerdict(True, "ann@example.com", "example.com", "dkim", "dkim=pass")  # noqa: FBT003
UNKNOWN = SenderVerdict(False, "ann@example.com", "", "none", "nothing")  # noqa: FBT003
UNSURE = SenderVerdict(False, "ann@example.com", "", "none", "temperror", temporary=True)  # noqa: FBT003
OURS, OTHERS = ["*@example.com"], ["*@example.org"]
ENFORCE, WARN = SenderPolicy.ENFORCE, SenderPolicy.WARN


@pytest.mark.parametrize(
    ("policy", "allowed", "verdict", "accepted", "problem"),
    [
        (ENFORCE, OURS, KNOWN, True, None),
        (ENFORCE, [], KNOWN, True, None),
        (ENFORCE, OTHERS, KNOWN, False, Code.SENDER_NOT_ALLOWED),
        (ENFORCE, OURS, UNKNOWN, False, Code.SENDER_NOT_AUTHENTICATED),
        (ENFORCE, [], UNSURE, False, Code.SENDER_NOT_AUTHENTICATED),
        (WARN, OURS, KNOWN, True, None),
        (WARN, OTHERS, KNOWN, True, Code.SENDER_NOT_ALLOWED),
        (WARN, OURS, UNKNOWN, True, Code.SENDER_NOT_AUTHENTICATED),
        (WARN, OURS, UNSURE, True, Code.SENDER_NOT_AUTHENTICATED),
    ],
)
def test_policies(
    policy: SenderPolicy,
    allowed: list[str],
    verdict: SenderVerdict,
    problem: Code | None,
    *,
    accepted: bool,
) -> None:
    judgement = judge(Senders(policy=policy, allowed=allowed), verdict)

    assert (judgement.accepted, judgement.problem) == (accepted, problem)
    assert judgement.trusted is (problem is None)
    assert judgement.temporary is (verdict is UNSURE and not accepted)
