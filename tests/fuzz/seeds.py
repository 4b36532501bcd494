"""What fuzzing begins with, made by code: small, and one of each kind."""

import base64
from email.message import EmailMessage
from pathlib import Path

AUTHSERV = "mx.example.net"


def write(folder: Path, seeds: list[bytes]) -> None:
    """Put them down as files."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, content in enumerate(seeds):
        (folder / f"seed-{number:02d}").write_bytes(content)


def mail() -> list[bytes]:
    """Messages: plain, with files, nested, with odd names, broken."""
    plain = EmailMessage()
    plain["From"], plain["To"], plain["Subject"] = "a@x.example", "b@y.example", "Übung =?x?="
    plain.set_content("Hello\n")
    mixed = EmailMessage()
    mixed["Message-ID"] = "<1@x.example>"
    mixed.set_content("See file")
    mixed.add_alternative("<p>See <img src=cid:i></p>", subtype="html")
    mixed.add_attachment(b"%PDF-1.7\n", maintype="application", subtype="pdf", filename="ä b.pdf")
    mixed.add_attachment(b"PK\x03\x04", maintype="application", subtype="zip", filename="../x.zip")
    nested = EmailMessage()
    nested.set_content("outer")
    nested.add_attachment(mixed)
    rfc2231 = (
        b"Content-Type: application/pdf; name*0*=utf-8''%e2%82%ac; name*1=\".pdf\"\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.b64encode(b"%PDF-") + b"\r\n"
    )
    broken = (
        b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: multipart/mixed;"
        b" boundary=a\r\n\r\n--a\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!\r\n--b--\r\n--a--"
    )
    uuencoded = b"Subject: u\r\n\r\nbegin 644 a.txt\r\n#0V%T\r\n`\r\nend\r\n"
    return [bytes(plain), bytes(mixed), bytes(nested), rfc2231, broken, uuencoded, b""]


def names() -> list[bytes]:
    """File names, as text in UTF-8."""
    texts = (
        "a.pdf", "../../etc/passwd", "C:\\x\\y.doc", "a\u202efdp.exe", "..", "", " . ", "ü" * 200,
        "x" * 300 + ".pdf", "a\x00b", "<img onerror=alert(1)>.pdf", "=?utf-8?q?a?=", "\ud7ff\ue000",
    )  # fmt: skip
    return [it.encode() for it in texts]


def urls() -> list[bytes]:
    """Addresses, right and wrong, plain and in disguise."""
    texts = (
        "https://example.com/a?b=c#d", "http://2130706433/", "http://0x7f.1/", "http://[::1]/",
        "http://[::ffff:10.0.0.1]:80/", "https://user:p@example.com/", "http://127.1:8080",
        "http://münchen.example/%zz", "http://example.com:22/", "ftp://example.com",
        "http://[64:ff9b::a00:1]/", "http://0177.0.0.1/", "https://example.com.:443/", "http:///a",
        "http://localhost/", "http://a%00b/", "http://①②⑦.⓪.⓪.①/",
    )  # fmt: skip
    return [it.encode() for it in texts]


def senders() -> list[bytes]:
    """Headers that say who sent a mail, records of the DNS, and patterns of an allow-list."""
    results = f"Authentication-Results: {AUTHSERV} 1; dmarc=pass (p=x) header.from=example.com"
    signature = (
        "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/simple; d=example.com; i=@example.com;\r\n"
        " q=dns/txt; s=s1; t=1700000000; x=4000000000; h=from : to : subject; bh=AAAA; b=AAAA"
    )
    return [
        f"{signature}\r\nFrom: Ann <ann@example.com>\r\n\r\n".encode(),
        f'{results}\r\nReceived: x\r\nFrom: "x (y)" <a@b.example> (z)\r\n\r\n'.encode(),
        "From: ann@b\u00fccher.example\r\nFrom : b@c\r\n\r\n".encode(),
        b"ip4:192.0.2.0/24 include:%{ir}.%{d2}.example a/24//64 mx:x -all redirect=%{o}",
        b"v=DKIM1; k=ed25519; t=s:y; h=sha256; s=email; p=" + b"A" * 43 + b"=",
        b"*@*.example.com",
    ]
