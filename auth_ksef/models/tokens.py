"""KSeF tokens asked for from here, and logins that are still to be ended in KSeF."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from auth_ksef.models.credentials import Credential
from auth_ksef.models.entry import SignedLogin
from ksefapp.accounts.models import Company, Environment
from ksefapp.lib import clock
from ksefapp.lib.fields import SealedTextField


class TokenOrder(models.Model):
    """One KSeF token asked for from here, from the request to its use or its end.

    KSeF tells a token's text once, in the answer. Where that answer is lost nobody will ever
    know it, so the token is found by its description and revoked.
    """

    class State(models.TextChoices):
        SENDING = "sending", _("prosimy KSeF o token")
        UNKNOWN = "unknown", _("nie wiemy, czy KSeF utworzył token")
        SENT = "sent", _("KSeF przygotowuje token")
        DONE = "done", _("działa")
        REFUSED = "refused", _("nie powstał")
        REVOKED = "revoked", _("unieważniony")

    class Purpose(models.TextChoices):
        HERE = "here", _("dla tego programu")
        ELSEWHERE = "elsewhere", _("dla innego programu")

    key = models.UUIDField(unique=True)  # of the form: a second click makes no second token
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="token_orders")
    environment = models.CharField(max_length=10, choices=Environment)
    purpose = models.CharField(max_length=9, choices=Purpose)
    description = models.CharField(max_length=256)  # in KSeF; ends with letters of our own
    permissions = models.JSONField(default=list)
    # With what KSeF is asked: one of the two.
    signed_login = models.ForeignKey(
        SignedLogin, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    by_credential = models.ForeignKey(
        Credential, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    # Its text, for this program only; bound once KSeF says that the token is active.
    credential = models.OneToOneField(
        Credential, null=True, blank=True, on_delete=models.PROTECT, related_name="token_order"
    )
    reference = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.SENDING)
    said = models.CharField(max_length=1000, blank=True)  # stored() pair
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    requested_at = models.DateTimeField(default=clock.now)
    next_at = models.DateTimeField(null=True, blank=True)  # when to ask KSeF again
    claimed_until = models.DateTimeField(null=True, blank=True)  # a process is asking
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["state", "next_at"])]
        ordering = ["-requested_at"]

    def __str__(self) -> str:
        return f"{self.description} ({self.state})"


class LoginFarewell(models.Model):
    """A login of ours that shall end in KSeF: our copies are gone, this one only says goodbye.

    Withdrawing a credential must not wait for KSeF, so its refresh token waits here, sealed,
    until KSeF has revoked it or it has run out.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="farewells")
    environment = models.CharField(max_length=10, choices=Environment)
    label = models.CharField(max_length=500)  # of the credential or the signature
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )  # whose login it was; None: the company's
    reference = models.CharField(max_length=64, blank=True)  # of the login, in KSeF's list
    token = SealedTextField(blank=True, default="")  # refresh or access; empty when it is over
    until = models.DateTimeField()  # when KSeF forgets the login by itself
    access_until = models.DateTimeField(null=True, blank=True)  # so long an access token lives
    made_at = models.DateTimeField(default=clock.now)
    next_at = models.DateTimeField(null=True, blank=True)  # None: over
    claimed_until = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)  # when KSeF confirmed

    class Meta:
        indexes = [models.Index(fields=["next_at"])]
        ordering = ["-made_at"]

    def __str__(self) -> str:
        return f"{self.label}: {'open' if self.next_at else 'over'}"
