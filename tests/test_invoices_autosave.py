"""A form that saves itself: one draft, the same meaning each time, never somebody else's work."""

import pytest

from invoices.fa3.parse import parse
from invoices.models import Draft
from invoices.services.drafts import draft_create
from invoices.views.form_base import base_pack
from ksefapp.accounts.models import AuditEntry
from ksefapp.lib import clock
from tests.fa3_support import line, needs_samples, sample_files
from tests.form_support import FILLED, boxes, draft_url, edit, new_url, only_draft
from tests.invoice_support import content

PAGE = {"page": "0123456789abcdef0123456789abcdef", "turn": "1"}
OTHER_PAGE = {"page": "ffffffffffffffffffffffffffffffff", "turn": "1"}


@pytest.fixture
def client(client_of, owner):
    return client_of(owner)


@pytest.fixture
def draft(company, owner) -> Draft:
    return draft_create(company=company, content=content(company), created_by=owner)


def autosave(client, url: str, sent: dict, **changes: str):
    typed = {name.replace("__", "-"): text for name, text in changes.items()}
    return client.post(url, sent | PAGE | typed | {"action": "autosave"})


def opened(client, draft: Draft) -> dict:
    return boxes(client.get(draft_url(draft)))


def buyer_name(draft: Draft) -> str:
    draft.refresh_from_db()
    return draft.content["Podmiot2"]["DaneIdentyfikacyjne"]["Nazwa"]


def test_an_untouched_new_form_makes_no_draft(client, company):
    answer = autosave(client, new_url(company), boxes(client.get(new_url(company))))
    assert answer.json() == {"state": "untouched"}
    assert not Draft.objects.exists()


def test_the_first_save_makes_a_draft_and_says_where_it_is(client, company):
    sent = boxes(client.get(new_url(company))) | FILLED
    said = autosave(client, new_url(company), sent).json()
    assert said["url"] == draft_url(only_draft())
    assert said["text"] == f"Zapisano {clock.warsaw(only_draft().updated_at):%H:%M}"
    assert buyer_name(only_draft()) == FILLED["buyer_name"]


def test_a_lost_answer_to_the_first_save_makes_no_second_draft(client, company):
    sent = boxes(client.get(new_url(company))) | FILLED
    autosave(client, new_url(company), sent)
    said = autosave(client, new_url(company), sent, turn="2", buyer_name="Więcej").json()
    assert (said["version"], buyer_name(only_draft())) == (2, "Więcej")


def test_a_save_raises_the_version_and_names_the_person(client, draft, owner):
    said = autosave(client, draft_url(draft), opened(client, draft), buyer_name="Nowy").json()
    assert (said["state"], said["version"]) == ("saved", 2)
    assert (buyer_name(draft), draft.updated_by) == ("Nowy", owner)


def test_saving_what_stands_there_changes_nothing(client, draft):
    said = autosave(client, draft_url(draft), opened(client, draft)).json()
    assert said["version"] == 1


def test_what_is_wrong_is_saved_all_the_same(client, draft):
    sent = opened(client, draft)
    said = autosave(client, draft_url(draft), sent, buyer_nip="12", line__0__price="x").json()
    assert said["state"] == "saved"
    assert opened(client, draft)["line-0-price"] == "x"


def test_a_save_by_itself_is_not_in_the_audit(client, draft):
    before = AuditEntry.objects.count()
    autosave(client, draft_url(draft), opened(client, draft), buyer_name="Nowy")
    assert AuditEntry.objects.count() == before


def test_lines_mean_the_same_however_often_the_page_saves_itself(client, company, owner):
    """The places in the page are those of the tree it was drawn from, not of what it saved."""
    rows = [line(n, P_7=f"Poz. {n}", GTU=f"GTU_0{n}") for n in (1, 2, 3)]
    draft = draft_create(company=company, content=content(company, FaWiersz=rows), created_by=owner)
    sent = opened(client, draft)
    sent = {name: text for name, text in sent.items() if not name.startswith("line-0-")}
    for turn in ("1", "2", "3"):
        said = autosave(client, draft_url(draft), sent, turn=turn, buyer_name=turn).json()
        sent["version"] = str(said["version"])
    draft.refresh_from_db()
    kept = [(row["P_7"], row["GTU"]) for row in draft.content["Fa"]["FaWiersz"]]
    assert kept == [("Poz. 2", "GTU_02"), ("Poz. 3", "GTU_03")]


def test_a_lost_answer_is_no_conflict_with_oneself(client, draft):
    sent = opened(client, draft)
    autosave(client, draft_url(draft), sent, buyer_name="Pierwszy")
    said = autosave(client, draft_url(draft), sent, turn="2", buyer_name="Drugi").json()
    assert (said["state"], buyer_name(draft)) == ("saved", "Drugi")


def test_a_save_that_comes_late_does_not_undo_a_later_one(client, draft):
    sent = opened(client, draft)
    autosave(client, draft_url(draft), sent, turn="5", buyer_name="Później")
    answer = autosave(client, draft_url(draft), sent, turn="4", buyer_name="Wcześniej")
    assert (answer.status_code, buyer_name(draft)) == (409, "Później")


def test_two_pages_of_one_person_do_not_overwrite_each_other(client, draft):
    sent = opened(client, draft)
    autosave(client, draft_url(draft), sent, buyer_name="Pierwsza karta")
    answer = autosave(client, draft_url(draft), sent, buyer_name="Druga", **OTHER_PAGE)
    assert answer.status_code == 409
    assert "w innej karcie" in answer.json()["html"]
    assert buyer_name(draft) == "Pierwsza karta"


def test_somebody_elses_save_stops_the_page_and_says_who_and_what(
    client, draft, client_of, teammate
):
    sent = opened(client, draft)
    edit(client_of(teammate), draft, buyer_name="Ich nabywca")
    answer = autosave(client, draft_url(draft), sent, buyer_name="Mój nabywca")
    html = answer.json()["html"]
    assert answer.status_code == 409
    assert [text in html for text in ("Tomek", "Ich nabywca", "Mój nabywca")] == [True] * 3
    assert buyer_name(draft) == "Ich nabywca"


def test_an_issued_draft_says_so(client, draft):
    sent = opened(client, draft)
    edit(client, draft, "issue")
    answer = autosave(client, draft_url(draft), sent, buyer_name="Za późno")
    assert (answer.status_code, answer.json()["state"]) == (409, "issued")
    draft.refresh_from_db()
    assert draft.issued_as.number in answer.json()["html"]


def test_what_was_typed_after_the_issue_can_be_kept_as_a_draft(client, draft):
    sent = opened(client, draft) | {"buyer_name": "Za późno", "action": "save-beside"}
    edit(client, draft, "issue")
    client.post(draft_url(draft), sent)
    assert buyer_name(only_draft()) == "Za późno"


@pytest.mark.parametrize(("typed", "is_told"), [("Za późno", True), ("", False)])
def test_what_is_not_saved_after_the_issue_is_said(client, draft, typed, is_told):
    sent = opened(client, draft) | {"action": "save"} | ({"buyer_name": typed} if typed else {})
    edit(client, draft, "issue")
    page = client.get(client.post(draft_url(draft), sent).headers["Location"])
    assert ("nie zapisaliśmy" in page.content.decode()) == is_told


def test_a_deleted_draft_is_404(client, draft):
    sent, url = opened(client, draft), draft_url(draft)
    draft.delete()
    assert autosave(client, url, sent).status_code == 404


def test_a_viewer_saves_nothing(client, draft, client_of, viewer):
    answer = autosave(client_of(viewer), draft_url(draft), opened(client, draft), buyer_name="X")
    assert (answer.status_code, buyer_name(draft) == "X") == (403, False)


def test_after_a_save_by_itself_a_button_issues_what_stands_there(client, draft):
    sent = opened(client, draft)
    said = autosave(client, draft_url(draft), sent, notes="a").json()
    sent |= PAGE | {"turn": "2", "version": str(said["version"]), "notes": "b", "action": "issue"}
    assert client.post(draft_url(draft), sent).status_code == 302
    draft.refresh_from_db()
    assert draft.issued_as
    assert draft.content["Stopka"]["Informacje"][0]["StopkaFaktury"] == "b"


@pytest.mark.parametrize("base", ["", "x", "a.b.c", "eyJh:1x:abc"])
def test_a_form_without_a_true_base_is_read_beside_the_draft(client, draft, base):
    said = autosave(client, draft_url(draft), opened(client, draft) | {"base": base}, notes="a")
    assert said.json()["state"] == "saved"
    draft.refresh_from_db()
    assert draft.content["Stopka"]["Informacje"][0]["StopkaFaktury"] == "a"


def test_the_base_of_another_company_is_no_base(client, draft, other_company):
    foreign = base_pack(other_company, {"Fa": {"P_2": "obca"}}, {})
    autosave(client, draft_url(draft), opened(client, draft) | {"base": foreign}, notes="a")
    draft.refresh_from_db()
    assert draft.content["Podmiot1"]["DaneIdentyfikacyjne"]["NIP"] == draft.company.nip


def test_a_correction_that_waits_says_that_it_waits_no_more(client, draft, owner):
    Draft.objects.filter(pk=draft.pk).update(asked_at=clock.now(), asked_by=owner)
    said = autosave(client, draft_url(draft), opened(client, draft), notes="a").json()
    assert said["note"] == "Korekta nie wystawi się już sama."


def test_switching_to_the_full_form_makes_no_draft_of_an_untouched_one(client, company, owner):
    sent = boxes(client.get(f"{new_url(company)}?rodzaj=ZAL")) | {"action": "full:1"}
    where = client.post(new_url(company), sent).headers["Location"]
    assert where == f"{new_url(company)}?rodzaj=ZAL"
    owner.refresh_from_db()
    assert (owner.preferences, Draft.objects.exists()) == ({"expert": True}, False)


def test_a_form_too_large_to_read_gets_a_page_that_says_so(client, draft, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    answer = client.post(draft_url(draft), {"notes": "x" * 5000, "action": "save"})
    assert answer.status_code == 413
    assert "nadal w formularzu" in answer.content.decode()


def test_a_form_with_too_many_fields_gets_the_same_page(client, draft, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 10
    sent = {f"line-{n}-name": "x" for n in range(20)}
    assert client.post(draft_url(draft), sent).status_code == 413


@needs_samples
@pytest.mark.parametrize("path", sample_files(), ids=lambda path: path.stem)
def test_an_untouched_official_invoice_has_nothing_to_save(client, company, owner, path):
    tree = parse(path.read_bytes())
    draft = draft_create(company=company, content=tree, created_by=owner)
    said = autosave(client, draft_url(draft), opened(client, draft)).json()
    draft.refresh_from_db()
    assert (said["version"], draft.content) == (1, tree)
