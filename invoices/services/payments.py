"""Money that came for documents: an axis of its own, the document itself never changes.

What is owed is P_15 and the P_15 of its accepted corrections, less what came. A correction of one
invoice is settled with that invoice; one of several invoices, or of one that is not ours, stands
for itself: nobody can say which part belongs to which.

A correction that says itself that it is paid (Zaplacono) changes what was sold, not what is owed.

What we issue to ourselves in a supplier's name (self-billing) is our purchase: nobody pays us.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import (
    BooleanField,
    Case,
    DateField,
    DecimalField,
    Exists,
    ExpressionWrapper,
    F,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from auth_ksef.messages import Pair, Refusal
from invoices.models import Document, DocumentLink, Payment
from invoices.services.delivery_states import State
from ksefapp.accounts.audit import audit
from ksefapp.accounts.models import User
from ksefapp.lib import clock, money

MONEY = DecimalField(max_digits=20, decimal_places=2)
NOTHING = Value(Decimal("0.00"), output_field=MONEY)
CENT = Decimal("0.005")  # SQLite counts in binary: less than half a grosz is nothing
MOST = Decimal(10) ** 15
LONGEST_NOTE = 200
OLDEST = date(2000, 1, 1)
COUNTED = (State.ACCEPTED, State.OUTSIDE)  # a correction counts once it cannot be refused any more
STATES = ("none", "purchase", "with", "paid", "unpaid", "partly", "overpaid")
UNPAYABLE = ("none", "purchase", "with")  # no money is recorded for them
FILTERS = ("unpaid", "partly", "overdue", "paid")
CORRECTS = DocumentLink.What.CORRECTS
OURS = Q(seller_nip=F("company__nip"))  # what is self-billed has the supplier for its seller

TEXTS: dict[str, Pair] = {
    "none": (
        "Faktura jest wycofana: nikt za nią nie płaci.",
        "The invoice is withdrawn: nobody pays for it.",
    ),
    "purchase": (
        "Samofakturowanie: to Twój zakup, płacisz dostawcy. Nikt Ci za nią nie płaci.",
        "Self-billing: this is your purchase, you pay the supplier. Nobody pays you for it.",
    ),
    "with": (
        "Tę korektę rozlicza się razem z fakturą, którą poprawia. Zapisz wpłatę przy tamtej.",
        "This correction is settled together with the invoice that it corrects. Record the "
        "payment there.",
    ),
    "paid": ("Ta faktura jest już zapłacona.", "This invoice is paid already."),
    "changed": (
        "Ktoś zapisał w tym czasie inną wpłatę. Sprawdź, ile zostało do zapłaty.",
        "Somebody has recorded another payment meanwhile. Check what is still due.",
    ),
    "amount": (
        "Wpisz kwotę z najwyżej dwoma miejscami po przecinku, inną niż zero.",
        "Type an amount with at most two decimal places, other than zero.",
    ),
    "day": (
        "Wpisz dzień wpłaty, nie późniejszy niż dziś.",
        "Type the day of the payment, not later than today.",
    ),
    "note": (
        "Uwaga może mieć najwyżej 200 znaków.",
        "The note may have at most 200 characters.",
    ),
    "cancelled": ("Ta wpłata jest już anulowana.", "This payment is cancelled already."),
}


class PaymentRefused(Refusal):
    """Nothing was recorded; `.code` is a key of TEXTS."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(TEXTS[code])


@dataclass(frozen=True)
class Standing:
    """What is owed for a document, in its currency.

    `state`: "none" (withdrawn), "purchase" (self-billed: we pay the supplier), "with" (a
    correction settled with its invoice), "paid", "unpaid", "partly", "overpaid" (money is to be
    given back). `paid_at_issue`: the invoice itself says so.
    `overdue_days` is 0 unless something is due and its day has passed.
    """

    state: str
    gross: Decimal
    corrected: Decimal
    received: Decimal
    rest: Decimal
    paid_at_issue: bool
    paid_on: date | None
    due_on: date | None
    overdue_days: int

    @property
    def is_open(self) -> bool:
        """Somebody still has to pay."""
        return self.state in ("unpaid", "partly")


def with_rest(rows: QuerySet[Document]) -> QuerySet[Document]:
    """Rows with `received`, `corrected`, `paid_on`, `is_folded`, `is_purchase`, `rest`, `pays_by`.

    `pays_by` is due_on; once the invoice itself is paid, that of the correction in plus which is
    not, None where that one has no term.
    """
    rows = rows.annotate(
        received=Coalesce(Subquery(_received()), NOTHING, output_field=MONEY),
        corrected=Coalesce(Subquery(_corrections()), NOTHING, output_field=MONEY),
        paid_on=Subquery(_live().annotate(last=Max("received_on")).values("last")),
        is_folded=Exists(folding().filter(document=OuterRef("pk"))),
        is_purchase=Case(When(OURS, then=False), default=True, output_field=BooleanField()),
    )
    own = Case(When(paid=True, then=NOTHING), default=F("gross"), output_field=MONEY)
    rest = own + F("corrected") - F("received")
    alone = ExpressionWrapper(own - F("received"), output_field=MONEY)
    later = Subquery(_corrections_due(), output_field=DateField())
    rows = rows.annotate(
        own_rest=alone,
        pays_by=Case(When(own_rest__lt=CENT, then=later), default=F("due_on")),
    )
    owes_nothing = Q(withdrawn_at__isnull=False) | Q(is_folded=True) | Q(is_purchase=True)
    return rows.annotate(
        rest=Case(When(owes_nothing, then=NOTHING), default=rest, output_field=MONEY)
    )


def _live() -> QuerySet[Payment]:
    rows = Payment.objects.filter(document=OuterRef("pk"), cancelled_at=None)
    return rows.order_by().values("document")


def _received() -> QuerySet[Payment]:
    return _live().annotate(sum=Sum("amount")).values("sum")


def folding() -> QuerySet[DocumentLink]:
    """Links of corrections that are settled with the one invoice which they correct."""
    others = DocumentLink.objects.filter(document=OuterRef("document"), what=CORRECTS)
    alone = ~Exists(others.exclude(other=OuterRef("other")))
    rows = DocumentLink.objects.filter(
        alone, what=CORRECTS, document__currency=F("other__currency")
    )
    return rows.filter(other__withdrawn_at=None).exclude(other__kind__startswith="KOR").order_by()


def _counted() -> QuerySet[DocumentLink]:
    rows = folding().filter(other=OuterRef("pk"), document__submission__state__in=COUNTED)
    return rows.filter(document__withdrawn_at=None, document__paid=False).values("other")


def _corrections() -> QuerySet[DocumentLink]:
    return _counted().annotate(sum=Sum("document__gross")).values("sum")


def _corrections_due() -> QuerySet[DocumentLink]:
    rows = _counted().filter(document__gross__gt=0)
    return rows.annotate(last=Max("document__due_on")).values("last")


def payment_filter(name: str) -> Q:
    """What a filter of FILTERS keeps of rows `with_rest`. Overdue ones are unpaid as well."""
    due = Q(rest__gte=CENT)
    if name == "unpaid":
        return due
    if name == "partly":
        return due & ~Q(received=Decimal(0))
    if name == "overdue":
        return due & Q(pays_by__lt=clock.today())
    return Q(rest__lt=CENT, withdrawn_at=None, is_folded=False, is_purchase=False)


def standing(document: Document) -> Standing:
    """How a document of `with_rest` stands; no query."""
    rest = money.round_half_up(document.rest)
    due_on = document.pays_by
    late = (clock.today() - due_on).days if due_on and rest > 0 else 0
    return Standing(
        state=_state(document, rest),
        gross=document.gross,
        corrected=money.round_half_up(document.corrected),
        received=money.round_half_up(document.received),
        rest=rest,
        paid_at_issue=document.paid,
        paid_on=document.paid_on,
        due_on=due_on,
        overdue_days=max(0, late),
    )


def _state(document: Document, rest: Decimal) -> str:
    if document.withdrawn_at:
        return "none"
    if document.is_purchase:
        return "purchase"
    if document.is_folded:
        return "with"
    if rest > 0:
        return "partly" if document.received or document.paid else "unpaid"
    return "overpaid" if rest < 0 else "paid"


def standing_get(document: Document) -> Standing:
    """How one document stands in the database now."""
    return standing(with_rest(Document.objects.filter(pk=document.pk)).get())


def payment_list(document: Document) -> QuerySet[Payment]:
    """All entries of a document, cancelled ones too, the latest first."""
    rows = document.payments.select_related("recorded_by", "cancelled_by")
    return rows.order_by("-received_on", "-pk")


def payment_add(
    *,
    document: Document,
    amount: Decimal,
    received_on: date,
    by: User,
    note: str = "",
    seen: Decimal | None = None,
) -> Payment:
    """Records money that came (negative: was given back), in the document's currency.

    `seen` is the rest that the person saw: a form that is sent twice adds nothing the second
    time. Raises PaymentRefused.
    """
    _check(amount, received_on, note)
    with transaction.atomic():
        now = _locked(document)
        if seen is not None and seen != now.rest:
            raise PaymentRefused("changed")
        return _store(document, amount, received_on, note, by)


def payment_settle(
    *, document: Document, by: User, received_on: date | None = None, note: str = ""
) -> Payment:
    """The whole rest came, today unless said otherwise. Raises PaymentRefused."""
    received_on = received_on or clock.today()
    with transaction.atomic():
        now = _locked(document)
        if not now.is_open:
            raise PaymentRefused("paid")
        _check(now.rest, received_on, note)
        return _store(document, now.rest, received_on, note, by)


def payment_cancel(*, payment: Payment, by: User) -> Payment:
    """Takes back a mistaken entry: it stays, but counts no more. Raises PaymentRefused."""
    with transaction.atomic():
        live = Payment.objects.filter(pk=payment.pk, cancelled_at=None)
        if not live.update(cancelled_at=clock.now(), cancelled_by=by):
            raise PaymentRefused("cancelled")
        payment.refresh_from_db()
        _audit("payment.cancel", payment, by)
    return payment


def _locked(document: Document) -> Standing:
    """How it stands while nobody else writes about it. Raises PaymentRefused."""
    Document.objects.select_for_update().only("pk").get(pk=document.pk)
    now = standing_get(document)
    if now.state in UNPAYABLE:
        raise PaymentRefused(now.state)
    return now


def _check(amount: Decimal, received_on: date, note: str) -> None:
    is_money = amount.is_finite() and 0 < abs(amount) < MOST
    if not is_money or amount != money.round_half_up(amount):
        raise PaymentRefused("amount")
    if not OLDEST <= received_on <= clock.today():
        raise PaymentRefused("day")
    if len(note) > LONGEST_NOTE:
        raise PaymentRefused("note")


def _store(document: Document, amount: Decimal, day: date, note: str, by: User) -> Payment:
    payment = Payment.objects.create(
        document=document, amount=amount, received_on=day, note=note.strip(), recorded_by=by
    )
    _audit("payment.add", payment, by)
    return payment


def _audit(action: str, payment: Payment, by: User) -> None:
    document = payment.document
    audit(
        action,
        company=document.company,
        user=by,
        subject=document.number,
        document=str(document.pk),
        amount=f"{money.round_half_up(payment.amount):.2f} {document.currency}",
        received_on=payment.received_on.isoformat(),
    )
