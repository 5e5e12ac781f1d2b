"""Notices about deliveries that a person should know of: duplicates, and what takes too long."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Count, F, Min, QuerySet
from django.urls import reverse

from invoices.models import Document, Submission
from invoices.services import duplicates
from invoices.services.delivery_states import State
from ksefapp.accounts.models import Company
from ksefapp.lib import clock
from ksefapp.notify.models import Notice
from ksefapp.notify.notices import notice_raise, notice_resolve

Pair = tuple[str, str]

DUPLICATES: dict[str, Pair] = {
    duplicates.SAME_SALE: (
        "KSeF ma już fakturę {number} o tej samej treści. Różni się tylko czas utworzenia pliku "
        "albo nazwa programu. Sprawdź i nie wystawiaj jej drugi raz.",
        "KSeF already has invoice {number} with the same content. Only the time the file was "
        "made or the program's name differ. Check, and do not issue it a second time.",
    ),
    duplicates.OTHER: (
        "Alarm: numer {number} ma już w KSeF inna faktura tej firmy. Porównaj obie i wystaw "
        "naszą z kolejnym numerem.",
        "Alarm: KSeF has another invoice of this company under number {number}. Compare both "
        "and issue ours with the next number.",
    ),
    duplicates.UNREADABLE: (
        "Alarm: numer {number} ma już w KSeF faktura, której KSeF nam nie pokazuje. Sprawdź ją, "
        "zanim wystawisz naszą z innym numerem.",
        "Alarm: KSeF has an invoice under number {number} which it does not show us. Check it "
        "before you issue ours with another number.",
    ),
}
SLOW: Pair = (
    "KSeF od {minutes} min sprawdza faktury, które przyjął do przetwarzania (jest ich teraz "
    "{count}). Pytamy dalej. Nie wystawiaj ich ponownie.",
    "KSeF has been checking invoices that it took in for {minutes} min ({count} now). We keep "
    "asking. Do not issue them again.",
)
UNKNOWN: Pair = (
    "Od {minutes} min nie wiemy, czy KSeF przyjął faktury (jest ich teraz {count}). Pytamy "
    "dalej. Nie wystawiaj ich ponownie.",
    "For {minutes} min we have not known whether KSeF took invoices ({count} now). We keep "
    "asking. Do not issue them again.",
)
UNDECIDED: Pair = (
    "KSeF od {hours} godz. nie rozstrzyga, czy przyjął fakturę {number} (status 500). Zgłoś to "
    "pomocy KSeF, podając sesję {session} i numer referencyjny {reference}. Nie wystawiaj jej "
    "ponownie.",
    "For {hours} h KSeF has not decided whether it took invoice {number} (status 500). Report "
    "it to KSeF's help desk with session {session} and reference {reference}. Do not issue it "
    "again.",
)


def duplicate_tell(row: Submission, original: duplicates.Original) -> None:
    """An alarm: our number is taken in KSeF by other bytes."""
    document = row.document
    notice_raise(
        company=document.company,
        key=duplicate_key(document),
        kind="bad",
        text=_filled(DUPLICATES[original.verdict], number=document.number),
        path=reverse("invoice-detail", args=[document.company.nip, document.pk]),
        environment=document.environment,
    )


def duplicate_untell(document: Document) -> None:
    """The alarm is over: accepted after all, withdrawn, or replaced."""
    notice_resolve(document.company, duplicate_key(document), environment=document.environment)


def duplicate_key(document: Document) -> str:
    """The notice's key."""
    return f"duplicate:{document.pk}"


def stuck_tell() -> int:
    """Tells of deliveries that take too long, once for each company; a sweep. How many they are.

    What goes on for long is calm news, not an error: nothing is to be done, and above all nothing
    is to be issued again. Only an undecided invoice (500) asks a person to act.
    """
    slow = _older(State.SENT, settings.KSEF_SLOW_VERDICT_MINUTES)
    unknown = _older(State.UNKNOWN, settings.KSEF_UNKNOWN_TELL_MINUTES)
    undecided = _older(State.UNKNOWN, settings.KSEF_UNDECIDED_HOURS * 60)
    _tell_by_company("slow-verdicts", slow, SLOW)
    _tell_by_company("unknown", unknown.exclude(last_code=500), UNKNOWN)
    for row in undecided.filter(last_code=500).select_related("session"):
        _tell_undecided(row)
    _tidy()
    return slow.count() + unknown.count()


def _older(state: str, minutes: int) -> QuerySet[Submission]:
    """Rows that are in the state for so long, of companies still in that environment."""
    return Submission.objects.filter(
        state=state,
        environment=F("document__company__environment"),
        changed_at__lte=clock.now() - timedelta(minutes=minutes),
    ).select_related("document", "document__company")


def _tell_by_company(key: str, rows: QuerySet[Submission], text: Pair) -> None:
    found = rows.values("document__company").annotate(count=Count("pk"), since=Min("changed_at"))
    stuck = {row["document__company"]: row for row in found}
    for company in Company.objects.filter(pk__in=stuck):
        row = stuck[company.pk]
        minutes = int((clock.now() - row["since"]).total_seconds() // 60)
        notice_raise(
            company=company,
            key=key,
            kind="warn",
            text=_filled(text, minutes=minutes, count=row["count"]),
            path=reverse("invoice-list", args=[company.nip]),
        )
    over = Notice.objects.filter(key=key, over=False).exclude(company__in=stuck)
    for notice in over.select_related("company"):
        notice_resolve(notice.company, key, environment=notice.environment)


def _tell_undecided(row: Submission) -> None:
    document = row.document
    notice_raise(
        company=document.company,
        key=f"undecided:{document.pk}",
        kind="bad",
        text=_filled(
            UNDECIDED,
            hours=settings.KSEF_UNDECIDED_HOURS,
            number=document.number,
            session=row.session.reference if row.session else "?",
            reference=row.invoice_reference or "?",
        ),
        path=reverse("invoice-detail", args=[document.company.nip, document.pk]),
        environment=document.environment,
    )


STATES_OF = {"duplicate": State.REFUSED, "undecided": State.UNKNOWN}


def _tidy() -> None:
    """Matters of one document end when its row has gone on, whoever moved it."""
    for kind, state in STATES_OF.items():
        for notice in Notice.objects.filter(key__startswith=f"{kind}:", over=False):
            document = notice.key.partition(":")[2]
            if not Submission.objects.filter(document=document, state=state).exists():
                notice_resolve(notice.company, notice.key, environment=notice.environment)


def _filled(pair: Pair, **facts: object) -> Pair:
    polish, english = pair
    return polish.format(**facts), english.format(**facts)
