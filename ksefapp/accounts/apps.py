from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "ksefapp.accounts"
    label = "accounts"

    def ready(self) -> None:
        from ksefapp import checks  # noqa: F401 registers the system checks
        from ksefapp.accounts import signup  # noqa: F401 connects the receiver of registrations
