from django.apps import AppConfig


class UiConfig(AppConfig):
    """The look of the application: template tags, the appearance switch, the specimen page."""

    name = "ksefapp.ui"
    label = "ui"
