"""Corrections begun from the invoice itself: what stands now, what is wanted, and a draft of it."""

from collections.abc import Callable
from dataclasses import replace

from invoices.fa3 import correcting, settling_corrections
from invoices.fa3 import tree as trees
from invoices.fa3.correcting import CannotCorrect, Reference, Wanted
from invoices.fa3.parse import parse
from invoices.fa3.standing import is_collective, standing
from invoices.fa3.tree import Tree
from invoices.models import Document, Draft
from invoices.services import links, relief
from invoices.services.drafts import draft_create
from invoices.services.issue_checks import options_of
from invoices.services.seller import seller_tree
from ksefapp.accounts.models import Company, User
from ksefapp.lib import clock

Builder = Callable[[Tree, Reference, Wanted], Tree]
NOT_CORRECTABLE, NOT_HERE, WITHDRAWN = "not-correctable", "other-environment", "withdrawn"

_ORDINARY: dict[str, Builder] = {
    "lines": correcting.by_lines,
    "difference": correcting.by_difference,
    "zero": correcting.to_zero,
}
_DATA: dict[str, Builder] = {
    "buyer": correcting.of_buyer,
    "seller": correcting.of_seller,
    "number": correcting.of_number,
}
# (RodzajFaktury of the original, method) → the tree of its correction.
BUILDERS: dict[tuple[str, str], Builder] = {
    **{(kind, method): make for kind in ("VAT", "UPR") for method, make in _ORDINARY.items()},
    **{(kind, method): make for kind in correcting.KIND_OF for method, make in _DATA.items()},
    ("ZAL", "lines"): settling_corrections.of_advance,
    ("ZAL", "zero"): settling_corrections.advance_to_zero,
    ("ROZ", "lines"): settling_corrections.of_settlement,
    ("ROZ", "difference"): correcting.by_difference,
    ("ROZ", "zero"): correcting.to_zero,
}


def correction_start(*, original: Document, wanted: Wanted, user: User) -> Draft:
    """A draft that corrects one of our documents. Raises CannotCorrect."""
    refuse_uncorrectable(original)
    now = standing_of(original)
    content = correction_tree(now, reference_of(original), wanted, original.company)
    return draft_create(
        company=original.company,
        content=content,
        created_by=user,
        options=correction_options(original, content),
    )


def refuse_uncorrectable(original: Document) -> None:
    """Raises CannotCorrect for a document of another environment, and for a withdrawn one."""
    if original.environment != original.company.environment:
        raise CannotCorrect(NOT_HERE)
    if original.withdrawn_at is not None:
        raise CannotCorrect(WITHDRAWN)


def correction_options(original: Document, content: Tree) -> dict:
    """Answers outside FA(3): what stayed outside KSeF is corrected outside it.

    Where the relief is over or lost meanwhile, the correction goes to KSeF, without its number.
    """
    options = options_of(original, content)
    why = original.submission.outside_why
    if why == relief.RELIEF and not relief.is_usable(original.company):
        why = ""
    return options | {"outside": why} if why else options


def methods_of(original: Document) -> tuple[str, ...]:
    """The ways in which a document of this kind can be corrected; () for a correction."""
    return tuple(m for m in correcting.METHODS if (original.kind, m) in BUILDERS)


def original_of(document: Document) -> Document | None:
    """What a correction is about: its one original, which further corrections name as well."""
    found = [link.other for link in document.links.filter(what=links.What.CORRECTS)[:2]]
    return links.present(found[0]) if len(found) == 1 else None


def effect_proposed(method: str, reason: str) -> str:
    """TypKorekty from what is corrected and why.

    Less tax is settled when the correction is issued (art. 29a ust. 13), more of it because of
    a mistake back in the original's period (ust. 17); data never were otherwise.
    """
    if method in correcting.DATA_METHODS:
        return correcting.AT_ISSUE
    is_mistake = any(word in reason.lower() for word in ("pomył", "błąd", "błęd", "omył"))
    return correcting.AT_ISSUE if method == "lines" and is_mistake else correcting.LATER_EVENT


def correction_tree(now: Tree, reference: Reference, wanted: Wanted, company: Company) -> Tree:
    """The content of the draft, with today's date. Raises CannotCorrect."""
    builder = BUILDERS.get((trees.text(now, "Fa/RodzajFaktury"), wanted.method))
    if builder is None:
        raise CannotCorrect(NOT_CORRECTABLE)
    if wanted.method == "seller" and wanted.party is None:
        wanted = replace(wanted, party=seller_tree(company))
    content = builder(now, reference, wanted)
    content["Fa"]["P_1"] = clock.today().isoformat()
    return content


def reference_of(original: Document) -> Reference:
    """How its corrections name it; the KSeF number is that of the archive."""
    return Reference(original.issued_on.isoformat(), original.number, original.ksef_number or "")


def standing_of(original: Document) -> Tree:
    """The tree of what the document says after its corrections that were not withdrawn."""
    return standing(tree_of(original), [tree_of(row) for row in links.corrections_of(original)])


def has_collective(original: Document) -> bool:
    """Whether a correction of several invoices touched it: that one's amounts are not in here."""
    return any(is_collective(tree_of(row)) for row in links.corrections_of(original))


def tree_of(document: Document) -> Tree:
    """The tree of its frozen bytes."""
    return parse(bytes(document.file.content))
