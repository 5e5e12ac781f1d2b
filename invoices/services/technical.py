"""Technical correction: a refused offline invoice is sent again with the same content.

KSeF ties the new file to the refused one by `hashOfCorrectedInvoice`, so that the code on a
paper handed out before leads to the accepted invoice. Source: ksef-docs, korekta techniczna.
"""

import copy
import re
from dataclasses import dataclass

from django.db import transaction

from invoices.fa3 import registry, schema
from invoices.fa3 import tree as trees
from invoices.fa3.parse import parse
from invoices.fa3.problems import Problem
from invoices.models import Document, Draft
from invoices.services.delivery_states import WITHOUT_KOD2, IllegalMove, State
from invoices.services.drafts import draft_create
from invoices.services.issue_checks import TECHNICAL, IssueRefused, options_of
from ksefapp.accounts.audit import audit
from ksefapp.accounts.models import User

STAMPED = frozenset({"Naglowek/DataWytworzeniaFa", "Naglowek/SystemInfo"})
DUPLICATE, SEMANTIC = 440, 450
# About rights of the parties, not about the file: no file of ours cures them.
PERMISSIONS = frozenset({410, 415})
NAME = re.compile(r"'(?:[^':]*:)*(?:https?://[^']*[/:])?(\w+)'|(?<![\w/])(P_\w+|[A-Z]\w*[a-z]\w*)")


@dataclass(frozen=True)
class Difference:
    """One leaf that differs: path with positions, the refused and the new text ("" for none)."""

    path: str
    old: str
    new: str

    def label(self, language: str) -> str:
        """Its name in words."""
        return ": ".join(registry.breadcrumb(self.path, language))


def can_be_corrected(document: Document) -> bool:
    """Whether KSeF refused an offline invoice for a reason that a new file can cure."""
    row = document.submission
    is_offline = row.mode not in WITHOUT_KOD2
    return is_offline and row.state == State.REFUSED and row.last_code not in PERMISSIONS


def technical_correction(*, document: Document, user: User) -> Draft:
    """A draft with the refused invoice's very content, whose issue is a technical correction.

    Calling it again returns the draft that is already open. Raises IllegalMove.
    """
    with transaction.atomic():
        document = Document.objects.select_for_update().get(pk=document.pk)
        if not can_be_corrected(document):
            raise IllegalMove(f"{document.submission.state}: no technical correction")
        if document.environment != document.company.environment:
            raise IllegalMove(f"issued in {document.environment}, the company left it")
        open_draft = draft_open(document)
        if open_draft is not None:
            return _made_technical(open_draft, document)
        audit("invoice.technical", company=document.company, user=user, subject=document.number)
        return draft_of(document, user=user, technical=True)


def draft_open(document: Document) -> Draft | None:
    """The draft that is to replace the document, if somebody has begun one."""
    return Draft.objects.filter(replaces=document, issued_as=None).first()


def draft_of(document: Document, *, user: User, **options: bool) -> Draft:
    """A new draft that replaces the document, with its content and its answers."""
    content = content_of(document)
    return draft_create(
        company=document.company,
        content=content,
        created_by=user,
        replaces=document,
        options=options | options_of(document, content),
    )


def _made_technical(draft: Draft, document: Document) -> Draft:
    """A draft opened for another repair goes back to the refused content."""
    if not draft.options.get("technical"):
        draft.options = draft.options | {"technical": True}
        draft.content = content_of(document)
        draft.version += 1
        draft.save(update_fields=["options", "content", "version"])
    return draft


def content_of(document: Document) -> dict:
    """The tree of the refused bytes; the stamp of the issue is made anew."""
    tree = parse(bytes(document.file.content))
    tree.get("Naglowek", {}).pop("DataWytworzeniaFa", None)
    tree.get("Naglowek", {}).pop("SystemInfo", None)
    return tree


def differences(old_tree: dict, new_tree: dict) -> list[Difference]:
    """What differs between the refused and the new content, but for the stamp of the issue."""
    old = dict(trees.leaves(trees.normalise(old_tree)))
    new = dict(trees.leaves(trees.normalise(new_tree)))
    paths = [path for path in {**old, **new} if old.get(path) != new.get(path)]
    return [
        Difference(path, old.get(path, ""), new.get(path, ""))
        for path in paths
        if path not in STAMPED and not path.startswith("Naglowek/KodFormularza")
    ]


def allowed(
    old_tree: dict, new_tree: dict, code: int | None, named_elements: frozenset[str]
) -> tuple[list[Difference], list[Difference]]:
    """(what differs and may, what differs and may not) after KSeF's refusal with this code.

    After 440 the number may differ, after 450 the elements that the error names, else nothing.
    """
    may, may_not = [], []
    for found in differences(old_tree, new_tree):
        (may if _may_differ(found.path, code, named_elements) else may_not).append(found)
    return may, may_not


def _may_differ(path: str, code: int | None, named: frozenset[str]) -> bool:
    plain = trees.plain(path)
    if code == DUPLICATE:
        return plain == "Fa/P_2"
    return code == SEMANTIC and plain.rpartition("/")[2].partition("@")[0] in named


def named_elements(text: str) -> frozenset[str]:
    """Names of FA(3) elements that KSeF's words mention; a group's name opens nothing below it."""
    known = {path.rpartition("/")[2] for path, node in schema.nodes().items() if node.is_leaf}
    found = {name for match in NAME.finditer(text) for name in match.groups() if name}
    return frozenset(found & known)


def changeable(document: Document) -> list[str]:
    """Paths with positions of the texts that a technical correction of it may change."""
    row = document.submission
    named = named_elements(row.last_text)
    tree = content_of(document)
    return [path for path, _ in trees.leaves(tree) if _may_differ(path, row.last_code, named)]


def with_changes(content: dict, changes: dict[str, str]) -> dict:
    """The content with new texts at existing paths."""
    tree = copy.deepcopy(content)
    for path, text in changes.items():
        trees.put(tree, path, text)
    return tree


def refuse_other_content(draft: Draft, tree: dict, accept: frozenset[str]) -> None:
    """A technical correction says the same invoice again; a person confirms each exception.

    Raises IssueRefused: blocking for what may not differ, a warning for what may.
    """
    if not draft.options.get("technical"):
        return
    refused = draft.replaces
    row = refused.submission
    if not can_be_corrected(refused):
        raise IssueRefused([_problem("", "block", GONE)])
    named = named_elements(row.last_text)
    may, may_not = allowed(content_of(refused), tree, row.last_code, named)
    problems = [_problem(found.path, "block", _said(OTHER, found)) for found in may_not]
    if TECHNICAL not in accept:
        problems += [_problem(found.path, "warn", _said(CONFIRM, found)) for found in may]
    if problems:
        raise IssueRefused(problems)


GONE = (
    "Do tej faktury nie można już wysłać korekty technicznej.",
    "A technical correction of this invoice is no longer possible.",
)
OTHER = (
    "Korekta techniczna nie zmienia treści faktury. Było: „{old}”, jest: „{new}”.",
    "A technical correction does not change the invoice. It was “{old}”, it is “{new}”.",
)
CONFIRM = (
    "Potwierdź zmianę. Było: „{old}”, będzie: „{new}”.",
    "Confirm the change. It was “{old}”, it will be “{new}”.",
)


def _said(words: tuple[str, str], found: Difference) -> tuple[str, str]:
    polish, english = (text.format(old=found.old, new=found.new) for text in words)
    return polish, english


def _problem(path: str, severity: str, text: tuple[str, str]) -> Problem:
    return Problem(path, TECHNICAL, severity, *text)
