"""People, companies, who belongs where, and what was done by whom."""

import hashlib
import secrets

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from ksefapp.accounts.roles import Role
from ksefapp.lib import clock, nip
from ksefapp.lib.rows import WrittenOnce


class Environment(models.TextChoices):
    """The KSeF that a company talks to; it stands on every credential, document, submission."""

    SIMULATOR = "simulator", _("Symulator")
    TEST = "test", "TEST"
    DEMO = "demo", "DEMO"
    PRODUCTION = "production", _("Produkcja")


class UserManager(BaseUserManager):
    """Users are known by their e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields):
        """A person with a normalised e-mail; without a password nobody can log in."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields):
        """A person who may also use the admin pages."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractUser):
    """A person. Closing the account keeps the row: documents and audit refer to it."""

    username = None
    first_name = None
    last_name = None
    email = models.EmailField(_("adres e-mail"), unique=True)
    full_name = models.CharField(_("imię i nazwisko"), max_length=150, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    # How this person likes the pages: full form, pinned columns of the line grid.
    preferences = models.JSONField(default=dict, blank=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = []
    objects = UserManager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_any_case")]

    def __str__(self) -> str:
        return self.full_name or self.email

    def get_full_name(self) -> str:
        """The name shown to others."""
        return str(self)

    get_short_name = get_full_name


def _nip_valid(value: str) -> None:
    if not nip.is_valid(value):
        raise ValidationError(_("Ostatnia cyfra NIP nie zgadza się z resztą. Sprawdź numer."))


class Company(models.Model):
    """A seller: a NIP with its data, in one KSeF environment at a time."""

    nip = models.CharField("NIP", max_length=10, unique=True, validators=[_nip_valid])
    name = models.CharField(_("nazwa"), max_length=512)
    address_l1 = models.CharField(_("ulica i numer"), max_length=512)
    address_l2 = models.CharField(_("kod i miejscowość"), max_length=512, blank=True)
    country = models.CharField(_("kraj"), max_length=2, default="PL")
    email = models.EmailField(_("e-mail na fakturze"), blank=True)
    phone = models.CharField(_("telefon na fakturze"), max_length=16, blank=True)
    bank_account = models.CharField(_("rachunek bankowy"), max_length=34, blank=True)
    bank_name = models.CharField(_("nazwa banku"), max_length=256, blank=True)
    krs = models.CharField("KRS", max_length=10, blank=True)
    regon = models.CharField("REGON", max_length=14, blank=True)
    bdo = models.CharField("BDO", max_length=9, blank=True)
    payment_days = models.PositiveSmallIntegerField(_("termin płatności, dni"), default=14)
    vat_exempt = models.BooleanField(_("zwolnienie podmiotowe, art. 113"), default=False)
    cash_accounting = models.BooleanField(_("metoda kasowa, art. 21"), default=False)
    # KSeF takes invoices with an attachment only after a notification in e-Urząd Skarbowy.
    attachments_notified_on = models.DateField(
        _("załączniki zgłoszone w e-Urzędzie Skarbowym dnia"), null=True, blank=True
    )
    accent = models.CharField(_("kolor na wydruku"), max_length=7, blank=True)  # #rrggbb
    environment = models.CharField(
        max_length=10, choices=Environment, default=Environment.SIMULATOR
    )
    created_at = models.DateTimeField(default=clock.now)
    members = models.ManyToManyField(User, through="Membership", related_name="companies")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_real(self) -> bool:
        """Whether its invoices have legal effect."""
        return self.environment == Environment.PRODUCTION


class CompanyLogo(models.Model):
    """The picture on a company's prints, as PNG that we encoded ourselves."""

    company = models.OneToOneField(
        Company, primary_key=True, on_delete=models.CASCADE, related_name="logo"
    )
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    changed_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"logo {self.company_id}"


class Membership(models.Model):
    """A person's role in a company."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "company"], name="one_role_each")]

    def __str__(self) -> str:
        return f"{self.user} / {self.company}: {self.role}"


def token_new() -> str:
    """A random secret for links and API keys."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What is stored of it: SHA-256 in hex (the token has 256 bits, no salt is needed)."""
    return hashlib.sha256(token.encode()).hexdigest()


class Invitation(models.Model):
    """A link that gives one person a role; only the hash of its secret is kept."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=10, choices=Role)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.email} → {self.company}"


class ApiKey(models.Model):
    """A key for programs: acts as its person, in the named companies only."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=8)
    token_hash = models.CharField(max_length=64, unique=True)
    companies = models.ManyToManyField(Company, related_name="api_keys")
    created_at = models.DateTimeField(default=clock.now)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class AuditEntry(WrittenOnce, models.Model):
    """What was done, when, by whom; never changed and never deleted."""

    company = models.ForeignKey(Company, null=True, on_delete=models.PROTECT, related_name="audit")
    user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now, db_index=True)
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=100, blank=True)
    details = models.JSONField(default=dict)

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.action} {self.subject}"
