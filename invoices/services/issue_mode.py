"""In which mode an invoice is issued, and what that mode asks for at the moment of issue."""

from dataclasses import dataclass, field, replace
from datetime import date

from django.urls import reverse

from auth_ksef.kod2 import Kod2Refused, kod2_obstacle
from auth_ksef.messages import Pair, stored
from invoices import relief_rules
from invoices.fa3.problems import Problem
from invoices.models import Document, Draft, Submission
from invoices.services import outside, relief
from invoices.services.deadlines import deadline_set, is_carried
from invoices.services.delivery_states import WITHOUT_KOD2, State, attempt
from invoices.services.issue_checks import NO_KOD2, OUTAGE, IssueRefused
from ksefapp.accounts.models import Company, User
from ksefapp.lib import clock
from ksefapp.notify.notices import notice_raise
from ksefapp.ui.formats import date_pl
from offline import journal, modes
from offline.events import FAILURE, MAINTENANCE, TOTAL_FAILURE, Event

Mode = Submission.Mode
CATEGORY = {Mode.UNAVAILABLE: MAINTENANCE, Mode.FAILURE: FAILURE, Mode.TOTAL: TOTAL_FAILURE}
TOTAL_NEVER_SENT = (
    "wystawiona w czasie awarii całkowitej: nie przesyła się jej do KSeF (art. 106ng)",
    "issued during a total failure: never sent to KSeF (art. 106ng)",
)
OUTSIDE_WHY: dict[str, Pair] = {
    Submission.Outside.CONSUMER: (
        "faktura dla konsumenta, wystawiona poza KSeF (art. 106ga ust. 2 pkt 4 ustawy o VAT)",
        "an invoice for a consumer, issued outside KSeF (art. 106ga(2)(4) of the VAT Act)",
    ),
    Submission.Outside.RELIEF: (
        "wystawiona poza KSeF w ramach ulgi do 10 000 zł (art. 145m ustawy o VAT)",
        "issued outside KSeF under the 10,000 PLN relief (art. 145m of the VAT Act)",
    ),
}


@dataclass(frozen=True)
class Chosen:
    """The mode, whether the application chose it by the company's rule, and objections."""

    mode: str
    by_rule: bool = False
    carried: bool = False  # goes on with a refused invoice's day, mode and deadline
    by_date: bool = False  # offline24 only because P_1 is past: it leaves at once
    outside_why: str = ""  # Submission.Outside: the lawful reason of Mode.OUTSIDE
    loses_relief: bool = False  # goes to KSeF because the relief's limit is reached
    problems: list[Problem] = field(default_factory=list)


def mode_choose(
    draft: Draft,
    *,
    tree: dict,
    issued_on: date,
    today: date,
    asked: str | None,
    accept: frozenset[str] = frozenset(),
) -> Chosen:
    """The mode for an invoice of this P_1: a refused one's, a person's choice, or the rule's.

    A draft whose options say that it stays outside KSeF is issued so or not at all, with one
    exception: who accepts that the relief is lost (TL-02) issues it in KSeF.
    """
    if not (why := outside.reason_of(draft.options)):
        return _to_ksef(draft, issued_on=issued_on, today=today, asked=asked)
    if asked not in (None, Mode.OUTSIDE):
        return Chosen(asked, problems=[_problem(outside.RULE, "block", OUTSIDE_CHOSEN)])
    found = outside.outside_problems(tree, draft, issued_on=issued_on, today=today)
    is_over = any(problem.rule == outside.LIMIT_RULE for problem in found)
    if is_over and outside.LIMIT_RULE in accept:
        rest = [problem for problem in found if problem.rule != outside.LIMIT_RULE]
        chosen = _to_ksef(draft, issued_on=issued_on, today=today, asked=None)
        return replace(chosen, loses_relief=True, problems=chosen.problems + rest)
    return Chosen(Mode.OUTSIDE, outside_why=why, problems=found)


def _to_ksef(draft: Draft, *, issued_on: date, today: date, asked: str | None) -> Chosen:
    if draft.replaces is not None and is_carried(draft.replaces, issued_on):
        return Chosen(draft.replaces.submission.mode, carried=True)
    by_rule = False
    if asked is None:
        decision = modes.mode_now(draft.company)
        asked, by_rule = decision.mode, decision.by_rule
    if by_date := asked == Mode.ONLINE and issued_on < today:
        asked = Mode.OFFLINE24  # art. 106nda ust. 16
    problems = [] if by_date else _objections(draft.company, asked, issued_on)
    if by_rule and asked in CATEGORY and problems:  # issued before the outage began
        asked, problems = Mode.OFFLINE24, []
    return Chosen(asked, by_rule, by_date=by_date, problems=problems)


def _objections(company: Company, mode: str, issued_on: date) -> list[Problem]:
    if mode == Mode.ONLINE:
        return []
    if mode == Mode.OUTSIDE:
        return [_problem(outside.RULE, "block", NO_REASON)]
    in_force = events_in_force(company)
    if mode in CATEGORY:
        return _not_announced(mode, in_force, issued_on)
    if any(event.category == TOTAL_FAILURE for event in in_force):
        return [_problem("APP-total", "block", TOTAL_IN_FORCE)]
    if any(event.category == FAILURE for event in in_force):
        return [_problem(OUTAGE, "warn", FAILURE_IN_FORCE)]
    return []


OUTSIDE_CHOSEN = (
    "Ten szkic ma zostać poza KSeF. Wystaw go tak albo zmień wybór na „w KSeF”.",
    "This draft is to stay outside KSeF. Issue it so, or change the choice to KSeF.",
)
NO_REASON = (
    "Poza KSeF wystawia się tylko z powodem, który zna ustawa: konsument albo ulga do 10 000 zł.",
    "Outside KSeF an invoice is issued only for a reason that the law knows: a consumer, or the "
    "10,000 PLN relief.",
)
TOTAL_IN_FORCE = (
    "Trwa ogłoszona awaria całkowita: wystaw fakturę w jej trybie, bez wysyłania do KSeF "
    "(art. 106ng).",
    "A total failure is announced: issue in its mode, without sending to KSeF (art. 106ng).",
)
FAILURE_IN_FORCE = (
    "Trwa ogłoszona awaria: faktura wystawiona teraz offline jest fakturą trybu awaryjnego "
    "(art. 106nf). Wybierz tryb awarii albo potwierdź offline24.",
    "A failure is announced: an invoice issued offline now is one of art. 106nf. Choose the "
    "failure mode or confirm offline24.",
)
NOT_ANNOUNCED = (
    "Żadne ogłoszenie nie obejmuje tej chwili i daty wystawienia. Wybierz offline24 albo wpisz "
    "ogłoszenie do dziennika.",
    "No announcement covers this moment and date of issue. Choose offline24 or enter the "
    "announcement in the journal.",
)


def events_in_force(company: Company) -> list[Event]:
    """The announced outages that last now for this company."""
    now = clock.now()
    return [event for event in journal.event_list(company) if event.in_force(now)]


def _not_announced(mode: str, in_force: list[Event], issued_on: date) -> list[Problem]:
    """An outage's mode needs the outage, on the day of issue already."""
    for event in in_force:
        if event.category == CATEGORY[mode] and clock.warsaw(event.start).date() <= issued_on:
            return []
    return [_problem("APP-mode", "block", NOT_ANNOUNCED)]


def _problem(rule: str, severity: str, text: tuple[str, str]) -> Problem:
    return Problem("", rule, severity, *text)


def kod2_problems(chosen: Chosen, *, company: Company, issued_by: User, duty: str) -> list[Problem]:
    """Without KOD II nothing may be handed out; who must get it outside KSeF blocks the issue.

    Art. 106gb ust. 4: such a buyer gets the invoice with both codes in every offline mode. What
    leaves at once is handed out with its number, and a correction of a file is never held up.
    """
    if chosen.mode in WITHOUT_KOD2 or chosen.carried or chosen.by_date:
        return []
    refusal = kod2_obstacle(
        company=company, environment=company.environment, issued_by=issued_by, acting=issued_by
    )
    if refusal is None:
        return []
    return [_no_kod2(refusal, duty)]


def _no_kod2(refusal: Kod2Refused, duty: str) -> Problem:
    if duty:
        return Problem(
            "",
            NO_KOD2,
            "block",
            "Ten nabywca musi dostać fakturę poza KSeF (art. 106gb ust. 4), a bez KODU II nie "
            f"wolno jej wydać. {refusal.pl}",
            "This buyer must get the invoice outside KSeF (art. 106gb(4)), and without KOD II it "
            f"may not be handed out. {refusal.en}",
        )
    return Problem(
        "",
        NO_KOD2,
        "warn",
        "Fakturę można wystawić, ale do czasu nadania numeru KSeF nie wolno nic wydrukować ani "
        f"wydać nabywcy: brakuje KODU II. {refusal.pl}",
        "The invoice can be issued, but until it has a KSeF number nothing may be printed or "
        f"handed out: KOD II is missing. {refusal.en}",
    )


def queue(document: Document, chosen: Chosen, draft: Draft, *, tree: dict, waits_for) -> Submission:
    """The outbox row, with its deadline; a document of awaria całkowita is never sent."""
    if chosen.mode == Mode.OUTSIDE:
        return _kept_outside(document, chosen, tree)
    is_outside = chosen.mode == Mode.TOTAL
    row = Submission.objects.create(
        document=document,
        environment=document.environment,
        mode=chosen.mode,
        state=State.OUTSIDE if is_outside else State.QUEUED,
        waits_for=waits_for,
        corrected_sha256=draft.replaces.sha256 if draft.options.get("technical") else "",
        last_text=stored(TOTAL_NEVER_SENT) if is_outside else "",
    )
    if is_outside:
        deadline_set(row)  # none; it keeps which announcement took the duty away
        attempt(row, "mode", "outside", text=stored(TOTAL_NEVER_SENT))
    elif chosen.mode != Mode.ONLINE:
        found = deadline_set(row)
        why = (found.basis, found.basis_en)
        attempt(row, "mode", f"issued_{chosen.mode}", text=stored(why))
        _refuse_no_duty(found.state)
    return row


def _kept_outside(document: Document, chosen: Chosen, tree: dict) -> Submission:
    """Never queued, no deadline, whatever the journal says; the relief's share is written once."""
    is_relief = chosen.outside_why == Submission.Outside.RELIEF
    why = stored(OUTSIDE_WHY[chosen.outside_why])
    row = Submission.objects.create(
        document=document,
        environment=document.environment,
        mode=Mode.OUTSIDE,
        outside_why=chosen.outside_why,
        state=State.OUTSIDE,
        last_text=why,
        facts={relief.GROSS: str(relief_rules.gross_pln(tree))} if is_relief else {},
    )
    attempt(row, "mode", "outside", text=why)
    return row


def _refuse_no_duty(state: str) -> None:
    # A journal that changed between the choice and now: the law says "never sent".
    if state == "none":
        raise IssueRefused([_problem("APP-total", "block", TOTAL_IN_FORCE)])


def alarm(company: Company, problems: list[Problem]) -> None:
    """The company's rule turned issuing offline, and an invoice could not be issued so."""
    first = problems[0]
    if first.rule != NO_KOD2:
        return
    notice_raise(
        company=company,
        key=f"issue-blocked:{date_pl(clock.today())}",
        kind="bad",
        text=(
            f"Tryb offline włączył się sam, a faktury nie dało się wystawić. {first.pl}",
            f"The offline mode came by itself, and an invoice could not be issued. {first.en}",
        ),
        path=reverse("invoice-list", args=[company.nip]) + "?widok=szkice",
    )
