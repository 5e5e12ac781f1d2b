"""The guided pages of the ways in: signature elsewhere, fingerprint, ZAW-FA, own certificates."""

import re

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, pkcs7, pkcs12
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from auth_ksef.models import Binding, Credential, SignedLogin
from auth_ksef.signed_logins import signed_login_start
from tests import signing_program as program
from tests.auth_support import FakeKsef, clock_shifter, pem_files, plug_in

pytestmark = pytest.mark.django_db
UPLOAD = "/auth/xades-signature"


@pytest.fixture(autouse=True)
def ksef(monkeypatch):
    return plug_in(monkeypatch, FakeKsef())


@pytest.fixture
def web(client_of, owner):
    return client_of(owner)


@pytest.fixture
def login(company, owner):
    return signed_login_start(company=company, person=owner)


def page(name, company, *rest):
    return reverse(f"connection-{name}", args=[company.nip, *rest])


def text_of(response):
    return response.content.decode().replace("\xa0", " ")


def upload(web, login, data, **options):
    file = {"file": SimpleUploadedFile("podpisany.xml", data)}
    return web.post(page("sign-one", login.company, login.pk), file, **options)


def signed(login, who=None):
    return program.signed(bytes(login.request_xml), who or program.identity())


def test_the_table_tells_every_way_for_everybody(web, company):
    text = text_of(web.get(page("ways", company)))
    for way in ("Certyfikat KSeF typu 1", "Token KSeF", "Podpis kwalifikowany", "Podpis zaufany"):
        assert way in text
    assert "Pieczęć kwalifikowana" in text
    assert text.count("Niepotwierdzone") == 2


def test_the_table_says_what_cannot_be_done_from_here(web, company):
    text = text_of(web.get(page("ways", company)))
    assert "Węzeł krajowy" in text
    assert "Aplikacji Podatnika" in text


def test_the_table_leads_to_each_guided_page(web, company):
    text = text_of(web.get(page("ways", company)))
    for name in ("add", "sign", "fingerprint", "zawfa"):
        assert f'href="{page(name, company)}"' in text


def test_preparing_a_file_asks_ksef_for_a_challenge(web, company, owner, ksef):
    response = web.post(page("sign", company), {})
    login = SignedLogin.objects.get(person=owner)
    assert response.url == page("sign-one", company, login.pk)
    assert (login.context_type, login.subject_type) == ("Nip", "certificateSubject")


def test_another_context_is_chosen_in_the_panel(web, company, owner):
    data = {"context_type": "InternalId", "unit": "00012", "allowed_ips": "192.0.2.1\n192.0.2.7"}
    web.post(page("sign", company), data | {"subject_type": "certificateFingerprint"})
    login = SignedLogin.objects.get(person=owner)
    assert login.context_value == f"{company.nip}-00012"
    assert login.allowed_ips == ["192.0.2.1", "192.0.2.7"]
    assert login.subject_type == "certificateFingerprint"


@pytest.mark.parametrize(
    "data",
    [
        {"context_type": "InternalId"},
        {"context_type": "NipVatUe", "vat_ue": "1"},
        {"allowed_ips": "moja sieć"},
        {"context_type": "Pesel"},
    ],
)
def test_what_is_wrong_in_the_panel_stands_at_its_field(web, company, data, ksef):
    response = web.post(page("sign", company), data)
    assert (response.status_code, ksef.calls) == (422, [])
    assert "<details" in text_of(response)
    assert 'class="fold" open' in text_of(response)


def test_without_ksef_there_is_no_challenge_and_the_page_says_so(web, company, ksef):
    ksef.failures["/auth/challenge"] = httpx.ConnectError("")
    response = web.post(page("sign", company), {})
    assert response.status_code == 422
    assert "nie mamy teraz połączenia z KSeF" in text_of(response)
    assert not SignedLogin.objects.exists()


def test_the_page_counts_down_to_the_end_of_the_challenge(web, login):
    text = text_of(web.get(page("sign-one", login.company, login.pk)))
    assert re.search(r'data-until="[0-9T:+.-]+"', text)
    assert "Podpisany plik wczytaj do godziny" in text
    assert "Symulator" in text or "symulator" in text


def test_the_file_comes_byte_for_byte(web, login):
    response = web.get(page("sign-file", login.company, login.pk))
    assert response.content == bytes(login.request_xml)
    assert response["Content-Type"] == "application/xml"
    assert "attachment" in response["Content-Disposition"]


def test_a_signed_file_ends_with_the_offer_of_certificates(web, login):
    response = upload(web, login, signed(login))
    assert response.url == page("sign-one", login.company, login.pk)
    assert "KSeF sprawdza podpis" in text_of(web.get(response.url))
    web.post(page("sign-state", login.company, login.pk))
    text = text_of(web.get(response.url))
    assert "KSeF wpuścił Cię do tej firmy" in text
    assert "Zamów certyfikaty KSeF" in text
    assert "Anna Nowak" in text


def test_a_login_to_another_context_says_what_it_is_for(web, login):
    SignedLogin.objects.update(state="done", context_type="InternalId", context_value="x-00012")
    text = text_of(web.get(page("sign-one", login.company, login.pk)))
    assert "To logowanie jest do x-00012" in text
    assert "Zamów certyfikaty KSeF" in text


def test_the_page_asks_again_until_ksef_has_decided(web, login, ksef):
    ksef.verdicts = [(100, "Uwierzytelnianie w toku")]
    upload(web, login, signed(login))
    url = page("sign-state", login.company, login.pk)
    waiting = web.post(url, headers={"HX-Request": "true"})
    assert "KSeF sprawdza podpis" in text_of(waiting)
    SignedLogin.objects.update(next_at=None)
    assert web.post(url, headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"


def test_a_wrong_file_is_told_at_the_field_and_the_challenge_stays(web, login, ksef):
    response = upload(web, login, bytes(login.request_xml))
    assert (response.status_code, ksef.count(UPLOAD)) == (422, 0)
    assert "jeszcze bez podpisu" in text_of(response)
    assert "Nowe wyzwanie" in text_of(response)


def test_a_large_file_is_not_even_read(web, login):
    response = upload(web, login, b"<a>" + b" " * 2_000_001)
    assert "za duży" in text_of(response)


def test_no_file_is_told_at_the_field(web, login):
    response = web.post(page("sign-one", login.company, login.pk), {})
    assert "Wybierz plik, który podpisał Twój program" in text_of(response)


def test_a_refusal_tells_why_and_offers_a_new_challenge(web, login, ksef):
    ksef.verdicts = [(460, "Niepowodzenie", "Certyfikat odwołany")]
    upload(web, login, signed(login))
    web.post(page("sign-state", login.company, login.pk))
    text = text_of(web.get(page("sign-one", login.company, login.pk)))
    assert "Certyfikat odwołany" in text
    assert "Nowe wyzwanie" in text
    web.post(page("sign-renew", login.company, login.pk))
    login.refresh_from_db()
    assert login.state == SignedLogin.State.PREPARED


def test_what_we_could_not_evaluate_is_named_on_the_page(web, login):
    strange = b"http://www.w3.org/TR/1999/REC-xslt-19991116"
    data = signed(login).replace(b"http://www.w3.org/2000/09/xmldsig#enveloped-signature", strange)
    text = text_of(upload(web, login, data, follow=True))
    assert f"Nie umiemy tu sprawdzić: {strange.decode()}" in text


def test_after_ten_minutes_there_is_only_a_new_challenge(web, login, monkeypatch, tmp_path):
    clock_shifter(monkeypatch, tmp_path)(minutes=11)
    text = text_of(web.get(page("sign-one", login.company, login.pk)))
    assert "Wyzwanie wygasło" in text
    assert page("sign-file", login.company, login.pk) not in text


def test_the_page_names_the_environment_of_the_login(web, login, company):
    SignedLogin.objects.update(environment="production")
    text = text_of(web.get(page("sign-one", company, login.pk)))
    assert "Firma pracuje teraz w innym środowisku" in text


@pytest.mark.parametrize("name", ["sign-one", "sign-file", "sign-state"])
def test_a_login_of_somebody_else_is_not_there(client_of, teammate, login, name):
    response = client_of(teammate).get(page(name, login.company, login.pk))
    assert response.status_code == 404


def test_nothing_secret_is_written_into_the_page(web, login):
    upload(web, login, signed(login))
    web.post(page("sign-state", login.company, login.pk))
    login.refresh_from_db()
    text = text_of(web.get(page("sign-one", login.company, login.pk)))
    assert login.access not in text
    assert "refresh.token" not in text


def fingerprint_of(web, company, data, name="plik.crt", **more):
    files = {"certificate": SimpleUploadedFile(name, data), **more}
    return text_of(web.post(page("fingerprint", company), files))


def forms_of(who):
    der = who.certificate.public_bytes(Encoding.DER)
    chain = pkcs7.serialize_certificates([who.certificate], Encoding.DER)
    request = b'<?xml version="1.0"?><AuthTokenRequest xmlns="urn:x"></AuthTokenRequest>'
    return {
        "pem": who.pem,
        "der": der,
        "base64": b"".join(who.pem.splitlines()[1:-1]),
        "p7b": chain,
        "p7b-pem": pkcs7.serialize_certificates([who.certificate], Encoding.PEM),
        "p12": pkcs12.serialize_key_and_certificates(
            b"x", who.private, who.certificate, None, NoEncryption()
        ),
        "xml": program.signed(request, who),
        "other-xml": program.signed(request, who).replace(b"AuthTokenRequest", b"Umowa"),
    }


@pytest.mark.parametrize(
    "form", ["pem", "der", "base64", "p7b", "p7b-pem", "p12", "xml", "other-xml"]
)
def test_the_fingerprint_is_computed_from_every_form_in_both_cases(web, company, form):
    who = program.identity("foreign")
    text = fingerprint_of(web, company, forms_of(who)[form])
    assert f">{who.fingerprint}</code>" in text
    assert f">{who.fingerprint.lower()}</code>" in text


def test_a_file_without_a_certificate_is_told_at_its_field(web, company):
    text = fingerprint_of(web, company, b"nic")
    assert 'id="id_certificate_error"' in text


def test_a_certificate_with_a_number_needs_no_fingerprint(web, company):
    assert "odcisku nie potrzebuje" in fingerprint_of(web, company, program.identity().pem)
    assert "Co dalej" in fingerprint_of(web, company, program.identity("foreign").pem)


def test_the_fingerprint_of_a_trusted_profile_is_not_to_be_reported(web, company):
    text = fingerprint_of(web, company, program.identity("trusted").pem)
    assert "nie zgłaszaj go" in text


def test_the_sheet_for_zawfa_holds_what_was_typed_and_keeps_nothing(web, company):
    print_ = "ab" * 32
    data = {"purpose": "print", "last_name": "Müller", "fingerprint": print_, "born": "1.2.1980"}
    text = text_of(web.post(page("zawfa", company), data))
    for part in ("Müller", print_, print_.upper(), company.nip[:3], company.name):
        assert part in text
    assert "Müller" not in text_of(web.get(page("zawfa", company)))


def test_a_malformed_fingerprint_is_told(web, company):
    response = web.post(page("zawfa", company), {"fingerprint": "xyz"})
    assert response.status_code == 422


def post_own(web, company, **data):
    crt, key = pem_files()
    files = {
        "certificate": SimpleUploadedFile("a.crt", crt),
        "key": SimpleUploadedFile("a.key", key),
    }
    return web.post(page("add", company), {"kind": "certificate", "owner": "mine", **files, **data})


def test_an_accountant_adds_her_own_certificate(client_of, accountant, company):
    web = client_of(accountant)
    assert 'value="company"' not in text_of(web.get(page("add", company)))
    post_own(web, company, consent="on")
    row = Credential.objects.get()
    assert (row.owner_user, row.owner_company) == (accountant, None)


def test_an_accountant_cannot_add_the_companys(client_of, accountant, company):
    assert post_own(client_of(accountant), company, owner="company").status_code == 422
    assert not Credential.objects.exists()


def test_an_accountant_withdraws_her_own_and_no_other(client_of, accountant, owner, company):
    post_own(client_of(owner), company, owner="company")
    post_own(client_of(accountant), company)
    of_company = Credential.objects.get(owner_company=company)
    own = Credential.objects.get(owner_user=accountant)
    web = client_of(accountant)
    assert (
        web.post(reverse("credential-retire", args=[company.nip, of_company.pk])).status_code == 403
    )
    assert web.post(reverse("credential-retire", args=[company.nip, own.pk])).status_code == 302
    assert list(Binding.objects.filter(ended_at=None)) == [of_company.bindings.get()]


def test_a_look_asks_ksef_nothing(web, login, ksef):
    upload(web, login, signed(login))
    asked = list(ksef.calls)
    web.get(page("sign-state", login.company, login.pk), headers={"HX-Request": "true"})
    web.get(page("sign-one", login.company, login.pk))
    login.refresh_from_db()
    assert (login.state, ksef.calls) == (SignedLogin.State.SENT, asked)
