"""The line grid in a real browser: keyboard, clipboard, a thousand lines, a phone."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from invoices.fa3 import totals
from invoices.models import Draft
from invoices.services.drafts import draft_create
from tests.browser_support import chromium, overflow, violations, window
from tests.fa3_support import line
from tests.invoice_support import content

__all__ = ["chromium", "window"]
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
expect.set_options(timeout=20_000)
NAMES = ["Blat", "Stół", "Krzesło"]


@pytest.fixture
def draft(company, owner):
    """A draft with some lines: `draft(3)`, or with lines of one's own."""

    def made(count=3, **fields) -> Draft:
        names = NAMES if count == len(NAMES) else [f"Towar {n}" for n in range(1, count + 1)]
        lines = [line(n, P_7=name, **fields) for n, name in enumerate(names, 1)]
        tree = totals.compute(content(company, FaWiersz=lines))
        return draft_create(company=company, content=tree, created_by=owner)

    return made


@pytest.fixture
def opened(window, company):
    """Opens the form of a draft."""

    def open_draft(draft, width=1280, **options):
        page = window(width, **options)
        page.goto(reverse("invoice-draft", args=[company.nip, draft.pk]))
        return page

    return open_draft


def box(page, row: int, name: str):
    return page.locator(f"[name='line-{row}-{name}']")


def saved(page, draft) -> list[dict]:
    page.get_by_role("button", name="Zapisz szkic").last.click()
    page.wait_for_load_state()
    draft.refresh_from_db()
    return draft.content["Fa"]["FaWiersz"]


def names_of(page) -> list[str]:
    return page.locator("[name^='line-'][name$='-name']").evaluate_all(
        "all => all.map(c => c.value)"
    )


def test_an_untouched_draft_is_saved_as_it_was(opened, draft):
    one = draft(3, GTU="GTU_05", Indeks=" X  1 ", P_11="99.99")
    before = one.content
    saved(opened(one), one)
    assert one.content == before


def test_alt_and_arrows_move_a_line(opened, draft):
    one = draft(3)
    page = opened(one)
    box(page, 0, "price").press("Alt+ArrowDown")
    expect(box(page, 1, "price")).to_be_focused()
    expect(page.locator("#status")).to_have_text("Pozycja 2 z 3")
    assert names_of(page) == ["Stół", "Blat", "Krzesło"]
    kept = saved(page, one)
    assert [(e["NrWierszaFa"], e["P_7"]) for e in kept][:2] == [("1", "Stół"), ("2", "Blat")]


def test_ctrl_d_doubles_a_line_without_its_identity(opened, draft):
    one = draft(3, UU_ID="abc", GTU="GTU_05")
    page = opened(one)
    box(page, 0, "name").press("Control+d")
    expect(box(page, 1, "name")).to_be_focused()
    kept = saved(page, one)
    assert [e["P_7"] for e in kept] == ["Blat", "Blat", "Stół", "Krzesło"]
    assert (kept[1]["GTU"], kept[1].get("UU_ID"), kept[1]["NrWierszaFa"]) == ("GTU_05", None, "2")


def test_a_removed_line_comes_back(opened, draft):
    page = opened(draft(3))
    box(page, 1, "quantity").press("Control+Backspace")
    assert names_of(page) == ["Blat", "Krzesło"]
    expect(box(page, 1, "quantity")).to_be_focused()
    page.get_by_role("button", name="Cofnij").click()
    assert names_of(page) == NAMES


def test_ctrl_z_brings_a_line_back_until_somebody_types_on(opened, draft):
    page = opened(draft(3))
    box(page, 0, "name").press("Control+Backspace")
    page.keyboard.press("Control+z")
    assert names_of(page) == NAMES
    box(page, 0, "name").press("Control+Backspace")
    page.keyboard.type("x")
    page.keyboard.press("Control+z")
    assert page.locator("[data-line]").count() == 2


def test_alt_enter_opens_more_fields_and_what_is_typed_there_is_kept(opened, draft):
    one = draft(3)
    page = opened(one)
    box(page, 1, "name").press("Alt+Enter")
    box(page, 1, "PKWiU").fill("43.32.10.0")
    expect(page.locator("#line-1 [data-badge]")).to_have_text("1")
    box(page, 1, "PKWiU").press("Alt+Enter")
    expect(box(page, 1, "name")).to_be_focused()
    assert saved(page, one)[1]["PKWiU"] == "43.32.10.0"


def test_a_flag_under_more_is_said_by_its_name_alone(opened, draft):
    page = opened(draft(3))
    box(page, 1, "name").press("Alt+Enter")
    box(page, 1, "StanPrzed").select_option("1")
    expect(page.locator("#line-1 [data-extras]")).to_have_text("Stan przed korektą")


def test_escape_restores_and_then_leaves_the_grid(opened, draft):
    page = opened(draft(3))
    box(page, 0, "name").fill("Inna")
    box(page, 0, "name").press("Escape")
    expect(box(page, 0, "name")).to_have_value("Blat")
    box(page, 0, "name").press("Escape")
    expect(page.get_by_role("button", name="Dodaj pozycję")).to_be_focused()


def test_f2_shows_a_long_name_in_several_lines(opened, draft):
    one = draft(3)
    page = opened(one)
    box(page, 0, "name").press("F2")
    page.keyboard.type(" dębowy")
    assert box(page, 0, "name").evaluate("one => one.tagName") == "TEXTAREA"
    box(page, 0, "name").press("Enter")
    box(page, 1, "name").press("F2")
    page.keyboard.type("x")
    page.keyboard.press("Escape")
    expect(box(page, 1, "name")).to_have_value("Stół")
    assert [entry["P_7"] for entry in saved(page, one)] == ["Blat dębowy", "Stół", "Krzesło"]


def test_the_value_of_a_line_follows_what_is_typed(opened, draft):
    page = opened(draft(3, P_10="10.00"))
    box(page, 0, "quantity").fill("0,333")
    box(page, 0, "price").fill("1 234,565")
    expect(page.locator("#line-0-value")).to_have_text("407,78")


ODD = [
    {"P_8B": "0.333", "P_9A": "1234.565", "P_12": "23"},
    {"P_8B": "-3", "P_9A": "0.015", "P_12": "8"},
    {"P_8B": "1", "P_9A": "10.00", "P_10": "0.005", "P_12": "5"},
    {"P_8B": "2", "P_9A": "7", "P_12": "zw"},
    {"P_8B": "2", "P_9A": "7", "P_12": None, "P_12_XII": "19.5"},
    {"P_8B": "2", "P_9A": "7", "P_11Vat": "1.11", "P_11": "99.99"},
    {"P_8B": "x", "P_9A": "7"},
]


@pytest.mark.parametrize("price", ["P_9A", "P_9B"])
def test_the_script_counts_as_the_server_does(opened, company, owner, price):
    made = [line(n, **({"P_11": None} | fields)) for n, fields in enumerate(ODD, 1)]
    for entry in made:
        entry[price] = entry.pop("P_9A")
    one = draft_create(company=company, content=content(company, FaWiersz=made), created_by=owner)
    sums = [
        opened(one, java_script_enabled=script).locator(".line output").all_inner_texts()
        for script in (True, False)
    ]
    assert sums[0] == sums[1]
    assert len(sums[0]) == 3 * len(ODD)


def test_a_thousand_lines_are_typed_into_without_lag(opened, draft):
    one = draft(1000)
    page = opened(one)
    assert page.locator("[data-line]").count() < 120
    assert page.evaluate(TYPING) < 50
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    box(page, 999, "price").fill("7")
    box(page, 999, "price").press("Enter")
    expect(box(page, 1000, "name")).to_be_focused()
    box(page, 1000, "name").fill("Ostatnia")
    kept = saved(page, one)
    assert (len(kept), kept[999]["P_9A"], kept[1000]["P_7"]) == (1001, "7", "Ostatnia")


# What a stroke takes until the next frame can be drawn, in milliseconds: the median of fifty, as
# a busy machine makes a few of them wait for others.
TYPING = """() => {
  const box = document.querySelector("[name='line-3-name']");
  const times = [];
  for (let n = 0; n < 50; n += 1) {
    const start = performance.now();
    box.value += "x";
    box.dispatchEvent(new Event("input", { bubbles: true }));
    box.getBoundingClientRect();
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[25];
}"""


def test_a_link_to_a_line_out_of_sight_finds_it(opened, draft, company):
    one = draft(300)
    one.content["Fa"]["FaWiersz"][250]["GTU"] = "GTU_99"
    one.save()
    page = opened(one)
    page.goto(reverse("invoice-draft", args=[company.nip, one.pk]) + "?sprawdz=1")
    page.locator("#problems a").first.click()
    expect(box(page, 250, "GTU")).to_be_focused()


def test_a_certain_repair_is_one_press_away(opened, draft, company):
    one = draft(3)
    one.content["Fa"]["FaWiersz"][1]["P_8B"] = "12szt"
    one.save()
    page = opened(one)
    page.goto(reverse("invoice-draft", args=[company.nip, one.pk]) + "?sprawdz=1")
    page.get_by_role("button", name="Popraw na 12").click()
    expect(box(page, 1, "quantity")).to_have_value("12")
    expect(page.locator(".line-error")).to_have_count(0)
    assert saved(page, one)[1]["P_8B"] == "12"


def test_an_exempt_line_out_of_sight_asks_for_its_basis(opened, draft):
    one = draft(300)
    one.content["Fa"]["FaWiersz"][250]["P_12"] = "zw"
    one.save()
    page = opened(one)
    assert box(page, 250, "rate").count() == 0
    expect(page.locator(".when-exempt").first).to_be_visible()


# Puts a text into the clipboard's event, as Ctrl+V does.
PASTE = """([name, text]) => {
  const box = document.querySelector(`[name='${name}']`);
  const data = new DataTransfer();
  data.setData("text/plain", text);
  const event = { clipboardData: data, bubbles: true, cancelable: true };
  box.dispatchEvent(new ClipboardEvent("paste", event));
}"""
TABLE = "Nazwa\tIlość\tCena netto\tVAT\nDeska\t2\t1 234,56\t23%\nGwóźdź\t100\t0,05\tzw\n"


def test_cells_of_a_spreadsheet_fill_the_grid_after_a_look_at_the_columns(opened, draft):
    one = draft(3)
    page = opened(one)
    page.evaluate(PASTE, ["line-2-name", TABLE])
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    assert dialog.locator("select").evaluate_all("all => all.map(c => c.value)") == [
        "name",
        "quantity",
        "price",
        "rate",
    ]
    dialog.get_by_role("button", name="Wstaw wiersze: 2").click()
    expect(page.locator("#line-2-value")).to_have_text("2\u00a0469,12")
    assert names_of(page) == ["Blat", "Stół", "Deska", "Gwóźdź"]
    kept = saved(page, one)
    assert [(e["P_8B"], e["P_9A"], e["P_12"]) for e in kept[2:]] == [
        ("2", "1234.56", "23"),
        ("100", "0.05", "zw"),
    ]


def test_a_pasted_column_can_mean_something_else(opened, draft):
    one = draft(3)
    page = opened(one)
    page.evaluate(PASTE, ["line-0-quantity", "5\tX-1\n6\tX-2"])
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Kolumna 2").select_option("Indeks")
    dialog.get_by_role("button", name="Wstaw wiersze: 2").click()
    expect(box(page, 1, "quantity")).to_have_value("6")
    page.get_by_role("button", name="Cofnij").click()
    expect(box(page, 1, "quantity")).to_have_value("1")
    page.evaluate(PASTE, ["line-0-quantity", "5\n6"])
    page.get_by_role("dialog").get_by_role("button", name="Wstaw wiersze: 2").click()
    assert [e["P_8B"] for e in saved(page, one)] == ["5", "6", "1"]


def test_one_pasted_word_is_just_typed(opened, draft):
    page = opened(draft(3))
    page.evaluate(PASTE, ["line-0-name", "Deska"])
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_pinned_column_stands_in_every_row(opened, draft, owner):
    one = draft(3)
    page = opened(one)
    page.get_by_text("Kolumny", exact=True).click()
    page.get_by_label("PKWiU").first.check()
    page.get_by_role("button", name="Pokaż te kolumny").click()
    box(page, 1, "PKWiU").fill("43.32")
    expect(page.get_by_role("columnheader", name="PKWiU")).to_be_visible()
    assert saved(page, one)[1]["PKWiU"] == "43.32"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing_in_an_open_line(opened, draft, width, theme):
    page = opened(draft(3, GTU="GTU_05"), width, color_scheme=theme, bypass_csp=True)
    page.locator("#line-0 summary").click()
    expect(box(page, 0, "PKWiU")).to_be_visible()
    assert violations(page) == []
    assert overflow(page) == 0
    assert [text for text in page.complaints if "Content Security" in text] == []
