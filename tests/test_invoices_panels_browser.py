"""Every section of "Dodaj do faktury" in a real browser: entered, saved, opened again."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from invoices.fa3 import tree as trees
from invoices.fa3.registry import SECTIONS
from invoices.forms.panels import LISTED
from invoices.models import Draft
from invoices.services.drafts import draft_create
from tests.browser_support import chromium, overflow, violations, window
from tests.invoice_support import content

__all__ = ["chromium", "window"]
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
expect.set_options(timeout=20_000)

THIRD, CORRECTED = "Podmiot3[0]", "Fa/DaneFaKorygowanej[0]"
VEHICLES, MARGIN = "Fa/Adnotacje/NoweSrodkiTransportu", "Fa/Adnotacje/PMarzy"
VEHICLE = f"{VEHICLES}/NowySrodekTransportu[0]"
ORDERED, TRANSPORT = "Fa/Zamowienie/ZamowienieWiersz[0]", "Fa/WarunkiTransakcji/Transport[0]"
FACTOR, BLOCK = "Fa/Platnosc/RachunekBankowyFaktora[0]", "Zalacznik/BlokDanych[0]"
# Section → what a person does in it (a name and a text, or the words of a button) → what the
# draft then says at which path.
STORIES: dict[str, tuple[list, dict]] = {
    "dates": (
        [("f:Fa/P_1M", "Kraków"), ("f:Fa/OkresFa/P_6_Od", "1.11.2026")],
        {"Fa/P_1M": "Kraków", "Fa/OkresFa": {"P_6_Od": "2026-11-01"}},
    ),
    "fx": ([("f:Fa/P_14_1W", "1 023,45")], {"Fa/P_14_1W": "1023.45"}),
    "party": (
        [("f:Podmiot2/NrKlienta", "K-1"), ("f:Podmiot2/DaneKontaktowe[0]/Email", "a@example.com")],
        {"Podmiot2/NrKlienta": "K-1", "Podmiot2/DaneKontaktowe": [{"Email": "a@example.com"}]},
    ),
    "third": (
        ["Faktor", (f"f:{THIRD}/DaneIdentyfikacyjne/NIP", "526-587-76-35")],
        {f"{THIRD}/Rola": "1", f"{THIRD}/DaneIdentyfikacyjne": {"NIP": "5265877635"}},
    ),
    "authorised": (
        [("f:PodmiotUpowazniony/RolaPU", "2"), ("f:PodmiotUpowazniony/Adres/AdresL1", "Prosta 1")],
        {"PodmiotUpowazniony": {"RolaPU": "2", "Adres": {"AdresL1": "Prosta 1"}}},
    ),
    "tax": (
        [("f:Fa/Adnotacje/P_16", "1"), ("f:Fa/TP", "1")],
        {"Fa/Adnotacje/P_16": "1", "Fa/TP": "1"},
    ),
    "margin": (
        [(f"c:{MARGIN}/0", "0"), (f"c:{MARGIN}/1", "1")],
        {MARGIN: {"P_PMarzy": "1", "P_PMarzy_3_1": "1"}},
    ),
    "vehicles": (
        [
            *[(f"c:{VEHICLES}/0", "0"), (f"f:{VEHICLES}/P_42_5", "2")],
            *[(f"f:{VEHICLE}/P_22A", "2.1.2026"), (f"c:{VEHICLE}/0", "1")],
            (f"f:{VEHICLE}/P_22C", "12"),
        ],
        {f"{VEHICLES}/P_22": "1", VEHICLE: {"P_22A": "2026-01-02", "P_22C": "12"}},
    ),
    "correction": (
        [
            *[("f:Fa/PrzyczynaKorekty", "rabat"), (f"f:{CORRECTED}/NrFaKorygowanej", "FV/1")],
            (f"c:{CORRECTED}/0", "1"),
        ],
        {"Fa/PrzyczynaKorekty": "rabat", CORRECTED: {"NrFaKorygowanej": "FV/1", "NrKSeFN": "1"}},
    ),
    "advance": (
        [
            "Dodaj – Płatność przed dostawą",
            *[("f:Fa/ZaliczkaCzesciowa[0]/P_15Z", "100,00"), (f"f:{ORDERED}/P_7Z", "Stół")],
        ],
        {"Fa/ZaliczkaCzesciowa": [{"P_15Z": "100.00"}], ORDERED: {"P_7Z": "Stół"}},
    ),
    "settle": (
        [
            *[("c:Fa/FakturaZaliczkowa[0]/0", "0")],
            ("f:Fa/FakturaZaliczkowa[0]/NrFaZaliczkowej", "ZAL/1"),
        ],
        {"Fa/FakturaZaliczkowa": [{"NrKSeFZN": "1", "NrFaZaliczkowej": "ZAL/1"}]},
    ),
    "balance": (
        [
            *[("f:Fa/Rozliczenie/Obciazenia[0]/Kwota", "50"), ("c:Fa/Rozliczenie/0", "0")],
            ("f:Fa/Rozliczenie/DoZaplaty", "173,00"),
        ],
        {"Fa/Rozliczenie": {"Obciazenia": [{"Kwota": "50"}], "DoZaplaty": "173.00"}},
    ),
    "payment": (
        ["Dodaj – Rachunek faktora", (f"f:{FACTOR}/NazwaBanku", "Bank")],
        {FACTOR: {"NazwaBanku": "Bank"}},
    ),
    "trade": (
        [("f:Fa/WZ[0]", "WZ/1"), "Dodaj – Numer dokumentu WZ", ("f:Fa/WZ[1]", "WZ/2")],
        {"Fa/WZ": ["WZ/1", "WZ/2"]},
    ),
    "transport": (
        [(f"c:{TRANSPORT}/0", "1"), (f"f:{TRANSPORT}/OpisInnegoTransportu", "rower")],
        {TRANSPORT: {"TransportInny": "1", "OpisInnegoTransportu": "rower"}},
    ),
    "extra": (
        [("f:Fa/DodatkowyOpis[0]/Klucz", "Licznik"), ("f:Fa/ZwrotAkcyzy", "1")],
        {"Fa/DodatkowyOpis": [{"Klucz": "Licznik"}], "Fa/ZwrotAkcyzy": "1"},
    ),
    "attachment": (
        [(f"f:{BLOCK}/ZNaglowek", "Zużycie"), (f"f:{BLOCK}/MetaDane[0]/ZKlucz", "Okres")],
        {BLOCK: {"ZNaglowek": "Zużycie", "MetaDane": [{"ZKlucz": "Okres"}]}},
    ),
}


@pytest.fixture
def draft(company, owner) -> Draft:
    return draft_create(company=company, content=content(company), created_by=owner)


@pytest.fixture
def opened(window, company, draft):
    """Opens the form of the draft."""

    def open_draft(width=1280, query="", **options):
        page = window(width, **options)
        page.goto(reverse("invoice-draft", args=[company.nip, draft.pk]) + query)
        return page

    return open_draft


def open_section(page, key: str):
    page.locator("#sekcje").get_by_role("button", name=SECTIONS[key].pl, exact=True).click()
    panel = page.locator(f"#panel-{key}")
    expect(panel).to_be_visible()
    return panel


def enter(page, panel, step) -> None:
    """A button's words, or a control's name and what is typed or chosen there."""
    if isinstance(step, str):
        panel.get_by_role("button", name=step, exact=True).click()
        return
    name, text = step
    control = panel.locator(f'[name="{name}"]:not([type=hidden])')
    if control.first.get_attribute("type") in ("radio", "checkbox"):
        panel.locator(f'[name="{name}"][value="{text}"]').check()
    elif control.evaluate("one => one.tagName") == "SELECT":
        control.select_option(text)
    else:
        control.fill(text)


def saved(page, draft) -> dict:
    page.get_by_role("button", name="Zapisz szkic").last.click()
    expect(page.get_by_text("Szkic zapisany.")).to_be_visible()
    draft.refresh_from_db()
    return draft.content


def said_of(tree: dict, path: str, expected):
    """The value at a path; of a group only the elements that the story is about."""
    value = trees.get(tree, path)
    if isinstance(expected, dict) and isinstance(value, dict):
        return {name: value.get(name) for name in expected}
    return value


def shown(page, step) -> None:
    name, text = step
    control = page.locator(f'[name="{name}"]:not([type=hidden])')
    if control.first.get_attribute("type") in ("radio", "checkbox"):
        expect(page.locator(f'[name="{name}"][value="{text}"]')).to_be_checked()
    else:
        assert control.input_value()


def test_every_section_has_its_story():
    assert set(STORIES) == LISTED


@pytest.mark.parametrize("key", STORIES)
def test_what_is_entered_in_a_section_is_saved_and_shown_again(key, opened, draft):
    steps, expected = STORIES[key]
    page = opened()
    panel = open_section(page, key)
    for step in steps:
        enter(page, panel, step)
    tree = saved(page, draft)
    assert {path: said_of(tree, path, value) for path, value in expected.items()} == expected
    page.reload()
    for step in steps:
        if not isinstance(step, str):
            shown(page, step)
    assert saved(page, draft) == tree
    assert page.complaints == []


def test_sections_open_and_items_come_and_go_without_a_script(opened, draft):
    page = opened(java_script_enabled=False)
    page.get_by_role("button", name="Podmioty trzecie", exact=True).click()
    page.get_by_role("button", name="Pracownik", exact=True).click()
    page.get_by_role("button", name="Dodaj – Podmiot trzeci", exact=True).click()
    page.locator('[name="f:Podmiot3[1]/DaneIdentyfikacyjne/Nazwa"]').fill("Oddział")
    page.get_by_role("button", name="Usuń: Podmiot trzeci 1", exact=True).click()
    page.get_by_role("button", name="Zapisz szkic").last.click()
    draft.refresh_from_db()
    assert draft.content["Podmiot3"] == [{"DaneIdentyfikacyjne": {"Nazwa": "Oddział"}}]


def test_an_item_is_dropped_in_the_page_and_the_others_are_counted_anew(opened, draft):
    draft.content["Podmiot3"] = [{"NrEORI": f"PL{n}", "Rola": "1"} for n in range(3)]
    draft.save()
    page = opened()
    page.get_by_role("button", name="Usuń: Podmiot trzeci 2", exact=True).click()
    numbers = page.locator("#panel-third [data-number]").all_text_contents()
    assert numbers == ["1", "2"]
    assert [item["NrEORI"] for item in saved(page, draft)["Podmiot3"]] == ["PL0", "PL2"]


def test_only_the_chosen_branch_is_shown(opened):
    page = opened()
    panel = open_section(page, "transport")
    other = panel.locator(f'[name="f:{TRANSPORT}/OpisInnegoTransportu"]')
    expect(other).to_be_hidden()
    panel.locator(f'[name="c:{TRANSPORT}/0"][value="1"]').check()
    expect(other).to_be_visible()
    expect(panel.locator(f'[name="f:{TRANSPORT}/RodzajTransportu"]')).to_be_hidden()


def test_rare_fields_are_folded_until_they_hold_something(opened, draft):
    page = opened()
    open_section(page, "authorised")
    number = page.locator('[name="f:PodmiotUpowazniony/NrEORI"]')
    expect(number).to_be_hidden()
    page.locator("#panel-authorised").get_by_text("Więcej pól").click()
    number.fill("PL77")
    saved(page, draft)
    expect(number).to_be_visible()


def test_the_focus_goes_to_what_was_opened_and_added(opened):
    page = opened()
    open_section(page, "trade")
    expect(page.locator('[name="f:Fa/WZ[0]"]')).to_be_focused()
    expect(page.locator('.panel-menu a[href="#panel-trade"] .icon')).to_be_visible()
    page.get_by_role("button", name="Dodaj – Umowa", exact=True).click()
    added = page.locator('[name="f:Fa/WarunkiTransakcji/Umowy[1]/DataUmowy"]')
    expect(added).to_be_focused()


@pytest.mark.parametrize("width", [1280, 360])
def test_all_sections_fit_and_are_accessible(width, opened, owner):
    owner.preferences = {"expert": True}
    owner.save()
    page = opened(width, bypass_csp=True)
    expect(page.locator(".panel")).to_have_count(20)
    assert overflow(page) == 0
    assert violations(page) == []
