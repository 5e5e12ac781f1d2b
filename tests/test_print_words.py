"""What the frame of a confirmation says about its invoice's way to KSeF."""

from datetime import timedelta

import pytest

from invoices.services.paper_words import confirmation_sentences
from ksefapp.lib import clock
from ksefapp.ui.formats import date_pl
from tests.paper_support import paper

pytestmark = pytest.mark.django_db


def said(document, language="pl") -> str:
    return " ".join(confirmation_sentences(document, language)).replace("\u00a0", " ")


def test_offline24_names_its_article_and_the_last_day(company, owner):
    day = clock.today() + timedelta(days=2)
    text = said(paper(company, owner, deadline_on=day))
    assert "w trybie offline24 (art. 106nda ustawy o VAT)" in text
    assert f"najpóźniej w dniu: {_weekday(day)} {date_pl(day)}" in text
    assert "ten dzień jest dniem otrzymania faktury" in text


def _weekday(day) -> str:
    names = "poniedziałek wtorek środa czwartek piątek sobota niedziela"
    return names.split()[day.weekday()]


def test_an_open_deadline_is_not_given_a_date(company, owner):
    text = said(paper(company, owner, mode="niedost", deadline_open=True))
    assert "art. 106nh" in text
    assert "po ogłoszeniu, że KSeF znów działa" in text


def test_a_deadline_that_is_over_is_not_promised(company, owner):
    past = clock.today() - timedelta(days=3)
    text = said(paper(company, owner, deadline_on=past))
    assert "niezwłocznie" in text
    assert date_pl(past) not in text


def test_an_online_invoice_awaits_its_number_and_has_no_deadline(company, owner):
    text = said(paper(company, owner, mode="online"))
    assert "czeka ona na numer KSeF" in text
    assert "prześle" not in text


@pytest.mark.parametrize("mode", ["online", "offline24", "niedost"])
def test_english_is_english(company, owner, mode):
    text = said(paper(company, owner, mode=mode, deadline_on=clock.today()), "en")
    assert "day of receipt" in text
    assert not set("ąćęłńóśźż") & set(text.replace(company.name, ""))
