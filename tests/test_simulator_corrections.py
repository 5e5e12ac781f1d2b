"""Technical corrections of refused offline invoices, and the mode that KSeF decides itself."""

from datetime import date, timedelta

import pytest

from tests.simulator_support import NIP, OTHER_NIP, fa3, sha, today, zipped

ATTACHMENT = """<Zalacznik><BlokDanych><ZNaglowek>Pomiar</ZNaglowek><MetaDane>
<ZKlucz>Licznik</ZKlucz><ZWartosc>1</ZWartosc></MetaDane></BlokDanych></Zalacznik>"""


def code(answer):
    assert answer.status == 400, answer.body
    return answer.json["exception"]["exceptionDetailList"][0]["exceptionCode"]


def send(sender, session, data, **changes):
    body = sender.send_body(data, **changes)
    return sender.call("POST", f"/sessions/online/{session}/invoices", json=body)


def day(offset):
    return (date.fromisoformat(today()) + timedelta(days=offset)).isoformat()


def broken(number="FV/1", **options):
    """An invoice that the schema refuses."""
    return fa3(number, **options).replace(b"<KodWaluty>PLN", b"<KodWaluty>ZZZ")


def repair(sender, session, wrong, data=None, **changes):
    """The answer to a technical correction."""
    correction = {"offlineMode": True, "hashOfCorrectedInvoice": sha(wrong)} | changes
    return send(sender, session, data or fa3(), **correction)


def repaired(sender, session, wrong, data=None):
    """The code that a technical correction ends with."""
    answer = repair(sender, session, wrong, data)
    assert answer.status == 202, answer.body
    return sender.fate(session, answer.json["referenceNumber"])["status"]["code"]


@pytest.fixture
def refused(sender, session):
    """An offline invoice that was refused."""
    assert sender.issue(session, broken(), offlineMode=True)["status"]["code"] == 450
    return broken()


def test_a_refused_offline_invoice_is_corrected_once(sender, session, refused):
    assert repaired(sender, session, refused) == 200
    assert code(repair(sender, session, refused, fa3("2"))) == 21166


def test_a_correction_must_declare_the_offline_mode(sender, session, refused):
    assert code(repair(sender, session, refused, offlineMode=False)) == 21405


def test_an_unknown_invoice_cannot_be_corrected(sender, session):
    assert code(repair(sender, session, b"unknown")) == 21405


def test_an_invoice_does_not_correct_itself(sender, session, refused):
    assert code(repair(sender, session, refused, refused)) == 21405


def test_an_accepted_invoice_cannot_be_corrected(sender, session):
    sender.issue(session, fa3(), offlineMode=True)
    assert code(repair(sender, session, fa3(), fa3("2"))) == 21167


def test_an_invoice_still_being_processed_cannot_be_corrected(sim, sender, session):
    sim.world.settings.change({"processing_seconds": 300})
    sender.send(session, broken(), offlineMode=True)
    assert code(repair(sender, session, broken())) == 21167


def test_an_online_invoice_cannot_be_corrected(sender, session):
    sender.issue(session, broken())
    assert code(repair(sender, session, broken())) == 21167


def test_an_invoice_that_became_offline_by_its_date_can_be_corrected(sender, session):
    wrong = broken(issued=day(-1))
    assert sender.issue(session, wrong)["invoicingMode"] == "Offline"
    assert repaired(sender, session, wrong, fa3(issued=day(-1))) == 200


def test_a_missing_right_is_nothing_technical(sender, session):
    foreign = fa3(seller=OTHER_NIP)
    assert sender.issue(session, foreign, offlineMode=True)["status"]["code"] == 410
    assert code(repair(sender, session, foreign)) == 21167


def test_a_duplicate_is_corrected_under_another_number(sender, session):
    sender.issue(session, fa3(), offlineMode=True)
    twin = fa3(extra="<!-- other bytes -->")
    assert sender.issue(session, twin, offlineMode=True)["status"]["code"] == 440
    assert repaired(sender, session, twin, fa3("FV/2")) == 200


def test_an_invoice_refused_in_a_package_is_corrected_interactively(sender):
    package, _ = sender.send_batch(zipped({"a.xml": broken()}), offlineMode=True)
    assert sender.invoices_of(package)[0]["status"]["code"] == 450
    assert repaired(sender, sender.open(), broken()) == 200


@pytest.mark.parametrize(("granted", "expected"), [(True, 200), (False, 415)])
def test_a_correction_may_carry_an_attachment_with_the_consent(sender, granted, expected):
    if granted:
        sender.call("POST", "/testdata/attachment", token=None, json={"nip": NIP}, expect=200)
    wrong = broken(extra=ATTACHMENT)
    session, _ = sender.send_batch(zipped({"a.xml": wrong}), offlineMode=True)
    session = sender.open()
    assert repaired(sender, session, wrong, fa3(extra=ATTACHMENT)) == expected


def test_an_attachment_without_a_correction_is_refused_interactively(sender, session):
    sender.call("POST", "/testdata/attachment", token=None, json={"nip": NIP}, expect=200)
    assert sender.issue(session, fa3(extra=ATTACHMENT))["status"]["code"] == 415


def test_of_two_corrections_at_once_one_is_taken(sim, sender, session, refused):
    sim.world.settings.change({"processing_seconds": 1})
    answers = [repair(sender, session, refused, fa3(number)) for number in ("1", "2")]
    ends = [sender.fate(session, answer.json["referenceNumber"]) for answer in answers]
    assert [end["status"]["code"] for end in ends] == [200, 450]


def test_somebody_elses_invoice_cannot_be_corrected(sim, sender, session, refused):
    stranger = sim.sender(OTHER_NIP)
    theirs = fa3(seller=OTHER_NIP)
    assert code(repair(stranger, stranger.open(), refused, theirs)) == 21405
