"""What is due of templates: each due day makes one draft, ever, and perhaps one invoice.

Two transactions. The first makes draft and run and moves the template to its next day; the row
(template, due day) is unique. The second issues the draft. Whatever dies in between, the next
sweep goes on where it stopped: a run that was made and not issued is issued later, dated that
day. A draft that a person changed or deleted is that person's, and is never issued by itself.
"""

import logging
from datetime import date, timedelta

from django.db import DatabaseError, transaction
from django.db.models import F, Q, QuerySet
from django.urls import reverse

from auth_ksef.choosing import credential_for
from auth_ksef.errors import NoCredential
from auth_ksef.messages import Pair, stored
from invoices import placeholders, rhythm
from invoices.fa3 import copying
from invoices.fa3 import tree as trees
from invoices.fa3.rates import VAT_FIELDS
from invoices.fa3.tree import Tree
from invoices.models import Draft, Recurring, RecurringRun
from invoices.registers import Unknown
from invoices.services import exchange
from invoices.services.drafts import DraftConflict, DraftIssued, draft_create
from invoices.services.duplicate_new import options_kept
from invoices.services.issue import invoice_issue
from invoices.services.issue_checks import IssueRefused
from invoices.services.lookups_fill import stated_rates, with_rate
from invoices.services.recurring import ACCEPTED, rhythm_of
from invoices.services.recurring_issued import run_key
from invoices.services.seller import seller_tree
from ksefapp.accounts.access import Actor, may_do
from ksefapp.accounts.roles import May
from ksefapp.lib import clock, money
from ksefapp.notify.notices import notice_raise, notice_resolve
from ksefapp.ui.formats import date_pl

log = logging.getLogger(__name__)

MOST_PER_RUN = 50
AGAIN = timedelta(hours=1)  # after a failure of our own
UNTOUCHED = 1  # the version of a draft that nobody has saved
LATE_ISSUE = "DT-09"  # issued after the 15th of the month that follows the sale (art. 106i)
OVERDUE = "Zaległa faktura cykliczna, termin {day}"
NO_RIGHT = (
    "{who} nie może już wystawiać faktur w tej firmie. Zapisz szablon jako osoba, która może.",
    "{who} may no longer issue invoices in this company. Save the template as a person who may.",
)
UNKNOWN_WORDS = (
    "Nie znamy znacznika {words}. Popraw go we wzorze.",
    "The placeholder {words} is not known. Correct it in the template.",
)
NO_RATE = (
    "Nie ma kursu NBP. {why} Uzupełnij kurs w szkicu.",
    "There is no NBP rate. {why} Enter the rate in the draft.",
)
OWN_FAILURE = (
    "Aplikacji nie udało się jej wystawić, szczegóły są w dzienniku serwera.",
    "The application failed to issue it, the server's log has the details.",
)
NOT_MADE = (
    "Aplikacji nie udało się zrobić szkicu. Spróbuje znowu za godzinę, szczegóły są w dzienniku "
    "serwera.",
    "The application failed to make the draft. It will try again in an hour, the server's log "
    "has the details.",
)


def recurring_run() -> int:
    """Makes what is due and issues what shall issue itself; returns how many it did."""
    notices_clear()
    return recurring_make() + recurring_issue()


def recurring_due() -> bool:
    """Whether there is anything to do."""
    return _due(clock.today()).exists() or _to_issue().exists()


def _due(today: date) -> QuerySet[Recurring]:
    free = Q(lease_until=None) | Q(lease_until__lte=clock.now())
    rows = Recurring.objects.filter(
        free,
        archived_at=None,
        paused_at=None,
        next_on__lte=today,
        environment=F("company__environment"),
    )
    return rows.order_by("next_on", "pk")


# --- From a due day to a draft --------------------------------------------------------------
def recurring_make() -> int:
    """Makes the drafts that are due, the oldest day first, however many were missed."""
    made = 0
    for _ in range(MOST_PER_RUN):
        row = _due(clock.today()).first()
        if row is None:
            break
        made += _made(row)
    return made


def _made(row: Recurring) -> bool:
    try:
        return _make(row.pk)
    except DatabaseError:  # a lock, a lost connection: the row is as due as before
        log.exception("recurring %s", row.pk)
        raise
    except Exception:  # one template must not stop the others
        log.exception("recurring %s", row.pk)
        kept = Recurring.objects.filter(pk=row.pk)
        kept.update(lease_until=clock.now() + AGAIN, problem=stored(NOT_MADE))
        _tell_broken(row)
        return False


@transaction.atomic
def _make(pk: int) -> bool:
    """Draft, run and the next due day together, or nothing. False if another one was quicker."""
    rows = Recurring.objects.select_for_update(of=("self",))
    row = rows.select_related("company", "created_by").get(pk=pk)
    today = clock.today()
    if not _due(today).filter(pk=pk).exists():
        return False
    due_on = row.next_on
    is_new = not RecurringRun.objects.filter(recurring=row, due_on=due_on).exists()
    if is_new:
        _tell_made(_run_create(row, due_on, today), today)
    row.next_on = rhythm.after(rhythm_of(row), due_on)
    row.lease_until = None
    row.save(update_fields=["next_on", "lease_until"])
    notice_resolve(row.company, f"recurring-broken:{row.pk}", environment=row.environment)
    return is_new


def _run_create(row: Recurring, due_on: date, today: date) -> RecurringRun:
    draft = draft_create(
        company=row.company,
        content=content_due(row, due_on, today=today),
        created_by=row.created_by,
        options=options_kept(row.options),
    )
    accepted = row.options.get(ACCEPTED, {})
    if accepted:
        Draft.objects.filter(pk=draft.pk).update(accepted=accepted)
    return RecurringRun.objects.create(recurring=row, due_on=due_on, draft=draft)


def content_due(row: Recurring, due_on: date, *, today: date) -> Tree:
    """The invoice of this due day, issued today: periods and words are those of the due day."""
    tree = copying.copied(row.content, today=due_on, seller=seller_tree(row.company))
    tree = placeholders.filled(copying.redated(tree, today=today), due_on)
    fa = tree.get("Fa")
    if not isinstance(fa, dict):
        return tree
    if row.period:
        fa["OkresFa"] = copying.period(*rhythm.period_of(due_on, row.period))
    elif due_on < today and "OkresFa" not in fa and fa.get("RodzajFaktury") != "ZAL":
        fa["P_6"] = due_on.isoformat()  # what was due then was also done then
    return tree


# --- From a draft to an invoice -------------------------------------------------------------
def recurring_issue() -> int:
    """Issues what templates made and nobody has touched since, in the order of due days."""
    rows = _to_issue().select_related(
        "recurring__company", "recurring__created_by", "draft__company", "draft__replaces"
    )
    return sum(_issued(run) for run in rows.order_by("due_on", "pk")[:MOST_PER_RUN])


def _to_issue() -> QuerySet[RecurringRun]:
    return RecurringRun.objects.filter(
        document=None,
        problem="",
        draft__issued_as=None,
        draft__version=UNTOUCHED,
        draft__environment=F("draft__company__environment"),
        recurring__issues_itself=True,
        recurring__paused_at=None,
        recurring__archived_at=None,
    )


def _issued(run: RecurringRun) -> bool:
    if why := _obstacle(run):
        _stopped(run, why)
        return False
    try:
        _prepare(run.draft)
        invoice_issue(
            draft=run.draft,
            issued_by=run.recurring.created_by,
            on=clock.today(),
            ask_warnings=True,
            version=UNTOUCHED,
            **_overdue(run),
        )
    except Unknown as unknown:
        _stopped(run, _with(NO_RATE, (unknown.pl, unknown.en), {}))
        return False
    except (DraftIssued, DraftConflict, Draft.DoesNotExist):
        return False  # a person, or another worker, was quicker
    except IssueRefused as refused:
        _stopped(run, _first(refused))
        return False
    except DatabaseError:
        log.exception("recurring run %s", run.pk)
        return False  # nothing was written: the next sweep tries again
    except Exception:
        log.exception("recurring run %s", run.pk)
        _stopped(run, OWN_FAILURE)
        return False
    return True


def _obstacle(run: RecurringRun) -> Pair | None:
    """Why nobody could issue this now without a person."""
    row = run.recurring
    if not row.created_by.is_active or not may_do(Actor(row.created_by), row.company, May.ISSUE):
        return _filled(NO_RIGHT, who=str(row.created_by))
    if words := placeholders.unknown(run.draft.content):
        return _filled(UNKNOWN_WORDS, words=", ".join(words))
    if run.draft.options.get("outside"):
        return None
    try:
        credential_for(row.company)
    except NoCredential as refusal:
        return refusal.pl, refusal.en
    return None


def _prepare(draft: Draft) -> None:
    """P_1 is the day of issue, with an earlier one the invoice would be of offline24; the rate of
    exchange is that of the last table before it. Asks NBP, so never in a transaction. Raises
    Unknown.
    """
    tree = copying.redated(draft.content, today=clock.today())
    currency = trees.text(tree, "Fa/KodWaluty")
    has_vat = any(money.parse(trees.text(tree, f"Fa/{name}")) for name in VAT_FIELDS)
    if currency not in ("", "PLN") and has_vat and not stated_rates(tree):
        day = exchange.rate_day(tree)
        tree = with_rate(tree, exchange.rate_for(draft.company, currency, day, day)) or tree
    if tree != draft.content:
        Draft.objects.filter(pk=draft.pk, version=UNTOUCHED, issued_as=None).update(content=tree)


def _overdue(run: RecurringRun) -> dict:
    """That what was missed is late cannot be helped: the people were told when it was made."""
    if run.due_on >= clock.today():
        return {}
    note = OVERDUE.format(day=date_pl(run.due_on))
    return {"accept": frozenset({LATE_ISSUE}), "notes": {LATE_ISSUE: note}}


def _first(refused: IssueRefused) -> Pair:
    first = refused.problems[0]
    return first.pl, first.en


# --- What people are told -------------------------------------------------------------------
def _stopped(run: RecurringRun, why: Pair) -> None:
    """It stays a draft: the run and the template say why, a notice tells the people."""
    row = run.recurring
    with transaction.atomic():
        RecurringRun.objects.filter(pk=run.pk, document=None).update(problem=stored(why))
        Recurring.objects.filter(pk=row.pk).update(problem=stored(why))
        facts = {"name": row.name, "day": date_pl(run.due_on)}
        _tell(run, "warn", _with(STAYED, why, facts), _draft_path(run))


STAYED = (
    "Faktura cykliczna „{name}” z {day} została szkicem. {why} Otwórz szkic, popraw i wystaw.",
    "The recurring invoice “{name}” of {day} stayed a draft. {why} Open the draft, correct it "
    "and issue it.",
)
WAITS = (
    "Szkic faktury cyklicznej „{name}” z {day} jest gotowy. Sprawdź go i wystaw.",
    "The draft of the recurring invoice “{name}” of {day} is ready. Check it and issue it.",
)
LATE = (
    "Zaległe faktury cykliczne „{name}”: {days}. W te dni aplikacja nie działała. Powstają teraz, "
    "z dzisiejszą datą wystawienia.",
    "Overdue recurring invoices “{name}”: {days}. The application did not work on these days. "
    "They are made now, with today's date of issue.",
)
BROKEN = (
    "Faktura cykliczna „{name}” nie powstała. {why}",
    "The recurring invoice “{name}” was not made. {why}",
)


def _tell_made(run: RecurringRun, today: date) -> None:
    row = run.recurring
    if run.due_on < today:
        _tell_late(row, run.due_on, today)
    if not row.issues_itself:
        facts = {"name": row.name, "day": date_pl(run.due_on)}
        _tell(run, "info", _filled(WAITS, **facts), _draft_path(run))


def _tell_late(row: Recurring, due_on: date, today: date) -> None:
    """Once for all days of an outage: the first one made names those that follow."""
    days = rhythm.missed(rhythm_of(row), due_on, today)
    named = ", ".join(date_pl(day) for day in days[:12]) + (" …" if len(days) > 12 else "")
    notice_raise(
        company=row.company,
        key=f"recurring-late:{row.pk}:{days[-1]}",
        kind="info",
        text=_filled(LATE, name=row.name, days=named),
        path=template_path(row),
        environment=row.environment,
    )


def _tell_broken(row: Recurring) -> None:
    notice_raise(
        company=row.company,
        key=f"recurring-broken:{row.pk}",
        kind="bad",
        text=_with(BROKEN, NOT_MADE, {"name": row.name}),
        path=template_path(row),
        environment=row.environment,
    )


def _tell(run: RecurringRun, kind: str, text: Pair, path: str) -> None:
    company, environment = run.recurring.company, run.recurring.environment
    facts = {"company": company, "environment": environment, "key": run_key(run)}
    notice_raise(kind=kind, text=text, path=path, **facts)


def notices_clear() -> None:
    """Runs whose draft a person deleted need nobody any more."""
    gone = RecurringRun.objects.filter(draft=None, document=None).exclude(problem="")
    for run in gone.select_related("recurring__company")[:MOST_PER_RUN]:
        RecurringRun.objects.filter(pk=run.pk).update(problem="")
        row = run.recurring
        notice_resolve(row.company, run_key(run), environment=row.environment)


def template_path(row: Recurring) -> str:
    """Where the template is looked at."""
    return reverse("recurring-detail", args=[row.company.nip, row.pk])


def _draft_path(run: RecurringRun) -> str:
    return reverse("invoice-draft", args=[run.recurring.company.nip, run.draft_id])


def _filled(pair: Pair, **facts: str) -> Pair:
    polish, english = (text.format(**facts) for text in pair)
    return polish, english


def _with(pair: Pair, why: Pair, facts: dict[str, str]) -> Pair:
    polish, english = (text.format(why=said, **facts) for text, said in zip(pair, why, strict=True))
    return polish, english
