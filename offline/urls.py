"""Pages of the outage journal and of the modes of one company."""

from django.urls import include, path

from offline import views

of_company = [
    path("", views.journal, name="journal"),
    path("dziennik.csv", views.as_csv, name="journal-csv"),
    path("dziennik.json", views.as_json, name="journal-json"),
    path("offline24/", views.offline24_on, name="journal-offline24"),
    path("online/", views.offline24_off, name="journal-online"),
    path("pomin/", views.overrule, name="journal-overrule"),
    path("pomin/koniec/", views.overrule_end, name="journal-overrule-end"),
    path("reguly/", views.rules, name="journal-rules"),
    path("komunikat/", views.outage_new, name="journal-outage-new"),
    path("komunikat/<int:pk>/popraw/", views.outage_change, name="journal-outage-amend"),
    path("komunikat/<int:pk>/uniewaznij/", views.outage_cancel, name="journal-outage-void"),
]

urlpatterns = [path("firma/<nip:nip>/dziennik/", include(of_company))]
