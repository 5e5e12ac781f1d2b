"""Templates of invoices that repeat: made, changed, paused, resumed, ended.

A template that issues does so in the name of whoever saved it last: that person answers for it
and must have the right to issue on the day. The content is written in the form of invoices, in
a draft that only serves this (`options["recurring"]`) and can never be issued itself.
"""

from dataclasses import asdict, dataclass
from datetime import date

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from auth_ksef.messages import Refusal, stored
from invoices import rhythm
from invoices.fa3 import copying
from invoices.fa3.tree import Tree
from invoices.models import Draft, Recurring, RecurringRun
from invoices.services.drafts import draft_create
from invoices.services.duplicate_new import Source, content_of, options_kept, refusal_of
from invoices.services.recurring_issued import ACCEPTED
from invoices.services.seller import seller_tree
from ksefapp.accounts.audit import audit
from ksefapp.accounts.models import Company, User
from ksefapp.lib import clock
from ksefapp.notify.notices import notice_resolve

TEMPLATE = "recurring"  # the key in Draft.options: which template the draft is the content of
PAUSED = (
    "Szablon wstrzymano, zanim ta faktura się wystawiła. Została szkicem.",
    "The template was paused before this invoice was issued. It stayed a draft.",
)
NOT_ISSUER = (
    "Twoja rola nie pozwala wystawiać faktur, więc szablon może tylko tworzyć szkice.",
    "Your role may not issue invoices, so the template can only make drafts.",
)
OVER = (
    "W tym rytmie nie ma już żadnego terminu. Zmień datę początku albo końca.",
    "This rhythm has no due day left. Change its start or its end.",
)
ENDED = ("Ten szablon jest zakończony.", "This template has ended.")


class RecurringRefused(Refusal):
    """The template was not changed; `.field` names what is wrong, "" for the whole."""

    def __init__(self, pair: tuple[str, str], field: str = "") -> None:
        self.field = field
        super().__init__(pair)


@dataclass(frozen=True)
class Plan:
    """What a person chooses of a template; the fields are those of Recurring."""

    name: str
    unit: str
    every: int
    day: int
    starts_on: date
    ends_on: date | None = None
    period: str = ""
    issues_itself: bool = False
    mails_itself: bool = False

    def rhythm(self) -> rhythm.Rhythm:
        """Its due days."""
        return rhythm.Rhythm(self.unit, self.every, self.day, self.starts_on, self.ends_on)


def recurring_list(company: Company) -> QuerySet[Recurring]:
    """Templates of the company's present environment that have not ended, the next due first."""
    rows = Recurring.objects.filter(company=company, environment=company.environment)
    return rows.filter(archived_at=None).order_by(F("next_on").asc(nulls_last=True), "name", "pk")


def plan_of(row: Recurring) -> Plan:
    """What was chosen of this template."""
    return Plan(**{name: getattr(row, name) for name in Plan.__dataclass_fields__})


def rhythm_of(row: Recurring) -> rhythm.Rhythm:
    """The template's due days."""
    return plan_of(row).rhythm()


def dates_shown(plan: Plan, row: Recurring | None = None, most: int = 6) -> list[date]:
    """The next due days as they would be if this plan were saved now."""
    since = _since(row)
    return [day for day in rhythm.following(plan.rhythm(), since, most + 1) if _free(row, day)][
        :most
    ]


def recurring_create(
    *, source: Source, plan: Plan, user: User, may_issue: bool = True
) -> Recurring:
    """A template with this pattern. What would have been due before today is not made.

    Raises RecurringRefused.
    """
    _refuse_plan(plan, may_issue)
    with transaction.atomic():
        row = Recurring.objects.create(
            company=source.company,
            environment=source.company.environment,
            content=content_of(source, today=clock.today()),
            options=options_kept(source.options) | {ACCEPTED: source.accepted},
            created_by=user,
            next_on=_next(plan, None),
            **asdict(plan),
        )
        _audit("recurring.create", row, user)
    return row


def recurring_change(
    *, row: Recurring, plan: Plan, user: User, may_issue: bool = True
) -> Recurring:
    """Another rhythm or way of issuing, from the next due day on. Raises RecurringRefused."""
    with transaction.atomic():
        row = _locked(row)
        _refuse_ended(row)
        _refuse_plan(plan, may_issue, row)
        _change(row, created_by=user, next_on=_next(plan, row), **asdict(plan))
        _audit("recurring.change", row, user)
    return row


@transaction.atomic
def recurring_replace(
    *, row: Recurring, plan: Plan, content: Tree | None, user: User, may_issue: bool = True
) -> Recurring:
    """Rhythm and perhaps content at once, for programs. Raises RecurringRefused."""
    row = recurring_change(row=row, plan=plan, user=user, may_issue=may_issue)
    if content is not None:
        content_replace(row, content, row.options, row.options.get(ACCEPTED, {}), user)
    return row


def recurring_draft(*, row: Recurring, user: User) -> Draft:
    """The draft in which the template's content is written; the same one while it is open."""
    with transaction.atomic():
        row = _locked(row)
        _refuse_ended(row)
        opened = template_draft(row)
        if opened is not None:
            return opened
        options = options_kept(row.options) | {TEMPLATE: row.pk}
        made = {"company": row.company, "content": row.content, "options": options}
        draft = draft_create(created_by=user, **made)
        Draft.objects.filter(pk=draft.pk).update(accepted=row.options.get(ACCEPTED, {}))
    return draft


def template_draft(row: Recurring) -> Draft | None:
    """The open draft of the template's content."""
    found = Draft.objects.filter(company=row.company, options__recurring=row.pk, issued_as=None)
    return found.order_by("created_at").first()


def template_of(draft: Draft) -> Recurring | None:
    """The template whose content this draft is."""
    pk = draft.options.get(TEMPLATE)
    if not isinstance(pk, int):
        return None
    return Recurring.objects.filter(pk=pk, company=draft.company_id).first()


def recurring_content_save(*, draft: Draft, user: User, may_issue: bool = True) -> Recurring:
    """ "Zapisz wzór": the draft's content becomes that of its template; the draft is gone.

    Raises RecurringRefused.
    """
    with transaction.atomic():
        row = _locked(template_of(draft))
        _refuse_ended(row)
        _refuse_plan(plan_of(row), may_issue, row)
        content_replace(row, draft.content, draft.options, draft.accepted, user)
        Draft.objects.filter(pk=draft.pk, issued_as=None).delete()
    return row


def content_replace(
    row: Recurring, content: Tree, options: dict, accepted: dict, user: User
) -> None:
    """Other content from the next due day on. Raises RecurringRefused for a kind of no pattern."""
    if refusal := refusal_of(content):
        raise RecurringRefused(refusal, "content")
    new = copying.copied(content, today=clock.today(), seller=seller_tree(row.company))
    kept = options_kept(options) | {ACCEPTED: accepted}
    _change(row, content=new, options=kept, created_by=user, problem="", lease_until=None)
    _audit("recurring.change", row, user)


def recurring_pause(*, row: Recurring, user: User) -> Recurring:
    """Nothing is made until it is resumed. Raises RecurringRefused."""
    with transaction.atomic():
        row = _locked(row)
        _refuse_ended(row)
        if row.paused_at is None:
            _change(row, paused_at=clock.now())
            _rest(row)
            _audit("recurring.pause", row, user)
    return row


def recurring_resume(*, row: Recurring, user: User) -> Recurring:
    """Goes on with the first due day from today on; what was missed meanwhile is not made.

    Raises RecurringRefused.
    """
    with transaction.atomic():
        row = _locked(row)
        _refuse_ended(row)
        if row.paused_at is not None:
            following = _next(plan_of(row), row)
            _change(row, paused_at=None, next_on=following, problem="", lease_until=None)
            _audit("recurring.resume", row, user)
    return row


def missed_while_paused(row: Recurring) -> list[date]:
    """The due days that passed while the template was paused: resuming does not make them."""
    if row.paused_at is None or row.next_on is None:
        return []
    return rhythm.missed(rhythm_of(row), row.next_on, clock.today())


def recurring_archive(*, row: Recurring, user: User) -> Recurring:
    """Ends the template for good; what it made stays."""
    with transaction.atomic():
        row = _locked(row)
        if row.archived_at is None:
            _change(row, archived_at=clock.now())
            _rest(row)
            opened = template_draft(row)
            if opened is not None:
                opened.delete()
            _audit("recurring.archive", row, user)
    return row


def left_behind(company: Company) -> str | None:
    """What of this rests when the company leaves its environment."""
    count = recurring_list(company).filter(paused_at=None, next_on__isnull=False).count()
    if not count:
        return None
    text = _(
        "W środowisku %(name)s zostają faktury cykliczne: %(count)s. Nic nie zrobią, dopóki firma "
        "tam nie wróci."
    )
    return text % {"name": company.get_environment_display(), "count": count}


def _locked(row: Recurring) -> Recurring:
    rows = Recurring.objects.select_for_update(of=("self",)).select_related("company")
    return rows.get(pk=row.pk)


def _change(row: Recurring, **fields) -> None:
    for name, value in fields.items():
        setattr(row, name, value)
    row.save(update_fields=list(fields))


def _rest(row: Recurring) -> None:
    """What was made and not issued yet stays a draft: nobody expects it to issue itself later."""
    pending = RecurringRun.objects.filter(recurring=row, document=None, problem="")
    pending.filter(draft__isnull=False).update(problem=stored(PAUSED))
    notice_resolve(row.company, f"recurring-broken:{row.pk}", environment=row.environment)


def _refuse_ended(row: Recurring) -> None:
    if row.archived_at is not None:
        raise RecurringRefused(ENDED)


def _refuse_plan(plan: Plan, may_issue: bool, row: Recurring | None = None) -> None:
    if plan.issues_itself and not may_issue:
        raise RecurringRefused(NOT_ISSUER, "issues_itself")
    if row is None and _next(plan, row) is None:
        raise RecurringRefused(OVER, "ends_on")


def _next(plan: Plan, row: Recurring | None) -> date | None:
    """The first due day of this plan that is to be made, None when there is none left."""
    return next(iter(dates_shown(plan, row, 1)), None)


def _since(row: Recurring | None) -> date:
    """From today on; what is due already and only waits for the sweep is not forgotten."""
    today = clock.today()
    waits = row is not None and row.paused_at is None and row.next_on is not None
    return min(row.next_on, today) if waits else today


def _free(row: Recurring | None, day: date) -> bool:
    return row is None or not RecurringRun.objects.filter(recurring=row, due_on=day).exists()


def _audit(action: str, row: Recurring, user: User) -> None:
    following = row.next_on.isoformat() if row.next_on else ""
    mode = "issues" if row.issues_itself else "drafts"
    audit(action, company=row.company, user=user, subject=row.name, next_on=following, mode=mode)
