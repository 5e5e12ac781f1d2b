"""Warnings that a person looked at and lets stand, each with a note.

They are kept with the draft under the problem's key, which changes with its numbers and its
place: a warning that says something else is asked anew. Issuing copies them to the document.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import islice

from django.db import transaction

from invoices.fa3 import registry
from invoices.fa3.problems import Problem
from invoices.models import Document, Draft
from ksefapp.accounts.models import User
from ksefapp.lib import clock

MOST, LONGEST_KEY, LONGEST_NOTE = 200, 600, 500
_BOX = re.compile(r"warning-[0-9]{1,4}")


def split(
    problems: Iterable[Problem], accepted: Mapping[str, dict]
) -> tuple[list[Problem], list[Problem]]:
    """(what is still open, warnings that were accepted); what blocks cannot be accepted."""
    still_open, done = [], []
    for problem in problems:
        is_done = problem.severity == "warn" and problem.key in accepted
        (done if is_done else still_open).append(problem)
    return still_open, done


def warning_accept(draft: Draft, user: User, problem_key: str, note: str = "") -> None:
    """The person lets this warning stand. The draft's version stays: its content does."""
    _change(draft, {problem_key: _entry(user, note)})


def warnings_posted(draft: Draft, user: User, data: Mapping[str, str]) -> None:
    """Takes over the ticks of the form; a note counts as one, a tick taken away is taken back.

    Boxes: `warning-<n>` holds the key, `warning-<n>-ok` the tick, `warning-<n>-note` the note.
    Warnings that the page did not show stay as they are.
    """
    changes = {}
    for box in islice(filter(_BOX.fullmatch, data), MOST):
        note = _clean(data.get(f"{box}-note", ""))
        is_kept = bool(note or data.get(f"{box}-ok"))
        changes[data[box]] = _entry(user, note) if is_kept else None
    if changes:
        _change(draft, changes)


def stored_with(
    problems: Iterable[Problem],
    accepted: Mapping[str, dict],
    *,
    rules: frozenset[str],
    notes: Mapping[str, str],
    user: User,
) -> dict[str, dict]:
    """For Document.accepted: each warning of an issued invoice that somebody let stand.

    `accepted` are those of the draft by key, `rules` those named for this issue by `user`,
    with `notes` by rule. Each entry: rule, path, pl, en, note, by (id), at (ISO, UTC).
    """
    found = {}
    for problem in problems:
        if problem.severity != "warn":
            continue
        entry = accepted.get(problem.key)
        if entry is None and problem.rule in rules:
            entry = _entry(user, notes.get(problem.rule, ""))
        if entry is not None:
            said = {"rule": problem.rule, "path": problem.path, "pl": problem.pl, "en": problem.en}
            found[problem.key] = said | entry
    return found


def accepted_list(document: Document, language: str) -> list[dict]:
    """What the document's page says of each: title, text, note, who, at (an instant)."""
    people = User.objects.in_bulk({entry["by"] for entry in document.accepted.values()})
    return [
        {
            "title": ": ".join(registry.breadcrumb(entry["path"], language)) or document.number,
            "text": entry["en" if language.startswith("en") else "pl"],
            "note": entry["note"],
            "who": str(people.get(entry["by"], "")),
            "at": datetime.fromisoformat(entry["at"]),
        }
        for entry in document.accepted.values()
    ]


def _entry(user: User, note: str) -> dict:
    at = clock.now().isoformat(timespec="seconds")
    return {"note": _clean(note), "by": user.pk, "at": at}


def _clean(note: str) -> str:
    """One line that any database takes."""
    return " ".join(note.replace("\0", "").split())[:LONGEST_NOTE]


@transaction.atomic
def _change(draft: Draft, changes: Mapping[str, dict | None]) -> None:
    """Two people may tick at once: the row is read and written under its lock."""
    row = Draft.objects.select_for_update().only("accepted").get(pk=draft.pk)
    kept = dict(row.accepted)
    for key, entry in changes.items():
        if entry is None:
            kept.pop(key, None)
        elif len(key) <= LONGEST_KEY and "\0" not in key and _says_more(kept.get(key), entry):
            kept[key] = entry
    draft.accepted = dict(list(kept.items())[-MOST:])
    Draft.objects.filter(pk=draft.pk).update(accepted=draft.accepted)


def _says_more(before: dict | None, entry: dict) -> bool:
    """Who accepted it first stays, unless the note is another one."""
    return before is None or before["note"] != entry["note"]
