"""Pro formas: own numbers, never an invoice by accident, an invoice of them once."""

from datetime import timedelta

import pytest

from invoices.models import Document, Draft, Proforma, Submission
from invoices.services import issue
from invoices.services.drafts import DraftConflict, draft_create
from invoices.services.issue import invoice_issue
from invoices.services.issue_checks import IssueRefused, problems_of
from invoices.services.proforma import (
    ProformaRefused,
    proforma_cancel,
    proforma_invoice,
    proforma_issue,
    proforma_list,
    proforma_restore,
)
from ksefapp.lib import clock
from tests.at_once import at_once
from tests.invoice_support import content, issued, shifted_clock
from tests.payment_support import refused_and_repaired

pytestmark = pytest.mark.django_db


def draft_made(company, owner, **options) -> Draft:
    tree = content(company, **options)
    return draft_create(company=company, content=tree, created_by=owner, options={"proforma": True})


def made(company, owner, **options) -> Proforma:
    draft = draft_made(company, owner, **options)
    return proforma_issue(draft=draft, issued_by=owner, on=clock.today())


def invoiced(proforma, owner) -> Document:
    draft = proforma_invoice(proforma=proforma, user=owner)
    return invoice_issue(draft=draft, issued_by=owner, on=clock.today())


def test_it_has_its_own_numbers(company, owner):
    issued(company, owner)
    month = f"{clock.today():%m/%Y}"
    assert [made(company, owner).number for _ in range(2)] == [f"PF/1/{month}", f"PF/2/{month}"]


def test_it_is_no_document_and_is_never_sent(company, owner):
    made(company, owner)
    assert not Document.objects.exists()
    assert not Submission.objects.exists()


def test_its_draft_is_gone_and_its_content_stays(company, owner):
    row = made(company, owner, price="250.00")
    assert not Draft.objects.exists()
    assert row.content["Fa"]["P_2"] == row.number
    assert str(row.gross) == "307.50"


def test_a_form_sent_twice_makes_one(company, owner):
    draft = draft_made(company, owner)
    rows = [proforma_issue(draft=draft, issued_by=owner, on=clock.today()) for _ in range(2)]
    assert rows[0] == rows[1]
    assert Proforma.objects.count() == 1


def test_a_typed_number_is_used_and_given_once(company, owner):
    assert made(company, owner, number="OFERTA 7").number == "OFERTA 7"
    with pytest.raises(IssueRefused):
        made(company, owner, number="OFERTA 7")


def test_its_draft_is_never_issued_as_an_invoice(company, owner):
    with pytest.raises(IssueRefused) as caught:
        invoice_issue(draft=draft_made(company, owner), issued_by=owner, on=clock.today())
    assert [problem.rule for problem in caught.value.problems] == ["APP-proforma"]
    assert not Document.objects.exists()


def test_a_draft_of_an_invoice_is_never_issued_as_a_pro_forma(company, owner):
    draft = draft_create(company=company, content=content(company), created_by=owner)
    with pytest.raises(IssueRefused):
        proforma_issue(draft=draft, issued_by=owner, on=clock.today())
    assert Draft.objects.filter(pk=draft.pk).exists()


def test_a_stale_version_is_a_conflict(company, owner):
    draft = draft_made(company, owner)
    with pytest.raises(DraftConflict):
        proforma_issue(draft=draft, issued_by=owner, on=clock.today(), version=7)


@pytest.mark.parametrize("kind", ["KOR", "ROZ", "KOR_ZAL", ""])
def test_corrections_and_settlements_are_no_offers(company, owner, kind):
    draft = draft_made(company, owner, RodzajFaktury=kind)
    problems = problems_of(draft.content, company=company, draft=draft)
    assert "Fa/RodzajFaktury" in [problem.path for problem in problems]


def test_an_empty_one_says_all_that_is_missing(company, owner):
    draft = draft_create(company=company, content={}, created_by=owner, options={"proforma": True})
    with pytest.raises(IssueRefused) as caught:
        proforma_issue(draft=draft, issued_by=owner, on=clock.today())
    assert len(caught.value.problems) >= 4


def test_it_needs_no_tax_rules(company, owner):
    tree = content(company)
    tree["Podmiot2"]["DaneIdentyfikacyjne"] = {"Nazwa": "Kto pyta"}
    draft = draft_create(
        company=company, content=tree, created_by=owner, options={"proforma": True}
    )
    assert proforma_issue(draft=draft, issued_by=owner, on=clock.today()).buyer_name == "Kto pyta"


def test_one_click_makes_a_draft_and_the_second_opens_the_same(company, owner):
    row = made(company, owner)
    first, second = (proforma_invoice(proforma=row, user=owner) for _ in range(2))
    assert first == second
    assert "P_2" not in first.content["Fa"]
    assert not first.options.get("proforma")


def test_the_invoice_is_dated_anew_and_so_is_its_term(company, owner, monkeypatch, tmp_path):
    row = made(company, owner)
    due = row.content["Fa"]["Platnosc"]["TerminPlatnosci"][0]["Termin"]
    with shifted_clock(monkeypatch, tmp_path, 5 * 86_400):
        fa = proforma_invoice(proforma=row, user=owner).content["Fa"]
        assert fa["P_1"] == clock.today().isoformat()
    later = clock.today().fromisoformat(due) + timedelta(days=5)
    assert fa["Platnosc"]["TerminPlatnosci"][0]["Termin"] == later.isoformat()


def test_an_exchange_rate_is_asked_anew(company, owner):
    row = made(company, owner, KodWaluty="EUR", P_14_1W="97.78")
    Proforma.objects.filter(pk=row.pk).update(content=row.content)
    row.content["Fa"]["FaWiersz"][0]["KursWaluty"] = "4.2512"
    row.save()
    fa = proforma_invoice(proforma=row, user=owner).content["Fa"]
    assert "KursWaluty" not in fa["FaWiersz"][0]
    assert "P_14_1W" not in fa


def test_once_issued_the_click_opens_the_invoice(company, owner):
    row = made(company, owner)
    document = invoiced(row, owner)
    row.refresh_from_db()
    assert row.invoice == document
    assert proforma_invoice(proforma=row, user=owner) == document


def test_an_invoice_issued_anew_after_a_refusal_is_that_of_the_pro_forma(company, owner):
    row = made(company, owner)
    later = refused_and_repaired(invoiced(row, owner), owner)
    row.refresh_from_db()
    assert row.invoice == later
    assert proforma_invoice(proforma=row, user=owner) == later


def test_after_the_draft_was_deleted_the_click_makes_another(company, owner):
    row = made(company, owner)
    proforma_invoice(proforma=row, user=owner).delete()
    row.refresh_from_db()
    assert proforma_invoice(proforma=row, user=owner).pk


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_a_form_sent_twice_at_once_makes_one(company, owner):
    draft = draft_made(company, owner)
    found = at_once(*[lambda: proforma_issue(draft=draft, issued_by=owner, on=clock.today())] * 2)
    assert found[0] == found[1] == Proforma.objects.get()


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_make_one_draft(company, owner):
    row = made(company, owner)
    found = at_once(*[lambda: proforma_invoice(proforma=row, user=owner)] * 2)
    assert found[0] == found[1]
    assert Draft.objects.count() == 1


def test_a_cancelled_one_makes_no_invoice_and_keeps_its_number(company, owner):
    row = proforma_cancel(proforma=made(company, owner, number="PF 1"), user=owner)
    with pytest.raises(ProformaRefused):
        proforma_invoice(proforma=row, user=owner)
    with pytest.raises(IssueRefused):
        made(company, owner, number="PF 1")


def cancelled_with_draft(company, owner):
    row = made(company, owner)
    draft = proforma_invoice(proforma=row, user=owner)
    return proforma_cancel(proforma=row, user=owner), draft


def test_the_draft_of_a_cancelled_one_is_not_issued(company, owner):
    row, draft = cancelled_with_draft(company, owner)
    with pytest.raises(IssueRefused) as caught:
        invoice_issue(draft=draft, issued_by=owner, on=clock.today())
    assert "APP-proforma-cancelled" in [problem.rule for problem in caught.value.problems]
    assert row.number in caught.value.problems[0].pl
    assert not Document.objects.exists()


def test_the_page_of_that_draft_says_so_before(company, owner):
    _row, draft = cancelled_with_draft(company, owner)
    found = problems_of(draft.content, company=company, draft=draft)
    assert ("APP-proforma-cancelled", "block") in [(p.rule, p.severity) for p in found]


def test_restored_it_is_an_offer_again_and_its_draft_is_issued(company, owner):
    row, draft = cancelled_with_draft(company, owner)
    assert proforma_restore(proforma=row, user=owner).cancelled_at is None
    document = invoice_issue(draft=draft, issued_by=owner, on=clock.today())
    row.refresh_from_db()
    assert row.invoice == document


def test_one_cancelled_in_the_last_moment_stops_the_issue(company, owner, monkeypatch):
    row = made(company, owner)
    draft = proforma_invoice(proforma=row, user=owner)
    stored = issue._store

    def cancelled_meanwhile(*args, **named):
        Proforma.objects.filter(pk=row.pk).update(cancelled_at=clock.now())
        return stored(*args, **named)

    monkeypatch.setattr(issue, "_store", cancelled_meanwhile)
    with pytest.raises(IssueRefused):
        invoice_issue(draft=draft, issued_by=owner, on=clock.today())
    assert not Document.objects.exists()


def test_a_nip_is_found_as_people_write_it(company, owner):
    row = made(company, owner)
    bare = row.buyer_id
    written = f"{bare[:3]}-{bare[3:6]}-{bare[6:8]}-{bare[8:]}"
    assert list(proforma_list(company, written)) == [row]


def test_an_invoiced_one_is_not_cancelled(company, owner):
    row = made(company, owner)
    invoiced(row, owner)
    with pytest.raises(ProformaRefused):
        proforma_cancel(proforma=row, user=owner)


def test_an_advance_invoice_takes_the_lines_as_its_order(company, owner):
    draft = proforma_invoice(proforma=made(company, owner), user=owner, advance=True)
    fa = draft.content["Fa"]
    assert (fa["RodzajFaktury"], "FaWiersz" in fa) == ("ZAL", False)
    row = fa["Zamowienie"]["ZamowienieWiersz"][0]
    assert row["P_7Z"] == "Blat jesionowy"
    assert (row["P_11NettoZ"], row["P_11VatZ"]) == ("100.00", "23.00")
    assert fa["Zamowienie"]["WartoscZamowienia"] == "123.00"


def test_another_environment_has_other_pro_formas(company, owner):
    row = made(company, owner)
    company.environment = "test"
    assert not proforma_list(company)
    company.save()
    with pytest.raises(ProformaRefused):
        proforma_invoice(proforma=row, user=owner)


def test_it_is_found_by_number_buyer_and_amount(company, owner):
    row = made(company, owner)
    for words in (row.number.lower(), "kawiarnia", "123,00", "lipą 123.00"):
        assert list(proforma_list(company, words)) == [row]
    assert not proforma_list(company, "kawiarnia inna")
