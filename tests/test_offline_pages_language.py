"""Journal and notices of a company on a bad day: each page in one language."""

import pytest
from django.urls import reverse

from offline import modes
from tests.journal_support import bad_day
from tests.language_support import without
from tests.test_language_pages import browser, wrong

# What people and the Ministry wrote.
WRITTEN = {"komunikat w BIP", "pomyłka", "łącze", "Tekst", "Odłożone", "Awaria"}


@pytest.mark.parametrize("language", ["pl", "en"])
@pytest.mark.parametrize("name", ["journal", "notice-list", "journal-outage-new", "company-list"])
def test_every_page_speaks_one_language(name, language, company, owner):
    bad_day(company, owner)
    modes.rules_set(company=company, by=owner, auto_outage=True, auto_offline24_minutes=5)
    arguments = [] if name == "company-list" else [company.nip]
    page = browser(owner, language).get(reverse(name, args=arguments)).content.decode()
    found = wrong(page, language, WRITTEN)
    assert [text for text in without(found, WRITTEN) if text.strip(" „”.…")] == []


@pytest.mark.parametrize("language", ["pl", "en"])
def test_a_refused_entry_is_explained_in_one_language(language, company, owner):
    data = {"category": "FAILURE", "start": "2099-01-01T10:00", "end": "2098-01-01T10:00"}
    url = reverse("journal-outage-new", args=[company.nip])
    page = browser(owner, language).post(url, data).content.decode()
    assert wrong(page, language, set()) == []
