"""A person's ways into KSeF, from the first signature to certificates that renew themselves."""

import httpx
import pytest
from django.conf import settings
from playwright.sync_api import expect

from auth_ksef.credentials import token_add
from auth_ksef.models import Credential, SignedLogin
from auth_ksef.tasks import certificates_task
from invoices.models import Document, KsefSession
from simulator import xades_policy
from simulator.seed import seed
from tests import signing_program
from tests.access_browser_support import (
    SIGN,
    Desk,
    background,
    calls,
    codes,
    confirmed,
    firm,
    nip_made,
    owns,
    pesel_made,
    reported,
    running_simulator,
    shift,
)
from tests.browser_support import chromium, window
from tests.invoice_support import fault
from tests.render_support import needs_pdf
from tests.signing_program import LISTED

__all__ = ["chromium", "firm", "running_simulator", "shift", "window"]
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
expect.set_options(timeout=20_000)  # a busy machine is slow, not wrong
ISSUE_AND_READ = "Moja księgowa może wystawiać i czytać"
PASSWORD = "Haslo-do-klucza-1"


@pytest.fixture
def trader(window, firm, owner, simulator) -> Desk:
    """A sole trader: the NIP of the firm is this person's."""
    desk = Desk(window(), firm, simulator, owner)
    owns(simulator, firm.nip, desk.pesel)
    return desk


@pytest.fixture
def chief(window, firm, owner, simulator) -> Desk:
    """The one who manages the rights of a company by ZAW-FA, on paper."""
    desk = Desk(window(), firm, simulator, owner)
    reported(simulator, firm.nip, {"type": "Pesel", "value": desk.pesel})
    return desk


@pytest.fixture
def kasia(window, firm, accountant, simulator) -> Desk:
    """The accountant at a window of her own; KSeF knows nothing of her."""
    return Desk(window(person=accountant), firm, simulator, accountant)


def confirmed_by(document, credential) -> bool:
    """KOD II of the document is this certificate's, and KSeF's page vouches for it."""
    return document.kod2.serial == credential.serial and confirmed(document.kod2.link)


@pytest.mark.parametrize("form", ["enveloped", "enveloping"])
@needs_pdf
def test_a_sole_trader_signs_once_and_issues_online_and_offline(trader, form):
    transforms = ("enveloped", "exclusive") if form == "enveloped" else ("base64",)
    trader.logs_in(form=form, transforms=transforms)
    made = trader.takes_both()
    trader.logs_out()
    online = trader.sells_and_sends()
    assert KsefSession.objects.get().credential == made["authentication"]
    offline = trader.issues_offline()
    kod1, kod2 = codes(trader.prints(offline))
    assert kod2 == offline.kod2.link
    assert confirmed_by(offline, made["offline"])
    assert httpx.get(kod1).status_code == 404  # KSeF has not got it yet
    trader.is_taken(offline)
    assert httpx.get(kod1).status_code == 200
    assert online.number != offline.number
    trader.quiet()


@needs_pdf
def test_an_accountant_of_a_company_with_zaw_fa_issues_and_prints_in_her_own_name(chief, kasia):
    chief.logs_in()
    chief.grants(ISSUE_AND_READ, kasia.pesel)
    kasia.logs_in()
    made = kasia.takes_both()
    kasia.logs_out()
    online = kasia.sells_and_sends()
    assert KsefSession.objects.get().credential == made["authentication"]
    offline = kasia.issues_offline()
    assert {online.issued_by, offline.issued_by} == {kasia.person}
    assert codes(kasia.prints(offline))[1] == offline.kod2.link
    assert confirmed_by(offline, made["offline"])
    assert kasia.pesel in made["offline"].subject
    kasia.is_taken(offline)
    chief.quiet()
    kasia.quiet()


@needs_pdf
def test_the_drill_of_a_lost_key_sends_revokes_replaces_and_prints_anew(trader):
    trader.logs_in()
    old = trader.takes_both()["offline"]
    sent, page, main = trader.issues_offline(), trader.page, trader.page.locator("main")
    trader.goes("connection-certificates-one", old.pk)
    trader.follows("Klucz zginął albo wyciekł")
    expect(main).to_contain_text(sent.number)
    trader.presses("Wyślij je teraz")
    trader.is_taken(sent)
    left = trader.issues_offline()
    link = codes(trader.prints(left))[1]
    trader.goes("connection-certificates-compromise", old.pk)
    expect(main).to_contain_text(left.number)
    expect(main).not_to_contain_text(sent.number)
    page.get_by_label("Unieważnij mimo to").check()
    trader.presses("Unieważnij w KSeF")
    expect(page.get_by_text("Certyfikat jest unieważniony w KSeF").first).to_be_visible()
    assert not confirmed(link)
    trader.presses("Zamów nowy")
    expect(page.get_by_text("Wniosek o nowy certyfikat jest w drodze.")).to_be_visible()
    background()
    page.reload()
    trader.presses("Przygotuj nowe wydruki")
    expect(page.get_by_text("Nowe wydruki: 1.")).to_be_visible()
    new = reloaded({"offline": old})["offline"].replaced_by
    fresh = Document.objects.get(pk=left.pk)
    assert confirmed_by(fresh, new)
    assert codes(trader.prints(fresh))[1] == fresh.kod2.link != link
    trader.is_taken(fresh)
    trader.quiet()


def test_from_a_token_to_certificates_in_three_steps(trader, running_simulator):
    token = seed(running_simulator.folder, trader.company.nip).token
    token_add(company=trader.company, token=token, added_by=trader.person)
    page = trader.page
    trader.goes("connection-tokens-leave")
    trader.follows("Zaloguj się podpisem lub pieczęcią")
    trader.presses(SIGN)
    trader.signs()
    trader.is_let_in()
    trader.takes_both()
    trader.goes("connection-tokens-leave")
    trader.presses("Sprawdź certyfikat")
    expect(page.get_by_text("Certyfikat sprawdzony, może wszystko, czego trzeba")).to_be_visible()
    page.get_by_role("link", name="Unieważnij w KSeF").click()
    trader.presses("Unieważnij token")
    expect(page.get_by_text("KSeF unieważnia token.")).to_be_visible()
    trader.goes("connection-tokens-leave")
    expect(page.get_by_text("Firma łączy się z KSeF certyfikatem.")).to_be_visible()
    trader.sells_and_sends()
    assert KsefSession.objects.get().credential.use == "authentication"
    trader.quiet()


@needs_pdf
def test_certificates_near_their_end_renew_themselves_and_the_old_ones_stay(trader, shift, window):
    trader.logs_in()
    old = trader.takes_both()
    trader.logs_out()
    before = trader.issues_offline()
    paper = codes(trader.prints(before))[1]
    trader.is_taken(before)
    shift(days=730 - settings.KSEF_RENEW_DAYS + 1)
    certificates_task()
    background()
    new = {use: row.replaced_by for use, row in reloaded(old).items()}
    assert all(new.values())
    later = Desk(window(), trader.company, trader.simulator, trader.person, trader.pesel)
    later.goes("connection-certificates")
    for row in (*old.values(), *new.values()):
        expect(later.page.locator("main")).to_contain_text(row.serial)
    later.sells_and_sends()
    assert KsefSession.objects.latest("pk").credential == new["authentication"]
    assert confirmed_by(later.issues_offline(), new["offline"])
    assert confirmed(paper)
    assert not any(row.retired_at for row in reloaded(old).values())
    later.quiet()


def reloaded(rows: dict) -> dict:
    """As they stand in the database now."""
    keys = [row.pk for row in rows.values()]
    found = Credential.objects.select_related("replaced_by").in_bulk(keys)
    return {use: found[row.pk] for use, row in rows.items()}


def named(case) -> str:
    form, transforms = case
    return "-".join([form, *transforms])


@pytest.mark.parametrize("case", LISTED, ids=named)
def test_a_signature_with_each_listed_transform_logs_in_up_to_the_offer(trader, case):
    form, transforms = case
    trader.logs_in(form=form, transforms=transforms)
    trader.follows("Zamów certyfikaty")
    for offered in ("Typ 1, do logowania", "Typ 2, do KODU II"):
        expect(trader.page.get_by_label(offered)).to_be_checked()
    trader.quiet()


def test_no_transform_that_ksef_lists_is_missing_above():
    tried = {signing_program.TRANSFORMS[name] for _form, names in LISTED for name in names}
    policy = {xades_policy.XPATH, xades_policy.FILTER2, xades_policy.ENVELOPED, xades_policy.BASE64}
    assert tried == policy | xades_policy.C14N


def test_the_countdown_ends_and_a_new_challenge_begins_another(trader, shift):
    trader.page.clock.install()
    trader.begins_to_sign()
    old = trader.downloads("Pobierz plik do podpisu")
    expect(trader.page.get_by_text("zostało 9:")).to_be_visible()
    trader.page.clock.fast_forward("10:00")
    expect(trader.page.locator(".left")).to_have_text("Wyzwanie wygasło. Naciśnij „Nowe wyzwanie”.")
    shift(minutes=10)
    trader.uploads(signing_program.signed(old, trader.identity))
    expect(trader.page.get_by_text("Wyzwanie wygasło o").first).to_be_visible()
    assert calls(trader.simulator, "auth_xades") == 0
    trader.presses("Nowe wyzwanie")
    expect(trader.page.get_by_text("Mamy nowe wyzwanie.")).to_be_visible()
    trader.signs()
    trader.is_let_in()


def test_a_file_with_another_challenge_is_refused_and_nothing_leaves(trader):
    trader.begins_to_sign()
    old = trader.downloads("Pobierz plik do podpisu")
    trader.presses("Nowe wyzwanie")
    expect(trader.page.get_by_text("Mamy nowe wyzwanie.")).to_be_visible()
    trader.uploads(signing_program.signed(old, trader.identity))
    expect(trader.page.get_by_text("z innym wyzwaniem").first).to_be_visible()
    assert calls(trader.simulator, "auth_xades") == 0
    trader.signs()
    trader.is_let_in()


def test_an_open_page_follows_a_verdict_that_takes_its_time(trader):
    fault(trader.simulator, "slow_login", "auth_xades", seconds=5)
    trader.begins_to_sign()
    trader.signs()
    expect(trader.page.get_by_text("KSeF sprawdza podpis")).to_be_visible()
    # Nobody but the page asks.
    expect(trader.page.get_by_role("heading", name="Zalogowano do KSeF")).to_be_visible()
    trader.quiet()


def test_a_verdict_that_takes_minutes_is_followed_by_the_worker_without_the_page(trader, shift):
    fault(trader.simulator, "slow_login", "auth_xades", seconds=240)
    trader.begins_to_sign()
    trader.signs()
    expect(trader.page.get_by_text("KSeF sprawdza podpis")).to_be_visible()
    trader.goes("connection-ways")
    background(rounds=1)
    assert SignedLogin.objects.get().state == "sent"
    shift(minutes=4, seconds=10)
    background()
    assert SignedLogin.objects.get().state == "done"
    trader.goes("connection-ways")
    expect(trader.page.locator("tbody").last).to_contain_text("zalogowano")


def test_a_foreigner_is_granted_by_fingerprint_and_logs_in_with_it(chief, kasia):
    foreign = signing_program.identity("foreign")
    kasia.goes("connection-fingerprint")
    chosen = {"name": "podpis.pem", "mimeType": "application/x-pem-file", "buffer": foreign.pem}
    kasia.page.get_by_label("Plik z certyfikatem").set_input_files(chosen)
    kasia.presses("Policz odcisk")
    both = [foreign.fingerprint, foreign.fingerprint.lower()]
    expect(kasia.page.locator("main code")).to_have_text(both)
    chief.logs_in()
    passport = {"Rodzaj dokumentu": "Passport", "Numer dokumentu": "AB123"}
    data = {"Data urodzenia": "1980-01-31", "Kraj dokumentu": "DE"} | passport
    chief.grants(ISSUE_AND_READ, foreign.fingerprint.lower(), "odcisk certyfikatu", **data)
    kasia.begins_to_sign("po odcisku certyfikatu")
    kasia.signs(foreign)
    kasia.is_let_in()
    chief.quiet()
    kasia.quiet()


def test_a_right_taken_back_ends_the_way_in(chief, kasia):
    chief.logs_in()
    chief.grants("Może tylko czytać", kasia.pesel)
    kasia.logs_in()
    chief.revokes("Kasia Nowak", "przeglądanie faktur")
    kasia.begins_to_sign()
    kasia.signs()
    background()
    expect(kasia.page.get_by_text("KSeF odmówił logowania")).to_be_visible()
    expect(kasia.page.locator("main")).to_contain_text("415")
    chief.quiet()
    kasia.quiet()


def test_logging_out_ends_the_login_in_ksef_and_our_copies(trader):
    login = trader.logs_in()
    refresh = {"Authorization": f"Bearer {login.refresh}"}
    ask = lambda: trader.simulator.request("POST", "/v2/auth/token/refresh", headers=refresh)  # noqa: E731
    assert ask().status == 200
    trader.goes("connection-logins")
    trader.presses("Wyloguj z KSeF")
    expect(trader.page.get_by_text("Wylogowaliśmy.")).to_be_visible()
    expect(trader.page.get_by_text("KSeF honoruje jeszcze do").first).to_be_visible()
    assert ask().status >= 400
    login.refresh_from_db()
    assert (login.state, login.access, login.refresh) == ("ended", "", "")
    trader.quiet()


def test_a_certificate_without_rights_here_is_told_415_and_the_clicks(trader, running_simulator):
    other = seed(running_simulator.folder, nip_made(), password=PASSWORD, pesel=pesel_made())
    trader.goes("connection-add")
    trader.connects(other.files[0], PASSWORD)
    trader.goes("connection-doctor")
    trader.presses("Sprawdź połączenie")
    main = trader.page.locator("main")
    expect(main).to_contain_text("KSeF nie wpuszcza tej firmy.")
    expect(main).to_contain_text("nie ma ono żadnych uprawnień (415)")
    expect(main).to_contain_text("nada je na stronie uprawnień")
    trader.page.get_by_role("link", name="Kto zarządza uprawnieniami").click()
    expect(trader.page.get_by_role("heading", name="Uprawnienia w KSeF").first).to_be_visible()
    trader.quiet()
