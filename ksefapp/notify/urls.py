"""Pages of a company's notices."""

from django.urls import include, path

from ksefapp.notify import views

of_company = [
    path("", views.notice_page, name="notice-list"),
    path("<int:pk>/odloz/", views.put_aside, name="notice-put-aside"),
]

urlpatterns = [path("firma/<nip:nip>/powiadomienia/", include(of_company))]
