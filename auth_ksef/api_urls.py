"""The API's addresses of what a company is in KSeF: credentials, certificates, rights."""

from django.urls import path

from auth_ksef import api_check, api_credentials, api_rights
from ksefapp.accounts import pages  # noqa: F401 registers <nip:…>

urlpatterns = [
    path(
        "companies/<nip:nip>/credentials/",
        api_credentials.Credentials.as_view(),
        name="api-credentials",
    ),
    path(
        "companies/<nip:nip>/certificates/",
        api_credentials.Certificates.as_view(),
        name="api-certificates",
    ),
    path(
        "companies/<nip:nip>/connection-check/",
        api_check.ConnectionCheckView.as_view(),
        name="api-connection-check",
    ),
    path(
        "companies/<nip:nip>/permissions/",
        api_rights.Permissions.as_view(),
        name="api-permissions",
    ),
    path(
        "companies/<nip:nip>/permission-rows/",
        api_rights.PermissionRows.as_view(),
        name="api-permission-rows",
    ),
    path(
        "companies/<nip:nip>/permission-operations/",
        api_rights.PermissionOperations.as_view(),
        name="api-permission-operations",
    ),
]
