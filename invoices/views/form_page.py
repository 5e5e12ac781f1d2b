"""The page of the form: an empty one, a draft's, one with problems, one with a conflict."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language

from auth_ksef.messages import told
from invoices.access import right_to_issue
from invoices.fa3 import facades, registry
from invoices.fa3 import tree as trees
from invoices.forms.items import with_item, without_item
from invoices.forms.merging import NotMergeable, differences, merged
from invoices.forms.options import OptionsForm, options_posted
from invoices.forms.panels import with_preset
from invoices.forms.simple import Screen
from invoices.forms.typed import count
from invoices.models import Draft
from invoices.render import pdf
from invoices.services import earlier
from invoices.services.advances import reductions_of
from invoices.services.issue_checks import BACKDATED, STOPS
from invoices.services.originals import waiting_originals
from invoices.services.outside import reason_of
from invoices.services.proforma_checks import is_proforma
from invoices.services.self_billing import is_self_billed, number_next
from invoices.views.contractors_pick import PICK, buyer_picked, register_context
from invoices.views.dock import dock_of, next_number
from invoices.views.form_base import base_pack, base_read
from invoices.views.lookups import known_facts
from ksefapp.accounts.access import actor_of, may_do
from ksefapp.accounts.preferences import preference_get
from ksefapp.lib import clock

OPENED, LINES_FROM = "sekcje", "lines_from"
OTHER_NIP = "KO-10"
ITEM_VERBS = {"add": with_item, "drop": without_item, "preset": with_preset}


def screen_stored(request, tree: dict, options: dict | None = None) -> Screen:
    """The form of a stored tree, with the sections that the address asks for."""
    return Screen(
        tree,
        opened=frozenset(sections_open(request)),
        expert=is_expert(request),
        lines_from=lines_from(request),
        pinned=_pinned(request),
        reductions=reductions_of(request.company, options or {}),
    )


@dataclass(frozen=True)
class Posted:
    """What a form sent: the tree it was drawn from, the tree it says, and what to do with it.

    `base` is None where the page did not carry it. The button's value is `verb:what`; `place`
    is the item of a list that it added or the list from which it took one. `page` is the random
    name that a script gave the open page, `turn` counts what that page sent.
    """

    base: dict | None
    screen: Screen
    typed: dict
    options: dict
    version: int
    page: str
    turn: int
    verb: str
    what: str
    place: str


def form_posted(request, company, stored: dict, options: dict) -> Posted:
    """Reads the form beside the tree that its page was drawn from, or else beside `stored`."""
    base = base_read(company, request.POST)
    tree, options = base or (stored, options_posted(request.POST, options))
    verb, _colon, what = request.POST.get("action", "save").partition(":")
    data, place = request.POST, ""
    if verb in ITEM_VERBS:
        data, place = ITEM_VERBS[verb](data, what)
    reductions = reductions_of(company, options)
    screen = Screen(
        tree, data, expert=is_expert(request), pinned=_pinned(request), reductions=reductions
    )
    typed = screen.typed_tree()
    if verb == PICK:
        typed, options = buyer_picked(company, typed, options, what)
    return Posted(
        base=base[0] if base else None,
        screen=screen,
        typed=typed,
        options=options,
        version=count(request.POST.get("version", "")) or 0,
        page=request.POST.get("page", ""),
        turn=count(request.POST.get("turn", "")) or 0,
        verb=verb,
        what=what,
        place=place,
    )


def sections_open(request) -> list[str]:
    """Sections without data that this person has opened, by the address or by the page."""
    asked = request.GET.get(OPENED, "").split(",")
    drawn = request.POST.getlist("panel")
    return list(dict.fromkeys(key for key in [*drawn, *asked] if key in registry.SECTIONS))


def lines_from(request) -> int:
    """The first line that the page shows, where there are too many for one page."""
    return count(request.GET.get(LINES_FROM) or request.POST.get(LINES_FROM, "")) or 0


def _pinned(request) -> tuple[str, ...]:
    return tuple(preference_get(request.user, "line_columns", []))


def is_expert(request) -> bool:
    """Whether this person wants all sections open and field codes shown."""
    return bool(preference_get(request.user, "expert", False))


def key_posted(text: str | None) -> UUID | None:
    """The key of a draft in a form; None for anything else."""
    try:
        return UUID(text or "")
    except ValueError:
        return None


def form_page(
    request,
    company,
    screen: Screen,
    *,
    draft: Draft | None,
    options: dict | None = None,
    status=200,
    picked="",
    **extra,
) -> HttpResponse:
    """The page of a form; `draft` is None for a new invoice, `picked` the mode chosen before.

    `options` are the answers that a new invoice begins with.
    """
    today = clock.today()
    options = draft.options if draft else options or {}
    issued_on = facades.day(screen.tree, "Fa/P_1") or today
    awaits = next(waiting_originals(screen.tree, draft), None) if draft else None
    kind = trees.text(screen.tree, "Fa/RodzajFaktury") or "VAT"
    screen.accepted = draft.accepted if draft else {}
    context = {
        "screen": screen,
        "draft": draft,
        "once": uuid4(),
        "base": base_pack(company, screen.tree, options),
        "version": draft.version if draft else "",
        "expert": is_expert(request),
        "summary": facades.summary(screen.tree),
        "next_number": number_next(screen.tree, company, issued_on)
        if is_self_billed(screen.tree, company)
        else next_number(company, kind, options, today),
        "today": today,
        "may_issue": may_do(actor_of(request), company, right_to_issue(screen.tree)),
        "backdated": "" if reason_of(options) else BACKDATED,
        "stops": STOPS,
        "dock": dock_of(company, draft, issued_on, picked, options),
        "is_proforma": is_proforma(options),
        "outside_why": reason_of(options),
        "options": OptionsForm(initial=options_posted(request.POST, options)),
        "original": awaits[1] if awaits else None,
        "wait_problem": told(draft.wait_problem) if draft else "",
        "can_print": pdf.available() is None,
        "wrong_nip_url": _wrong_nip_url(screen, draft),
        "known": known_facts(company, screen.tree),
        **register_context(request, company, screen.tree, options),
    }
    return render(request, "invoices/form.html", context | extra, status=status)


def _wrong_nip_url(screen: Screen, draft: Draft | None) -> str:
    """Where another NIP of the buyer can be had, when a correction tries to change it (KO-10)."""
    if draft is None or OTHER_NIP not in screen.rules:
        return ""
    found = next(earlier.corrected(screen.tree, draft), None)
    return reverse("correct-nip", args=[draft.company.nip, found[2].pk]) if found else ""


def conflict_page(request, company, current: Draft, posted: Posted) -> HttpResponse:
    """Somebody saved in between: nothing is overwritten silently, nothing typed is lost."""
    return form_page(
        request,
        company,
        posted.screen,
        draft=current,
        status=409,
        summary=facades.summary(posted.typed),
        # What was typed still rests on the old version: only a decision saves it.
        version=posted.version,
        **conflict_context(request, current, posted),
    )


def conflict_context(request, current: Draft, posted: Posted) -> dict:
    """For partials/conflict.html: who saved when, what differs, whether both fit together."""
    return {
        "conflict": current,
        "is_own": current.updated_by_id == request.user.pk,
        "changed": differences(current.content, posted.typed, get_language() or "pl"),
        "can_merge": _fit(posted, current),
    }


def _fit(posted: Posted, current: Draft) -> bool:
    if posted.base is None:
        return False
    try:
        merged(posted.base, current.content, posted.typed)
    except NotMergeable:
        return False
    return True
