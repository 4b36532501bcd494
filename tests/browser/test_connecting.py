"""Integrations at a real browser: keys, webhooks, queues, mail: made, tried, sent again."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import APIRequestContext, Page, expect

from tests.browser.harness import Arrive, Person, called, upload
from tests.browser.receiver import Postman, Receiver
from tests.e2e.embedded import Up
from tests.samples.invoices import Invoice, invoice_pdf
from tests.servers.process import free_port

HOSTILE = "<b>hostile</b>"
EVENTS = {f"document.{it}" for it in ("received", "read", "classified", "extracted", "ready")}


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def postman() -> Iterator[Postman]:
    with Postman() as postman:
        yield postman


@pytest.fixture(scope="module")
def faults(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of rules: what is to be held where."""
    return tmp_path_factory.mktemp("faults") / "rules"


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory, postman: Postman, faults: Path) -> Iterator[Up]:
    mail = {"DOCSTAGE_MAIL_URL": postman.url, "DOCSTAGE_MAIL_FROM": "docstage@example.com"}
    folder = tmp_path_factory.mktemp("up") / "data"
    held = {"DOCSTAGE_FAILPOINTS": f"@{faults}"}
    with Up(folder, DOCSTAGE_WORKERS="1", DOCSTAGE_MAIL_TLS="off", **mail, **held) as up:
        yield up


def agree(page: Page) -> None:
    """Say yes to what the page asks before it does something for good."""
    page.on("dialog", lambda dialog: dialog.accept())


def an_hour_ago(page: Page) -> str:
    """As the reader of the page would give it, in the time zone of the browser."""
    zone = page.evaluate("new Date().getTimezoneOffset()")
    moment = datetime.now(UTC) - timedelta(minutes=60 + zone)
    return moment.strftime("%Y-%m-%dT%H:%M")


def test_a_webhook_is_made_tested_seen_and_sent_again(
    person: Person, receiver: Receiver, api: APIRequestContext
) -> None:
    page = person.page
    agree(page)
    page.goto("/console/integrations")
    page.get_by_label("Address").fill(f"{receiver.url}/?{HOSTILE}")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator(".secret")).to_contain_text("whsec_")
    person.check()
    expect(page.get_by_text("Nothing was sent yet.")).to_be_visible()
    page.get_by_role("button", name="Send a test").click()
    first = receiver.next()
    assert first.body["type"] == "webhook.test"
    expect(page.locator("#log-rows tr")).to_have_count(1)
    page.locator("#log-rows a").first.click()
    page.get_by_text("Headers", exact=True).click()
    expect(page.get_by_text(f"webhook-id: {first.headers['webhook-id']}")).to_be_visible()
    page.get_by_text("Body", exact=True).click()
    expect(page.locator("details[open] pre").last).to_contain_text("webhook.test")
    person.check()
    with page.expect_navigation():
        page.get_by_role("button", name="Send again").click()
    assert receiver.next().headers["webhook-id"] == first.headers["webhook-id"]
    page.goto("/console/integrations")
    page.get_by_role("row", name=re.compile("hostile")).get_by_role("link").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("None yet.")).to_be_visible()
    assert called(api, "GET", "/subscriptions")["subscriptions"] == []


def test_a_range_is_sent_again_and_the_old_secret_signs_beside_the_new_one(
    arrive: Arrive, up: Up, receiver: Receiver, api: APIRequestContext
) -> None:
    person = arrive(timezone_id="Asia/Tokyo").sign_in(up.key)
    page = person.page
    agree(page)
    made = called(api, "POST", "/subscriptions", {"url": f"{receiver.url}/range"})
    upload(api, "range.pdf", invoice_pdf(Invoice(number="RG-9")), wait="true")
    told = [receiver.next() for _ in EVENTS]
    assert {it.body["type"] for it in told} == EVENTS
    page.goto(f"/console/integrations/webhooks/{made['id']}")
    expect(page.locator("#log-rows .good")).to_have_count(len(EVENTS))
    page.get_by_text("Send a range again").click()
    page.get_by_label("From").fill(an_hour_ago(page))
    page.get_by_label("Which").select_option("all")
    page.get_by_role("button", name="Send again, ten a second").click()
    expect(page.get_by_text(f"{len(EVENTS)} will be sent again.")).to_be_visible()
    again = [receiver.next() for _ in EVENTS]
    assert {it.headers["webhook-id"] for it in again} == {it.headers["webhook-id"] for it in told}
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Nothing is sent to it until it is resumed.")).to_be_visible()
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_text("It is sent to again, from now on.")).to_be_visible()
    page.get_by_role("button", name="New secret").click()
    expect(page.locator(".secret")).to_contain_text("whsec_")
    expect(page.get_by_text("A former secret signs beside the present one")).to_be_visible()
    person.check()
    page.get_by_role("button", name="Send a test").click()
    assert len(receiver.next().headers["webhook-signature"].split()) == 2
    called(api, "DELETE", f"/subscriptions/{made['id']}")


def test_a_webhook_whose_receiver_is_gone_is_given_up_seen_so_and_resumed(
    person: Person, receiver: Receiver, api: APIRequestContext
) -> None:
    receiver.statuses["/gone"] = 410
    made = called(api, "POST", "/subscriptions", {"url": f"{receiver.url}/gone"})
    upload(api, "gone.pdf", invoice_pdf(Invoice(number="RG-10")), wait="true")
    assert receiver.next().headers["webhook-id"]
    page = person.page
    page.goto(f"/console/integrations/webhooks/{made['id']}")
    expect(page.get_by_text("it said that it is gone (410)")).to_be_visible()
    expect(page.locator("#log-rows")).to_contain_text("410")
    person.check()
    receiver.statuses.clear()
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_text("Nothing is held against it.")).to_be_visible()
    page.get_by_role("button", name="Send a test").click()
    expect(page.get_by_text("A test is on its way")).to_be_visible()
    while receiver.next().body["type"] != "webhook.test":
        pass
    called(api, "DELETE", f"/subscriptions/{made['id']}")


def test_pages_follow_what_is_on_its_way_and_take_nothing_from_who_works_there(
    person: Person, receiver: Receiver, api: APIRequestContext, faults: Path
) -> None:
    """Calls were made and answered; that is not on record yet, but for its consequence."""
    urls = [f"{receiver.url}/late?{number}" for number in range(2)]
    receiver.statuses |= {f"/late?{number}": 410 for number in range(2)}
    faults.write_text("notify.worked=hold")
    wish = {"events": ["document.received"]}
    first, second = [called(api, "POST", "/subscriptions", {**wish, "url": it}) for it in urls]
    upload(api, "late.pdf", invoice_pdf(Invoice(number="RG-14")))
    told = {receiver.next().headers["webhook-id"] for _ in urls}
    assert len(told) == 1
    hook, log, one = person.page, person.tab(), person.tab()
    hook.goto(f"/console/integrations/webhooks/{first['id']}")
    hook.get_by_text("Change address").click()
    address = hook.get_by_label("Address")
    address.fill("https://example.com/typed")
    expect(hook.get_by_text("it said that it is gone (410)")).to_be_visible()
    expect(hook.get_by_role("button", name="Resume")).to_be_visible()
    expect(hook.locator("#log-rows")).to_contain_text("Sending")
    log.goto("/console/integrations/deliveries?state=running&maxRetrieve=1")
    log.get_by_role("link", name="Show older").click()
    sending = log.locator("#log-rows tr")
    expect(sending).to_have_count(2)
    link = sending.last.get_by_role("link", name="document.received")
    link.focus()
    one.goto(f"{link.get_attribute('href')}")
    expect(one.get_by_text("Not tried yet.")).to_be_visible()
    person.check(hook)
    called(api, "POST", f"/subscriptions/{first['id']}/test")
    expect(hook.locator("#log-rows tr").first).to_contain_text("webhook.test")
    faults.unlink()
    expect(hook.locator("#log-rows tr", has_text="The receiver answered 410.")).to_have_count(2)
    expect(address).to_have_value("https://example.com/typed")
    expect(address).to_be_focused()
    ended = sending.filter(has_text="document.received").filter(has_text="410")
    expect(ended).to_have_count(2)
    expect(link).to_be_focused()
    expect(one.get_by_role("heading", level=1)).to_contain_text("Failed")
    one.get_by_text("What it said").click()
    expect(one.get_by_text("thank you")).to_be_visible()
    person.check(one)
    for made in (first, second):
        called(api, "DELETE", f"/subscriptions/{made['id']}")


def test_a_result_queue_is_looked_into_emptied_and_replayed(
    person: Person, api: APIRequestContext
) -> None:
    page = person.page
    agree(page)
    page.goto("/console/integrations/queues")
    page.get_by_label("Name").fill("results")
    page.get_by_role("button", name="Make", exact=True).click()
    expect(page.get_by_text("No message waits.")).to_be_visible()
    upload(api, "queued.pdf", invoice_pdf(Invoice(number="RG-11")), wait="true")
    expect(page.locator("#queue-count")).to_have_text(f"{len(EVENTS)} messages wait.")
    page.get_by_role("link", name="Look again").click()
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(len(EVENTS))
    rows.first.get_by_text("Look at it").click()
    expect(rows.first.locator("pre")).to_contain_text('"type": "document.received"')
    person.check()
    for box in page.get_by_role("checkbox").all()[:2]:
        box.check()
    page.get_by_role("button", name="Acknowledge the chosen").click()
    expect(page.get_by_text("2 messages are acknowledged.")).to_be_visible()
    fetched = called(api, "GET", "/result-queues/results/messages?max=100")["messages"]
    assert {it["type"] for it in fetched} == EVENTS - {"document.received", "document.read"}
    page.get_by_role("link", name="Look again").click()
    expect(page.get_by_text("In hand")).to_have_count(len(fetched))
    page.get_by_text("Send stored messages once more").click()
    page.get_by_label("All made since").fill(an_hour_ago(page))
    page.get_by_role("button", name="Replay").click()
    expect(page.get_by_text(f"{len(EVENTS)} messages are sent again.")).to_be_visible()
    expect(page.get_by_text("In hand")).to_have_count(0)
    again = called(api, "GET", "/result-queues/results/messages?max=100")["messages"]
    assert {it["type"] for it in again} == EVENTS
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("The queue is removed")).to_be_visible()


def test_people_are_told_by_mail_tried_and_paused(person: Person, postman: Postman) -> None:
    page = person.page
    agree(page)
    page.goto("/console/integrations/mail")
    before = page.locator(".secret").first.inner_text()
    page.get_by_role("button", name="Change the address").click()
    expect(page.get_by_text("The workspace has another address.")).to_be_visible()
    assert page.locator(".secret").first.inner_text() != before
    expect(page.get_by_text("A former address works until")).to_be_visible()
    page.get_by_text("Add a notice").click()
    page.get_by_label("Addresses", exact=True).fill("ann@example.com, ben@example.com")
    page.get_by_role("button", name="Add").last.click()
    expect(page.get_by_role("heading", name="ann@example.com, ben@example.com")).to_be_visible()
    page.get_by_role("button", name="Send a test").click()
    expect(page.get_by_text("A test is on its way to each address")).to_be_visible()
    assert {postman.next()[0][0] for _ in range(2)} == {"ann@example.com", "ben@example.com"}
    person.check()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("The notice is paused.")).to_be_visible()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("Nobody is told by mail.")).to_be_visible()


def test_a_mailbox_that_is_not_reached_says_so_by_itself(person: Person) -> None:
    page = person.page
    page.goto("/console/integrations/mail")
    page.get_by_text("Add a mailbox").click()
    form = page.locator('form[action$="/mail/mailboxes"]')
    form.get_by_label("Server").fill("127.0.0.1")
    form.get_by_label("Port").fill(str(free_port()))
    form.get_by_label("Encryption").select_option("none")
    form.get_by_label("User").fill("ann")
    form.get_by_label("Password").fill("secret")
    form.get_by_role("button", name="Add").click()
    expect(page.get_by_text("Not reached")).to_be_visible()
    page.get_by_role("button", name="Look now").click()
    expect(page.get_by_text("tried 2 times")).to_be_visible()
    person.check()


def test_a_key_is_made_used_and_revoked(person: Person, arrive: Arrive) -> None:
    page = person.page
    agree(page)
    page.goto("/console/integrations/keys")
    page.get_by_label("What it is for").fill(HOSTILE)
    page.get_by_role("button", name="Make the key").click()
    key = page.locator(".secret").inner_text()
    person.check()
    other = arrive(java_script_enabled=False)
    other.page.goto("/console/sign-in")
    other.page.get_by_label("API key").fill(key)
    other.page.get_by_label("API key").press("Enter")
    other.page.goto("/console/types")
    expect(other.page.get_by_role("heading", name="Document types")).to_be_visible()
    expect(other.page.get_by_role("link", name="Integrations")).to_have_count(0)
    page.reload()
    expect(page.get_by_role("row", name=re.compile("hostile"))).to_contain_text("In use")
    expect(page.locator(".secret")).to_have_count(0)
    page.get_by_role("button", name=f"Revoke {HOSTILE}").click()
    expect(page.get_by_role("row", name=re.compile("hostile"))).to_contain_text("Revoked")
    other.page.goto("/console/types")
    expect(other.page.get_by_label("API key")).to_be_visible()


def test_usage_is_counted_by_day(person: Person, api: APIRequestContext) -> None:
    upload(api, "counted.pdf", invoice_pdf(Invoice(number="RG-12")), wait="true")
    page = person.page
    page.goto("/console/integrations/usage")
    page.get_by_label("Period").select_option("30")
    days = page.get_by_role("region", name="By day").locator("tbody tr")
    expect(days).to_have_count(30)
    count = called(api, "GET", "/documents/count")["count"]
    expect(days.first.locator("td").first).to_have_text(str(count))
    person.check()
