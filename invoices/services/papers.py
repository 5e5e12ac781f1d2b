"""What a buyer may get outside KSeF, and the second code without which nothing may be given.

The law in short: art. 106gb ust. 4 names buyers who must get the invoice itself; in the mode
of art. 106nf everybody may; in offline24 and during unavailability a domestic buyer gets only a
"potwierdzenie transakcji"; an online invoice is handed out with its number.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction

from auth_ksef.api import qr_base
from auth_ksef.kod2 import Kod2Refused, Signed, kod2_check, kod2_obstacle, kod2_sign
from auth_ksef.messages import Pair
from invoices.fa3 import facades
from invoices.fa3 import tree as trees
from invoices.models import Chore, Document, DocumentPrint, HandOver, Kod2, Submission
from invoices.render import links, qr
from invoices.services.doorbell import ring
from ksefapp.accounts.models import User
from ksefapp.lib import clock

Mode, State = Submission.Mode, Submission.State
Paper, What = DocumentPrint.State, HandOver.What

BUYERS = {"none": "no_nip", "": "no_nip", "vat_ue": "eu", "other": "foreign"}
ABROAD_RATES = ("np I", "np II")
ABROAD_TOTALS = ("P_13_5", "P_13_8", "P_13_9")
# Modes without any code: the rule that allows the paper, and the paper.
AS_IT_IS = {Mode.TOTAL: ("total", Paper.TOTAL), Mode.OUTSIDE: ("chosen", Paper.OUTSIDE)}
MARKED = "buyer_without_seat"  # an answer in the draft's options: "yes" or "no"

DUTIES: dict[str, Pair] = {
    "no_nip": ("nabywca bez NIP", "the buyer has no NIP"),
    "eu": ("nabywca z numerem VAT UE", "the buyer has an EU VAT number"),
    "foreign": ("nabywca z zagranicznym identyfikatorem", "the buyer has a foreign identifier"),
    "abroad": ("miejsce opodatkowania poza Polską", "the place of supply is outside Poland"),
    "marked": (
        "nabywca bez siedziby i stałego miejsca prowadzenia działalności w Polsce",
        "the buyer has no seat and no fixed establishment in Poland",
    ),
}

WHY: dict[str, Pair] = {
    "numbered": (
        "Faktura ma numer KSeF. Wydruk ma jeden kod, z tym numerem.",
        "The invoice has its KSeF number. The print has one code, with that number.",
    ),
    "withdrawn": (
        "Faktura jest wycofana: nie wolno jej wydać.",
        "The invoice is withdrawn: it may not be handed out.",
    ),
    "refused": (
        "KSeF odrzucił fakturę. Najpierw ją popraw, potem wydaj nabywcy dokument.",
        "KSeF refused the invoice. Correct it first, then hand a document to the buyer.",
    ),
    "total": (
        "Awaria całkowita: nabywca dostaje fakturę bez kodów, poza KSeF (art. 106ng ustawy o VAT).",
        "Total failure: the buyer gets the invoice without codes, outside KSeF (art. 106ng of "
        "the VAT Act).",
    ),
    "chosen": (
        "Faktura wystawiona poza KSeF: nabywca dostaje od Ciebie zwykłą fakturę, bez kodów i bez "
        "numeru KSeF.",
        "Issued outside KSeF: the buyer gets an ordinary invoice from you, without codes and "
        "without a KSeF number.",
    ),
    "awaria": (
        "Tryb awaryjny: każdy nabywca może dostać fakturę, z dwoma kodami (art. 106nf ustawy o "
        "VAT).",
        "Failure mode: every buyer may get the invoice, with both codes (art. 106nf of the VAT "
        "Act).",
    ),
    "outside": (
        "Obowiązek przesłania do KSeF ustał po ogłoszeniu awarii całkowitej. Nabywca dostaje "
        "fakturę z dwoma kodami, poza KSeF.",
        "The duty to send ended with the announced total failure. The buyer gets the invoice "
        "with both codes, outside KSeF.",
    ),
    "duty": (
        "Ten nabywca musi dostać fakturę także poza KSeF, z dwoma kodami (art. 106gb ust. 4 "
        "ustawy o VAT).",
        "This buyer must get the invoice outside KSeF too, with both codes (art. 106gb(4) of the "
        "VAT Act).",
    ),
    "domestic": (
        "Nabywca z NIP może teraz dostać tylko potwierdzenie transakcji. To nie jest faktura.",
        "A buyer with a NIP may get only a confirmation of the transaction now. It is not an "
        "invoice.",
    ),
    "soon": (
        "Faktura nie ma jeszcze numeru KSeF. Nabywca z NIP znajdzie ją w KSeF razem z numerem. "
        "Potwierdzenie transakcji przed numerem wymaga certyfikatu KSeF typu „offline”.",
        "The invoice has no KSeF number yet. A buyer with a NIP finds it in KSeF with the number. "
        "A confirmation of the transaction before that needs a KSeF certificate of the type "
        "“offline”.",
    ),
    "number": (
        "Faktura nie ma jeszcze numeru KSeF. Nabywca dostanie ją razem z numerem.",
        "The invoice has no KSeF number yet. The buyer gets it with the number.",
    ),
}


WITHOUT_CODE = ("numbered", "total", "chosen")  # rules whose papers carry no KOD II


@dataclass(frozen=True)
class Allowed:
    """What the buyer may get now, and why (Polish, English)."""

    invoice: bool
    confirmation: bool
    why: Pair
    missing_code: bool = False  # the law would allow more, but KOD II cannot be made

    def __contains__(self, what: str) -> bool:
        return self.invoice if what == What.INVOICE else self.confirmation


def duty_of(tree: dict, options: Mapping[str, Any]) -> str:
    """Why the buyer must get the invoice outside KSeF too, a key of DUTIES; "" where not.

    Art. 106gb ust. 4 of the VAT Act: no NIP, a foreign buyer, a place of supply abroad, or a
    buyer with a Polish NIP but no seat here, as a person answered.
    """
    kind, _ = facades.identity(tree, "Podmiot2/DaneIdentyfikacyjne")
    if kind in BUYERS:
        return BUYERS[kind]
    if _is_supplied_abroad(tree):
        return "abroad"
    return "marked" if options.get(MARKED) in ("yes", True) else ""


def _is_supplied_abroad(tree: dict) -> bool:
    """Rates np I, np II, or an OSS rate (P_12_XII): taxed in another country."""
    lines = trees.groups(tree, "Fa/FaWiersz")
    of_lines = any(
        trees.text(line, "P_12") in ABROAD_RATES or trees.text(line, "P_12_XII") for line in lines
    )
    return of_lines or any(trees.text(tree, f"Fa/{name}") for name in ABROAD_TOTALS)


def may_hand_over(document: Document, *, acting: User | None = None) -> Allowed:
    """What may be given to the buyer at this moment (rules 1.1, DEL-00 to DEL-03).

    Without a usable KOD II nothing that must carry it; `why` then says what is missing.
    """
    rule = _rule(document)
    invoice = rule in (*WITHOUT_CODE, "awaria", "outside", "duty")
    confirmation = rule == "domestic"
    if rule not in WITHOUT_CODE and (invoice or confirmation):
        refusal = kod2_refusal(document, acting=acting)
        if refusal:
            return Allowed(False, False, _missing(document, refusal), missing_code=True)
    return Allowed(invoice, confirmation, WHY[rule])


def _missing(document: Document, refusal: Kod2Refused) -> Pair:
    """An online invoice gets its number in seconds: no certificate is no reason for alarm."""
    is_online = document.submission.mode == Mode.ONLINE
    return WHY["soon"] if is_online and refusal.code == "none" else (refusal.pl, refusal.en)


def _rule(document: Document) -> str:
    submission = document.submission
    if document.withdrawn_at or submission.state == State.WITHDRAWN:
        return "withdrawn"
    if document.ksef_number:
        return "numbered"
    if submission.mode in AS_IT_IS:
        return AS_IT_IS[submission.mode][0]
    if submission.state == State.REFUSED:
        return "refused"
    if submission.state == State.OUTSIDE:
        return "outside"
    if submission.mode == Mode.FAILURE:
        return "awaria"
    if submission.mode == Mode.ONLINE:
        return "number" if document.hand_over_why else "domestic"
    return "duty" if document.hand_over_why else "domestic"


def paper_state(document: Document, what: str) -> str:
    """Which print is given when this is handed over."""
    if document.ksef_number:
        return Paper.NUMBERED
    if what == What.CONFIRMATION:
        return Paper.CONFIRMATION
    mode = document.submission.mode
    return AS_IT_IS[mode][1] if mode in AS_IT_IS else Paper.OFFLINE


def kod2_refusal(document: Document, *, acting: User | None = None) -> Kod2Refused | None:
    """Why no paper with KOD II may be made of this document now; None when it may."""
    made = kod2_get(document)
    if made is None:
        return kod2_obstacle(
            company=document.company,
            environment=document.environment,
            issued_by=document.issued_by,
            acting=acting,
        )
    try:
        kod2_check(made.credential, link=made.link, path=_path(document, made.serial))
    except Kod2Refused as refusal:
        return refusal
    return None


def kod2_get(document: Document) -> Kod2 | None:
    """The code that was made for this document."""
    return Kod2.objects.filter(document=document).select_related("credential").first()


def kod2_make(document: Document, *, acting: User | None = None) -> Kod2:
    """The document's KOD II, signed now if there is none yet; its paper is then made by itself.

    `acting` is the person at the keyboard, whose own key needs no consent to be used. Raises
    Kod2Refused; a code that does not verify any more is refused as well.
    """
    refusal = kod2_refusal(document, acting=acting)
    if refusal:
        raise refusal
    return kod2_get(document) or _kod2_store(document, acting)


def _kod2_store(document: Document, acting: User | None) -> Kod2:
    signed = kod2_sign(
        company=document.company,
        environment=document.environment,
        issued_by=document.issued_by,
        seller_nip=document.seller_nip,
        sha256_hex=document.sha256,
        base_url=qr_base(document.environment),
        acting=acting,
    )
    _refuse_dense(signed)
    try:
        with transaction.atomic():
            row = Kod2.objects.create(
                document=document,
                link=signed.link,
                serial=signed.serial,
                credential=signed.credential,
            )
            print_again(document)
    except IntegrityError:  # another process was first, and its signature is the one
        return kod2_get(document)
    transaction.on_commit(lambda: ring("chores_task"))
    return row


def _refuse_dense(signed: Signed) -> None:
    """Better no code than one that nobody can scan."""
    try:
        qr.side_mm(signed.link)
    except qr.CodeTooDense:
        raise Kod2Refused("dense", label=signed.credential) from None


def _path(document: Document, serial: str) -> str:
    """What follows the link's host: context, seller, certificate, hash of the bytes."""
    digest = links.sha256_b64url(document.sha256)
    return f"/certificate/Nip/{document.company.nip}/{document.seller_nip}/{serial}/{digest}/"


def print_again(document: Document) -> None:
    """The document changed its state: what was printed before does not count any more."""
    Chore.objects.update_or_create(
        document=document,
        kind=Chore.Kind.PRINT,
        language="pl",
        defaults={"done_at": None, "lease_until": None, "tries": 0, "not_before": clock.now()},
    )
