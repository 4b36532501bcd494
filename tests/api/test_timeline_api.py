"""The timeline over the API and on the command line."""

from pathlib import Path

from tests.api.command import Command
from tests.api.harness import API, Caller, Gateway


async def test_a_document_tells_its_way(
    gateway: Gateway, alice: Caller, bob: Caller, tmp_path: Path
) -> None:
    (made,) = await alice.upload()
    path = f"{API}/documents/{made['id']}/timeline"
    before = await alice.call("GET", path, 200)
    assert (before["state"], before["more"]) == ("received", False)
    assert [(it["step"], it["outcome"], it["attempt"]) for it in before["rows"]] == [
        ("event", "happened", 0), ("read", "waiting", 1),
    ]  # fmt: skip
    assert before["rows"][1]["waited"] >= 0
    await gateway.finish(alice, made["id"], total="12.50")
    after = await alice.call("GET", path, 200)
    assert after["state"] == "ready"
    steps = {(it["step"], it["outcome"]) for it in after["rows"]}
    assert {("read", "done"), ("extract", "done")} <= steps
    assert [it["about"] for it in after["rows"] if it["step"] == "event"][-1] == "document.ready"
    assert after["rows"] == sorted(after["rows"], key=lambda it: str(it["at"]))
    await bob.call("GET", path, 404)
    for link in after["links"].values():
        await alice.call("GET", link, 200)
    docstage = Command(tmp_path, URL=gateway.url, KEY=alice.key)
    shown = await docstage("timeline", made["id"])
    assert shown.code == 0, shown.err
    lines = [it.split("\t") for it in shown.out.splitlines()]
    assert [it[1] for it in lines] == [it["step"] for it in after["rows"]]
    assert (await docstage("timeline", made["id"], "--json")).json["rows"] == after["rows"]
