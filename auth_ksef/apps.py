from django.apps import AppConfig


class AuthKsefConfig(AppConfig):
    name = "auth_ksef"

    def ready(self) -> None:
        from auth_ksef import audit_words, signals  # noqa: F401 words and receivers connect
