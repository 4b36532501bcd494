"""People in the console and programs of the dialects: what they type and send stands in no log."""

import asyncio
import re
from dataclasses import dataclass, field

import aiohttp

from tests.api.console_client import Browser
from tests.e2e.api import Api
from tests.e2e.canaries import word
from tests.samples.invoices import Invoice, invoice_pdf


@dataclass
class Site:
    """What a browser needs to know of a server."""

    url: str
    clients: list[aiohttp.ClientSession] = field(default_factory=list)


async def visit_console(api: Api) -> list[str]:
    """Sign in, wrong and right, upload, search, review, and stumble; the secrets."""
    site = Site(api.url)
    browser = Browser(site)
    try:
        refused = await browser.post("/sign-in", {"key": word("wrongkey"), "next": word("next")})
        assert refused.status == 401
        await browser.sign_in(api.key)
        secrets = [browser.cookie(), browser.token]
        await _upload(browser)
        await _search(browser)
        await _review(browser, api)
        await _set_up(browser)
        for path in (f"/{word('page')}", f"/documents/{word('id')}", f"/review/{word('rid')}"):
            assert (await browser.get(path)).status == 404
        assert (await browser.post("/sign-out", {"csrf": word("token")})).status == 403
        assert (await browser.post("/sign-out", {})).status == 303
    finally:
        for client in site.clients:
            await client.close()
    return secrets


async def _upload(browser: Browser) -> None:
    """Files with names that are markup and headers, one that is nothing, and an address."""
    form = aiohttp.FormData({"csrf": browser.token, "url": f"ftp://{word('address')}/"})
    for name, content in (
        (f'<img src=x onerror="{word("script")}">.pdf', invoice_pdf(Invoice(number=word("typed")))),
        (f"../../{word('climb')}\u202egpj.exe", b"MZ" + word("programtext").encode()),
    ):
        form.add_field("files", content, filename=name, content_type="application/pdf")
    assert (await browser.post("/upload", form)).status == 200
    broken = b'--x\r\nContent-Disposition: form-data; name="' + word("part").encode()
    headers = {"Content-Type": "multipart/form-data; boundary=x", "X-CSRF-Token": browser.token}
    assert (await browser.post("/upload", broken, **headers)).status == 400


async def _search(browser: Browser) -> None:
    for query in (
        f"q={word('searched')}&name={word('namesearched')}",
        f"q=%22{word('unclosed')}&tag={word('tagsearched')}",
        f"state={word('state')}",
        f"cursor={word('listcursor')}",
        f"type={word('typefilter')}&workspace={word('workspacefilter')}",
    ):
        assert (await browser.get(f"/documents?{query}")).status < 500, query
    wish = {"do": word("action"), "id": word("chosen"), "q": word("exported")}
    for path in ("/documents/bulk", "/documents/export"):
        assert (await browser.post(path, wish)).status < 500, path


async def _review(browser: Browser, api: Api) -> None:
    """Type values, right and wrong ones, sign off and send away."""
    made = [
        await api.upload(invoice_pdf(Invoice(number=f"{word('reviewed')}{it}")), "r.pdf")
        for it in range(2)
    ]
    first, second = [(await api.finished(it["id"]))["id"] for it in made]
    own = f"/review/{first}"
    typed = {"supplier_name": 303, "total_amount": 422, "invoice_date": 422, word("field"): 404}
    for name, status in typed.items():
        wish = {"value": word(f"value{name[:5]}"), "revision": await _revision(browser, own)}
        saved = await browser.post(f"{own}/fields/{name}", wish)
        assert saved.status == status or (status > 400 and saved.status in range(400, 500)), name
        await browser.post(f"{own}/fields/{name}", wish, **{"X-Swap": "1"})
    assert word("valuesuppl") in str(await api.get(f"/api/v1/documents/{first}/review/work"))
    wish = {"sign_off": word("signoff"), "revision": await _revision(browser, own)}
    assert (await browser.post(f"{own}/approve", wish)).status == 303
    wrong = {"action": word("rowaction"), "revision": word("revision")}
    assert (await browser.post(f"/review/{second}/rows/line_items/0", wrong)).status == 400
    assert (await browser.post(f"/review/{second}/retype", {"type": word("retype")})).status == 422
    reason = {"reason": word("reason")}
    assert (await browser.post(f"/review/{second}/reject", reason)).status == 303


async def _revision(browser: Browser, own: str) -> str:
    found = re.search(r'data-revision="([0-9a-f]+)"', (await browser.page(own)).text)
    assert found
    return found[1]


async def _set_up(browser: Browser) -> None:
    """Webhooks, mail, keys and types, with values that cannot be."""
    wishes = {
        "/integrations/webhooks": {"url": f"gopher://{word('hookform')}", "event": word("event")},
        "/integrations/mail/notices": {"recipients": word("noaddress")},
        "/integrations/mail/mailboxes": {"host": word("imaphost"), "password": word("imappass")},
        "/integrations/queues": {"name": word("bad queue")},
        "/integrations/keys": {"name": word("keyname"), "scope": word("scope")},
        "/types/describe": {"sentence": word("sentence"), "text": word("description")},
        "/types/edit": {"name": word("Bad Type"), "fields": word("fields")},
        "/operations/dead-letters": {"do": word("do"), "code": word("code")},
        "/workspace": {"workspace": word("room")},
    }
    for path, wish in wishes.items():
        assert (await browser.post(path, wish)).status < 500, path


async def stumble_in_dialects(api: Api) -> None:
    """Calls that each dialect refuses, with a good key: what it says goes to the caller alone."""
    headers = {
        "Authorization": f"Bearer {api.key}", "X-API-Key": api.key, "X-Trace": word("trace"),
    }  # fmt: skip
    async with aiohttp.ClientSession(api.url, headers=headers) as session:
        for path in (
            "/docdigitizer/api/v1/documents/annotate",
            "/v3/docingester/extract",
            "/documind/api/v1/upload",
            "/v3/documents",
            "/v2/invoices",
            "/api/v1/documents",
        ):
            await asyncio.gather(*(_stumble(session, path, it) for it in range(3)))
        for method, path in (
            ("GET", f"/docdigitizer/api/v1/tasks/{word('task')}"),
            ("GET", f"/docdigitizer/api/v1/documents?status={word('ddstatus')}"),
            ("POST", f"/documind/api/v1/extract/{word('extract')}"),
            ("PUT", f"/documind/api/v1/review/{word('dreview')}"),
            ("GET", f"/documind/api/v1/data/extractions?sort_by={word('sort')}"),
            ("GET", f"/v3/documents?workspace={word('aworkspace')}&ordering={word('ordering')}"),
            ("PATCH", f"/v3/documents/{word('adocument')}"),
            ("POST", "/v3/annotations"),
            ("GET", f"/v2/invoices/{word('ainvoice')}"),
        ):
            body = {word("bodykey"): word("bodyvalue"), "raw": {"a": [word("nested")]}}
            async with session.request(method, path, json=body) as answer:
                assert answer.status < 500, (method, path, await answer.text())


async def _stumble(session: aiohttp.ClientSession, path: str, way: int) -> None:
    """No such file, wrong fields, no form at all."""
    form = aiohttp.FormData({word("formkey"): word("formvalue"), "schema": f"{{{word('schema')}"})
    name = f"{word('dialectfile')}.pdf"
    form.add_field("files", word("nopdf").encode(), filename=name, content_type="application/pdf")
    form.add_field("file", word("nopdf2").encode(), filename=name, content_type="application/pdf")
    bodies = (form, f'{{"url": "http://{word("durl")}.invalid/", ', {"x": word("urlencoded")})
    async with session.post(path, data=bodies[way]) as answer:
        assert answer.status < 500, (path, way, await answer.text())
