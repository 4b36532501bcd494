"""ZIP archives taken apart: ordinary ones, and those made to do harm."""

import io
import stat
import struct
import zipfile
from pathlib import Path

import pytest
from unpacked_items import OUTLOOK, ZIP, gathered

from services.ingest.unpacking.budget import UnpackLimits
from services.ingest.unpacking.compressed_rtf import rtf_of
from shared.errors import Code, Permanent
from tests.samples.compound import compound_file, outlook_message
from tests.samples.mails import PDF, PNG, attached, mail, text_part

LIMITS = UnpackLimits(total_bytes=5_000_000, entries=50)


def zipped(*entries: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in entries:
            archive.writestr(zipfile.ZipInfo(name), data, compress_type=method)
    return out.getvalue()


def refused(folder: Path, content: bytes) -> Code:
    with pytest.raises(Permanent) as error:
        gathered(folder, content, ZIP, LIMITS)
    return error.value.code


def test_a_batch_of_files_with_folders_and_what_systems_put_beside_them(tmp_path: Path) -> None:
    content = zipped(
        ("2024/", b""),
        ("2024/März.pdf", PDF),
        ("b.png", PNG),
        ("__MACOSX/2024/._März.pdf", b"x"),
        ("2024/.DS_Store", b"x"),
        (".hidden/c.pdf", PDF),
        ("Thumbs.db", b"x"),
        ("empty.pdf", b""),
    )
    found = gathered(tmp_path, content, ZIP, LIMITS)
    assert found.files == [("März.pdf", PDF), ("b.png", PNG)]
    assert found.parts == ["2", "3"]
    assert found.omitted == [("empty.pdf", Code.FILE_EMPTY)]
    unmarked = zipped(("Ma_rz.pdf", PDF)).replace(b"Ma_rz", "März".encode())
    assert gathered(tmp_path, unmarked, ZIP, LIMITS).names == ["März.pdf"]


@pytest.mark.parametrize(
    "name", ["../up.pdf", "/etc/a.pdf", "a/../../b.pdf", "C:/a.pdf", "..\\a.pdf", "a\x00.pdf"]
)
def test_names_that_lead_elsewhere_are_left_out(tmp_path: Path, name: str) -> None:
    placeholder = "a".ljust(len(name.encode()), "a")
    content = zipped((placeholder, PDF), ("good.pdf", PDF))
    content = content.replace(placeholder.encode(), name.encode())
    found = gathered(tmp_path, content, ZIP, LIMITS)
    assert found.names == ["good.pdf"]
    assert [code for _, code in found.omitted] == [Code.ENTRY_UNSAFE]


def test_links_and_devices_are_left_out(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number, kind in enumerate((stat.S_IFLNK, stat.S_IFCHR, stat.S_IFREG)):
            info = zipfile.ZipInfo(f"{number}.pdf")
            info.external_attr = (kind | 0o644) << 16
            archive.writestr(info, PDF)
    found = gathered(tmp_path, out.getvalue(), ZIP, LIMITS)
    assert found.names == ["2.pdf"]
    assert [code for _, code in found.omitted] == [Code.ENTRY_UNSAFE] * 2


def test_encrypted_entries_are_left_out_one_by_one(tmp_path: Path) -> None:
    content = bytearray(zipped(("secret.pdf", PDF), ("open.pdf", PDF)))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    found = gathered(tmp_path, bytes(content), ZIP, LIMITS)
    assert found.names == ["open.pdf"]
    assert found.omitted == [("secret.pdf", Code.FILE_ENCRYPTED)]


def test_bombs_are_refused_before_anything_is_unpacked(tmp_path: Path) -> None:
    tight = zipped(("bomb.pdf", bytes(4_000_000)))
    assert refused(tmp_path, tight) is Code.CONTAINER_TOO_LARGE
    much = zipped(*((f"{it}.pdf", bytes(1_000_000)) for it in range(6)))
    assert refused(tmp_path, much) is Code.CONTAINER_TOO_LARGE
    many = zipped(*((f"{it}.pdf", b"") for it in range(51)))
    assert refused(tmp_path, many) is Code.CONTAINER_TOO_MANY


def test_entries_are_counted_over_all_archives(tmp_path: Path) -> None:
    inner = zipped(*((f"{it}.pdf", PDF) for it in range(30)))
    found = gathered(tmp_path, zipped(("a.zip", inner), ("b.zip", inner)), ZIP, LIMITS)
    assert len(found.files) == 30
    assert found.omitted == [("b.zip", Code.CONTAINER_TOO_MANY)]


def test_an_archive_that_understates_its_size_gives_no_more_than_it_says(tmp_path: Path) -> None:
    content = bytearray(zipped(("bomb.pdf", bytes(4_000_000)), ("good.pdf", PDF)))
    directory = content.index(b"PK\x01\x02")
    struct.pack_into("<I", content, directory + 24, 1000)
    found = gathered(tmp_path, bytes(content), ZIP, LIMITS)
    assert found.names == ["good.pdf"]
    assert found.omitted == [("bomb.pdf", Code.FILE_CORRUPT)]


def test_overlapping_entries_are_refused(tmp_path: Path) -> None:
    content = zipped(("a.pdf", PDF))
    start = content.index(b"PK\x01\x02")
    local, entry = content[:start], content[start : content.index(b"PK\x05\x06")]
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 2, 2, 2 * len(entry), len(local), 0)
    assert (
        refused(tmp_path, local + entry + entry.replace(b"a.pdf", b"b.pdf") + end)
        is Code.FILE_CORRUPT
    )


@pytest.mark.parametrize("spoil", ["cut", "head", "count"])
def test_damaged_archives(tmp_path: Path, spoil: str) -> None:
    content = bytearray(zipped(("a.pdf", PDF)))
    if spoil == "cut":
        del content[-30:]
    elif spoil == "head":
        content[:4] = b"PK\x03\x05"
        assert gathered(tmp_path, bytes(content), ZIP, LIMITS).omitted == [
            ("a.pdf", Code.FILE_CORRUPT)
        ]
        return
    else:
        struct.pack_into("<H", content, len(content) - 12, 60_000)
    assert refused(tmp_path, bytes(content)) in {Code.FILE_CORRUPT, Code.CONTAINER_TOO_MANY}


def test_damage_inside_costs_one_entry(tmp_path: Path) -> None:
    content = bytearray(zipped(("a.pdf", PDF), ("b.pdf", PDF), method=zipfile.ZIP_STORED))
    content[content.index(b"%PDF") + 20] ^= 0xFF
    found = gathered(tmp_path, bytes(content), ZIP, LIMITS)
    assert found.names == ["b.pdf"]
    assert found.omitted == [("a.pdf", Code.FILE_CORRUPT)]


def test_archives_and_messages_in_one_another(tmp_path: Path) -> None:
    inner = zipped(("in.pdf", PDF))
    message = mail(text_part(), attached("batch.zip", inner, "application/zip"))
    found = gathered(tmp_path, message)
    assert (found.files, found.parts) == ([("in.pdf", PDF)], ["1.2/1"])
    assert found.emails == [found.facts[0]]
    found = gathered(tmp_path, zipped(("m.eml", message), ("z.zip", inner), ("o.pdf", PDF)), ZIP)
    assert found.names == ["in.pdf", "in.pdf", "o.pdf"]
    assert found.parts == ["1/1.2/1", "2/1", "3"]
    deepest = zipped(("y.zip", zipped(("x.zip", zipped(("w.pdf", PDF))))))
    found = gathered(tmp_path, deepest, ZIP)
    assert (found.files, found.omitted) == ([], [("x.zip", Code.CONTAINER_TOO_DEEP)])


def test_office_files_are_documents_and_no_archives(tmp_path: Path) -> None:
    types = b'<Types><Override ContentType="x.wordprocessingml.document.main+xml"/></Types>'
    office = zipped(("[Content_Types].xml", types), ("word/document.xml", b"<x/>"))
    found = gathered(tmp_path, zipped(("a.docx", office), method=zipfile.ZIP_STORED), ZIP)
    assert found.files == [("a.docx", office)]


def test_documents_beyond_the_limit_are_left_out(tmp_path: Path) -> None:
    content = zipped(*((f"{it}.pdf", PDF) for it in range(8)))
    found = gathered(tmp_path, content, ZIP, UnpackLimits(documents=5))
    assert len(found.files) == 5
    assert [code for _, code in found.omitted] == [Code.CONTAINER_TOO_MANY] * 3


def test_every_beginning_of_an_archive_is_taken_without_a_crash(tmp_path: Path) -> None:
    content = zipped(("a.pdf", PDF), ("b.zip", zipped(("c.pdf", PDF))))
    for end in range(0, len(content), 5):
        assert refused(tmp_path, content[:end]) is Code.FILE_CORRUPT


def test_outlook_messages(tmp_path: Path) -> None:
    inner = outlook_message("Forwarded", "inner text", {"deep.pdf": PDF})
    message = outlook_message("Rechnung 7", "Guten Tag", {"März.pdf": PDF, "b.png": PNG}, inner)
    found = gathered(tmp_path, compound_file(message), OUTLOOK)
    assert found.files == [("März.pdf", PDF), ("b.png", PNG), ("deep.pdf", PDF)]
    assert found.parts == ["1", "2", "3/1"]
    assert [it.subject for it in found.facts] == ["Rechnung 7", "Forwarded"]
    assert [it.subject for it in found.emails if it] == ["Rechnung 7", "Rechnung 7", "Forwarded"]
    facts = found.facts[0]
    assert (facts.sender, facts.recipients) == (
        "Ann Sender <ann@supplier.example>", ["inbox@docs.example"],
    )  # fmt: skip
    assert facts.date is not None
    assert facts.date.year == 2024
    assert ("Rechnung 7.txt", b"Guten Tag") in found.text


def packed_rtf(text: bytes) -> bytes:
    """As Outlook packs it, the first word by a reference to what is known, the rest as it is."""
    known = b"{\\rtf1\\ansi"
    assert text.startswith(known)
    rest, end = text[len(known) :], (207 + len(text)) % 4096
    out, literals = b"", [rest[at : at + 1] for at in range(len(rest))]
    tokens = [
        (0 << 4 | len(known) - 2).to_bytes(2, "big"),
        *literals,
        (end << 4).to_bytes(2, "big"),
    ]
    for start in range(0, len(tokens), 8):
        group = tokens[start : start + 8]
        flags = sum(1 << at for at, it in enumerate(group) if len(it) == 2)
        out += bytes([flags]) + b"".join(group)
    return struct.pack("<IIII", len(out) + 12, len(text), 0x75465A4C, 0) + out


def test_an_outlook_message_of_rtf_alone_gives_that(tmp_path: Path) -> None:
    text = b"{\\rtf1\\ansi Total: 12 EUR}" + b" " * 5000
    message = outlook_message("Only RTF", "", {})
    message.streams["__substg1.0_10090102"] = packed_rtf(text)
    found = gathered(tmp_path, compound_file(message), OUTLOOK)
    assert found.text == [("Only RTF.rtf", text)]
    for end in range(0, len(packed_rtf(text)), 97):
        assert text.startswith(rtf_of(packed_rtf(text)[:end], 10_000))
    assert len(rtf_of(packed_rtf(text), 100)) == 100


def test_an_outlook_message_in_mail_is_taken_apart(tmp_path: Path) -> None:
    held = compound_file(outlook_message("Inner", "text", {"a.pdf": PDF}))
    found = gathered(tmp_path, mail(attached("fwd.msg", held, "application/octet-stream")))
    assert found.files == [("a.pdf", PDF)]
    assert [it.subject for it in found.emails if it] == ["Inner"]


def test_damaged_outlook_messages_have_a_code_or_what_is_left(tmp_path: Path) -> None:
    whole = compound_file(outlook_message("S", "text", {"a.pdf": PDF * 40}))
    for end in range(512, len(whole), 256):
        try:
            gathered(tmp_path, whole[:end], OUTLOOK)
        except Permanent as error:
            assert error.code is Code.FILE_CORRUPT  # noqa: PT017 - either way is fine
