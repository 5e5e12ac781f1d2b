"""All pages. Each room lists its own; this file only says where they hang."""

from django.contrib import admin
from django.urls import include, path

from ksefapp import health

urlpatterns = [
    path("health/", health.health, name="health"),
    path("konto/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("api/", include("ksefapp.api.urls")),
    path("", include("ksefapp.ui.urls")),
    path("", include("ksefapp.accounts.urls")),
    path("", include("ksefapp.notify.urls")),
    path("", include("auth_ksef.urls")),
    path("", include("offline.urls")),
    path("", include("invoices.urls")),
]

handler400 = "ksefapp.ui.errors.bad_request"
handler403 = "ksefapp.ui.errors.permission_denied"
handler404 = "ksefapp.ui.errors.not_found"
handler429 = "ksefapp.ui.errors.too_many_requests"
handler500 = "ksefapp.ui.errors.server_error"
