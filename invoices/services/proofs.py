"""What registers had said about an invoice, kept with it: the evidence of diligence."""

from collections.abc import Iterator
from datetime import datetime, time
from typing import Any

from django.db.models import QuerySet

from invoices.fa3 import tree as trees
from invoices.models import Document, DocumentProof, Draft, RegisterAnswer
from invoices.services import exchange
from invoices.services.lookups import account_key, eu_key, realm_of
from invoices.services.lookups_fill import BUYER, stated_rates
from ksefapp.accounts.models import User
from ksefapp.lib import clock

Source = RegisterAnswer.Source
MOST_ACCOUNTS = 10


def proofs_write(document: Document, tree: trees.Tree, draft: Draft, by: User) -> None:
    """A step of the issue: the newest known answers that the invoice rests on become proofs.

    Asked since the draft was begun or on the day of issue; a rate is what it is whenever asked.
    """
    found = [_newest(document, draft, source, key) for source, key in subjects_of(tree)]
    found.append(_rate(document, tree))
    for row in filter(None, found):
        DocumentProof.objects.create(
            document=document,
            source=row.source,
            key=row.key,
            day=row.day,
            asked_at=row.asked_at,
            request_id=row.request_id,
            answer=row.answer,
        )


def subjects_of(tree: trees.Tree) -> Iterator[tuple[str, str]]:
    """(source, key) of everything on the invoice that a register could be asked about."""
    seller = trees.text(tree, "Podmiot1/DaneIdentyfikacyjne/NIP")
    if buyer := trees.text(tree, f"{BUYER}/NIP"):
        yield Source.WHITELIST, buyer
    country, number = (trees.text(tree, f"{BUYER}/{name}") for name in ("KodUE", "NrVatUE"))
    if country and number:
        yield Source.VIES, eu_key(country, number, seller)
    accounts = trees.groups(tree, "Fa/Platnosc/RachunekBankowy")[:MOST_ACCOUNTS]
    for account in dict.fromkeys(trees.text(entry, "NrRB") for entry in accounts):
        if account:
            yield Source.ACCOUNT, account_key(seller, account)


def _newest(document: Document, draft: Draft, source: str, key: str) -> RegisterAnswer | None:
    midnight = datetime.combine(clock.warsaw(document.issued_at).date(), time(), clock.WARSAW)
    since = min(draft.created_at, midnight)
    return _known(document, source, key).filter(asked_at__gte=since).first()


def _rate(document: Document, tree: trees.Tree) -> RegisterAnswer | None:
    """The table that the invoice's rate was taken from, where it is NBP's."""
    currency = trees.text(tree, "Fa/KodWaluty")
    day = exchange.rate_day(tree)
    kept = exchange.rate_kept(document.environment, currency, day)
    if kept is None or stated_rates(tree) != {kept.mid}:
        return None
    return _known(document, Source.NBP, currency).filter(day=day).first()


def _known(document: Document, source: str, key: str) -> QuerySet[RegisterAnswer]:
    rows = RegisterAnswer.objects.filter(source=source, key=key, is_known=True)
    return rows.filter(realm=realm_of(document.environment))


def proofs_out(document: Document) -> list[dict[str, Any]]:
    """The proofs as JSON, for the export."""
    return [
        {
            "source": proof.source,
            "key": proof.key,
            "day": proof.day.isoformat(),
            "asked_at": proof.asked_at.isoformat(),
            "request_id": proof.request_id,
            "answer": proof.answer,
        }
        for proof in document.proofs.all()
    ]
