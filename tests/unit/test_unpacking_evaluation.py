"""Real messages of the evaluation documents: every attachment comes out, byte for byte."""

import hashlib
import json
import os
from email.utils import parseaddr
from pathlib import Path
from typing import Any

import pytest
from unpacked_items import MAIL, OUTLOOK, gathered

from services.ingest.names import display_name
from services.ingest.sniff import media_type
from shared.errors import Code

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("DOCSTAGE_EVAL_DIR", ROOT.parent / "shared" / "eval")) / "emails"


@pytest.fixture(scope="module")
def expected() -> dict[Path, dict[str, Any]]:
    answers = sorted(DATA.glob("*.expected.json"))
    if not answers:
        if os.environ.get("CI"):
            pytest.fail(f"CI needs the evaluation documents; there are none at {DATA}")
        pytest.skip("no evaluation documents")
    found = {}
    for answer in answers:
        stem = answer.name.removesuffix(".expected.json")
        (path,) = (it for it in DATA.glob(f"{stem}.*") if it != answer)
        found[path] = json.loads(answer.read_text())
    return found


def test_every_attachment_comes_out_with_its_name_or_is_a_picture_of_the_text(
    expected: dict[Path, dict[str, Any]], tmp_path: Path
) -> None:
    wanted = taken = pictures = 0
    for path, answer in expected.items():
        found = gathered(tmp_path, path.read_bytes(), MAIL if path.suffix == ".eml" else OUTLOOK)
        by_sum = {hashlib.sha256(data).hexdigest(): name for name, data in found.files}
        left_out = [code for _, code in found.omitted]
        assert set(left_out) <= {Code.INLINE_IMAGE}, path.name
        attachments = answer["fields"].get("attachments", [])
        missing = [it for it in attachments if it["sha256"] not in by_sum]
        assert all(it["content_type"].startswith("image/") for it in missing), path.name
        assert all(it["filename"] is None for it in missing), "nameless, and shown in the text"
        for it in attachments:
            if it["sha256"] in by_sum and it["filename"]:
                assert by_sum[it["sha256"]] == display_name(it["filename"]), path.name
        assert found.files or found.text, f"{path.name}: nothing to take"
        wanted, taken = wanted + len(attachments), taken + len(attachments) - len(missing)
        pictures += len(missing)
    assert (wanted, taken, pictures) == (taken + pictures, taken, 4)
    assert taken >= 20


def test_every_message_is_known_for_one_and_its_header_is_read(
    expected: dict[Path, dict[str, Any]], tmp_path: Path
) -> None:
    for path, answer in expected.items():
        if path.suffix != ".eml":
            continue
        content, fields = path.read_bytes(), answer["fields"]
        assert media_type(content[:2048]) == "message/rfc822", path.name
        facts = gathered(tmp_path, content).facts[0]
        assert parseaddr(facts.sender)[1] == parseaddr(fields["from"])[1], path.name
        assert facts.subject == fields.get("subject", ""), path.name
        assert (facts.date is None) == ("date" not in fields), path.name
