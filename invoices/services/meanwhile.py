"""What somebody else issued about the same invoices: two drafts of one thing, both plausible.

A draft takes its amounts from what stood when it was begun. Two people may take one invoice back,
or settle one advance, at the same time; each document alone is right, both together are not.
"""

from collections.abc import Iterator
from decimal import Decimal

from invoices.fa3 import lines as line_reader
from invoices.fa3 import tree as trees
from invoices.fa3.problems import Problem
from invoices.fa3.rules.invoice import CORRECTIONS
from invoices.models import Document, Draft
from invoices.services import earlier, links
from invoices.services.advances import advances_of
from ksefapp.lib import clock, money

OVER, CHANGED, TWICE = "APP-overcorrected", "APP-corrected-since", "APP-settled-twice"
SETTLED = "APP-settled-advance"
ORDINARY = frozenset({"VAT", "UPR", "ZAL"})  # the rest of a settlement may well be negative
P_15 = "Fa/P_15"


def issued_meanwhile(tree: trees.Tree, draft: Draft) -> Iterator[Problem]:
    """Warnings about a correction or a settlement that others have made already."""
    kind = trees.text(tree, "Fa/RodzajFaktury")
    if kind in CORRECTIONS and len(trees.items(tree, earlier.REFERENCES)) == 1:
        for _, _, original in earlier.corrected(tree, draft):
            yield from _of_correction(tree, draft, original)
    if kind == "ROZ":
        yield from _of_settlement(tree, draft)


def _of_correction(tree: trees.Tree, draft: Draft, original: Document) -> Iterator[Problem]:
    others = links.corrections_of(original).exclude(pk=draft.replaces_id)
    rows = [row for row in others if not links.is_collective(row)]
    change = line_reader.number(tree, P_15) or money.ZERO
    stands = money.total([original.gross, *(row.gross for row in rows)])
    numbers = ", ".join(row.number for row in rows[-3:])
    if rows and original.kind in ORDINARY and change < 0 <= stands and stands + change < 0:
        yield _over(original, numbers, stands)
        return
    since = [row for row in rows if row.issued_at >= (draft.created_at or clock.now())]
    if since:
        yield _changed(original, since[-1])
    if change and original.kind == "ZAL" and (other := advances_of([original])[0].settled_by):
        yield _settled(original, other)


def _over(original: Document, numbers: str, stands: Decimal) -> Problem:
    pl, en = (f"{money.display(stands, code)} {original.currency}" for code in ("pl", "en"))
    return Problem(
        P_15,
        OVER,
        "warn",
        f"Po korektach ({numbers}) faktura {original.number} wynosi już tylko {pl}. Z tą korektą "
        "zeszłaby poniżej zera. Zacznij korektę od nowa z faktury.",
        f"After its corrections ({numbers}) invoice {original.number} comes to {en} only. This "
        "correction would take it below zero. Begin it anew from the invoice.",
    )


def _changed(original: Document, other: Document) -> Problem:
    return Problem(
        earlier.REFERENCES,
        CHANGED,
        "warn",
        f"Po utworzeniu tego szkicu fakturę {original.number} skorygowała {other.number}. "
        "Sprawdź, czy kwoty przed korektą są nadal aktualne.",
        f"Since this draft was begun, {other.number} has corrected invoice {original.number}. "
        "Check that the amounts before the correction still hold.",
    )


def _settled(original: Document, other: Document) -> Problem:
    return Problem(
        earlier.REFERENCES,
        SETTLED,
        "warn",
        f"Zaliczkę {original.number} odjęła już faktura {other.number}. Po tej korekcie popraw "
        "też tamtą: odjęła kwotę sprzed korekty.",
        f"Invoice {other.number} has taken advance {original.number} off already. After this "
        "correction correct that one, too: it took off the amount from before.",
    )


def _of_settlement(tree: trees.Tree, draft: Draft) -> Iterator[Problem]:
    """An advance may be settled in parts, so this is no prohibition (art. 106f ust. 3)."""
    places = {row.pk: place for place, _, row in earlier.settled(tree, draft) if row.kind == "ZAL"}
    rows = Document.objects.filter(pk__in=places).select_related("submission", "file")
    for each in advances_of(rows):
        row, other = each.document, each.settled_by
        if other is None or other.pk == draft.replaces_id:
            continue
        if str(other.pk) == draft.options.get(links.REISSUES):  # taken back in the same step
            continue
        yield Problem(
            f"{earlier.ADVANCES}[{places[row.pk]}]",
            TWICE,
            "warn",
            f"Zaliczkę {row.number} rozliczyła już faktura {other.number}. Drugi raz odejmij "
            "tylko to, czego tamta nie objęła.",
            f"Advance {row.number} was settled by invoice {other.number} already. Take off only "
            "what that one left.",
        )
