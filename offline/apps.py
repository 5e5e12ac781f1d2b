from django.apps import AppConfig


class OfflineConfig(AppConfig):
    name = "offline"

    def ready(self) -> None:
        from ksefapp.accounts.hooks import concern_hooks
        from offline import audit_words  # noqa: F401 words of this room's actions
        from offline.concerns import concerns

        concern_hooks.append(concerns)
