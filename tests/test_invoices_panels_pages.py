"""The pages behind the panels: sections by address and button, parts that a script fetches."""

import pytest
from django.urls import reverse

from invoices.models import Draft
from invoices.services.drafts import draft_create
from tests.invoice_support import content
from tests.panel_support import parsed, posted

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(company, owner) -> Draft:
    return draft_create(company=company, content=content(company), created_by=owner)


@pytest.fixture
def visitor(client_of, owner):
    return client_of(owner)


def form_of(answer) -> dict:
    """What the page's form sends untouched, as Django's test client takes it."""
    return posted(parsed(answer.content.decode()))


def here(draft, query: str = "") -> str:
    return reverse("invoice-draft", args=[draft.company.nip, draft.pk]) + query


def pressed(visitor, draft, action: str, query: str = "", **typed):
    page = form_of(visitor.get(here(draft, query)))
    return visitor.post(here(draft), page | typed | {"action": action}, follow=True)


def item(visitor, company, **query):
    return visitor.get(reverse("invoice-panel-item", args=[company.nip]), query)


def test_sections_are_opened_by_the_address(visitor, draft):
    page = visitor.get(here(draft, "?sekcje=transport,trade,nonsens")).content.decode()
    assert page.count('name="panel"') == 2
    assert 'id="panel-transport"' in page


def test_an_untouched_page_with_sections_saves_the_same(visitor, draft):
    before = draft.content
    url = here(draft, "?sekcje=transport,tax,correction,extra,third")
    visitor.post(url, form_of(visitor.get(url)) | {"action": "save"})
    draft.refresh_from_db()
    assert draft.content == before


def test_the_button_of_a_section_opens_it_and_keeps_what_was_typed(visitor, draft):
    answer = pressed(visitor, draft, "open:transport", buyer_name="Nowa nazwa")
    assert b'id="panel-transport"' in answer.content
    draft.refresh_from_db()
    assert draft.content["Podmiot2"]["DaneIdentyfikacyjne"]["Nazwa"] == "Nowa nazwa"


def test_an_item_is_added_and_dropped_by_buttons(visitor, draft):
    pressed(visitor, draft, "add:Podmiot3", "?sekcje=third")
    draft.refresh_from_db()
    assert draft.content["Podmiot3"] == [{}]
    pressed(visitor, draft, "drop:Podmiot3[0]")
    draft.refresh_from_db()
    assert "Podmiot3" not in draft.content


def test_a_preset_adds_a_third_party_by_its_button(visitor, draft):
    draft.content["Podmiot2"]["JST"] = "1"
    draft.save()
    answer = pressed(visitor, draft, "preset:jst")
    draft.refresh_from_db()
    assert draft.content["Podmiot3"] == [{"Rola": "8"}]
    assert b'name="f:Podmiot3[0]/Rola"' in answer.content


def test_an_order_and_its_advance_are_counted_by_a_button(visitor, draft):
    row = {"NrWierszaZam": "1", "P_8BZ": "2", "P_9AZ": "50", "P_12Z": "23"}
    body = {"RodzajFaktury": "ZAL", "Zamowienie": {"ZamowienieWiersz": [row]}, "P_15": "61.50"}
    draft.content["Fa"] |= body
    del draft.content["Fa"]["FaWiersz"]
    draft.save()
    pressed(visitor, draft, "answer:order")
    draft.refresh_from_db()
    made = draft.content["Fa"]
    assert made["Zamowienie"]["WartoscZamowienia"] == "123.00"
    assert (made["P_13_1"], made["P_14_1"], made["P_15"]) == ("50.00", "11.50", "61.50")


def test_a_script_gets_an_empty_item(visitor, company):
    answer = item(visitor, company, path="Podmiot3[4]")
    sent = form_of(answer)
    assert sent["g:Podmiot3[4]"] == "n"
    assert "f:Podmiot3[4]/Rola" in sent


def test_a_script_gets_an_item_in_its_role(visitor, company):
    answer = item(visitor, company, path="Podmiot3[0]", preset="employee")
    sent = form_of(answer)
    assert sent["f:Podmiot3[0]/Rola"] == "11"
    assert sent["c:Podmiot3[0]/DaneIdentyfikacyjne/0"] == "4"


@pytest.mark.parametrize("path", ["", "Podmiot3", "Fa/P_2[0]", "Nic[0]", "Fa/FaWiersz[0]", "[0]"])
def test_what_is_no_list_of_a_panel_gives_no_item(path, visitor, company):
    assert item(visitor, company, path=path).status_code == 400


def test_a_script_gets_a_section_of_the_form_as_it_stands(visitor, draft):
    draft.content["Podmiot2"]["NrKlienta"] = "K-7"
    draft.save()
    page = form_of(visitor.get(here(draft))) | {"open": "party"}
    answer = visitor.post(reverse("invoice-panel", args=[draft.company.nip]), page)
    assert form_of(answer)["f:Podmiot2/NrKlienta"] == "K-7"


def test_an_unknown_section_is_refused(visitor, company):
    answer = visitor.post(reverse("invoice-panel", args=[company.nip]), {"open": "nonsens"})
    assert answer.status_code == 400


def test_a_problem_without_a_box_above_opens_its_section(visitor, draft):
    draft.content["Podmiot2"]["NrEORI"] = "x" * 300
    draft.save()
    page = visitor.get(here(draft, "?sprawdz=1")).content.decode()
    assert 'href="#f-Podmiot2-NrEORI"' in page
    assert 'id="f-Podmiot2-NrEORI-error"' in page
