"""Whom a company sells to, what it sells, and what public registers said about them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from invoices.models.documents import Document
from ksefapp.accounts.models import Company
from ksefapp.lib import clock
from ksefapp.lib.rows import WrittenOnce


class PriceList(models.Model):
    """Prices of some products in one currency, net or gross, for the contractors that have it."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="price_lists")
    name = models.CharField(_("nazwa"), max_length=100)
    currency = models.CharField(_("waluta"), max_length=3, default="PLN")
    is_gross = models.BooleanField(_("ceny brutto"), default=False)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["company", "name"], name="one_price_list_per_name")
        ]

    def __str__(self) -> str:
        return self.name


class Contractor(models.Model):
    """A buyer (in self-billing a supplier) with what its invoices start with.

    Never deleted once a document names it, only archived.
    """

    class IdKind(models.TextChoices):
        NIP = "nip", "NIP"
        EU = "eu", _("VAT-UE")
        OTHER = "other", _("inny numer")
        NONE = "none", _("bez numeru")

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="contractors")
    name = models.CharField(_("nazwa"), max_length=512)
    short_name = models.CharField(_("skrót"), max_length=60, blank=True)
    id_kind = models.CharField(max_length=5, choices=IdKind, default=IdKind.NIP)
    id_country = models.CharField(max_length=2, blank=True)  # KodUE or KodKraju of the number
    id_number = models.CharField(max_length=50, blank=True)  # NIP, NrVatUE or NrID, no prefix
    country = models.CharField(_("kraj"), max_length=2, default="PL")
    address_l1 = models.CharField(_("ulica i numer"), max_length=512, blank=True)
    address_l2 = models.CharField(_("kod i miejscowość"), max_length=512, blank=True)
    email = models.EmailField(_("e-mail do faktur"), blank=True)
    phone = models.CharField(_("telefon"), max_length=16, blank=True)
    client_number = models.CharField(_("numer klienta"), max_length=256, blank=True)  # NrKlienta
    # "" asks nobody; "yes": no seat and no fixed establishment in Poland, "no": it has one.
    without_seat = models.CharField(max_length=3, blank=True)
    jst = models.BooleanField(_("jednostka samorządu (JST)"), default=False)
    gv = models.BooleanField(_("członek grupy VAT"), default=False)
    is_supplier = models.BooleanField(_("dostawca w samofakturowaniu"), default=False)
    # Defaults of its invoices; empty: those of the company.
    payment_days = models.PositiveSmallIntegerField(
        _("termin płatności, dni"), null=True, blank=True
    )
    payment_method = models.CharField(_("sposób zapłaty"), max_length=1, blank=True)
    currency = models.CharField(_("waluta"), max_length=3, blank=True)
    language = models.CharField(_("język wydruku"), max_length=5, blank=True)  # pl, en, pl-en
    mail_when_numbered = models.BooleanField(_("wysyłaj e-mailem po numerze KSeF"), default=False)
    price_list = models.ForeignKey(
        PriceList, null=True, blank=True, on_delete=models.SET_NULL, related_name="contractors"
    )
    note = models.CharField(_("notatka"), max_length=1000, blank=True)
    search = models.TextField(blank=True)  # lower-case names, numbers, address, e-mail
    created_at = models.DateTimeField(default=clock.now)
    changed_at = models.DateTimeField(default=clock.now)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name", "pk"]
        indexes = [models.Index(fields=["company", "id_number"])]

    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    """A good or service with what its lines start with."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="products")
    name = models.CharField(_("nazwa"), max_length=512)  # P_7
    symbol = models.CharField(_("symbol"), max_length=50, blank=True)  # Indeks
    unit = models.CharField(_("jednostka"), max_length=256, blank=True)  # P_8A
    price = models.DecimalField(_("cena"), max_digits=22, decimal_places=8, null=True, blank=True)
    is_gross = models.BooleanField(_("cena brutto"), default=False)
    currency = models.CharField(_("waluta"), max_length=3, default="PLN")
    rate = models.CharField(_("stawka VAT"), max_length=6, default="23")  # P_12
    gtin = models.CharField("GTIN", max_length=20, blank=True)
    pkwiu = models.CharField("PKWiU", max_length=50, blank=True)
    cn = models.CharField("CN", max_length=50, blank=True)
    pkob = models.CharField("PKOB", max_length=50, blank=True)
    gtu = models.CharField("GTU", max_length=6, blank=True)
    annex_15 = models.BooleanField(_("załącznik nr 15"), default=False)  # P_12_Zal_15
    search = models.TextField(blank=True)
    created_at = models.DateTimeField(default=clock.now)
    changed_at = models.DateTimeField(default=clock.now)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "symbol"],
                condition=~models.Q(symbol=""),
                name="one_product_per_symbol",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Price(models.Model):
    """What a product costs on one price list."""

    price_list = models.ForeignKey(PriceList, on_delete=models.CASCADE, related_name="prices")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="prices")
    price = models.DecimalField(max_digits=22, decimal_places=8)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["price_list", "product"], name="one_price_each")
        ]

    def __str__(self) -> str:
        return f"{self.product}: {self.price}"


class RegisterAnswer(models.Model):
    """One call to a public register: the day's cache, the count of its limit, and the proof.

    `is_known` is False where the register gave no trustworthy answer: that is "unknown", never
    "not found" or "invalid" (such calls are kept only to count them). `realm` keeps the
    simulator's registers and the real ones apart.
    """

    class Source(models.TextChoices):
        WHITELIST = "whitelist", _("wykaz podatników VAT")
        ACCOUNT = "account", _("rachunek w wykazie podatników VAT")
        VIES = "vies", "VIES"
        NBP = "nbp", _("kursy NBP")

    class Realm(models.TextChoices):
        SIMULATOR = "simulator", _("symulator")
        REAL = "real", _("prawdziwy")

    source = models.CharField(max_length=9, choices=Source)
    realm = models.CharField(max_length=9, choices=Realm)
    key = models.CharField(max_length=120)  # NIP; NIP:account; DE123:requester NIP; EUR
    day = models.DateField()  # the Warsaw date that was asked about
    asked_at = models.DateTimeField(default=clock.now)
    is_known = models.BooleanField()
    request_id = models.CharField(max_length=100, blank=True)  # the register's own proof
    answer = models.JSONField(default=dict)
    problem = models.CharField(max_length=1000, blank=True)  # stored() pair: why unknown

    class Meta:
        ordering = ["-asked_at", "-pk"]
        indexes = [models.Index(fields=["source", "realm", "key", "day"])]

    def __str__(self) -> str:
        return f"{self.source} {self.key} {self.day}"


class DocumentProof(WrittenOnce, models.Model):
    """What a register had said when the document was issued; never changed or deleted."""

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="proofs")
    source = models.CharField(max_length=9, choices=RegisterAnswer.Source)
    key = models.CharField(max_length=120)
    day = models.DateField()
    asked_at = models.DateTimeField()
    request_id = models.CharField(max_length=100, blank=True)
    answer = models.JSONField(default=dict)

    class Meta:
        ordering = ["source", "key"]

    def __str__(self) -> str:
        return f"{self.source} {self.key} {self.request_id}"
