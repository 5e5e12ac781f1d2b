from django.apps import AppConfig


class AuthKsefConfig(AppConfig):
    name = "auth_ksef"
