"""The list of sessions with its filters, and the pages of collective UPO."""

from urllib.parse import quote

import pytest
from lxml import etree

from tests.simulator_support import OTHER_NIP, fa3, zipped

UPO = "{http://upo.schematy.mf.gov.pl/KSeF/v4-3}"


def listed(sender, kind, query=""):
    """References of the sessions of a kind that a query finds, over all pages."""
    path, headers, found = f"/sessions?sessionType={kind}{query}", {}, []
    while True:
        page = sender.call("GET", path, headers=headers, expect=200).json
        found += [item["referenceNumber"] for item in page["sessions"]]
        if not page["continuationToken"]:
            return found
        headers = {"x-continuation-token": page["continuationToken"]}


def code(answer):
    assert answer.status == 400, answer.body
    return answer.json["exception"]["exceptionDetailList"][0]["exceptionCode"]


def files(*numbers):
    return zipped({f"{number}.xml": fa3(number) for number in numbers})


def test_each_kind_of_session_has_its_own_list(sender, session):
    package, _ = sender.send_batch(files("1"))
    assert (listed(sender, "Online"), listed(sender, "Batch")) == ([session], [package])


def test_the_list_counts_what_became_of_the_invoices(sender):
    sender.send_batch(zipped({"1.xml": fa3("1"), "2.xml": b"<a/>"}))
    (item,) = sender.call("GET", "/sessions?sessionType=Batch", expect=200).json["sessions"]
    counts = [item[f"{name}InvoiceCount"] for name in ("total", "successful", "failed")]
    assert (item["status"]["code"], counts) == (200, [2, 1, 1])


@pytest.mark.parametrize(
    ("status", "chosen"),
    [("InProgress", "open"), ("Succeeded", "good"), ("Failed", "bad"), ("Cancelled", "empty")],
)
def test_statuses_choose_batch_sessions(sender, status, chosen):
    made = {
        "open": sender.open_batch(files("0"))[0],
        "good": sender.send_batch(files("1"))[0],
        "bad": sender.send_batch(b"no archive")[0],
        "empty": sender.send_batch(zipped({}))[0],
    }
    assert listed(sender, "Batch", f"&statuses={status}") == [made[chosen]]


def test_a_reference_and_dates_choose_sessions(sender):
    first, _ = sender.send_batch(files("1"))
    second, _ = sender.send_batch(files("2"))
    status = sender.call("GET", f"/sessions/{second}", expect=200).json
    moment = quote(status["dateCreated"])
    assert listed(sender, "Batch", f"&referenceNumber={first}") == [first]
    assert listed(sender, "Batch", f"&dateCreatedFrom={moment}") == [second]
    assert listed(sender, "Batch", f"&dateClosedTo={moment}") == [first]
    assert listed(sender, "Batch", f"&dateModifiedFrom={moment}") == [second]


def test_only_closed_sessions_have_a_date_of_closing(sender):
    sender.open_batch(files("1"))
    assert listed(sender, "Batch", "&dateClosedFrom=2020-01-01T00:00:00Z") == []


def test_the_newest_session_comes_first_and_pages_follow_each_other(sender):
    made = [sender.open_batch(files("1"))[0] for _ in range(12)]
    assert listed(sender, "Batch", "&pageSize=10") == made[::-1]


def test_a_strange_continuation_token_is_21418(sender):
    headers = {"x-continuation-token": "strange"}
    assert code(sender.call("GET", "/sessions?sessionType=Batch", headers=headers)) == 21418


def test_another_company_does_not_see_the_session(sim, sender):
    session, _ = sender.send_batch(files("1"))
    stranger = sim.sender(OTHER_NIP)
    assert listed(stranger, "Batch") == []
    assert code(stranger.call("GET", f"/sessions/{session}/invoices")) == 21173


def upo_pages(sender, session, final):
    pages = [page["referenceNumber"] for page in final["upo"]["pages"]]
    paths = [f"/sessions/{session}/upo/{page}" for page in pages]
    return [etree.fromstring(sender.call("GET", path, expect=200).body) for path in paths]


def described(root):
    node = root.find(f"{UPO}OpisPotwierdzenia")
    return [int(child.text) for child in node]


@pytest.mark.parametrize("kind", ["Online", "Batch"])
def test_a_collective_upo_is_cut_into_pages(sim, sender, kind):
    sim.world.settings.change({"upo_page_size": 2})
    session, final = send_three(sender, kind)
    pages = upo_pages(sender, session, final)
    # Page, pages, first and last document, documents in all.
    assert [described(root) for root in pages] == [[1, 2, 1, 2, 3], [2, 2, 3, 3, 3]]
    numbers = [node.text for root in pages for node in root.iter(f"{UPO}NumerKSeFDokumentu")]
    assert numbers == [item["ksefNumber"] for item in accepted(sender, session)]


def send_three(sender, kind):
    wrong = b"<a/>"
    if kind == "Batch":
        named = {"1.xml": fa3("1"), "2.xml": wrong, "3.xml": fa3("3"), "4.xml": fa3("4")}
        return sender.send_batch(zipped(named))
    session = sender.open()
    for data in (fa3("1"), wrong, fa3("3"), fa3("4")):
        sender.issue(session, data)
    return session, sender.close(session)


def accepted(sender, session):
    return [item for item in sender.invoices_of(session) if item["status"]["code"] == 200]


def test_a_upo_link_of_each_invoice_of_a_package_needs_no_token(sim, sender):
    session, _ = sender.send_batch(files("1", "2"))
    for item in sender.invoices_of(session):
        link = item["upoDownloadUrl"].removeprefix(sim.world.storage_url)
        document = etree.fromstring(sim.request("GET", link).body)
        assert document.findtext(f"{UPO}Dokument/{UPO}NumerKSeFDokumentu") == item["ksefNumber"]


def test_upo_links_lie_where_the_storage_lies(sim, sender):
    sim.world.storage_url = "http://storage.example"
    session, final = sender.send_batch(files("1"))
    assert final["upo"]["pages"][0]["downloadUrl"].startswith("http://storage.example/")
    (item,) = sender.invoices_of(session)
    assert item["upoDownloadUrl"].startswith("http://storage.example/")
