"""Refused characters in a browser: said beside the field when pasted, gone at a press."""

import pytest
from django.urls import reverse

from tests.browser_support import chromium, window

__all__ = ["chromium", "window"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def form(window, company):
    page = window()
    page.goto(reverse("invoice-new", args=[company.nip]))
    return page


@pytest.mark.parametrize("name", ["buyer_name", "line-0-name", "notes"])
def test_a_pasted_character_is_said_and_removed(form, name):
    box = form.locator(f"[name='{name}']").first
    box.fill("blat\x86 dębowy")
    note = form.locator(".characters-note")
    assert "U+0086 po tekście „blat”" in note.inner_text()
    note.get_by_role("button", name="Usuń te znaki").click()
    assert box.input_value() == "blat dębowy"
    assert note.count() == 0


def test_ordinary_letters_raise_no_note(form):
    form.locator("[name='buyer_name']").fill("Zażółć „gęślą” 🧾\u00a0jaźń")
    assert form.locator(".characters-note").count() == 0


def test_the_note_goes_when_the_person_mends_it(form):
    box = form.locator("[name='buyer_name']")
    box.fill("\x7fN")
    assert "na początku" in form.locator(".characters-note").inner_text()
    box.fill("N")
    assert form.locator(".characters-note").count() == 0
