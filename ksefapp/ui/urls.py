from django.urls import path
from django.views.i18n import set_language

from ksefapp.ui import views

app_name = "ui"
urlpatterns = [
    path("wyglad/", views.appearance_set, name="appearance"),
    path("jezyk/", set_language, name="language"),
    path("ui/components/", views.components, name="components"),
]
