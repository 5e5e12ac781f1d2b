from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "ksefapp.api"
    label = "api"
