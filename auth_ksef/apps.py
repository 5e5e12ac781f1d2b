from django.apps import AppConfig


class AuthKsefConfig(AppConfig):
    name = "auth_ksef"

    def ready(self) -> None:
        from auth_ksef import signals  # noqa: F401 connects the receivers
