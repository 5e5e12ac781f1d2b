"""Pages of a company's connection to KSeF."""

from django.urls import include, path

from auth_ksef.views import connection, doctor

of_company = [
    path("", connection.connection, name="connection"),
    path("limity/", connection.quota, name="connection-quota"),
    path("sprawdz/", connection.check, name="connection-check"),
    path("sprawdzenie/", doctor.doctor, name="connection-doctor"),
    path("sprawdzenie/uruchom/", doctor.run, name="connection-doctor-run"),
    path("dodaj/", connection.add, name="connection-add"),
    path("uzyj/<int:pk>/", connection.use, name="connection-use"),
    path("<int:pk>/wycofaj/", connection.retire, name="credential-retire"),
]

urlpatterns = [path("firma/<nip:nip>/ksef/", include(of_company))]
