"""All addresses of the API; each room lists its own endpoints."""

from django.urls import include, path, re_path

from auth_ksef import api_urls as auth_ksef_api
from invoices import api as invoices_api
from ksefapp.accounts.api import Companies
from ksefapp.api.docs import Docs, Nowhere, Schema

urlpatterns = [
    path("schema/", Schema.as_view(), name="api-schema"),
    path("docs/", Docs.as_view(), name="api-docs"),
    path("v1/companies/", Companies.as_view(), name="api-companies"),
    path("v1/", include(auth_ksef_api.urlpatterns)),
    path("v1/", include(invoices_api.urlpatterns)),
    re_path("", Nowhere.as_view(), name="api-nowhere"),
]
