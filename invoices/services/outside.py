"""Issuing outside KSeF on purpose: who may, and why not.

Two reasons are lawful. A consumer's invoice need not go to KSeF (art. 106ga ust. 2 pkt 4 of the
VAT Act). Small sales may stay outside under the relief of art. 145m (see relief_rules). Both are
an answer in the draft's options, so that nobody issues outside by pressing another button, and
the rules are asked again in the transaction that issues.

A correction goes where its original is: of an invoice with a KSeF number, or on the way to one,
it is never issued outside. Of an invoice issued outside it may be, for the same two reasons and
on the same conditions; without one of them it goes to KSeF and says that the original has no
number (NrKSeFN).
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from invoices import relief_rules
from invoices.fa3 import facades
from invoices.fa3 import tree as trees
from invoices.fa3.problems import Problem
from invoices.models import Draft, Submission
from invoices.services import relief
from invoices.services.originals import REFERENCES, waiting_originals
from ksefapp.lib import money
from ksefapp.ui.formats import date_pl

OPTION = "outside"
CONSUMER, RELIEF = Submission.Outside.CONSUMER, Submission.Outside.RELIEF
LIMIT_RULE = "TL-02"  # the one objection that a person may settle: by issuing in KSeF
RULE = "APP-outside"
DATED, FUTURE = "DT-02", "DT-01"  # P_1 has passed, is still to come
IDENTITY = "DaneIdentyfikacyjne"
BUYER = f"Podmiot2/{IDENTITY}"
BUYERS_TOO = ("2", "4", "8", "10")  # Podmiot3/Rola: a unit, a further buyer, JST, VAT group
TAX_NUMBERS = ("NIP", "IDWew", "NrVatUE", "NrID")
SELF_BILLING = "Fa/Adnotacje/P_17"


def reason_of(options: Mapping[str, Any]) -> str:
    """Why the draft is to be issued outside KSeF: "consumer", "relief", or "" for KSeF."""
    asked = options.get(OPTION, "")
    return asked if asked in Submission.Outside.values else ""


def options_with(options: Mapping[str, Any], reason: str) -> dict:
    """The options with another reason; "" takes the answer away."""
    rest = {name: value for name, value in options.items() if name != OPTION}
    return rest | {OPTION: reason} if reason in Submission.Outside.values else rest


def outside_problems(tree: dict, draft: Draft, *, issued_on: date, today: date) -> list[Problem]:
    """What forbids issuing this draft outside KSeF for the reason in its options."""
    return problems_for(reason_of(draft.options), tree, draft, issued_on=issued_on, today=today)


def problems_for(
    reason: str, tree: dict, draft: Draft, *, issued_on: date, today: date
) -> list[Problem]:
    """The same for a reason that is only being thought about; nothing for ""."""
    if not reason:
        return []
    if reason == CONSUMER:
        return [*_of_any(tree, draft), *_of_consumer(tree)]
    own = _of_relief(tree, draft, issued_on=issued_on, today=today)
    return [*_of_any(tree, draft), *own]


def dated_problems(
    problems: list[Problem], options: Mapping[str, Any], issued_on: date | None
) -> list[Problem]:
    """The same problems; an earlier P_1 means something else where nothing is sent to KSeF."""
    reason = reason_of(options)
    if not reason or issued_on is None:
        return problems
    words = {DATED: partial(_dated, reason=reason, day=issued_on), FUTURE: _future}
    return [words.get(each.rule, _as_it_is)(each) for each in problems]


def _as_it_is(problem: Problem) -> Problem:
    return problem


def _future(problem: Problem) -> Problem:
    return replace(
        problem,
        pl="Data wystawienia jest z przyszłości. Wpisz dzisiejszą.",
        en="The date of issue lies in the future. Enter today's.",
    )


def _dated(problem: Problem, reason: str, day: date) -> Problem:
    pl = (
        f"Data wystawienia {date_pl(day)} już minęła. Poza KSeF zostaw ją tylko wtedy, gdy faktura "
        "naprawdę powstała tego dnia."
    )
    en = (
        f"The date of issue {day} has passed. Outside KSeF keep it only if the invoice really was "
        "made on that day."
    )
    if reason == RELIEF:
        pl += f" Liczy się wtedy do limitu ulgi za {day:%m.%Y}."
        en += f" It then counts in the relief's limit of {day:%Y-%m}."
    return replace(problem, pl=pl, en=en)


def _block(path: str, pl: str, en: str, rule: str = RULE) -> Problem:
    return Problem(path, rule, "block", pl, en)


def _of_any(tree: dict, draft: Draft) -> Iterator[Problem]:
    if trees.text(tree, SELF_BILLING) == "1":
        yield _block(
            SELF_BILLING,
            "Samofakturowanie idzie przez KSeF. Tej faktury nie wystawisz poza nim.",
            "Self-billing goes through KSeF. This invoice cannot be issued outside it.",
        )
    if draft.replaces is not None and draft.replaces.submission.mode != Submission.Mode.ONLINE:
        yield _block(
            "",
            "Ta faktura zastępuje odrzuconą, wystawioną w trybie offline: musi trafić do KSeF.",
            "This invoice replaces a refused one issued offline: it must go to KSeF.",
        )
    yield from _of_original(tree, draft)


def _of_original(tree: dict, draft: Draft) -> Iterator[Problem]:
    waiting = {position for position, _document, _says in waiting_originals(tree, draft)}
    for position, entry in enumerate(trees.groups(tree, REFERENCES)):
        if trees.text(entry, "NrKSeF") == "1" or position in waiting:
            yield _block(
                f"{REFERENCES}[{position}]",
                "Oryginał jest w KSeF albo do niego idzie, więc korekta też musi tam trafić.",
                "The original is in KSeF or on its way there, so its correction must go there too.",
            )


def _of_consumer(tree: dict) -> Iterator[Problem]:
    """Art. 106ga ust. 2 pkt 4: a natural person who runs no business."""
    kind, _identifier = facades.identity(tree, BUYER)
    if kind != "none":
        name = next((n for n in TAX_NUMBERS if trees.text(tree, f"{BUYER}/{n}")), "BrakID")
        yield _block(
            f"{BUYER}/{name}",
            "Nabywca z numerem NIP, VAT-UE albo innym numerem podatkowym nie jest konsumentem. "
            "Wystaw fakturę w KSeF.",
            "A buyer with a NIP, an EU VAT number or another tax number is no consumer. Issue "
            "the invoice in KSeF.",
        )
    for position, party in enumerate(trees.groups(tree, "Podmiot3")):
        number = next((n for n in TAX_NUMBERS if trees.text(party, f"{IDENTITY}/{n}")), "")
        if number and trees.text(party, "Rola") in BUYERS_TOO:
            yield _block(
                f"Podmiot3[{position}]/{IDENTITY}/{number}",
                "Dodatkowy nabywca albo odbiorca z numerem podatkowym nie jest konsumentem. Wystaw "
                "fakturę w KSeF.",
                "An additional buyer or recipient with a tax number is no consumer. Issue the "
                "invoice in KSeF.",
            )
    for name in ("JST", "GV"):
        if trees.text(tree, f"Podmiot2/{name}") == "1":
            yield _block(
                f"Podmiot2/{name}",
                "Jednostka samorządu ani członek grupy VAT nie jest konsumentem.",
                "A local government unit or a member of a VAT group is no consumer.",
            )


def _of_relief(tree: dict, draft: Draft, *, issued_on: date, today: date) -> Iterator[Problem]:
    if not (relief.is_open(issued_on) and relief.is_open(today)):
        yield _block(
            "Fa/P_1",
            f"Ulga do 10 000 zł obejmuje faktury wystawione od {date_pl(relief_rules.FIRST_DAY)} "
            f"do {date_pl(relief.until())} (art. 145m ustawy o VAT). Wystaw w KSeF.",
            "The 10,000 PLN relief covers invoices issued from "
            f"{relief_rules.FIRST_DAY} to {relief.until()} (art. 145m of the VAT Act). Issue it "
            "in KSeF.",
            "TL-01",
        )
    elif lost := relief.loss_of(draft.company):
        yield _block(
            "",
            f"Ulga do 10 000 zł przepadła na stałe {date_pl(lost.lost_on)}. Wystaw w KSeF.",
            f"The 10,000 PLN relief was lost for good on {lost.lost_on}. Issue it in KSeF.",
            "APP-relief-lost",
        )
    else:
        yield from _of_limit(tree, draft, issued_on)


def _of_limit(tree: dict, draft: Draft, issued_on: date) -> Iterator[Problem]:
    gross = relief_rules.gross_pln(tree)
    if gross is None:
        yield _block(
            "Fa/KodWaluty",
            "Limit ulgi liczy się w złotych. Wpisz kurs waluty w pozycjach.",
            "The relief's limit is counted in PLN. Enter the rate of exchange in the lines.",
        )
        return
    month = relief.month_get(draft.company, issued_on)
    if not month.fits(gross):
        yield _over(month.left, gross)


def _over(left: Decimal, gross: Decimal) -> Problem:
    facts = {"left": money.display(left), "gross": money.display(gross)}
    en = {"left": money.display(left, "en"), "gross": money.display(gross, "en")}
    return Problem(
        "",
        LIMIT_RULE,
        "warn",
        "Ta faktura ({gross} zł) nie mieści się w limicie ulgi: w tym miesiącu zostało {left} zł. "
        "Musi trafić do KSeF i od niej ulga przepada na stałe, także w następnych miesiącach "
        "(art. 145m).".format(**facts),
        "This invoice ({gross} PLN) does not fit the relief's limit: {left} PLN are left this "
        "month. It must go to KSeF, and from it on the relief is lost for good, also in later "
        "months (art. 145m).".format(**en),
    )
