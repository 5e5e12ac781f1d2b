"""The table of an attachment in a real browser: a grid of cells over the text that is sent."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from invoices.fa3 import tree as trees
from invoices.services.drafts import draft_create
from tests.browser_support import chromium, overflow, violations, window
from tests.invoice_support import content
from tests.test_invoices_attachment import TABLE, table

__all__ = ["chromium", "window"]
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
expect.set_options(timeout=20_000)
META = [{"ZKlucz": "Umowa", "ZWartosc": "7/2026"}]


@pytest.fixture
def draft(company, owner):
    tree = content(company)
    tables = [table(["Licznik A", "120"], ["", ""], Suma={"SKom": ["Razem", "120"]})]
    tree["Zalacznik"] = {"BlokDanych": [{"MetaDane": META, "Tabela": tables}]}
    return draft_create(company=company, content=tree, created_by=owner)


def opened(window, draft, **options):
    page = window(**options)
    page.goto(reverse("invoice-draft", args=[draft.company.nip, draft.pk]))
    return page


def cell(page, row: int, column: int):
    rows = page.locator("[data-cells='Wiersz'] .cells-grid tbody tr")
    return rows.nth(row).locator("input").nth(column)


def rows_saved(page, draft) -> list[list[str]]:
    with page.expect_navigation():
        page.get_by_role("button", name="Zapisz szkic").last.click()
    draft.refresh_from_db()
    return [row["WKom"] for row in trees.items(draft.content, f"{TABLE}/Wiersz")]


def test_a_cell_is_changed_and_a_row_added_with_the_keyboard(window, draft):
    page = opened(window, draft)
    cell(page, 0, 1).fill("130")
    cell(page, 0, 1).press("Enter")
    page.keyboard.press("Enter")
    page.keyboard.type("7")
    assert rows_saved(page, draft) == [["Licznik A", "130"], ["", ""], ["", "7"]]
    assert page.complaints == []


def test_an_emptied_row_goes_and_an_empty_one_stays(window, draft):
    page = opened(window, draft)
    for column in (0, 1):
        cell(page, 0, column).fill("")
    assert rows_saved(page, draft) == [["", ""]]


def test_cells_of_a_spreadsheet_fill_the_grid(window, draft):
    page = opened(window, draft)
    pasted = "B\t1\nC\t2\nD\t3\n"
    cell(page, 1, 0).evaluate(
        """(box, text) => {
          const data = new DataTransfer();
          data.setData("text/plain", text);
          const event = { clipboardData: data, bubbles: true, cancelable: true };
          box.dispatchEvent(new ClipboardEvent("paste", event));
        }""",
        pasted,
    )
    assert rows_saved(page, draft) == [["Licznik A", "120"], ["B", "1"], ["C", "2"], ["D", "3"]]


def test_one_more_column_gives_every_row_one_more_cell(window, draft):
    page = opened(window, draft)
    columns = page.locator(f"[data-add-item='{TABLE}/TNaglowek/Kol']")
    columns.click()
    expect(cell(page, 0, 2)).to_be_visible()
    page.locator(f"[name='f:{TABLE}/TNaglowek/Kol[2]/NKom']").fill("Uwagi")
    expect(page.locator("[data-cells='Wiersz'] th").nth(2)).to_have_text("Uwagi")


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_grid_fits_and_is_readable(window, draft, width, scheme):
    page = opened(window, draft, width=width, color_scheme=scheme, bypass_csp=True)
    expect(cell(page, 0, 0)).to_be_visible()
    assert overflow(page) <= 0
    assert violations(page) == []


def test_without_scripts_the_cells_are_text(window, draft):
    page = opened(window, draft, java_script_enabled=False)
    box = page.locator(f"[name='t:{TABLE}/rows']")
    expect(box).to_be_visible()
    box.fill("X\t1\nY\t2")
    assert rows_saved(page, draft) == [["X", "1"], ["Y", "2"]]
