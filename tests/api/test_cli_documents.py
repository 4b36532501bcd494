"""``docstage documents`` as a process of its own, against the gateway on a real socket."""

import json
from pathlib import Path

from tests.api.command import Command
from tests.api.harness import PDF, Caller, Gateway


async def test_documents_are_listed_and_searched(
    gateway: Gateway, alice: Caller, bob: Caller, tmp_path: Path
) -> None:
    docstage = Command(tmp_path, URL=gateway.url, KEY=alice.key)
    (first,) = await alice.upload(PDF, reference="PO-77")
    (second,) = await alice.upload(PDF + b"2", reference="other")
    await bob.upload(PDF, reference="PO-77")
    found = await docstage("documents", "po-77")
    assert found.code == 0, found.err
    name, state, *_, identity = found.out.strip().split("\t")
    assert (name, state, identity) == ("0.pdf", "received", first["id"])
    listed = json.loads((await docstage("documents", "--json", "--limit", "1")).out)
    assert [it["id"] for it in listed] == [second["id"]]
    refused = await docstage("documents", "!!!")
    assert refused.code == 2
    assert "letter or a digit" in refused.err
