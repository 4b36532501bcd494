"""Version 2 of Affinda's API: through the last official client that speaks it, and without."""

import asyncio
import base64
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from shared.blobs.keys import head_shot_key
from shared.models.document import DocumentState
from shared.models.extraction import Extraction, Field, Fields, TypeGuess
from shared.models.tenancy import Scope
from shared.models.time import utc_now
from shared.models.work import Work, WorkState
from shared.stages import lifecycle
from shared.store.collections import DOCUMENTS, EXTRACTIONS
from shared.store.port import Query
from tests.api.affinda_client import multipart
from tests.api.harness import PDF, Caller, Gateway
from tests.servers.process import Unavailable
from tests.servers.requirement import missing

ROOT = Path(__file__).parents[2]
CLIENT = ROOT / "build" / "clients" / "affinda-3"
RESUMES = "/v2/resumes"
HEAD_SHOT = b"\xff\xd8\xff a photo"


def found(value: object, raw: str = "") -> Field:
    return Field(value=value, raw=raw or str(value), confidence=0.9)


def row(**cells: object) -> dict[str, Field]:
    return {name: found(it) for name, it in cells.items()}


RESUME: Fields = {
    "name": found("Dr Ann B. Smith"),
    "first_name": found("Ann"),
    "middle_name": found("B."),
    "last_name": found("Smith"),
    "name_title": found("Dr"),
    "job_title": found("Engineer"),
    "date_of_birth": found("1992-01-31"),
    "emails": [row(email="ann@example.com")],
    "phones": [
        {
            "phone": found("+41446681800", "044 668 18 00"),
            **row(formatted="+41 44 668 18 00", country="CH", calling_code=41),
            **row(national="044 668 18 00"),
        }
    ],
    "profile_urls": [
        row(url="https://ann.example"),
        row(url="https://www.linkedin.com/in/ann", site="linkedin"),
    ],
    "linkedin": found("https://www.linkedin.com/in/ann"),
    "locations": [
        row(location="1 Hill St, Reno, NV 89501", street_number="1", street="Hill St",
            city="Reno", state="Nevada", state_code="NV", postal_code="89501",
            country="United States", country_code="US"),
    ],
    "objective": found("To build bridges"),
    "languages": [row(language="Deutsch", name="German", code="de")],
    "total_years_experience": found(13),
    "education": [
        row(institution="ETH", degree="MSc", area="Physics", level="masters", start="2009",
            end="2011-07", period="2009 - July 2011", grade="GPA: 3.5", grade_metric="GPA",
            grade_value="3.5"),
    ],
    "work_experience": [
        row(company="ACME", position="Lead", start="2018-05", is_current=True, months=99,
            management_level="mid", period="May 2018 - now", location="Bern", city="Bern"),
    ],
    "skills": [
        row(skill="Welding", type="hard_skill", count=2, months=99, last_used="2026-11",
            sources="skills, work/0"),
    ],
    "certifications": [row(certification="AWS")],
    "publications": [row(publication="On bridges")],
    "referees": [row(name="Bob", email="bob@example.com", text="Bob, boss", position="boss")],
    "sections": [row(type="work", page=1, x0="1.5", y0="2", x1="3.0", y1="4", text="Work")],
    "is_resume_probability": found(98),
    "raw_text": found("Dr Ann B. Smith"),
    "redacted_text": found("****"),
}  # fmt: skip


@pytest.fixture
async def alice(gateway: Gateway) -> AsyncIterator[Caller]:
    """Somebody whose documents are read at once."""
    caller = await gateway.caller("alice")
    task = asyncio.create_task(_read(gateway, caller))
    yield caller
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def _read(gateway: Gateway, caller: Caller) -> None:
    """Play the stages ocr and extract, and who looks for photos."""
    waiting = Query({"state": DocumentState.RECEIVED.value})
    documents = gateway.store.of(caller.tenant, DOCUMENTS)
    while True:
        for document in await documents.page(waiting, None, 10):
            if document.parts:
                with contextlib.suppress(AssertionError):  # it was removed meanwhile
                    await _finish(gateway, caller, document.id)
        await asyncio.sleep(0.01)


async def _finish(gateway: Gateway, caller: Caller, identity: str) -> None:
    document = await gateway.read(caller, identity)
    place = (document.organization, document.id, document.revision)
    await gateway.blobs.put(head_shot_key(*place), HEAD_SHOT, "image/jpeg")
    kind = document.requested_type or "receipt"
    extraction = Extraction(
        id=lifecycle.extraction_id(document),
        organization=document.organization,
        workspace=document.workspace,
        document=document.id,
        revision=document.revision,
        work=Work(state=WorkState.DONE, attempts=1),
        type=TypeGuess(name=kind, confidence=1.0),
        fields=RESUME if kind == "resume" else OTHERS.get(kind, {}),
    )
    await gateway.store.of(caller.tenant, EXTRACTIONS).insert(extraction)
    documents = gateway.store.of(caller.tenant, DOCUMENTS)
    stored = await documents.replace(lifecycle.settle(document, extraction, utc_now()))
    assert stored is not None
    await gateway.outbox.carry_out(DOCUMENTS, stored)


OTHERS: dict[str, Fields] = {
    "invoice": {
        "invoice_number": found("R-1"),
        "invoice_date": found("2026-01-31"),
        "total_amount": found("12.50"),
        "supplier_name": found("ACME"),
        "line_items": [row(description="Bolts", quantity="2", unit_price="1.5", line_total="3")],
    },
    "job_description": {
        "job_title": found("Welder"),
        "company": found("ACME"),
        "location": found("Bern"),
        "start_date": found("immediately"),
        "salary_minimum": found("90000"),
        "salary_currency": found("CHF"),
        "skills": [row(skill="Welding"), row(skill="Cutting")],
    },
}


async def run_client(gateway: Gateway, caller: Caller, file: Path) -> dict[str, Any]:
    if not (CLIENT / "affinda").is_dir():
        missing(Unavailable(f"no client in {CLIENT.relative_to(ROOT)}: make install-dev"))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(ROOT / "tests" / "clients" / "affinda_v2.py"),
        *(gateway.url, caller.key, str(file)),
        env={**os.environ, "PYTHONPATH": str(CLIENT)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(120):
        out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    seen: dict[str, Any] = json.loads(out)
    return seen


async def test_the_last_client_of_version_2(
    gateway: Gateway, alice: Caller, tmp_path: Path
) -> None:
    file = tmp_path / "resume.pdf"
    file.write_bytes(PDF)
    seen = await run_client(gateway, alice, file)
    assert seen["version"] == "3.11.1"
    made, meta = seen["made"]["data"], seen["made"]["meta"]
    assert made["name"] == {
        "raw": "Dr Ann B. Smith", "first": "Ann", "last": "Smith", "middle": "B.", "title": "Dr",
    }  # fmt: skip
    assert made["phone_number_details"][0]["international_country_code"] == 41
    assert made["location"]["formatted"] == "1 Hill St, Reno, NV 89501, United States"
    assert made["work_experience"][0]["dates"]["start_date"] == "2018-05-01"
    assert made["work_experience"][0]["occupation"]["management_level"] == "Mid"
    assert made["education"][0]["accreditation"]["education_level"] == "masters"
    assert made["skills"][0]["sources"][1]["work_experience_id"] == made["work_experience"][0]["id"]
    assert base64.b64decode(made["head_shot"]) == HEAD_SHOT
    assert (meta["document_type"], meta["file_name"], meta["custom_identifier"]) == (
        "resume", "ann.pdf", "c-1",
    )  # fmt: skip
    assert seen["same"]
    changed = seen["changed"]
    assert (changed["total_years_experience"], changed["objective"]) == (21, "To build bridges")
    assert (changed["name"], "meta" in changed) == (made["name"], False)
    assert (seen["count"], [it["identifier"] for it in seen["listed"]]) == (
        1, [meta["identifier"]],
    )  # fmt: skip
    assert seen["stored"]["data"]["name"]["raw"] == "Tim Smith"
    assert seen["stored"]["data"]["objective"] == "To work"
    assert seen["stored"]["meta"]["ready"]
    assert seen["late_ready"] is False
    assert seen["gone"][:2] == ["ResourceNotFoundError", 404]
    assert seen["neither"][1] == 400
    assert seen["neither"][2]["attr"] == "file"
    assert seen["unauthorized"][:2] == ["ClientAuthenticationError", 401]
    assert (seen["invoice"], seen["job"]) == ("invoice", "job_description")
    assert (seen["invoices"], seen["jobs"], seen["hooks"]) == (1, 1, 1)
    assert seen["hook"]["event"] == "resume.parse.failed"


async def test_a_resume_has_every_key_of_the_reference(gateway: Gateway, alice: Caller) -> None:
    """Those of the answer in Affinda's documentation, and no others."""
    made = await alice.call("POST", RESUMES, 200, data=multipart(file=PDF))
    assert set(made) == {"data", "meta", "error"}
    assert made["error"] == {"errorCode": None, "errorDetail": None}
    data = made["data"]
    assert set(data) == {
        "name", "phoneNumbers", "phoneNumberDetails", "websites", "emails", "dateOfBirth",
        "location", "objective", "languages", "languageCodes", "summary",
        "totalYearsExperience", "headShot", "education", "profession", "linkedin",
        "workExperience", "skills", "certifications", "publications", "referees", "sections",
        "isResumeProbability", "rawText", "redactedText",
    }  # fmt: skip
    assert data["phoneNumbers"] == ["044 668 18 00"]
    assert data["websites"] == ["https://ann.example"]
    assert (data["languages"], data["languageCodes"]) == (["German"], ["de"])
    (school,), (job,) = data["education"], data["workExperience"]
    assert school["dates"] == {
        "completionDate": "2011-07-01", "isCurrent": False, "startDate": "2009-01-01",
        "rawText": "2009 - July 2011",
    }  # fmt: skip
    assert school["grade"] == {"raw": "GPA: 3.5", "metric": "GPA", "value": "3.5"}
    assert (school["location"], job["location"]["rawInput"]) == (None, "Bern")
    assert (job["dates"]["endDate"], job["dates"]["monthsInPosition"]) == (None, 99)
    assert data["skills"][0]["sources"] == [
        {"section": "Skills", "position": None, "workExperienceId": None},
        {"section": "WorkExperience", "position": 0, "workExperienceId": job["id"]},
    ]
    assert data["sections"] == [
        {"sectionType": "WorkExperience", "bbox": [1.5, 2.0, 3.0, 4.0], "pageIndex": 1,
         "text": "Work"},
    ]  # fmt: skip
    assert set(made["meta"]) == {
        "identifier", "customIdentifier", "fileName", "ready", "readyDt", "failed", "expiryTime",
        "language", "pdf", "parentDocument", "childDocuments", "pages", "isVerified",
        "reviewUrl", "ocrConfidence", "createdDt", "documentType", "regionBias", "isOcrd",
    }  # fmt: skip


async def test_data_is_kept_as_given_and_changed_key_by_key(
    gateway: Gateway, alice: Caller
) -> None:
    """Without parsing, with keys that nobody knows, and longer than other form fields may be."""
    given = {"name": {"raw": "Tim"}, "rawText": "x" * 100_000, "shoeSize": 44, "objective": ""}
    made = await alice.call("POST", RESUMES, 200, data=multipart(data=json.dumps(given)))
    assert {name: made["data"][name] for name in given} == given
    assert made["data"]["skills"] == []
    path = f"{RESUMES}/{made['meta']['identifier']}"
    change = {"objective": "", "summary": "Short", "shoeSize": 45, "name": {"raw": "Tom"}}
    changed = await alice.call("PATCH", path, 200, json=change)
    assert (changed["summary"], changed["shoeSize"], changed["name"]) == (
        "Short", 45, {"raw": "Tom"},
    )  # fmt: skip
    await alice.call("PATCH", path, 200, json={"objective": "To rest"})
    changed = await alice.call("PATCH", path, 200, json={"objective": "", "summary": ""})
    assert (changed["objective"], changed["summary"]) == ("To rest", "Short")
    assert (await alice.call("GET", path, 200))["data"] == changed
    file = await alice.client.get(f"/api/v1/documents/{made['meta']['identifier']}/original")
    assert json.loads(await file.read()) == given
    again = {"x-ms-client-request-id": "7a1c2b30-0000-4000-8000-000000000001"}
    twice = [
        await alice.call("POST", RESUMES, 200, data=multipart(data="{}"), headers=again)
        for _ in range(2)
    ]
    assert twice[0]["meta"]["identifier"] == twice[1]["meta"]["identifier"]
    await alice.call("DELETE", path, 204)
    await alice.call("GET", path, 404)
    assert await gateway.blobs.list(f"{alice.organization}/{made['meta']['identifier']}/") == []


async def test_changes_at_once_are_all_kept(gateway: Gateway, alice: Caller) -> None:
    made = await alice.call("POST", RESUMES, 200, data=multipart(data="{}"))
    path = f"{RESUMES}/{made['meta']['identifier']}"
    await asyncio.gather(*(alice.call("PATCH", path, 200, json={f"k{it}": it}) for it in range(4)))
    data = (await alice.call("GET", path, 200))["data"]
    assert [data[f"k{it}"] for it in range(4)] == [0, 1, 2, 3]
    kept = await gateway.blobs.list(f"{alice.organization}/{made['meta']['identifier']}/given/")
    assert len(kept) == 1


async def test_what_is_wrong_is_named(gateway: Gateway, alice: Caller) -> None:
    for form, attr in (
        (multipart(data="no json"), "data"),
        (multipart(data="[1]"), "data"),
        (multipart(data="{}", url="https://example.com/a.pdf"), "data"),
        (multipart(fileName="a.pdf"), "file"),
        (multipart(file=PDF, wait="perhaps"), "wait"),
    ):
        told = await alice.call("POST", RESUMES, 400, data=form)
        assert told["errors"][0]["attr"] == attr
    made = await alice.call("POST", RESUMES, 200, data=multipart(data="{}"))
    path = f"{RESUMES}/{made['meta']['identifier']}"
    await alice.call("PATCH", path, 400, data=b"[1]", headers={"Content-Type": "application/json"})
    await alice.call("GET", path, 400, params={"format": "hr-xml"})


async def test_each_kind_is_a_resource_of_its_own(gateway: Gateway, alice: Caller) -> None:
    made = {
        path: (await alice.call("POST", f"/v2/{path}", 200, data=multipart(file=PDF + tail)))
        for path, tail in (("resumes", b""), ("invoices", b" "), ("job_descriptions", b"  "))
    }
    for path, view in made.items():
        identity = view["meta"]["identifier"]
        listed = await alice.call("GET", f"/v2/{path}", 200)
        assert [it["identifier"] for it in listed["results"]] == [identity]
        for other in made:
            await alice.call("GET", f"/v2/{other}/{identity}", 200 if other == path else 404)
    invoice = made["invoices"]["data"]
    assert invoice["paymentAmountTotal"]["parsed"] == 12.5
    assert invoice["supplierCompanyName"]["parsed"] == "ACME"
    assert invoice["tables"] == [
        {"rows": [{"description": "Bolts", "quantity": 2, "unitPrice": 1.5, "baseTotal": 3}]}
    ]
    job = made["job_descriptions"]["data"]
    assert (job["jobTitle"]["parsed"], job["location"]["parsed"]) == (
        {"name": "Welder"}, {"rawInput": "Bern"},
    )  # fmt: skip
    assert [it["parsed"] for it in job["skills"]] == ["Welding", "Cutting"]
    assert job["expectedRemuneration"]["parsed"] == {
        "minimum": 90000, "maximum": None, "currency": "CHF", "unit": None,
    }  # fmt: skip
    assert "startDate" not in job
    path = f"/v2/invoices/{made['invoices']['meta']['identifier']}"
    await alice.call("PATCH", path, 405, json={})


async def test_what_belongs_to_others_does_not_exist(gateway: Gateway, alice: Caller) -> None:
    bob = await gateway.caller("bob")
    theirs = await bob.call("POST", RESUMES, 200, data=multipart(data="{}"))
    path = f"{RESUMES}/{theirs['meta']['identifier']}"
    for method, more in (("GET", {}), ("PATCH", {"json": {"name": None}}), ("DELETE", {})):
        await alice.call(method, path, 404, **more)
    assert (await alice.call("GET", RESUMES, 200))["results"] == []
    reader = await gateway.another(bob.organization, Scope.READ)
    await reader.call("GET", path, 200)
    await reader.call("POST", RESUMES, 403, data=multipart(data="{}"))
    limited = await gateway.another(
        bob.organization,
        workspaces=(
            (await bob.call("POST", "/api/v1/workspaces", 201, json={"name": "other"}))["id"],
        ),
    )
    await limited.call("GET", path, 404)
    made = await limited.call("POST", RESUMES, 200, data=multipart(data="{}"))
    document = await bob.call("GET", f"/api/v1/documents/{made['meta']['identifier']}", 200)
    assert document["workspace"] != bob.workspace
