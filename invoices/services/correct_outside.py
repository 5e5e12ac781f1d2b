"""Corrections of invoices that this application did not issue: an older program, or paper."""

from copy import deepcopy

from invoices.fa3 import tree as trees
from invoices.fa3.correcting import KIND_OF, CannotCorrect, Reference, Wanted, base
from invoices.fa3.standing import standing
from invoices.fa3.tree import Tree
from invoices.models import Draft
from invoices.services.correct import correction_tree
from invoices.services.drafts import draft_create
from invoices.services.seller import invoice_start
from ksefapp.accounts.models import Company, User
from ksefapp.lib import clock

OTHER_SELLER, A_CORRECTION, NO_FILE = "other-seller", "a-correction", "no-file"


def outside_correction_start(
    *,
    company: Company,
    reference: Reference,
    wanted: Wanted,
    user: User,
    kind: str = "VAT",
    original: Tree | None = None,
    corrections: list[Tree] | None = None,
) -> Draft:
    """A draft that corrects an invoice known by its reference, or by its XML file too.

    `original` is that file's tree, `corrections` those of its earlier corrections. Without it
    `wanted.party` tells the buyer, and the rows of the difference are typed into the draft.
    Raises CannotCorrect.
    """
    if original is None:
        content = _by_hand(company, reference, wanted, kind)
    else:
        _refuse_strange(company, original)
        now = standing(original, corrections or [])
        content = correction_tree(now, reference, wanted, company)
    return draft_create(company=company, content=content, created_by=user)


def reference_in(original: Tree, ksef_number: str = "") -> Reference:
    """The reference of a file: its own date and number."""
    issued_on, number = (trees.text(original, f"Fa/{name}") for name in ("P_1", "P_2"))
    return Reference(issued_on, number, ksef_number)


def _refuse_strange(company: Company, original: Tree) -> None:
    if trees.text(original, "Podmiot1/DaneIdentyfikacyjne/NIP") != company.nip:
        raise CannotCorrect(OTHER_SELLER)
    if trees.text(original, "Fa/RodzajFaktury") not in KIND_OF:
        raise CannotCorrect(A_CORRECTION)


def _by_hand(company: Company, reference: Reference, wanted: Wanted, kind: str) -> Tree:
    """Only what the reference says: nothing to take back or to show as it was."""
    if wanted.method != "difference":
        raise CannotCorrect(NO_FILE)
    today = clock.today()
    known = invoice_start(company, today=today, kind=kind)
    known["Podmiot2"] |= deepcopy(wanted.party or {})
    content = base(known, reference, wanted)
    content["Fa"] |= {"P_1": today.isoformat(), "FaWiersz": []}
    content["Fa"].pop("P_15ZK", None)  # a person knows the amount before, we do not
    return content
