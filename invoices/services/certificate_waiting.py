"""Documents whose KOD II rests on a certificate: what `auth_ksef` asks before one is revoked."""

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.urls import reverse

from auth_ksef.hooks import Waiting
from auth_ksef.kod2 import Kod2Refused
from auth_ksef.models import Credential
from invoices.models import Document, DocumentPrint, HandOver, Kod2, Submission
from invoices.services.delivery_states import OPEN, RETRYABLE
from invoices.services.doorbell import held, ring
from invoices.services.papers import kod2_make
from invoices.services.prints import WITH_KOD2
from ksefapp.accounts.access import Actor, company_list, may_do
from ksefapp.accounts.audit import audit
from ksefapp.accounts.models import Company, User
from ksefapp.accounts.roles import May

# A paper with KOD II of such a document may be with a buyer, and no number stands behind it.
UNNUMBERED = (*OPEN, Submission.State.REFUSED, Submission.State.OUTSIDE)


def waiting(credential: Credential) -> list[Waiting]:
    """Documents without a number that this certificate signed for, or signed anew since."""
    rows = [*_signed(credential), *_signed_anew(credential)]
    return [_row(document, credential) for document in rows]


def send(credential: Credential, person: User) -> int:
    """Those that wait leave now, in the companies where the person may issue.

    KSeF's own limits still hold: the gate of calls keeps them, not the row's pause.
    """
    documents = _signed(credential).filter(company__in=_companies(person))
    rows = Submission.objects.filter(document__in=documents, state__in=RETRYABLE)
    due = rows.update(not_before=None)
    with held():
        for company in set(documents.values_list("company", flat=True)):
            ring("company_task", company)
    return due


def sign_anew(credential: Credential, person: User) -> int:
    """KOD II of those documents by the certificate that may sign now; their prints are made anew.

    The old link is dead with its certificate; it stays in the history. Returns how many were
    signed; raises Kod2Refused when none can be.
    """
    done, refusal = 0, None
    for document in _signed(credential).filter(company__in=_companies(person)):
        try:
            _replace(document, person)
            done += 1
        except Kod2Refused as error:
            refusal = refusal or error
    if refusal and not done:
        raise refusal
    return done


def signed_count(credential: Credential) -> int:
    """Documents with a KOD II of this certificate, whatever became of them."""
    return Kod2.objects.filter(credential=credential).count()


def _replace(document: Document, person: User) -> None:
    with transaction.atomic():
        old = Kod2.objects.filter(document=document).first()
        Kod2.objects.filter(document=document).delete()
        DocumentPrint.objects.filter(document=document, state__in=WITH_KOD2).delete()
        new = kod2_make(document, acting=person)
        audit(
            "invoice.kod2_anew",
            company=document.company,
            user=person,
            subject=document.number,
            document=str(document.pk),
            serial=new.serial,
            link=old.link if old else "",
        )


def _signed(credential: Credential) -> QuerySet[Document]:
    rows = Document.objects.filter(
        kod2__credential=credential,
        ksef_number=None,
        withdrawn_at=None,
        submission__state__in=UNNUMBERED,
    )
    return _read(rows)


def _signed_anew(credential: Credential) -> QuerySet[Document]:
    """By the successor, while the buyer's paper is older than the new code."""
    if not credential.revoked_at or not credential.replaced_by_id:
        return Document.objects.none()
    given = HandOver.objects.filter(document=OuterRef("pk"))
    old = Exists(given.filter(at__lt=F("document__kod2__signed_at"), at__lte=credential.revoked_at))
    new = Exists(given.filter(at__gte=F("document__kod2__signed_at")))
    rows = Document.objects.filter(
        Q(old) & ~Q(new),
        kod2__credential__owner_user=credential.owner_user_id,
        kod2__credential__owner_company=credential.owner_company_id,
        kod2__signed_at__gt=credential.revoked_at,
        ksef_number=None,
        withdrawn_at=None,
        submission__state__in=UNNUMBERED,
    )
    return _read(rows)


def _read(rows: QuerySet[Document]) -> QuerySet[Document]:
    given = Exists(HandOver.objects.filter(document=OuterRef("pk")))
    rows = rows.select_related("company", "submission", "issued_by")
    return rows.annotate(given=given).order_by("issued_on", "number")


def _row(document: Document, credential: Credential) -> Waiting:
    return Waiting(
        number=document.number,
        company=document.company,
        buyer=document.buyer_name,
        issued_on=document.issued_on,
        handed_over=document.given,
        state=_state(document.submission.state),
        url=reverse("invoice-detail", args=[document.company.nip, document.pk]),
        anew=document.kod2.credential_id != credential.pk,
    )


def _state(state: str) -> tuple[str, str]:
    known = {
        Submission.State.REFUSED: ("KSeF odrzucił, trzeba poprawić", "KSeF refused it, correct it"),
        Submission.State.UNKNOWN: ("nie wiemy, sprawdzamy w KSeF", "not known, KSeF is asked"),
        Submission.State.OUTSIDE: ("poza KSeF, nie pójdzie", "outside KSeF, will not be sent"),
    }
    if state in known:
        return known[state]
    if state in RETRYABLE:
        return "czeka na wysyłkę", "waits to be sent"
    return "w drodze do KSeF", "on its way to KSeF"


def _companies(person: User) -> list[Company]:
    actor = Actor(person)
    return [row for row in company_list(actor) if may_do(actor, row, May.ISSUE)]
