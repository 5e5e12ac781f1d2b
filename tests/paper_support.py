"""Documents in every mode of issue, with and without a certificate for KOD II."""

from auth_ksef.credentials import certificate_add
from auth_ksef.models import Credential
from invoices.models import Document, Submission
from invoices.services.papers import duty_of
from ksefapp.lib import clock
from tests.auth_support import pem_files
from tests.invoice_support import content, issued

BUYERS = {
    "domestic": {"NIP": "1111111111", "Nazwa": "Kawiarnia Pod Lipą"},
    "eu": {"KodUE": "DE", "NrVatUE": "811234567", "Nazwa": "Nordlicht Möbel GmbH"},
    "foreign": {"KodKraju": "US", "NrID": "12-345", "Nazwa": "Maple Inc."},
    "consumer": {"BrakID": "1", "Nazwa": "Jan Kowalski"},
}


def certified(company, user, *, person=None, consent=False, key=None) -> Credential:
    """A type-2 certificate of the company, or of a person."""
    crt, secret = pem_files(offline=True, key=key)
    return certificate_add(
        company=company,
        certificate=crt,
        key=secret,
        password=None,
        owner_user=person,
        added_by=user,
        consent=consent,
    )


def tree_for(company, buyer: str, **fa) -> dict:
    """A valid tree for one of BUYERS."""
    tree = content(company, **fa)
    tree["Podmiot2"]["DaneIdentyfikacyjne"] = BUYERS[buyer]
    return tree


def paper(company, user, *, mode: str = "offline24", buyer: str = "domestic", **row) -> Document:
    """An issued document whose submission is put into that mode; `row` sets its columns."""
    document = issued(company, user)
    duty = duty_of(tree_for(company, buyer), {})
    Document.objects.filter(pk=document.pk).update(hand_over_why=duty)
    state = "outside" if mode == "calkowita" else "waiting"
    changes = {"mode": mode, "state": state, **row}
    Submission.objects.filter(document=document).update(**changes)
    return fresh(document)


def numbered(document: Document) -> Document:
    """The document as KSeF accepted it."""
    number = f"5265877635-20261121-{str(document.pk)[:12].replace('-', '0').upper()}-AF"
    Document.objects.filter(pk=document.pk).update(
        ksef_number=number[:35], ksef_number_at=clock.now()
    )
    Submission.objects.filter(document=document).update(state="accepted")
    return fresh(document)


def fresh(document: Document) -> Document:
    """As it stands in the database now."""
    return Document.objects.select_related("submission", "company", "issued_by").get(pk=document.pk)
