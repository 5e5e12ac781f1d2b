"""What stands in the way of issuing a draft: schema and rules, and what only this house knows."""

import copy
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.conf import settings

from invoices.fa3 import facades
from invoices.fa3 import tree as trees
from invoices.fa3.defaults import stamp
from invoices.fa3.examine import examine
from invoices.fa3.problems import Problem
from invoices.models import Document, Draft
from invoices.services.company_checks import check_company, check_number
from invoices.services.meanwhile import OVER, TWICE, issued_meanwhile
from invoices.services.originals import waiting_originals
from invoices.services.outside import dated_problems, outside_problems
from invoices.services.proforma_checks import (
    cancelled_problems,
    is_proforma,
    proforma_problems,
)
from invoices.services.self_billing import is_self_billed
from ksefapp.accounts.models import Company, Environment
from ksefapp.lib import clock

BACKDATED = "DT-02"
SEAT, SEAT_ANSWERS = "buyer_without_seat", ("yes", "no")
SEAT_UNKNOWN = "APP-seat"
WAITS, NO_KOD2, OUTAGE = "KOR-OFF-1", "APP-kod2", "APP-outage"
TECHNICAL, RELIEF_LOST = "APP-technical", "TL-02"
STOPS = frozenset({BACKDATED, WAITS, NO_KOD2, OUTAGE, TECHNICAL, RELIEF_LOST, OVER, TWICE})
PLACEHOLDER_NUMBER = "?"  # stands for P_2 while a draft without a number is checked
ORDER = {"block": 0, "warn": 1, "hint": 2}


class IssueRefused(Exception):
    """Nothing was issued; `.problems` says why, blocking ones first."""

    def __init__(self, problems: list[Problem], *, by_rule: bool = False) -> None:
        super().__init__(", ".join(problem.rule for problem in problems))
        self.problems = problems
        self.by_rule = by_rule  # the mode was the application's choice, not a person's


def problems_of(
    content: dict, *, company: Company, draft: Draft | None = None, options: dict | None = None
) -> list[Problem]:
    """What blocks or is worth a look, as if the draft were issued now; reserves no number."""
    tree = copy.deepcopy(content)
    fa = tree.setdefault("Fa", {}) if isinstance(tree.get("Fa", {}), dict) else {}
    today = clock.today()
    fa["P_1"] = fa.get("P_1") or today.isoformat()
    fa["P_2"] = fa.get("P_2") or PLACEHOLDER_NUMBER
    if draft is None:  # content that is no draft yet, with the answers it would be made with
        made = {"company": company, "environment": company.environment, "content": content}
        draft = Draft(**made, options=options or {})
    if is_proforma(draft.options):
        return proforma_problems(tree, draft)
    issued_on = facades.day(tree, "Fa/P_1") or today
    stays = outside_problems(tree, draft, issued_on=issued_on, today=today)
    return by_severity([*stays, *check_issue(tree, draft, today=today)[0]])


def check_issue(tree: dict, draft: Draft, *, today: date) -> tuple[list[Problem], bytes]:
    """Schema, rules and the house's own conditions; with the bytes that were checked."""
    company, now = draft.company, _made_at(draft)
    stamped = stamp(tree, now_utc=now, software=settings.SOFTWARE_NAME)
    found = examine(stamped, today=today, environment=company.environment, now=now)
    own = [*_foreign_seller(stamped, company), *_seat_unknown(stamped, draft.options)]
    dated = dated_problems(found.problems, draft.options, facades.day(tree, "Fa/P_1"))
    problems = dated + own + _waits(stamped, draft) + _known(stamped, draft)
    return by_severity(problems), found.xml


def by_severity(problems: list[Problem]) -> list[Problem]:
    """What blocks first, then warnings, then hints."""
    return sorted(problems, key=lambda problem: ORDER[problem.severity])


def _known(tree: dict, draft: Draft) -> list[Problem]:
    """What the company's own data say; the number only where a person chose it."""
    own = [*cancelled_problems(draft), *check_company(tree, draft)]
    problems = [*own, *issued_meanwhile(tree, draft)]
    chosen = draft.content.get("Fa", {}) if isinstance(draft.content, dict) else {}
    if isinstance(chosen, dict) and trees.text(chosen, "P_2") not in ("", PLACEHOLDER_NUMBER):
        problems += check_number(tree, draft)
    return problems


def _made_at(draft: Draft) -> datetime:
    """Now; for a replacement at least a second after what it replaces.

    DataWytworzeniaFa counts seconds: the same content in the same second would be the same file,
    and KSeF would be told that an invoice corrects itself.
    """
    if draft.replaces is None:
        return clock.now()
    return max(clock.now(), draft.replaces.issued_at + timedelta(seconds=1))


def stops_of(
    problems: list[Problem],
    accept: frozenset[str],
    *,
    carried: bool,
    asked: Mapping[str, dict] | None = None,
) -> list[Problem]:
    """What forbids issuing now. `carried`: a replacement that goes on with its day and mode.

    `asked` are the warnings that a person let stand, by key: then every other warning stops,
    too. None asks about nothing but STOPS, as for programs, which read the list of problems.
    """
    settled = accept | ({BACKDATED} if carried else set())
    stops = [p for p in problems if p.severity == "block"]
    warned = [p for p in problems if p.severity != "block" and p.rule not in settled]
    return stops + [p for p in warned if p.rule in STOPS or _is_open(p, asked)]


def _is_open(problem: Problem, asked: Mapping[str, dict] | None) -> bool:
    return asked is not None and problem.severity == "warn" and problem.key not in asked


def refuse_wrong_environment(draft: Draft) -> None:
    """A draft made in one environment is never issued in another. Raises IssueRefused."""
    if draft.environment == draft.company.environment:
        return
    name = Environment(draft.environment).label
    raise IssueRefused(
        [
            Problem(
                "",
                "APP-environment",
                "block",
                f"Ten szkic powstał w innym środowisku ({name}). Zrób nowy w obecnym.",
                f"This draft was made in another environment ({name}). Make a new one here.",
            )
        ]
    )


def refuse_template(draft: Draft) -> None:
    """The content of a recurring invoice's template is saved to it, never issued."""
    if "recurring" not in draft.options:
        return
    raise IssueRefused(
        [
            Problem(
                "",
                "APP-template",
                "block",
                "To wzór faktury cyklicznej. Zapisz go jako wzór, a fakturę zrobi szablon.",
                "This is the content of a recurring invoice's template. Save it as such; the "
                "template makes the invoice.",
            )
        ]
    )


def _foreign_seller(tree: dict, company: Company) -> list[Problem]:
    """KSeF would refuse another taxpayer's invoice (410), but for one the company bills itself."""
    seller = tree.get("Podmiot1")
    identity = seller.get("DaneIdentyfikacyjne") if isinstance(seller, dict) else None
    nip = identity.get("NIP") if isinstance(identity, dict) else None
    if nip == company.nip or is_self_billed(tree, company):
        return []
    return [
        Problem(
            "Podmiot1/DaneIdentyfikacyjne/NIP",
            "APP-seller",
            "block",
            f"Sprzedawcą musi być ta firma: NIP {company.nip}.",
            f"The seller must be this company: NIP {company.nip}.",
        )
    ]


def asks_for_seat(tree: dict) -> bool:
    """Whether it must be asked if the buyer has a seat here: a Polish NIP, an address abroad."""
    country = trees.text(tree, "Podmiot2/Adres/KodKraju")
    nip = trees.text(tree, "Podmiot2/DaneIdentyfikacyjne/NIP")
    return bool(nip) and country not in ("", "PL")


def options_of(document: Document, tree: dict) -> dict:
    """The answers that an issued document was made with, for a draft that replaces it."""
    if not asks_for_seat(tree):
        return {}
    return {SEAT: "yes" if document.hand_over_why == "marked" else "no"}


def _seat_unknown(tree: dict, options: dict) -> list[Problem]:
    """Such a buyer may have to get the invoice outside KSeF too (art. 106gb ust. 4 pkt 2)."""
    if not asks_for_seat(tree) or options.get(SEAT) in SEAT_ANSWERS:
        return []
    return [
        Problem(
            "",
            SEAT_UNKNOWN,
            "block",
            "Nabywca ma polski NIP i adres za granicą. Zaznacz, czy ma w Polsce siedzibę albo "
            "stałe miejsce prowadzenia działalności.",
            "The buyer has a Polish NIP and an address abroad. Say whether it has its seat or a "
            "fixed establishment in Poland.",
        )
    ]


def _waits(tree: dict, draft: Draft) -> list[Problem]:
    """KSeF gets a correction after its original (rules KOR-OFF-1, KOR-OFF-2).

    One that says itself that the original has no number (NrKSeFN) may be issued after a
    warning; then its sending waits.
    """
    found = []
    for position, original, says_none in waiting_originals(tree, draft):
        number = original.number
        found.append(
            Problem(
                f"Fa/DaneFaKorygowanej[{position}]",
                WAITS,
                "warn" if says_none else "block",
                f"Najpierw wyślij oryginał: {number} nie ma jeszcze numeru KSeF.",
                f"Send the original first: {number} has no KSeF number yet.",
            )
        )
    return found
