"""Notices on the pages of a company: the gravest on top, all on a page of their own."""

import pytest
from django.test import Client
from django.urls import reverse

from ksefapp.accounts.models import Membership
from ksefapp.notify.models import Notice
from ksefapp.notify.notices import notice_list, notice_put_aside, notice_raise, notice_resolve


def told(company, key="a", kind="warn", text="Termin mija dziś.", path="", **more) -> Notice:
    pair = (text, f"EN {text}")
    return notice_raise(company=company, key=key, kind=kind, text=pair, path=path, **more)


def page_of(client, company, name="invoice-list") -> str:
    return client.get(reverse(name, args=[company.nip])).content.decode()


@pytest.fixture
def browser(client_of, owner) -> Client:
    return client_of(owner)


def test_a_notice_stands_on_every_page_of_its_company(company, browser):
    told(company, text="KSeF odrzucił fakturę.", path="/firma/1/")
    for name in ("invoice-list", "invoice-new", "company-settings", "connection"):
        page = page_of(browser, company, name)
        assert "KSeF odrzucił fakturę." in page
        assert 'href="/firma/1/"' in page


def test_it_is_said_in_the_language_of_the_page(company, browser, settings):
    told(company, text="Termin mija.")
    browser.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    assert "EN Termin mija." in page_of(browser, company)


def test_the_gravest_three_come_first_and_the_rest_is_counted(company, browser):
    for number in range(4):
        told(company, f"w{number}", text=f"Uwaga {number}.")
    told(company, "b", kind="bad", text="Alarm.")
    page = page_of(browser, company)
    assert page.index("Alarm.") < page.index("Uwaga 3.")
    assert "Uwaga 1." not in page
    assert "Jeszcze 2" in page


def test_mere_information_waits_on_its_page(company, browser):
    told(company, kind="info", text="Latarnia znów odpowiada.")
    assert "Latarnia znów odpowiada." not in page_of(browser, company)
    assert "Latarnia znów odpowiada." in page_of(browser, company, "notice-list")


def test_a_notice_is_silent_on_the_page_it_leads_to(company, browser):
    path = reverse("invoice-list", args=[company.nip])
    told(company, text="Zobacz listę.", path=path)
    assert "Zobacz listę." not in page_of(browser, company)
    assert "Zobacz listę." in page_of(browser, company, "connection")


def test_notices_of_another_environment_are_not_shown(company, browser):
    told(company, environment="test", text="Ze środowiska TEST.")
    assert "Ze środowiska TEST." not in page_of(browser, company)
    assert "Ze środowiska TEST." not in page_of(browser, company, "notice-list")


def test_notices_of_another_company_are_not_shown(company, other_company, browser):
    told(other_company, text="Cudza sprawa.")
    assert "Cudza sprawa." not in page_of(browser, company)


def test_the_menu_counts_them(company, browser):
    told(company)
    told(company, "b", kind="bad")
    assert 'class="count count-alarm">2<' in page_of(browser, company)


def test_who_may_issue_puts_a_notice_aside(company, client_of, teammate):
    notice = told(company)
    browser = client_of(teammate)
    answer = browser.post(reverse("notice-put-aside", args=[company.nip, notice.pk]))
    assert answer.url == reverse("notice-list", args=[company.nip])
    assert not notice_list(company).exists()
    assert "odłożone: Tomek" in page_of(browser, company, "notice-list")


def test_a_viewer_reads_and_has_no_button(company, client_of, viewer):
    told(company, text="Do wiadomości.")
    page = page_of(client_of(viewer), company, "notice-list")
    assert "Do wiadomości." in page
    assert "odloz" not in page


def test_a_notice_of_another_company_cannot_be_put_aside(company, other_company, browser):
    notice = told(other_company)
    assert (
        browser.post(reverse("notice-put-aside", args=[company.nip, notice.pk])).status_code == 404
    )
    assert notice_list(other_company).exists()


def test_what_is_over_is_told_so(company, browser):
    told(company)
    notice_resolve(company, "a")
    page = page_of(browser, company, "notice-list")
    assert "sprawa zakończona" in page
    assert "Nic nie wymaga Twojej uwagi" in page


def test_put_aside_and_then_over_is_over(company, browser, owner):
    notice_put_aside(notice=told(company), by=owner)
    notice_resolve(company, "a")
    assert "sprawa zakończona" in page_of(browser, company, "notice-list")


def test_without_a_mail_server_the_page_says_that_nobody_was_written_to(company, browser, settings):
    settings.EMAIL_HOST = ""
    told(company)
    assert "nikt nie dostał tego e-mailem" in page_of(browser, company)
    assert "KSEF_EMAIL_HOST" in page_of(browser, company, "notice-list")


def test_a_quiet_notice_makes_no_fuss_about_mail(company, browser, settings):
    settings.EMAIL_HOST = ""
    told(company, mail=False)
    assert "nikt nie dostał tego e-mailem" not in page_of(browser, company)


def test_what_people_wrote_cannot_become_markup(company, browser):
    told(company, text="<b>FV</b>", path='"><script>')
    page = page_of(browser, company)
    assert "&lt;b&gt;FV" in page
    assert '"><script>' not in page


def test_pages_without_a_company_show_none(company, owner, browser):
    told(company, text="Termin mija.")
    assert "Termin mija." not in browser.get(reverse("profile")).content.decode()
    assert Membership.objects.filter(user=owner).exists()


def test_many_notices_cost_a_page_no_more_queries(company, browser, django_assert_max_num_queries):
    for number in range(30):
        told(company, str(number))
    with django_assert_max_num_queries(12):
        page_of(browser, company, "notice-list")
