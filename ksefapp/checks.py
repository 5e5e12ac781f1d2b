"""System checks: a misconfiguration is a message with an id and a hint, not a traceback later."""

from django.conf import settings
from django.core.checks import Error, Tags, Warning, register

from ksefapp.lib import clock


@register(Tags.security)
def site_url_is_whole(app_configs, **kwargs):
    """ksef.E001: links in invitations and QR pages are built from KSEF_SITE_URL."""
    if settings.KSEF_SITE_URL.startswith(("http://", "https://")):
        return []
    return [
        Error(
            "KSEF_SITE_URL must start with http:// or https://",
            hint="Set it to the address that people type, e.g. https://faktury.example.pl",
            id="ksef.E001",
        )
    ]


@register(Tags.security, deploy=True)
def keys_come_from_outside(app_configs, **kwargs):
    """ksef.W002: keys made beside the database protect nothing when both are stolen together."""
    if settings.KSEF_KEYS_FROM_OUTSIDE:
        return []
    return [
        Warning(
            "The keys lie in the data directory, beside the database.",
            hint="Give KSEF_SECRET_KEYS_FILE and KSEF_DJANGO_KEY_FILE outside KSEF_DATA_DIR. "
            "Without them no company can be moved to production.",
            id="ksef.W002",
        )
    ]


@register(Tags.security, deploy=True)
def clock_is_real(app_configs, **kwargs):
    """ksef.E003: a shifted clock has no place in a deployment."""
    if not clock.is_shifted():
        return []
    return [
        Error(
            "KSEF_TEST_CLOCK is set.",
            hint="Unset it: a test clock is refused for companies outside the simulator.",
            id="ksef.E003",
        )
    ]


@register(Tags.database)
def secrets_have_their_keys(app_configs, databases, **kwargs):
    """ksef.E004: sealed rows whose key is missing would fail one by one, at the worst moment."""
    if not databases:
        return []
    from ksefapp.accounts.sealed import missing_key_ids

    return [
        Error(
            f"The database holds secrets sealed under key {key_id}, which is not in the keyring.",
            hint="Add that key to KSEF_SECRET_KEYS (newest first). Nothing was changed.",
            id="ksef.E004",
        )
        for key_id in missing_key_ids()
    ]
