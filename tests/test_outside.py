"""Invoices outside KSeF on purpose: who may, that they are never sent, what the buyer gets."""

import pytest
from django.urls import reverse

from invoices.models import Document, DocumentPrint, Submission
from invoices.services import deadlines
from invoices.services.bulk import may_leave
from invoices.services.handover import is_due
from invoices.services.issue import invoice_issue
from invoices.services.issue_checks import IssueRefused, problems_of
from invoices.services.papers import may_hand_over, paper_state
from invoices.services.prints import print_make, states_allowed
from invoices.services.sweep import drain_all
from invoices.services.technical import can_be_corrected
from invoices.services.withdraw import can_be_repaired
from ksefapp.lib import clock
from offline.journal import outage_enter
from tests.cast import logged_in
from tests.form_support import boxes, page
from tests.invoice_support import content, issued, submission_of
from tests.outside_support import PERSON, gross, outside_draft, outside_issued
from tests.render_support import needs_pdf

pytestmark = pytest.mark.django_db
EU = {"KodUE": "DE", "NrVatUE": "123456789", "Nazwa": "Holz GmbH"}
OTHER = {"KodKraju": "US", "NrID": "99-1", "Nazwa": "Wood Inc."}
FIRM = {"NIP": "1111111111", "Nazwa": "Kawiarnia Pod Lipą"}
BOTH = ["consumer", "relief"]


@pytest.fixture
def owner_client(owner):
    return logged_in(owner)


def refused(call) -> list[str]:
    with pytest.raises(IssueRefused) as caught:
        call()
    assert not Document.objects.filter(submission__mode="poza").exists()
    return [problem.rule for problem in caught.value.problems]


@pytest.mark.parametrize("why", BOTH)
def test_it_is_outside_from_the_start_with_its_reason_and_no_deadline(company, owner, why):
    row = outside_issued(company, owner, why).submission
    assert (row.mode, row.state, row.outside_why) == ("poza", "outside", why)
    assert (row.deadline_on, row.deadline_open) == (None, False)


@pytest.mark.parametrize("why", BOTH)
def test_it_never_leaves(company, owner, why):
    document = outside_issued(company, owner, why)
    assert not Submission.objects.filter(may_leave(clock.now())).exists()
    drain_all()
    assert submission_of(document).state == "outside"
    assert not can_be_corrected(document)
    assert not can_be_repaired(document)


def test_an_outage_in_the_journal_changes_nothing_for_it(company, owner):
    document = outside_issued(company, owner, "consumer")
    outage_enter(company=company, by=owner, category="FAILURE", start=clock.now(), note="z radia")
    deadlines.deadlines_recompute()
    row = submission_of(document)
    assert (row.state, row.deadline_on) == ("outside", None)


def test_it_has_its_own_series(company, owner):
    month = f"{clock.today():%m/%Y}"
    first = issued(company, owner).number
    numbers = [outside_issued(company, owner, why).number for why in BOTH]
    assert [first, *numbers] == [f"FV/1/{month}", f"P/FV/1/{month}", f"P/FV/2/{month}"]


@pytest.mark.parametrize("buyer", [FIRM, EU, OTHER])
def test_a_buyer_with_any_number_is_no_consumer(company, owner, buyer):
    found = refused(lambda: outside_issued(company, owner, "consumer", buyer=buyer))
    assert "APP-outside" in found


@pytest.mark.parametrize(("role", "blocks"), [("4", True), ("2", True), ("6", False), ("1", False)])
def test_another_buyer_with_a_nip_is_no_consumer_either(company, owner, role, blocks):
    draft = outside_draft(company, owner, "consumer")
    firm = {"NIP": "7740001454", "Nazwa": "Tartak Bory"}
    address = {"KodKraju": "PL", "AdresL1": "ul. Tartaczna 1"}
    party = {"DaneIdentyfikacyjne": firm, "Adres": address, "Rola": role}
    tree = draft.content | {"Podmiot3": [party]}
    found = problems_of(tree, company=company, draft=draft)
    path = "Podmiot3[0]/DaneIdentyfikacyjne/NIP"
    assert (("APP-outside", path) in [(each.rule, each.path) for each in found]) is blocks


@pytest.mark.parametrize("buyer", [FIRM, PERSON])
def test_the_relief_asks_for_no_kind_of_buyer(company, owner, buyer):
    assert outside_issued(company, owner, "relief", buyer=buyer).submission.state == "outside"


def test_a_foreign_person_is_a_consumer(company, owner):
    draft = outside_draft(company, owner, "consumer")
    draft.content["Podmiot2"]["Adres"]["KodKraju"] = "DE"
    draft.save()
    made = invoice_issue(draft=draft, issued_by=owner, on=clock.today())
    assert made.submission.outside_why == "consumer"


@pytest.mark.parametrize("why", BOTH)
def test_self_billing_goes_through_ksef(company, owner, why):
    draft = outside_draft(company, owner, why)
    draft.content["Fa"]["Adnotacje"]["P_17"] = "1"
    draft.save()
    found = refused(lambda: invoice_issue(draft=draft, issued_by=owner, on=clock.today()))
    assert "APP-outside" in found


def test_a_local_government_unit_is_no_consumer(company, owner):
    draft = outside_draft(company, owner, "consumer")
    draft.content["Podmiot2"]["JST"] = "1"
    draft.save()
    assert "APP-outside" in refused(
        lambda: invoice_issue(draft=draft, issued_by=owner, on=clock.today())
    )


def test_the_mode_is_no_free_choice(company, owner):
    draft = outside_draft(company, owner, "", buyer=PERSON)
    options = {"draft": draft, "issued_by": owner, "on": clock.today()}
    assert "APP-outside" in refused(lambda: invoice_issue(**options, mode="poza"))


@pytest.mark.parametrize("mode", ["online", "offline24", "calkowita"])
def test_what_stays_outside_is_not_sent_by_another_button(company, owner, mode):
    found = refused(lambda: outside_issued(company, owner, "consumer", mode=mode))
    assert "APP-outside" in found
    assert not Document.objects.exists()


@pytest.mark.parametrize("why", ["", "kolega", None, 1])
def test_an_unknown_reason_is_none(company, owner, why):
    draft = outside_draft(company, owner, "", buyer=PERSON)
    draft.options = {"outside": why}
    draft.save()
    made = invoice_issue(draft=draft, issued_by=owner, on=clock.today())
    assert made.submission.mode == "online"


def correction(company, owner, why: str, **original):
    entry = {"DataWystFaKorygowanej": "2026-11-02", "NrFaKorygowanej": "X/1"} | original
    fa = {"RodzajFaktury": "KOR", "DaneFaKorygowanej": [entry], "PrzyczynaKorekty": "cena"}
    return outside_issued(company, owner, why, **fa)


@pytest.mark.parametrize("why", BOTH)
def test_a_correction_of_an_invoice_outside_may_stay_there(company, owner, why):
    assert correction(company, owner, why, NrKSeFN="1").submission.state == "outside"


@pytest.mark.parametrize("why", BOTH)
def test_a_correction_of_an_invoice_in_ksef_goes_there(company, owner, why):
    number = "5265877635-20261102-0100001AF629-AF"
    known = {"NrKSeF": "1", "NrKSeFFaKorygowanej": number}
    assert "APP-outside" in refused(lambda: correction(company, owner, why, **known))


@pytest.mark.parametrize("why", BOTH)
def test_a_correction_of_an_invoice_on_its_way_goes_to_ksef(company, owner, why):
    original = issued(company, owner)
    names = {"NrFaKorygowanej": original.number, "NrKSeFN": "1"}
    assert "APP-outside" in refused(lambda: correction(company, owner, why, **names))


def test_the_check_says_what_the_issue_would(company, owner):
    draft = outside_draft(company, owner, "consumer", buyer=FIRM)
    rules = [p.rule for p in problems_of(draft.content, company=company, draft=draft)]
    assert "APP-outside" in rules


# --- Papers ---------------------------------------------------------------------------------
@pytest.mark.parametrize("why", BOTH)
def test_the_buyer_gets_an_ordinary_invoice(company, owner, why):
    document = outside_issued(company, owner, why)
    allowed = may_hand_over(document)
    assert (allowed.invoice, allowed.confirmation) == (True, False)
    assert paper_state(document, "invoice") == "outside"
    assert states_allowed(document) == ("outside",)
    assert is_due(document)


@needs_pdf
def test_its_print_has_no_code(company, owner):
    document = outside_issued(company, owner, "consumer")
    made = print_make(document=document, language="pl")
    assert made.state == DocumentPrint.State.OUTSIDE
    assert bytes(made.content).startswith(b"%PDF")


# --- Pages ----------------------------------------------------------------------------------
def draft_url(company, draft, name="invoice-draft") -> str:
    return reverse(name, args=[company.nip, draft.pk])


def test_the_form_leads_to_the_choice(company, owner, owner_client):
    draft = outside_draft(company, owner, "", buyer=PERSON)
    sent = boxes(owner_client.get(draft_url(company, draft))) | {"action": "outside"}
    answer = owner_client.post(draft_url(company, draft), sent)
    assert answer["Location"] == draft_url(company, draft, "invoice-outside")


def test_the_choice_is_kept_and_changes_button_and_number(company, owner, owner_client):
    draft = outside_draft(company, owner, "", buyer=PERSON)
    owner_client.post(draft_url(company, draft, "invoice-outside"), {"reason": "consumer"})
    draft.refresh_from_db()
    assert draft.options["outside"] == "consumer"
    shown = owner_client.get(draft_url(company, draft)).content.decode()
    assert "P/FV/1/" in shown
    assert 'value="issue:poza"' in shown
    assert 'value="issue:online"' not in shown


def test_the_choice_can_be_taken_back(company, owner, owner_client):
    draft = outside_draft(company, owner, "consumer")
    owner_client.post(draft_url(company, draft, "invoice-outside"), {"reason": ""})
    draft.refresh_from_db()
    assert "outside" not in draft.options


def test_an_unknown_choice_changes_nothing(company, owner, owner_client):
    draft = outside_draft(company, owner, "consumer")
    owner_client.post(draft_url(company, draft, "invoice-outside"), {"reason": "poza"})
    draft.refresh_from_db()
    assert draft.options == {"outside": "consumer"}


def test_the_page_says_why_a_firm_is_no_consumer(company, owner, owner_client):
    draft = outside_draft(company, owner, "", buyer=FIRM)
    shown = owner_client.get(draft_url(company, draft, "invoice-outside")).content.decode()
    assert "nie jest konsumentem" in shown


def test_the_button_issues_outside(company, owner, owner_client):
    draft = outside_draft(company, owner, "consumer")
    sent = boxes(owner_client.get(draft_url(company, draft))) | {"action": "issue:poza"}
    owner_client.post(draft_url(company, draft), sent)
    row = Document.objects.get().submission
    assert (row.mode, row.outside_why) == ("poza", "consumer")


def test_over_the_limit_the_form_offers_ksef_and_the_loss(company, owner, owner_client):
    gross(company, owner, "9999.00")
    draft = outside_draft(company, owner, "relief")
    sent = boxes(owner_client.get(draft_url(company, draft)))
    answer = owner_client.post(draft_url(company, draft), sent | {"action": "issue:poza"})
    assert answer.status_code == 422
    assert page(answer).xpath("//button[@value='issue-lost:poza']")
    owner_client.post(draft_url(company, draft), sent | {"action": "issue-lost:poza"})
    draft.refresh_from_db()
    assert draft.issued_as.submission.mode == "online"
    assert company.relief_losses.get().document == draft.issued_as


def test_a_ticked_box_alone_does_not_lose_the_relief(company, owner, owner_client):
    gross(company, owner, "9999.00")
    draft = outside_draft(company, owner, "relief")
    sent = boxes(owner_client.get(draft_url(company, draft)))
    owner_client.post(draft_url(company, draft), sent | {"action": "issue:poza", "accept": "TL-02"})
    assert not company.relief_losses.exists()


def test_its_page_tells_reason_mark_and_no_queue(company, owner, owner_client):
    document = outside_issued(company, owner, "relief")
    url = reverse("invoice-detail", args=[company.nip, document.pk])
    shown = owner_client.get(url).content.decode().replace("\xa0", " ")
    assert "art. 145m" in shown
    assert "BFK" in shown
    assert "czeka w kolejce" not in shown


def test_the_list_shows_it_outside(company, owner, owner_client):
    document = outside_issued(company, owner, "consumer")
    url = reverse("invoice-list", args=[company.nip]) + "?widok=poza-ksef"
    assert document.number in owner_client.get(url).content.decode()


def test_the_series_outside_have_their_own_patterns(company, owner, owner_client):
    url = reverse("invoice-series", args=[company.nip])
    sent = {"pattern": "B2C/{nr}/{rrrr}", "reset": "yearly", "next_number": "1"}
    sent = {f"outside-VAT-{name}": text for name, text in sent.items()}
    owner_client.post(url, sent | {"kind": "outside-VAT"})
    assert outside_issued(company, owner, "consumer").number == f"B2C/1/{clock.today().year}"
    assert issued(company, owner).number.startswith("FV/1/")


def test_content_of_a_firm_with_the_reason_is_told_by_the_check(company, owner):
    tree = content(company)
    found = problems_of(tree, company=company, options={"outside": "consumer"})
    assert "APP-outside" in [problem.rule for problem in found]
