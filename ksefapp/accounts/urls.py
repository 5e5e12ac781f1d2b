"""Pages of people and companies. Everything of one company is under `/firma/<nip>/`."""

from django.urls import include, path

from ksefapp.accounts.views import (
    companies,
    entry,
    environment,
    keys,
    members,
    preferences,
    profile,
)

of_company = [
    path("ustawienia/", companies.company_settings, name="company-settings"),
    path("historia/", companies.audit_page, name="audit-list"),
    path("osoby/", members.member_list, name="member-list"),
    path("osoby/<int:pk>/rola/", members.member_role, name="member-role"),
    path("osoby/<int:pk>/usun/", members.member_remove, name="member-remove"),
    path("zaproszenia/<int:pk>/odwolaj/", members.invitation_end, name="invitation-revoke"),
    path("klucze-api/", keys.api_key_page, name="api-key-list"),
    path("klucze-api/<int:pk>/odwolaj/", keys.api_key_end, name="api-key-revoke"),
    path("srodowisko/", environment.environment, name="environment"),
    path("srodowisko/produkcja/", environment.production, name="environment-production"),
]

urlpatterns = [
    path("", entry.home, name="home"),
    path("firmy/", companies.company_list, name="company-list"),
    path("firmy/nowa/", companies.company_new, name="company-new"),
    path("zaproszenie/<str:token>/", entry.invitation, name="invitation"),
    path("konto/", profile.profile, name="profile"),
    path("konto/zamknij/", profile.account_end, name="account-close"),
    path("konto/upodobania/", preferences.preferences, name="preferences"),
    path("firma/<nip:nip>/", include(of_company)),
]
