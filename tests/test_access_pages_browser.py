"""The pages of a company's access to KSeF: wide and narrow, light and dark, for everybody."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from auth_ksef.compromise import certificate_revoke
from auth_ksef.doctor import connection_check
from auth_ksef.enrolment import enrolment_read
from auth_ksef.identities import identity_list
from auth_ksef.logins import logins_refresh
from auth_ksef.messages import stored
from auth_ksef.models import (
    Credential,
    Enrolment,
    KsefSnapshot,
    QuotaCall,
    RightsOperation,
    TokenOrder,
)
from auth_ksef.rights import rights_refresh
from auth_ksef.signed_logins import signed_login_start
from auth_ksef.tokens import tokens_refresh
from invoices.services.papers import kod2_make
from ksefapp.lib import clock
from tests import page_rights
from tests.browser_support import chromium, overflow, page_faults, unmarked, window
from tests.certificate_support import TRADER, asked, both, ksef, signed
from tests.grants_support import entity_body, grant, person_body
from tests.grants_support import owner as company_itself
from tests.offline_support import issue

__all__ = ["chromium", "ksef", "window"]
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
PLAIN = [
    "connection",
    "connection-add",
    "connection-certificates",
    "connection-doctor",
    "connection-fingerprint",
    "connection-logins",
    "connection-logins-end-all",
    "connection-quota",
    "connection-rights",
    "connection-rights-grant",
    "connection-rights-staff",
    "connection-sign",
    "connection-tokens",
    "connection-tokens-leave",
    "connection-tokens-new",
    "connection-ways",
    "connection-whose",
    "connection-zawfa",
]
# Files, and parts of pages that a page asks for by itself.
NO_PAGES = {
    "connection-certificates-file",
    "connection-enrol-state",
    "connection-rights-operation-state",
    "connection-sign-file",
    "connection-sign-state",
}


def lists_read(company, person) -> None:
    """Everything that KSeF lists, as after a person pressed Odśwież everywhere."""
    QuotaCall.objects.all().delete()
    identity = identity_list(company, person, company_too=True)[0]
    tokens_refresh(identity)
    logins_refresh(identity)
    rights_refresh(company=company, person=person)


def listed(company, kind: str) -> dict:
    """The first row of a stored list."""
    return KsefSnapshot.objects.filter(company=company, kind=kind).exclude(rows=[])[0].rows[0]


def order_made(company, person) -> TokenOrder:
    """A token asked for and refused: nothing of the page moves."""
    return TokenOrder.objects.create(
        key=uuid4(),
        company=company,
        environment=company.environment,
        purpose=TokenOrder.Purpose.ELSEWHERE,
        description="magazyn",
        requested_by=person,
        state=TokenOrder.State.REFUSED,
    )


def change_made(company, person) -> RightsOperation:
    """A change of rights that KSeF refused."""
    return RightsOperation.objects.create(
        company=company,
        environment=company.environment,
        kind="revoke",
        body={"id": "1"},
        summary=stored(("Odbieramy: Anna Nowak", "Withdrawing: Anna Nowak")),
        state=RightsOperation.State.REFUSED,
        code=410,
        requested_by=person,
        finished_at=clock.now(),
    )


@pytest.fixture
def rows(ksef, company, owner) -> dict:
    """Logins, certificates and lists in every state that a page shows, by short names."""
    sealed = signed(ksef, company, owner)
    made = both(sealed)
    mine = both(signed(ksef, company, owner, TRADER, "person"))
    soon = clock.now() + timedelta(days=5)
    Credential.objects.filter(pk=made["authentication"].pk).update(valid_to=soon)
    kod2_make(issue(company, owner, mode="offline24", accept=()))
    certificate_revoke(
        credential=mine["offline"], company=company, person=owner, reason="KeyCompromise"
    )
    keeper = company_itself(ksef)
    assert grant(keeper, "persons", person_body("InvoiceRead", "CredentialsManage")) == 200
    assert grant(keeper, "entities", entity_body("InvoiceWrite", delegate=True)) == 200
    lists_read(company, owner)
    connection_check(company=company, checked_by=owner, signed=sealed)
    connection_check(company=company, checked_by=owner)
    fresh, refused = (signed(ksef, company, owner) for _ in range(2))
    for each in (sealed, fresh, refused):
        enrolment_read(each)  # else the page would ask by itself
    asked(refused, uses=["offline"])
    Enrolment.objects.filter(signed_login=refused).update(
        state=Enrolment.State.REFUSED, next_at=None, finished_at=clock.now()
    )
    logins = {"sealed": sealed, "fresh": fresh, "refused": refused}
    return logins | made | {"gone": mine["offline"]}


@pytest.fixture
def pages(rows, company, owner) -> dict[str, str]:
    """Name → path of every page of this room, each with something on it."""

    def path(name, *rest):
        return reverse(name, args=[company.nip, *rest])

    unsigned = signed_login_start(company=company, person=owner)
    right, token, login = (listed(company, kind) for kind in ("persons", "tokens", "logins"))
    named = {
        "connection-logins-end": [login["reference"]],
        "connection-rights-operation": [change_made(company, owner).pk],
        "connection-rights-revoke": ["persons", right["id"]],
        "connection-sign-one": [unsigned.pk],
        "connection-tokens-order": [order_made(company, owner).pk],
        "connection-tokens-revoke": [token["reference"]],
        "connection-enrol": [rows["fresh"].pk],
        **{
            f"connection-certificates-{name}": [rows["offline"].pk]
            for name in ("compromise", "export", "one", "revoke")
        },
    }
    own = {name: reverse(name) for name in ("office-rights", "own-certificates")}
    return (
        own
        | {name: path(name, *named.get(name, ())) for name in (*PLAIN, *named)}
        | {
            "certificate near its end": path(
                "connection-certificates-one", rows["authentication"].pk
            ),
            "certificate revoked": path("connection-certificates-one", rows["gone"].pk),
            "compromise after": path("connection-certificates-compromise", rows["gone"].pk),
            "enrol done": path("connection-enrol", rows["sealed"].pk),
            "enrol refused": path("connection-enrol", rows["refused"].pk),
            "sign done": path("connection-sign-one", rows["fresh"].pk),
        }
    )


def test_every_page_of_this_room_is_among_them(pages):
    named = {name for name in page_rights.PAGE_RIGHTS if name.startswith("connection")}
    assert {name for name in named if not name.endswith(" post")} - NO_PAGES <= set(pages)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing_and_nothing_overflows(window, pages, width, theme):
    page = window(width, color_scheme=theme, bypass_csp=True)
    assert page_faults(page, pages, folds=True) == {}


def test_the_console_stays_quiet(window, pages):
    page = window()
    for path in pages.values():
        page.goto(path)
        page.wait_for_function("window.htmx")
    assert page.complaints == []


def test_every_page_is_marked_in_the_menu(window, pages):
    assert unmarked(window(), pages) == []


@pytest.mark.parametrize("width", [320, 832, 1024])
def test_no_width_scrolls_sideways(window, pages, width):
    page = window(width)
    wide = {}
    for name, path in pages.items():
        page.goto(path)
        wide[name] = overflow(page)
    assert {name: pixels for name, pixels in wide.items() if pixels > 0} == {}
