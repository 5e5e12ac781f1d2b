"""Pages of a company's connection to KSeF."""

from django.urls import include, path

from auth_ksef import views

of_company = [
    path("", views.connection, name="connection"),
    path("limity/", views.quota, name="connection-quota"),
    path("sprawdz/", views.check, name="connection-check"),
    path("dodaj/", views.add, name="connection-add"),
    path("uzyj/<int:pk>/", views.use, name="connection-use"),
    path("<int:pk>/wycofaj/", views.retire, name="credential-retire"),
]

urlpatterns = [path("firma/<nip:nip>/ksef/", include(of_company))]
