"""A print in Polish with English beside it."""

import pytest
from django.urls import reverse

from invoices.fa3 import tree as trees
from invoices.models import HandOver, MailSettings
from invoices.render import labels, pdf, tongues, view
from invoices.services.drafts import draft_create
from invoices.services.mail_words import mail_words
from invoices.services.paper_words import confirmation_sentences
from tests.cast import logged_in, program_of
from tests.paper_support import numbered, paper
from tests.render_support import (
    arguments,
    everything,
    flowing,
    invoice,
    needs_pdf,
    page_texts,
    printed,
    squeezed,
)


def html(tree=None, **changes) -> str:
    return pdf.invoice_html(tree or invoice(), **arguments(language="pl-en", **changes))


def test_labels_stand_in_both_languages_and_the_english_is_said_to_be_english():
    page = html()
    assert 'Data wystawienia / <span lang="en">Issue date</span>' in page
    assert 'przelew / <span lang="en">bank transfer</span>' in page
    assert page.startswith('<!doctype html>\n<html lang="pl"')


def test_the_title_of_the_file_holds_no_element():
    assert "<title>Faktura / Invoice FV/2026/11/0141</title>" in html()


def test_no_mark_of_the_two_languages_is_left_in_the_page():
    tree = everything(2)
    assert not {"\ue000", "\ue001"} & set(html(tree))
    assert not {"\ue000", "\ue001"} & set(html(tree, state="draft", environment="test"))


def test_a_value_cannot_bring_such_a_mark():
    tree = invoice()
    tree["Podmiot2"]["DaneIdentyfikacyjne"]["Nazwa"] = "Firma\ue000<b>\ue001 x"
    assert "Firma&lt;b&gt; x" in html(tree)


def test_equal_words_stand_once():
    assert labels.text("vat", "pl-en") == "VAT"


def test_what_does_not_apply_begins_small_in_both_languages():
    small = view.document(invoice(), language="pl-en").part["small"].blocks[0].facts[0].text
    assert tongues.flat(small).startswith("metoda kasowa / cash accounting, ")
    assert "VAT group" in small


def test_the_mark_across_the_page_has_a_line_for_each_language():
    assert "Szkic: to nie jest faktura<br>Draft: this is not an invoice" in html(state="draft")


@needs_pdf
def test_every_free_text_stands_in_a_bilingual_print():
    tree = everything(1)
    text = flowing(printed(tree, language="pl-en")).casefold()
    free = [value for _, value in trees.leaves(tree) if value.startswith("t") and "." in value]
    assert [value for value in free if squeezed(value).casefold() not in text] == []


@needs_pdf
def test_a_bilingual_print_of_120_lines_keeps_its_heads():
    pages = page_texts(printed(invoice(lines=120), language="pl-en"))
    assert "Nazwa/Description" in pages[1]
    assert f"strona/page2z/of{len(pages)}" in pages[1]


@pytest.mark.django_db
def test_the_confirmation_says_everything_in_polish_and_then_in_english(company, owner):
    (said,) = confirmation_sentences(paper(company, owner), "pl-en")
    polish, _, english = tongues.flat(said).partition(" / ")
    assert polish.endswith("ten dzień jest dniem otrzymania faktury.")
    assert english.endswith("that day is the day of receipt.")


@pytest.mark.django_db
def test_the_mail_with_a_bilingual_print_has_both_texts(company, owner):
    words = {"what": HandOver.What.INVOICE, "language": "pl-en"}
    subject, text = mail_words(paper(company, owner), MailSettings(company=company), **words)
    assert "Faktura" in subject
    assert "Invoice" in subject
    assert text.index("Dzień dobry") < text.index("Hello")


@pytest.mark.django_db
def test_the_page_and_the_api_order_a_bilingual_print(company, owner):
    document = numbered(paper(company, owner, mode="online"))
    page = reverse("invoice-pdf", args=[company.nip, document.pk]) + "?jezyk=pl-en"
    assert logged_in(owner).get(page).status_code == 202
    chores = document.chores.filter(language="pl-en")
    assert chores.count() == 1
    api = reverse("api-document-pdf", args=[document.pk]) + "?language=pl-en"
    assert program_of(owner, company).get(api).status_code == 202
    assert chores.count() == 1


@pytest.mark.django_db
def test_a_draft_is_previewed_in_the_language_of_the_button(company, owner):
    draft = draft_create(company=company, content=invoice(), created_by=owner)
    here = reverse("invoice-draft", args=[company.nip, draft.pk])
    answer = logged_in(owner).post(here, {"version": draft.version, "action": "preview:pl-en"})
    assert answer["Location"].endswith("podglad/?jezyk=pl-en")
