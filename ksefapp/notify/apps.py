from django.apps import AppConfig


class NotifyConfig(AppConfig):
    name = "ksefapp.notify"
    label = "notify"
