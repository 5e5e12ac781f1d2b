"""Pages of a company's connection to KSeF."""

from django.urls import include, path

from auth_ksef.views import (
    certificates,
    compromise,
    connection,
    doctor,
    enrol,
    fingerprint,
    logins,
    office,
    rights,
    rights_grant,
    signing,
    tokens,
    ways,
)

of_company = [
    path("", connection.connection, name="connection"),
    path("limity/", connection.quota, name="connection-quota"),
    path("sprawdz/", connection.check, name="connection-check"),
    path("sprawdzenie/", doctor.doctor, name="connection-doctor"),
    path("sprawdzenie/uruchom/", doctor.run, name="connection-doctor-run"),
    path("czyj-certyfikat/", doctor.whose_page, name="connection-whose"),
    path("uprawnienia/", rights.rights, name="connection-rights"),
    path("uprawnienia/odswiez/", rights.refresh, name="connection-rights-refresh"),
    path("uprawnienia/nadaj/", rights_grant.grant, name="connection-rights-grant"),
    path("uprawnienia/pracownik/", rights_grant.staff, name="connection-rights-staff"),
    path(
        "uprawnienia/odbierz/<slug:kind>/<str:id>/", rights.revoke, name="connection-rights-revoke"
    ),
    path("uprawnienia/zmiana/<int:pk>/", rights.operation, name="connection-rights-operation"),
    path(
        "uprawnienia/zmiana/<int:pk>/stan/",
        rights.operation_state,
        name="connection-rights-operation-state",
    ),
    path("uprawnienia/zmiana/<int:pk>/zamknij/", rights.close, name="connection-rights-close"),
    path("sposoby/", ways.ways, name="connection-ways"),
    path("podpis/", signing.start, name="connection-sign"),
    path("podpis/<int:pk>/", signing.one, name="connection-sign-one"),
    path("podpis/<int:pk>/plik/", signing.file, name="connection-sign-file"),
    path("podpis/<int:pk>/stan/", signing.state, name="connection-sign-state"),
    path("podpis/<int:pk>/wyzwanie/", signing.renew, name="connection-sign-renew"),
    path("odcisk/", fingerprint.fingerprint, name="connection-fingerprint"),
    path("zaw-fa/", fingerprint.zawfa, name="connection-zawfa"),
    path("dodaj/", connection.add, name="connection-add"),
    path("uzyj/<int:pk>/", connection.use, name="connection-use"),
    path("tokeny/", tokens.tokens, name="connection-tokens"),
    path("tokeny/odswiez/", tokens.refresh, name="connection-tokens-refresh"),
    path("tokeny/nowy/", tokens.new, name="connection-tokens-new"),
    path("tokeny/nowy/<int:pk>/", tokens.order, name="connection-tokens-order"),
    path("tokeny/<int:pk>/zapytaj/", tokens.check, name="connection-tokens-check"),
    path("tokeny/certyfikat/", tokens.leave, name="connection-tokens-leave"),
    path("tokeny/<slug:reference>/uniewaznij/", tokens.revoke, name="connection-tokens-revoke"),
    path("logowania/", logins.logins, name="connection-logins"),
    path("logowania/odswiez/", logins.refresh, name="connection-logins-refresh"),
    path("logowania/wyloguj/", logins.leave, name="connection-logins-leave"),
    path("logowania/zakoncz/", logins.end_all, name="connection-logins-end-all"),
    path("logowania/zakoncz/<slug:reference>/", logins.end, name="connection-logins-end"),
    path("podpis/<int:pk>/certyfikaty/", enrol.enrol, name="connection-enrol"),
    path("podpis/<int:pk>/certyfikaty/dane/", enrol.read, name="connection-enrol-read"),
    path("podpis/<int:pk>/certyfikaty/stan/", enrol.state, name="connection-enrol-state"),
    path("certyfikaty/", certificates.certificates, name="connection-certificates"),
    path("certyfikaty/wniosek/<int:pk>/nowy/", enrol.again, name="connection-certificates-again"),
    path("certyfikaty/<int:pk>/", certificates.one, name="connection-certificates-one"),
    path(
        "certyfikaty/<int:pk>/odswiez/",
        certificates.refresh,
        name="connection-certificates-refresh",
    ),
    path(
        "certyfikaty/<int:pk>/odnawianie/",
        certificates.renewal,
        name="connection-certificates-renewal",
    ),
    path("certyfikaty/<int:pk>/odnow/", certificates.renew, name="connection-certificates-renew"),
    path("certyfikaty/<int:pk>/crt/", certificates.file, name="connection-certificates-file"),
    path("certyfikaty/<int:pk>/klucz/", certificates.export, name="connection-certificates-export"),
    path(
        "certyfikaty/<int:pk>/uniewaznij/",
        compromise.revoke,
        name="connection-certificates-revoke",
    ),
    path(
        "certyfikaty/<int:pk>/naruszenie/",
        compromise.compromise,
        name="connection-certificates-compromise",
    ),
    path("<int:pk>/wycofaj/", connection.retire, name="credential-retire"),
]

of_office = [
    path("", office.rights, name="office-rights"),
    path("stan/", office.state, name="office-rights-state"),
    path("odswiez/", office.refresh, name="office-rights-refresh"),
]

urlpatterns = [
    path("konto/certyfikaty/", certificates.own, name="own-certificates"),
    path("firma/<nip:nip>/ksef/", include(of_company)),
    path("biuro/uprawnienia/", include(of_office)),
]
