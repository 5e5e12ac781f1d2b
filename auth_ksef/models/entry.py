"""Ways in that take time: a signature made elsewhere, and the certificates that follow from it."""

from cryptography import x509
from cryptography.x509.oid import NameOID
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from auth_ksef.models.credentials import Credential
from ksefapp.accounts.models import Company, Environment
from ksefapp.lib import clock
from ksefapp.lib.fields import SealedTextField


class SignedLogin(models.Model):
    """One login by a signature that a person makes in another program, from challenge to end.

    It serves only the person who began it and only at the screen: no background work rests on
    it. What the access token opens is the context that was signed for.
    """

    class State(models.TextChoices):
        PREPARED = "prepared", _("czeka na podpisany plik")
        SENDING = "sending", _("wysyłamy podpisany plik")
        SENT = "sent", _("KSeF sprawdza podpis")
        DONE = "done", _("zalogowano")
        REFUSED = "refused", _("KSeF odmówił")
        UNKNOWN = "unknown", _("nie wiemy, czy KSeF dostał plik")
        ENDED = "ended", _("wylogowano")

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="signed_logins")
    environment = models.CharField(max_length=10, choices=Environment)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    context_type = models.CharField(max_length=10)  # Nip, InternalId, NipVatUe
    context_value = models.CharField(max_length=40)
    subject_type = models.CharField(max_length=22, default="certificateSubject")
    allowed_ips = models.JSONField(default=list)  # AuthorizationPolicy; none: from everywhere
    challenge = models.CharField(max_length=64)
    challenge_until = models.DateTimeField()
    request_xml = models.BinaryField()  # AuthTokenRequest 2.1 as it is downloaded
    made_at = models.DateTimeField(default=clock.now)
    # What the uploaded file says of itself; KSeF alone judges it.
    signed_sha256 = models.CharField(max_length=64, blank=True)  # lower hex
    signer = models.CharField(max_length=500, blank=True)  # subject of the certificate, RFC 4514
    signer_fingerprint = models.CharField(max_length=64, blank=True)  # upper hex, SHA-256
    signer_kind = models.CharField(max_length=8, blank=True)  # person, seal, trusted, ksef, other
    advice = models.JSONField(default=list)  # what our check could not evaluate: codes, facts
    sent_at = models.DateTimeField(null=True, blank=True)
    reference = models.CharField(max_length=64, blank=True)
    authentication_token = SealedTextField(blank=True, default="")
    state = models.CharField(max_length=8, choices=State, default=State.PREPARED)
    code = models.IntegerField(null=True, blank=True)  # status of the login, as KSeF said
    said = models.CharField(max_length=1000, blank=True)  # stored() pair
    method = models.CharField(max_length=40, blank=True)  # authenticationMethodInfo of KSeF
    access = SealedTextField(blank=True, default="")
    access_until = models.DateTimeField(null=True, blank=True)
    refresh = SealedTextField(blank=True, default="")
    refresh_until = models.DateTimeField(null=True, blank=True)
    next_at = models.DateTimeField(null=True, blank=True)  # when to ask KSeF again
    claimed_until = models.DateTimeField(null=True, blank=True)  # a process is asking
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["state", "next_at"])]

    @property
    def signer_name(self) -> str:
        """The common name in the signing certificate; its whole subject where it has none."""
        try:
            subject = x509.Name.from_rfc4514_string(self.signer)
        except ValueError:  # cut, or with attributes that only its issuer can read
            return self.signer
        names = subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return str(names[0].value) if names else self.signer

    def __str__(self) -> str:
        return f"{self.person} → {self.context_type} {self.context_value} ({self.state})"


class Enrolment(models.Model):
    """One request for a KSeF certificate, from the key made here to the stored credential.

    The key is made and sealed before KSeF is asked: an answer that is lost costs no key.
    """

    class State(models.TextChoices):
        NEW = "new", _("wniosek do wysłania")
        SENDING = "sending", _("wysyłamy wniosek")
        UNKNOWN = "unknown", _("nie wiemy, czy KSeF dostał wniosek")
        SENT = "sent", _("KSeF przygotowuje certyfikat")
        ISSUED = "issued", _("do pobrania")
        STORED = "stored", _("certyfikat zapisany")
        REFUSED = "refused", _("KSeF odmówił")

    class Algorithm(models.TextChoices):
        EC = "ec-p256", "EC P-256"
        RSA = "rsa-2048", "RSA 2048"

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="enrolments")
    environment = models.CharField(max_length=10, choices=Environment)
    # Whose the certificate will be: a person's, or with a seal the company's.
    owner_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    owner_company = models.ForeignKey(
        Company, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    use = models.CharField(max_length=14, choices=Credential.Use)
    algorithm = models.CharField(max_length=8, choices=Algorithm, default=Algorithm.EC)
    name = models.CharField(max_length=100)  # in KSeF; by it an unknown request is found again
    secret = SealedTextField()  # the private key as unencrypted PKCS#8 PEM
    csr = models.BinaryField()  # PKCS#10 DER as sent
    subject = models.JSONField(default=dict)  # what enrollments/data gave
    valid_from = models.DateTimeField(null=True, blank=True)  # wanted; None is at once
    consent = models.BooleanField(default=False)  # of the person, to use in the background
    # With what KSeF is asked: one of the two.
    signed_login = models.ForeignKey(
        SignedLogin, null=True, blank=True, on_delete=models.PROTECT, related_name="enrolments"
    )
    by_credential = models.ForeignKey(
        Credential, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    replaces = models.ForeignKey(
        Credential, null=True, blank=True, on_delete=models.PROTECT, related_name="replacements"
    )
    credential = models.OneToOneField(
        Credential, null=True, blank=True, on_delete=models.PROTECT, related_name="enrolment"
    )
    state = models.CharField(max_length=8, choices=State, default=State.NEW)
    reference = models.CharField(max_length=64, blank=True)
    serial = models.CharField(max_length=64, blank=True)
    # Requests that KSeF still allowed this subject just before ours left: as many afterwards
    # prove that ours never came.
    requests_left = models.PositiveIntegerField(null=True, blank=True)
    tries = models.PositiveIntegerField(default=0)  # questions since the last change of state
    code = models.IntegerField(null=True, blank=True)
    said = models.CharField(max_length=1000, blank=True)  # stored() pair
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )  # None: renewal by itself
    requested_at = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    next_at = models.DateTimeField(null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="enrolment_has_one_owner",
                condition=Q(owner_user=None) ^ Q(owner_company=None),
            ),
            models.UniqueConstraint(
                fields=["replaces"],
                condition=Q(state__in=["new", "sending", "unknown", "sent", "issued"]),
                name="one_renewal_at_a_time",
            ),
        ]
        indexes = [models.Index(fields=["state", "next_at"])]

    def __str__(self) -> str:
        return f"{self.name} ({self.state})"


class CredentialWarning(models.Model):
    """That the end of a certificate was told of at this many days: each once."""

    credential = models.ForeignKey(Credential, on_delete=models.CASCADE, related_name="warnings")
    days = models.PositiveSmallIntegerField()  # 60, 30, 14, 7, 1
    told_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["credential", "days"], name="warned_once")]

    def __str__(self) -> str:
        return f"{self.credential}: {self.days}"
