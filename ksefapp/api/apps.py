from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "ksefapp.api"
    label = "api"

    def ready(self) -> None:
        from ksefapp.api import describe  # noqa: F401 tells the schema about API keys
