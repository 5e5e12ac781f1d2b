"""Buttons that ask public registers; what was typed is saved before, and stays when they fail."""

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from invoices.fa3 import tree as trees
from invoices.forms import typed
from invoices.models import Document, Draft
from invoices.registers import Unknown
from invoices.services import exchange, lookups
from invoices.services.drafts import draft_save
from invoices.services.lookups_fill import (
    BUYER,
    CORRECTIONS,
    Party,
    is_by_hand,
    party_of,
    stated_rates,
    with_buyer,
    with_rate,
)
from invoices.services.lookups_words import (
    account_said,
    answer_said,
    rate_said,
    subject_said,
    unknown_said,
    vies_said,
)
from invoices.services.proofs import subjects_of
from ksefapp.accounts.pages import company_page
from ksefapp.accounts.roles import May
from ksefapp.lib import bank, nip
from ksefapp.ui import formats


def lookup_in_draft(request, company, draft: Draft, what: str) -> None:
    """Does what the button says; messages tell the outcome.

    Raises DraftConflict or DraftIssued when somebody saved or issued it meanwhile.
    """
    does = {"nip": _by_nip, "vies": _by_vies, "account": _account_of_draft}
    does |= {"rate": _rate, "rate-replace": _rate_replaced}
    try:
        if what in does:
            does[what](request, company, draft)
    except Unknown as unknown:
        left = _("To, co jest wpisane, zostało bez zmian.")
        messages.warning(request, f"{unknown_said(unknown)} {left}")


def _by_nip(request, company, draft: Draft) -> None:
    number = trees.text(draft.content, f"{BUYER}/NIP")
    if not nip.is_valid(number):
        messages.warning(request, _("Wpisz pełny NIP nabywcy: 10 cyfr. Wtedy go wyszukamy."))
        return
    row = lookups.nip_lookup(company, number)
    party = party_of(row)
    if party is None:
        messages.info(request, subject_said(row))
        return
    _save(request, draft, with_buyer(draft.content, party))
    messages.success(request, subject_said(row))


def _by_vies(request, company, draft: Draft) -> None:
    country, number = (trees.text(draft.content, f"{BUYER}/{x}") for x in ("KodUE", "NrVatUE"))
    if not country or not number:
        messages.warning(request, _("Wpisz kraj i numer VAT-UE nabywcy. Wtedy go sprawdzimy."))
        return
    row = lookups.eu_lookup(company, country, number)
    party = party_of(row)
    if party is not None:
        _save(request, draft, with_buyer(draft.content, party, only_empty=True))
    (messages.success if party else messages.warning)(request, vies_said(row))


def _rate_replaced(request, company, draft: Draft) -> None:
    _rate(request, company, draft, is_asked=True)


def _rate(request, company, draft: Draft, *, is_asked: bool = False) -> None:
    tree = draft.content
    currency = trees.text(tree, "Fa/KodWaluty")
    if currency in ("", "PLN"):
        messages.info(request, _("Faktura w złotych nie potrzebuje kursu."))
        return
    if _takes_old_rate(tree):
        messages.info(request, _("Korekta bierze kurs z faktury, którą koryguje (art. 31b)."))
        return
    day = exchange.rate_day(tree)
    rate = exchange.rate_for(company, currency, day, day)
    if is_by_hand(tree, rate) and not is_asked:
        messages.info(request, _rate_kept(tree, rate))
        return
    made = with_rate(tree, rate)
    if made is None:
        messages.warning(request, _rate_homeless(tree, rate))
        return
    _save(request, draft, made)
    text = _("Kurs NBP: %(rate)s. VAT w złotych przeliczony.")
    messages.success(request, text % {"rate": rate_said(rate)})


def _takes_old_rate(tree: dict) -> bool:
    """A rebate of a whole period may be converted afresh (art. 31b ust. 2)."""
    is_correction = trees.text(tree, "Fa/RodzajFaktury") in CORRECTIONS
    return is_correction and not trees.text(tree, "Fa/OkresFaKorygowanej")


def _rate_kept(tree: dict, rate: exchange.Rate) -> str:
    text = _(
        "Na fakturze jest kurs wpisany ręcznie (%(stated)s) i zostaje. NBP podaje: %(rate)s. Jeśli "
        "ma być ten z NBP, naciśnij „Zastąp kursem NBP”."
    )
    stated = ", ".join(formats.amount(each, 4) for each in sorted(stated_rates(tree)))
    return text % {"stated": stated, "rate": rate_said(rate)}


def _rate_homeless(tree: dict, rate: exchange.Rate) -> str:
    if not trees.groups(tree, "Fa/FaWiersz"):
        return _("Kurs stoi przy pozycjach. Dodaj pierwszą pozycję i pobierz kurs jeszcze raz.")
    text = _(
        "FA(3) mieści kurs z sześcioma miejscami po przecinku, a NBP podaje: %(rate)s. Przelicz "
        "VAT w złotych ręcznie."
    )
    return text % {"rate": rate_said(rate)}


def _account_of_draft(request, company, draft: Draft) -> None:
    account = trees.text(draft.content, "Fa/Platnosc/RachunekBankowy[0]/NrRB")
    seller = trees.text(draft.content, "Podmiot1/DaneIdentyfikacyjne/NIP")
    _tell_account(request, company, seller, account)


def _tell_account(request, company, seller: str, account: str) -> None:
    if not bank.is_nrb(account):
        messages.info(request, _("W wykazie są tylko polskie rachunki: 26 cyfr. Sprawdź numer."))
        return
    row = lookups.account_lookup(company, seller, account)
    tell = messages.success if row.answer["is_assigned"] else messages.warning
    tell(request, account_said(row))


def _save(request, draft: Draft, tree: dict) -> None:
    if tree != draft.content:
        draft_save(draft=draft, content=tree, version=draft.version, saved_by=request.user)


@company_page(May.SETTINGS)
@require_POST
def company_account_check(request, company) -> HttpResponse:
    """Whether the company's own stored account is on the white list."""
    try:
        _tell_account(request, company, company.nip, company.bank_account)
    except Unknown as unknown:
        messages.warning(request, unknown_said(unknown))
    return redirect("company-settings", company.nip)


def contractor_looked_up(request, company) -> QueryDict:
    """What a contractor's form sent, with name and address as the white list or VIES has them.

    For the button `action=lookup`; stores nothing, messages tell the outcome.
    """
    given = request.POST.copy()
    kind, number = given.get("id_kind"), given.get("id_number", "")
    try:
        if kind == "nip" and nip.is_valid(nip.clean(number)):
            row = lookups.nip_lookup(company, nip.clean(number))
        elif kind == "eu" and number.strip():
            country = given.get("id_country", "")
            row = lookups.eu_lookup(company, country, typed.code(number).removeprefix(country))
        else:
            messages.warning(request, _("Wpisz NIP albo numer VAT-UE. Wtedy go wyszukamy."))
            return given
    except Unknown as unknown:
        left = _("To, co jest wpisane, zostało bez zmian.")
        messages.warning(request, f"{unknown_said(unknown)} {left}")
        return given
    party = party_of(row)
    (messages.success if party else messages.info)(request, answer_said(row))
    if party:
        _fill_contractor(given, party)
    return given


def _fill_contractor(given: QueryDict, party: Party) -> None:
    """VIES often has no address, and then the typed one stays."""
    given["name"] = party.name or given.get("name", "")
    if party.address_l1:
        given["address_l1"], given["address_l2"] = party.address_l1, party.address_l2
        given["country"] = party.country


def known_facts(company, tree: dict) -> dict[str, object]:
    """What registers have said about an invoice's buyer, account and rate; asks nobody."""
    facts: dict[str, object] = {"has_rate": bool(stated_rates(tree))}
    for source, key in subjects_of(tree):
        row = lookups.known_latest(company.environment, source, key)
        if row and source not in facts:
            facts[str(source)] = {"text": answer_said(row), "at": row.asked_at}
    currency = trees.text(tree, "Fa/KodWaluty")
    rate = exchange.rate_kept(company.environment, currency, exchange.rate_day(tree))
    return facts | {"rate": rate_said(rate) if rate else ""}


def proofs_context(request, document: Document) -> dict[str, object]:
    """For partials/proofs.html: which register said what, when."""
    proofs = []
    for proof in document.proofs.all():
        text = answer_said(proof)
        number = "" if proof.request_id in text else proof.request_id
        proofs.append({"said": text, "asked_at": proof.asked_at, "request_id": number})
    return {"proofs": proofs}
