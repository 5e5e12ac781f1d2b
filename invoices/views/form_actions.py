"""What the buttons of the form do, once what was typed is safe in the database."""

import re
from contextlib import suppress

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from invoices.access import right_to_issue
from invoices.fa3 import registry
from invoices.forms.typed import count
from invoices.models import Draft, Submission
from invoices.render import tongues
from invoices.services.corrections import (
    NothingToWaitFor,
    correction_wait,
    correction_wait_end,
)
from invoices.services.drafts import DraftConflict, DraftIssued
from invoices.services.issue import invoice_issue
from invoices.services.issue_checks import RELIEF_LOST, STOPS, IssueRefused
from invoices.services.proforma import proforma_issue
from invoices.services.proforma_checks import is_proforma
from invoices.views.cleaning import CLEAN, characters_removed
from invoices.views.contractors_pick import VERBS as REGISTER_VERBS
from invoices.views.contractors_pick import register_act
from invoices.views.copying import draft_copied
from invoices.views.form_page import (
    LINES_FROM,
    OPENED,
    Posted,
    conflict_page,
    form_page,
    is_expert,
    lines_from,
    screen_stored,
    sections_open,
)
from invoices.views.lookups import lookup_in_draft
from invoices.views.recurring import content_saved, draft_repeated
from ksefapp.accounts.access import actor_of, may_do
from ksefapp.accounts.preferences import PreferenceRefused, preference_set
from ksefapp.accounts.roles import May
from ksefapp.lib import clock

ISSUING = ("issue", "issue-lost")  # the latter: in KSeF, the relief being lost for good
ELSEWHERE = {"copy": draft_copied, "repeat": draft_repeated, "save-template": content_saved}
LINE_VERBS = ("line-columns", "lines-from")
LINE_ACTION = re.compile(r"(remove|copy|up|down)-line-\S+")


def act(request, company, draft: Draft, posted: Posted) -> HttpResponse:
    """The page after the pressed button."""
    verb, what = posted.verb, posted.what
    if verb in ISSUING:
        is_offer = is_proforma(draft.options)
        return (proforma_sent if is_offer else _issue)(request, company, draft, posted)
    if verb == "outside":
        return redirect("invoice-outside", company.nip, draft.pk)
    if verb in ("wait", "wait-end"):
        return _wait(request, company, draft, verb)
    if verb == "lookup":
        return _looked_up(request, company, draft, posted)
    if verb == "add-line":
        return _with_another_line(request, company, draft)
    if verb == "preview":
        there = reverse("invoice-draft-pdf", args=[company.nip, draft.pk])
        return redirect(f"{there}?jezyk={what}" if what in tongues.LANGUAGES else there)
    if verb in REGISTER_VERBS:
        return register_act(request, company, draft, verb, _here)
    if verb in ELSEWHERE:
        return ELSEWHERE[verb](request, company, draft)
    if verb == "check":
        return redirect(_here(request, company, draft, sprawdz=1))
    if verb == "full":
        full_form_set(request, what)
        return redirect(_here(request, company, draft))
    if verb == "open":
        return redirect(_here(request, company, draft, also=what, anchor=f"panel-{what}"))
    if verb == "paste-lines":
        return redirect("invoice-lines", company.nip, draft.pk)
    if verb in LINE_VERBS or LINE_ACTION.fullmatch(verb):
        return _lines(request, company, draft, verb, what)
    if verb == "full":
        preference_set(request.user, "expert", what == "1")
        return redirect("invoice-draft", company.nip, draft.pk)
    if verb == CLEAN:
        characters_removed(request, draft)
        return redirect(_here(request, company, draft, sprawdz=1))
    if verb == "answer":
        anchor = "panel-advance" if what == "order" else "lines"
        return redirect(_here(request, company, draft, anchor=anchor))
    if not posted.place:
        messages.success(request, _("Szkic zapisany."))
    return redirect(_here(request, company, draft, anchor=_anchor(posted.place)))


def _looked_up(request, company, draft: Draft, posted: Posted) -> HttpResponse:
    """A register was asked, which takes seconds: somebody may have saved meanwhile."""
    try:
        lookup_in_draft(request, company, draft, posted.what)
    except DraftIssued as issued:
        return redirect("invoice-detail", company.nip, issued.document.pk)
    except DraftConflict as conflict:
        return conflict_page(request, company, conflict.current, posted)
    return redirect(_here(request, company, draft))


def full_form_set(request, what: str) -> None:
    """The button that shows all sections and field codes, on this person's every invoice."""
    preference_set(request.user, "expert", what == "1")


def _lines(request, company, draft: Draft, verb: str, what: str) -> HttpResponse:
    """Buttons of the line grid; those of a row have done their work when the form was read."""
    if verb == "line-columns":
        with suppress(PreferenceRefused):
            preference_set(request.user, "line_columns", request.POST.getlist("line_columns"))
    first = (count(what) or 0) if verb == "lines-from" else lines_from(request)
    query = {LINES_FROM: first} if first else {}
    return redirect(_here(request, company, draft, anchor="lines", **query))


def _here(request, company, draft: Draft, *, also: str = "", anchor: str = "", **query) -> str:
    """The draft's address; sections that were opened stay open."""
    opened = sections_open(request)
    if also in registry.SECTIONS and also not in opened:
        opened.append(also)
    query |= {OPENED: ",".join(opened)} if opened and not is_expert(request) else {}
    url = reverse("invoice-draft", args=[company.nip, draft.pk])
    return url + (f"?{urlencode(query)}" if query else "") + (f"#{anchor}" if anchor else "")


def _anchor(path: str) -> str:
    """The id of the control of a path, as the panels write it."""
    return "f-" + path.translate(dict.fromkeys(map(ord, "/[]@"), "-")) if path else ""


def _may_issue(request, company, draft: Draft) -> bool:
    return may_do(actor_of(request), company, right_to_issue(draft.content))


def _refusal(draft: Draft) -> str:
    if right_to_issue(draft.content) == May.CORRECT:
        return _("Twoja rola nie pozwala wystawiać korekt. Szkic jest zapisany.")
    return _("Twoja rola nie pozwala wystawiać faktur. Szkic jest zapisany.")


def _wait(request, company, draft: Draft, action: str) -> HttpResponse:
    """ "Wystaw automatycznie, gdy oryginał dostanie numer", or no more."""
    if not _may_issue(request, company, draft):
        messages.error(request, _refusal(draft))
    elif action == "wait-end":
        correction_wait_end(draft=draft)
        messages.success(request, _("Korekta nie wystawi się sama. Szkic zostaje."))
    else:
        _wait_for_original(request, draft)
    return redirect("invoice-draft", company.nip, draft.pk)


def _wait_for_original(request, draft: Draft) -> None:
    accept = frozenset(request.POST.getlist("accept"))
    try:
        original = correction_wait(draft=draft, user=request.user, accept=accept)
    except NothingToWaitFor:
        messages.info(request, _("Oryginał ma już numer KSeF. Możesz wystawić korektę."))
        return
    text = _("Korekta wystawi się sama, gdy %(number)s dostanie numer KSeF.")
    messages.success(request, text % {"number": original.number})


def _issue(request, company, draft: Draft, posted: Posted) -> HttpResponse:
    if not _may_issue(request, company, draft):
        messages.error(request, _refusal(draft))
        return redirect("invoice-draft", company.nip, draft.pk)
    try:
        document = invoice_issue(
            draft=draft,
            issued_by=request.user,
            on=clock.today(),
            accept=accepted(request, posted),
            ask_warnings=True,
            version=draft.version,  # what this person saw, not what somebody saved since
            mode=posted.what if posted.what in Submission.Mode.values else None,
        )
    except DraftIssued as issued:
        document = issued.document
    except DraftConflict as conflict:
        return conflict_page(request, company, conflict.current, posted)
    except IssueRefused as refused:
        return _refused(request, company, draft, refused, picked=posted.what)
    return redirect("invoice-detail", company.nip, document.pk)


def accepted(request, posted: Posted) -> frozenset[str]:
    """The rules that the person settled, by boxes or by the button itself."""
    lost = {RELIEF_LOST} if posted.verb == "issue-lost" else set()
    return frozenset(request.POST.getlist("accept")) - {RELIEF_LOST} | lost


def _refused(request, company, draft: Draft, refused: IssueRefused, *, picked: str) -> HttpResponse:
    screen = screen_stored(request, draft.content, draft.options)
    screen.show_problems(refused.problems)
    asks = {p.rule for p in refused.problems if p.severity != "block"} & STOPS
    warned = sum(problem.severity == "warn" for problem in refused.problems)
    more = {"asks": asks, "picked": picked, "open_warnings": warned}
    return form_page(request, company, screen, draft=draft, status=422, **more)


def proforma_sent(request, company, draft: Draft, posted: Posted) -> HttpResponse:
    """The pro forma of the form, or the form with what it lacks."""
    if not may_do(actor_of(request), company, May.ISSUE):
        messages.error(request, _refusal(draft))
        return redirect("invoice-draft", company.nip, draft.pk)
    try:
        row = proforma_issue(
            draft=draft, issued_by=request.user, on=clock.today(), version=draft.version
        )
    except DraftConflict as conflict:
        return conflict_page(request, company, conflict.current, posted)
    except IssueRefused as refused:
        return _refused(request, company, draft, refused, picked=posted.what)
    return redirect("proforma", company.nip, row.pk)


def _with_another_line(request, company, draft: Draft) -> HttpResponse:
    screen = screen_stored(request, draft.content, draft.options)
    screen.add_line()
    return form_page(request, company, screen, draft=draft, focus=screen.lines[-1])
