"""The API: reasons of drafts, the relief's ledger, pro formas."""

import pytest

from invoices.models import Document, Draft, Proforma
from ksefapp.lib import clock
from tests.api_support import API, code_of, content, post_json
from tests.cast import OTHER_NIP, program_of
from tests.outside_support import PERSON, gross, outside_draft
from tests.render_support import needs_pdf

pytestmark = pytest.mark.django_db
CONSUMER = {"content": content(Podmiot2__DaneIdentyfikacyjne=PERSON)}


@pytest.fixture
def shop(owner, company):
    return program_of(owner, company)


def made(shop, company, **body) -> dict:
    answer = post_json(shop, f"companies/{company.nip}/proformas/", {"content": content()} | body)
    assert answer.status_code == 201, answer.content
    return answer.json()


# --- Drafts and documents -------------------------------------------------------------------
def test_a_draft_says_why_it_stays_outside(shop, company):
    body = CONSUMER | {"options": {"outside": "consumer"}}
    draft = post_json(shop, f"companies/{company.nip}/drafts/", body).json()["id"]
    document = post_json(shop, f"drafts/{draft}/issue/").json()
    assert (document["mode"], document["outside_why"]) == ("poza", "consumer")
    assert (document["delivery"]["state"], document["jpk_mark"]) == ("outside", "BFK")


@pytest.mark.parametrize(
    "options",
    [{"outside": "kolega"}, {"outside": None}, {"outside": 1}, {"proforma": 1}, {"poza": "x"}],
)
def test_an_answer_that_is_none_is_refused(shop, company, options):
    body = CONSUMER | {"options": options}
    assert post_json(shop, f"companies/{company.nip}/drafts/", body).status_code == 400


def test_the_mode_without_a_reason_issues_nothing(shop, company):
    draft = post_json(shop, f"companies/{company.nip}/drafts/", CONSUMER).json()["id"]
    answer = post_json(shop, f"drafts/{draft}/issue/", {"mode": "poza"})
    assert answer.status_code == 422
    assert [p["rule"] for p in answer.json()["error"]["problems"]] == ["APP-outside"]


def test_over_the_limit_the_rule_is_accepted_or_nothing_is_issued(shop, company, owner):
    gross(company, owner, "9999.99")
    draft = outside_draft(company, owner, "relief")
    refused = post_json(shop, f"drafts/{draft.pk}/issue/")
    assert "TL-02" in [p["rule"] for p in refused.json()["error"]["problems"]]
    document = post_json(shop, f"drafts/{draft.pk}/issue/", {"accept": ["TL-02"]}).json()
    assert (document["mode"], document["outside_why"]) == ("online", "")
    lost = shop.get(f"{API}/companies/{company.nip}/relief/").json()["lost"]
    assert lost["document"] == document["id"]


def test_a_draft_of_a_pro_forma_is_never_issued(shop, company):
    body = {"content": content(), "options": {"proforma": True}}
    draft = post_json(shop, f"companies/{company.nip}/drafts/", body).json()["id"]
    answer = post_json(shop, f"drafts/{draft}/issue/", {"mode": "online"})
    assert (answer.status_code, code_of(answer)) == (422, "not_issued")
    assert not Document.objects.exists()


# --- The relief -----------------------------------------------------------------------------
def test_the_ledger_tells_the_month(shop, company, owner):
    gross(company, owner, "1000.00")
    month = shop.get(f"{API}/companies/{company.nip}/relief/").json()["month"]
    assert (month["used"], month["left"]) == ("1000.00", "9000.00")


def test_an_entry_is_added_and_listed(shop, company):
    body = {"month": clock.today().isoformat(), "amount": "250.10", "note": "kasa"}
    answer = post_json(shop, f"companies/{company.nip}/relief/entries/", body)
    assert answer.status_code == 201
    listed = shop.get(f"{API}/companies/{company.nip}/relief/entries/").json()["results"]
    assert listed == [answer.json()]


def test_an_entry_repeated_with_its_key_counts_once(shop, company):
    body = {"month": clock.today().isoformat(), "amount": "250.10"}
    address = f"companies/{company.nip}/relief/entries/"
    answers = [post_json(shop, address, body, key="raz") for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert company.relief_entries.count() == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"month": "2026-11", "amount": "1.00"},
        {"month": "2026-11-01", "amount": 1},
        {"month": "2026-11-01", "amount": "NaN"},
        {"month": "2026-11-01", "amount": "1.00", "note": "x" * 201},
        {"month": "2026-11-01", "amount": "1.00", "extra": 1},
    ],
)
def test_a_body_that_is_no_entry_is_400(shop, company, body):
    assert post_json(shop, f"companies/{company.nip}/relief/entries/", body).status_code == 400


def test_an_entry_over_the_limit_is_422_and_the_loss_can_be_recorded(shop, company):
    day = clock.today().isoformat()
    body = {"month": day, "amount": "10000.01"}
    answer = post_json(shop, f"companies/{company.nip}/relief/entries/", body)
    assert answer.status_code == 422
    address = f"companies/{company.nip}/relief/loss/"
    assert post_json(shop, address, {"lost_on": day}).status_code == 201
    assert post_json(shop, address, {"lost_on": day}).status_code == 422


# --- Pro formas -----------------------------------------------------------------------------
def test_a_pro_forma_is_made_of_a_tree(shop, company):
    row = made(shop, company)
    assert row["number"].startswith("PF/1/")
    assert shop.get(f"{API}/proformas/{row['id']}/").json() == row
    assert not Document.objects.exists()
    assert not Draft.objects.exists()


def test_it_is_listed_and_found(shop, company):
    row = made(shop, company)
    address = f"{API}/companies/{company.nip}/proformas/"
    assert [r["id"] for r in shop.get(address, {"q": "nabywca"}).json()["results"]] == [row["id"]]
    assert shop.get(address, {"q": "nikt"}).json()["results"] == []


def test_what_is_no_offer_is_422_and_leaves_nothing(shop, company):
    body = {"content": {"Fa": {"RodzajFaktury": "KOR"}}}
    answer = post_json(shop, f"companies/{company.nip}/proformas/", body)
    assert (answer.status_code, code_of(answer)) == (422, "not_issued")
    assert not Draft.objects.exists()


def test_repeated_with_its_key_it_is_one(shop, company):
    address, body = f"companies/{company.nip}/proformas/", {"content": content()}
    answers = [post_json(shop, address, body, key="raz") for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert Proforma.objects.count() == 1


def test_its_invoice_is_a_draft_and_then_the_document(shop, company):
    address = f"proformas/{made(shop, company)['id']}/invoice/"
    first, second = (post_json(shop, address).json() for _ in range(2))
    assert first == second
    document = post_json(shop, f"drafts/{first['draft']}/issue/").json()
    assert post_json(shop, address).json() == {"draft": None, "document": document["id"]}


def test_what_stayed_outside_is_corrected_and_never_taken_back(shop, company):
    body = CONSUMER | {"options": {"outside": "consumer"}}
    draft = post_json(shop, f"companies/{company.nip}/drafts/", body).json()["id"]
    document = post_json(shop, f"drafts/{draft}/issue/").json()
    refused = post_json(shop, f"documents/{document['id']}/take-back/")
    assert refused.status_code == 409
    assert "korekta" in refused.content.decode()


@pytest.mark.parametrize("kind", ["KOR", 1, None])
def test_an_unknown_kind_of_invoice_is_400(shop, company, kind):
    address = f"proformas/{made(shop, company)['id']}/invoice/"
    assert post_json(shop, address, {"kind": kind}).status_code == 400


def test_a_cancelled_one_makes_no_invoice(shop, company):
    row = made(shop, company)
    assert post_json(shop, f"proformas/{row['id']}/cancel/").json()["cancelled_at"]
    assert post_json(shop, f"proformas/{row['id']}/invoice/").status_code == 422


def test_the_draft_of_a_cancelled_one_is_issued_once_it_is_restored(shop, company):
    where = f"proformas/{made(shop, company)['id']}"
    draft = post_json(shop, f"{where}/invoice/").json()["draft"]
    post_json(shop, f"{where}/cancel/")
    refused = post_json(shop, f"drafts/{draft}/issue/")
    assert refused.status_code == 422
    assert "APP-proforma-cancelled" in refused.content.decode()
    assert post_json(shop, f"{where}/restore/").json()["cancelled_at"] is None
    assert post_json(shop, f"drafts/{draft}/issue/").status_code == 201


@needs_pdf
def test_its_print_is_a_pdf(shop, company):
    answer = shop.get(f"{API}/proformas/{made(shop, company)['id']}/pdf/", {"language": "en"})
    assert answer.content.startswith(b"%PDF")


def test_another_company_s_key_finds_nothing(shop, company, stranger, other_company):
    row = made(shop, company)
    other = program_of(stranger, other_company)
    assert other.get(f"{API}/proformas/{row['id']}/").status_code == 404
    assert shop.get(f"{API}/companies/{OTHER_NIP}/relief/").status_code == 404
