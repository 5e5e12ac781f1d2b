from django.apps import AppConfig


class NotifyConfig(AppConfig):
    name = "ksefapp.notify"
    label = "notify"

    def ready(self) -> None:
        from ksefapp.accounts.hooks import concern_hooks
        from ksefapp.notify.concerns import concerns

        concern_hooks.append(concerns)
