from django.apps import AppConfig


class OfflineConfig(AppConfig):
    name = "offline"

    def ready(self) -> None:
        from offline import audit_words  # noqa: F401 words of this room's actions
