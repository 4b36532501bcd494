"""``docstage policies``: shows them, and changes those that are named."""

from pathlib import Path

import pytest

from tests.api.command import Command
from tests.api.harness import API, Caller, Gateway


@pytest.fixture
def docstage(gateway: Gateway, alice: Caller, tmp_path: Path) -> Command:
    return Command(tmp_path, URL=gateway.url, KEY=alice.key)


async def test_policies_are_changed_one_by_one(docstage: Command, alice: Caller) -> None:
    await alice.call(
        "PATCH",
        f"{API}/workspaces/{alice.workspace}",
        200,
        json={"policies": {"duplicates": "link"}},
    )
    wishes = ("--split", "auto", "--reject-invalid", "--type", "invoice", "--retention", "90d")
    assert (await docstage("policies", *wishes)).code == 0
    shown = await alice.call("GET", f"{API}/workspaces/{alice.workspace}", 200)
    assert shown["policies"] == {
        "duplicates": "link",
        "reject_invalid": True,
        "types": ["invoice"],
        "split": "auto",
        "retention_days": 90,
    }
    done = await docstage("policies", "--retention", "never", "--type", "all", "--accept-invalid")
    rows = dict(line.split("\t") for line in done.out.splitlines())
    assert rows == {
        "duplicates": "link",
        "reject_invalid": "no",
        "types": "all",
        "split": "auto",
        "retention_days": "never",
    }


async def test_what_is_no_policy_is_said(docstage: Command) -> None:
    wrong = await docstage("policies", "--duplicates", "maybe")
    assert wrong.code == 2
    assert "duplicates" in wrong.err
