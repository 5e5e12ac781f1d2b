"""The pages of sessions in a real browser: both widths, both themes, both languages."""

from datetime import timedelta

import pytest
from django.urls import reverse

from auth_ksef.models import Credential
from invoices.models import KsefSession, SessionUpo, Submission
from ksefapp.lib import clock
from tests.browser_support import chromium, overflow, violations
from tests.invoice_support import issued

__all__ = ["chromium"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ENDS = [
    {"kind": "batch", "final_code": 200, "total": 1240, "accepted": 1238, "refused": 2},
    {"kind": "batch", "final_code": 430, "last_code": 430, "last_text": "Błąd dekompresji"},
    {"kind": "batch", "offline": True},
    {"kind": "online", "final_code": 200, "total": 1, "accepted": 1, "refused": 0},
    {"kind": "online"},
]


@pytest.fixture
def sessions(company, owner):
    """Sessions of every kind; the first has an invoice and two pages of the collective UPO."""
    credential = Credential.objects.create(
        **{"environment": "simulator", "kind": "token", "label": "token KSeF •••• AB12"},
        **{"owner_user": owner, "added_by": owner, "secret": "x"},
    )
    rows = [
        KsefSession.objects.create(
            **{"company": company, "environment": "simulator", "credential": credential},
            **{"reference": f"20261121-SB-213D593000-4DE10D80A5-E{number}", "key": ""},
            **{"valid_until": clock.now() + timedelta(hours=1)} | facts,
        )
        for number, facts in enumerate(ENDS)
    ]
    issued(company, owner)
    Submission.objects.update(session=rows[0], state="accepted")
    for number in (1, 2):
        SessionUpo.objects.create(
            session=rows[0], reference=f"UP{number}", number=number, content=b"<UPO/>", sha256="0"
        )
    return rows


@pytest.fixture
def pages(sessions, company, chromium, live_server, client_of, owner):
    """`pages(width, …)`: the list and a session, one after the other, seen by the owner."""
    cookie = client_of(owner).cookies["sessionid"].value

    def visited(width, **options):
        context = chromium.new_context(viewport={"width": width, "height": 800}, **options)
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
        page = context.new_page()
        names = [("session-list", []), ("session-detail", [sessions[0].pk])]
        for name, more in names:
            page.goto(live_server.url + reverse(name, args=[company.nip, *more]))
            yield page
        context.close()

    return visited


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing(pages, width, theme):
    for page in pages(width, color_scheme=theme, bypass_csp=True):
        assert violations(page) == []


@pytest.mark.parametrize("width", [320, 360, 832, 1280])
def test_no_width_scrolls_sideways(pages, width):
    for page in pages(width):
        assert overflow(page) == 0
