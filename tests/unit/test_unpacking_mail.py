"""Messages taken apart: one trap of real and hostile mail a test."""

import base64
import binascii
from pathlib import Path

import pytest
from unpacked_items import gathered

from services.ingest.sniff import media_type
from services.ingest.unpacking.budget import UnpackLimits
from services.ingest.unpacking.wording import decoded, from_base64
from shared.errors import Code, Permanent
from tests.samples.mails import (
    HEAD,
    PDF,
    PNG,
    attached,
    forwarded,
    mail,
    multipart,
    part,
    text_part,
    winmail,
)


def test_attachments_come_with_the_facts_of_their_message(tmp_path: Path) -> None:
    found = gathered(tmp_path, mail(text_part(), attached("a.pdf"), attached("b.png", PNG)))
    assert found.files == [("a.pdf", PDF), ("b.png", PNG)]
    assert found.parts == ["1.2", "1.3"]
    (facts,) = found.facts
    assert found.emails == [facts, facts]
    assert (facts.sender, facts.subject) == ("Ann Sender <ann@supplier.example>", "Invoice 7")
    assert (facts.recipients, facts.message_id) == (["inbox@docs.example"], "<7@supplier.example>")
    assert facts.date is not None
    assert facts.date.isoformat() == "2024-03-05T09:00:00+00:00"


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("filename*=utf-8''M%C3%A4rz%20%5F%20Rechnung.pdf", "März _ Rechnung.pdf"),
        ("filename*0*=utf-8''M%C3%A4rz%20;\n filename*1*=2018.pdf", "März 2018.pdf"),
        ('filename="=?utf-8?B?TcOkcnoucGRm?="', "März.pdf"),
        ('filename="=?iso-8859-1?Q?M=E4rz=5F1.pdf?="', "März_1.pdf"),
        ('filename="=?utf-8?B?TcM=?= =?utf-8?B?pHJ6LnBkZg==?="', "März.pdf"),
        ('filename="März.pdf"', "März.pdf"),
        ('filename="../../etc/passwd.pdf"', "passwd.pdf"),
        ('filename="C:\\\\temp\\\\a.pdf"', "a.pdf"),
        ('filename="invoice\u202efdp.exe"', "invoicefdp.exe"),
        ("filename*=no-such-charset''a%E4.pdf", "aä.pdf"),
        ('filename="=?utf-8?B?%%%?="', "part-1.1.pdf"),
    ],
)
def test_names_are_decoded_and_then_made_harmless(tmp_path: Path, header: str, name: str) -> None:
    one = part(f"Content-Type: application/pdf\nContent-Disposition: attachment; {header}", PDF)
    assert gathered(tmp_path, mail(one)).files == [(name, PDF)]


def test_the_text_stands_in_and_is_html_if_there_is_html(tmp_path: Path) -> None:
    plain, rich = text_part("12 EUR"), text_part("<p>12 €</p>", "html")
    both = multipart([plain, rich], kind="alternative")
    found = gathered(tmp_path, HEAD + both)
    assert found.files == []
    ((name, page),) = found.text
    assert name == "Invoice 7.html"
    assert page.decode("utf-8-sig") == "<html><body><p>12 €</p></body></html>"
    assert media_type(page) == "text/html"
    found = gathered(tmp_path, mail(plain, text_part("and more")))
    assert found.text == [("Invoice 7.txt", b"12 EUR\nand more")]
    found = gathered(tmp_path, mail(plain, rich))
    assert b"<pre>12 EUR</pre>" in found.text[0][1]
    assert gathered(tmp_path, mail(text_part("  \n"))).text == []


@pytest.mark.parametrize(
    ("charset", "data", "text"),
    [
        ("; charset=iso-8859-1", b"\xe4", "ä"),
        ("; charset=utf-8", b"\xe4 20", "ä 20"),
        ("; charset=us-ascii", "ä".encode(), "ä"),
        ("; charset=unknown-8bit", "€".encode(), "€"),
        ("; charset=rot13", b"abc", "abc"),
        ("", b"\x80 5", "€ 5"),
        ("; charset=gb2312", "发票".encode("gb2312"), "发票"),
    ],
)
def test_wrong_and_missing_charsets(tmp_path: Path, charset: str, data: bytes, text: str) -> None:
    body = part(f"Content-Type: text/plain{charset}", data, encode=False)
    ((_, found),) = gathered(tmp_path, mail(body)).text
    assert found.decode().strip() == text


def test_base64_that_is_cut_off_or_has_junk_in_it_gives_what_is_there(tmp_path: Path) -> None:
    for cut in range(1, 9):
        whole = base64.b64encode(PDF)[:-cut]
        assert PDF.startswith(from_base64(whole))
        assert len(from_base64(whole)) >= len(PDF) - 8
    body = part(
        "Content-Type: application/pdf\nContent-Transfer-Encoding: base64", b"", encode=False
    )
    junk = base64.encodebytes(PDF).replace(b"\n", b" !\n")
    assert gathered(tmp_path, mail(body + junk)).files == [("part-1.1.pdf", PDF)]


def test_uuencoded_files_are_taken_from_the_text(tmp_path: Path) -> None:
    lines = [binascii.b2a_uu(PDF[at : at + 45]) for at in range(0, len(PDF), 45)]
    coded = b"begin 644 scan.pdf\n" + b"".join(lines) + b"`\nend\n"
    body = part("Content-Type: text/plain", b"hello\n" + coded, encode=False)
    assert gathered(tmp_path, mail(body)).files == [("scan.pdf", PDF)]
    head = "Content-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: x-uuencode"
    assert gathered(tmp_path, mail(part(head, coded, encode=False))).files == [("a.pdf", PDF)]
    prose = text_part("begin 644 of it\nthe end is near\nend\n")
    assert gathered(tmp_path, mail(prose)).files == []


def test_small_pictures_shown_in_the_text_are_left_out(tmp_path: Path) -> None:
    logo = part("Content-Type: image/png\nContent-ID: <logo>", PNG)
    scan = part("Content-Type: image/png; name=scan.png\nContent-ID: <s>", PNG + bytes(70_000))
    chosen = attached("small.png", PNG, "image/png")
    found = gathered(tmp_path, mail(text_part(), logo, scan, chosen))
    assert found.names == ["scan.png", "small.png"]
    assert found.omitted == [("part-1.2.png", Code.INLINE_IMAGE)]


def test_messages_in_messages_are_taken_apart_three_deep(tmp_path: Path) -> None:
    message = mail(text_part("innermost"), attached("deep.pdf"))
    for level in range(3):
        message = forwarded(message, f"=_{level}")
    found = gathered(tmp_path, message)
    assert found.files == [("deep.pdf", PDF)]
    assert found.parts == ["1.2/1.2/1.2/1.2"]
    assert [it.subject for it in found.facts] == ["Invoice 7"] * 4
    found = gathered(tmp_path, forwarded(message, "=_x"))
    assert found.files == []
    assert found.omitted == [("Invoice 7", Code.CONTAINER_TOO_DEEP)]


def test_a_message_attached_in_base64_or_as_a_file_is_one_too(tmp_path: Path) -> None:
    inner = mail(attached("in.pdf"), head=HEAD.replace(b"Invoice 7", b"Inner"))
    against_the_rules = part("Content-Type: message/rfc822", inner)
    as_a_file = attached("fwd.eml", inner, "application/octet-stream")
    for one in (against_the_rules, as_a_file):
        found = gathered(tmp_path, mail(text_part(), one))
        assert found.files == [("in.pdf", PDF)]
        assert found.parts == ["1.2/1.1"]
        assert [it.subject for it in found.emails if it] == ["Inner"]


def test_winmail_dat_is_taken_apart(tmp_path: Path) -> None:
    dat = winmail([("RECHNU~1.PDF", "Rechnung März.pdf", PDF), ("b.png", "", PNG)])
    body = attached("winmail.dat", dat, "application/ms-tnef")
    found = gathered(tmp_path, mail(text_part(), body))
    assert found.files == [("Rechnung März.pdf", PDF), ("b.png", PNG)]
    assert found.emails == [found.facts[0]] * 2
    for cut in range(0, len(dat), 13):
        assert len(gathered(tmp_path, mail(attached("winmail.dat", dat[:cut]))).files) <= 2


def test_what_is_about_the_message_is_no_document(tmp_path: Path) -> None:
    report = part("Content-Type: message/delivery-status", b"Status: 5.0.0", encode=False)
    signature = attached("smime.p7s", b"\x30\x80", "application/pkcs7-signature")
    elsewhere = part("Content-Type: message/external-body; access-type=ftp", b"", encode=False)
    found = gathered(tmp_path, mail(text_part("Bounced"), report, signature, elsewhere))
    assert (found.files, found.omitted) == ([], [])
    assert found.text == [("Invoice 7.txt", b"Bounced")]


def test_what_is_for_programs_is_left_out_and_said(tmp_path: Path) -> None:
    invitation = attached("invite.ics", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "text/calendar")
    found = gathered(tmp_path, mail(text_part("Meet?"), invitation))
    assert (found.files, found.text) == ([], [("Invoice 7.txt", b"Meet?")])
    assert found.omitted == [("invite.ics", Code.FILE_TYPE_NOT_SUPPORTED)]


def test_more_parts_and_attachments_than_allowed_are_left_out_and_said(tmp_path: Path) -> None:
    many = mail(*(attached(f"{it}.pdf") for it in range(60)))
    found = gathered(tmp_path, many)
    assert len(found.files) == 50
    assert found.omitted == [(f"{it}.pdf", Code.CONTAINER_TOO_MANY) for it in range(50, 60)]
    found = gathered(tmp_path, mail(*(text_part(str(it)) for it in range(120))))
    assert [code for _, code in found.omitted] == [Code.CONTAINER_TOO_MANY] * 20
    with pytest.raises(Permanent) as refused:
        gathered(tmp_path, mail(*(text_part("x") for _ in range(2000))))
    assert refused.value.code is Code.CONTAINER_TOO_MANY


def test_deep_multiparts_end_without_harm(tmp_path: Path) -> None:
    deep = text_part("x")
    for level in range(60):
        deep = multipart([deep], boundary=f"=_{level}")
    found = gathered(tmp_path, HEAD + deep)
    assert [code for _, code in found.omitted] == [Code.CONTAINER_TOO_DEEP]
    for level in range(60, 1200):
        deep = multipart([deep], boundary=f"=_{level}")
    with pytest.raises(Permanent) as refused:
        gathered(tmp_path, HEAD + deep)
    assert refused.value.code in {Code.FILE_CORRUPT, Code.CONTAINER_TOO_MANY}


@pytest.mark.parametrize(
    "content",
    [
        HEAD + b'Content-Type: multipart/mixed; boundary="none"\r\n\r\nJust text\r\n',
        HEAD + b"Content-Type: multipart/mixed\r\n\r\nJust text\r\n",
        HEAD + b"Content-Type: ;;;=\r\n\r\nJust text\r\n",
        HEAD + b"Content-Type: text/plain; charset*0*=x'%'\r\n\r\nJust text\r\n",
        HEAD + b"Content-Type: text/plain; charset*=x''utf-8\r\n\r\nJust text \xff\r\n",
        mail(text_part("", "html"), text_part("Just text")),
        HEAD + b"Content-Transfer-Encoding: nonsense\r\n\r\nJust text\r\n",
        b"From: a@b.example\r\nSubject: \xff\xfe\r\nDate: never\r\nTo: <<>>,;:\r\n\r\nJust text",
    ],
)
def test_malformed_messages_are_text(tmp_path: Path, content: bytes) -> None:
    ((_, text),) = gathered(tmp_path, content).text
    assert b"Just text" in text


def test_parts_between_another_boundary_than_the_header_names_are_found(tmp_path: Path) -> None:
    broken = mail(text_part("hello"), attached("a.pdf"))
    broken = broken.replace(b'boundary="=_b"', b'boundary="=_other"')
    found = gathered(tmp_path, broken)
    assert found.files == [("a.pdf", PDF)]
    assert found.text == [("Invoice 7.txt", b"hello")]


def test_a_mailbox_gives_each_of_its_messages(tmp_path: Path) -> None:
    mark = b"From ann@x.example Tue Mar 05 09:00:00 2024\n"
    first, second = mail(attached("a.pdf")), mail(text_part("Just this"))
    found = gathered(tmp_path, mark + first + b"\n" + mark + second)
    assert (found.files, found.parts) == ([("a.pdf", PDF)], ["1/1.1"])
    assert found.text == [("Invoice 7.txt", b"Just this")]
    quoted = mail(text_part("Hello\n\nFrom ann at home, in 2024\nBye"))
    found = gathered(tmp_path, mark + quoted)
    assert found.text == [("Invoice 7.txt", b"Hello\n\nFrom ann at home, in 2024\nBye")]


@pytest.mark.parametrize(
    "header",
    [
        b"Content-Type: text/plain" + b";" * 300_000,
        b"To: " + b"(" * 300_000,
        b"Cc: " + b"<," * 200_000,
        b"Subject: " + b"=?utf-8?B?" * 60_000,
        b"Date: " + b"1 " * 200_000,
    ],
)
def test_headers_that_would_take_minutes_are_cut_short(tmp_path: Path, header: bytes) -> None:
    content = b"From: a@b.example\r\n" + header + b"\r\n\r\nJust text"
    assert gathered(tmp_path, content).text[0][1] == b"Just text"


def test_every_beginning_of_a_message_is_taken_without_a_crash(tmp_path: Path) -> None:
    whole = mail(text_part(), attached("a.pdf"), attached("winmail.dat", winmail([("b", "", PDF)])))
    for end in range(0, len(whole), 7):
        gathered(tmp_path, whole[:end])


def test_sizes_are_counted_over_everything(tmp_path: Path) -> None:
    limits = UnpackLimits(total_bytes=2 * len(PDF) + 1)
    found = gathered(tmp_path, mail(*(attached(f"{it}.pdf") for it in range(4))), limits=limits)
    assert found.names == ["0.pdf", "1.pdf"]
    assert [code for _, code in found.omitted] == [Code.CONTAINER_TOO_LARGE] * 2


def test_encoded_words_beside_each_other_are_joined() -> None:
    assert decoded("=?utf-8?Q?A_?= =?utf-8?Q?B?= and\r\n C") == "A B and C"
    shifted = base64.b64encode("請求".encode("iso-2022-jp")).decode()
    assert decoded(f"=?iso-2022-jp?B?{shifted}?=") == "請求"


@pytest.mark.parametrize(
    "head",
    [
        HEAD,
        b"From ann@x.example Tue Mar 05 09:00:00 2024\n" + HEAD,
        b"\xef\xbb\xbf" + HEAD,
        b"Return-Path: <a@b>\nReceived: by c\nX-Long: " + b"y" * 3000,
        b"Date: 5 Mar 2024 09:00 +0000\nFrom: a@b\nSubject: x\n\n",
    ],
)
def test_messages_are_known_by_their_header(head: bytes) -> None:
    assert media_type(head[:2048]) == "message/rfc822"


@pytest.mark.parametrize(
    "text",
    [
        b"From: Bob\nTo: Ann\nDate: 5 March 2024\nRe: budget\n\nDear Ann,\n",
        b"Invoice: 7\nDate: 2024-03-05\nTotal: 12 EUR\n",
        b"Subject: matters\nTo: whom it may concern\n\nHello\n",
        b"Dear all,\n\nFrom: here\nReceived: yesterday\nMessage-ID: none\n",
        b"From the desk of Bob\n\nTo be or not to be\n",
    ],
)
def test_letters_and_lists_are_no_messages(text: bytes) -> None:
    assert media_type(text) == "text/plain"
