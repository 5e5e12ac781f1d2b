"""The upper half of the journal's page: facts, mode, what can be done about it, the picture."""

from collections.abc import Sequence
from datetime import date

from auth_ksef.messages import chosen
from ksefapp.accounts.models import Company
from ksefapp.lib import clock
from offline import modes
from offline.aftermath import aftermath
from offline.deadlines import AWARIA, OFFLINE24, ONLINE, TOTAL, UNAVAILABLE
from offline.forms import Offline24Form, OverruleForm, RulesForm
from offline.hooks import waiting_get
from offline.models import CompanyMode
from offline.shown import (
    DRIVING,
    conclusion,
    fact_rows,
    lanes_shown,
    mode_label,
    waiting_words,
)
from offline.silences import silence_list

# What a standing rule can switch to; awaria całkowita is never automatic.
OUTAGE_MODES = {AWARIA, UNAVAILABLE}


def page_context(company: Company, events: Sequence, until: date | None, **forms) -> dict:
    """Everything above the entries; `forms` are those that were refused, as they were sent."""
    facts = modes.facts(company.environment)
    decision = modes.mode_now(company)
    silences = silence_list(company)
    row = modes.standing(company)
    return {
        "facts": fact_rows(facts),
        "conclusion": conclusion(facts, decision, company.environment),
        "waiting": waiting_words(waiting_get(company)),
        "decision": decision,
        "mode": row,
        "mode_label": mode_label(decision.mode),
        "why": chosen(decision.why),
        **_proposal(decision),
        "aftermath": aftermath(events),
        "overruled": is_overruled(row, decision),
        "may_overrule": decision.follows_outage,
        "driven": company.environment in DRIVING,
        "lanes": lanes_shown(company, announced=events, silences=silences, until=until),
        **_forms(row),
        **forms,
    }


def _proposal(decision: modes.Decision) -> dict:
    """What is suggested; its button is the main one."""
    proposal = decision.proposal
    return {
        "proposal_label": mode_label(proposal) if proposal else "",
        "proposal_why": chosen(decision.proposal_why) if proposal else "",
        "proposes_outage": proposal in OUTAGE_MODES,
        "proposes_total": proposal == TOTAL,
        "offline24_kind": "main" if proposal == OFFLINE24 else "",
        "back_kind": "main" if proposal == ONLINE else "",
    }


def is_overruled(row: CompanyMode, decision: modes.Decision) -> bool:
    """Whether the mode of the outage that is in force is set aside at this moment."""
    outage = decision.outage
    if outage is None or outage.pk != row.overruled_outage_id:
        return False
    return row.overruled_until is None or row.overruled_until > clock.now()


def _forms(row: CompanyMode) -> dict:
    names = ("auto_outage", "auto_offline24_minutes")
    rules = {name: getattr(row, name) for name in names}
    return {
        "offline24_form": Offline24Form(),
        "overrule_form": OverruleForm(),
        "rules_form": RulesForm(initial=rules),
    }
