"""Everything there is to say about a draft before it is issued: shape, schema and rules."""

from datetime import date, datetime

from invoices.fa3 import defaults, schema
from invoices.fa3 import tree as trees
from invoices.fa3.build import build
from invoices.fa3.problems import FaTreeError, Problem
from invoices.fa3.rules import check
from invoices.fa3.rules.content import check_size
from invoices.fa3.validate import validate

_PLACEHOLDER = "1"


def examine(
    tree: trees.Tree,
    *,
    today: date,
    environment: str,
    now: datetime,
    sending_on: date | None = None,
) -> list[Problem]:
    """Problems of a draft as if it were issued now, in document order.

    What issuing fills by itself counts as filled: the header, and P_1 and P_2 where empty.
    Where schema and rules object to the same field, the rule speaks, since it says why.
    """
    draft = _as_issued(tree, today, now)
    try:
        data = build(draft)
    except FaTreeError as error:
        return error.problems
    ruled = check(draft, today=today, environment=environment, sending_on=sending_on, now=now)
    ruled += check_size(len(data), "Zalacznik" in draft)
    blocked = {problem.path for problem in ruled if problem.severity == "block"}
    schematic = [problem for problem in validate(data) if problem.path not in blocked]
    return in_document_order(schematic + ruled)


def _as_issued(tree: trees.Tree, today: date, now: datetime) -> trees.Tree:
    draft = defaults.stamp(tree, now_utc=now, software=_PLACEHOLDER)
    body = draft.setdefault("Fa", {})
    if isinstance(body, dict):
        for name, value in (("P_1", today.isoformat()), ("P_2", _PLACEHOLDER)):
            if not trees.text(draft, f"Fa/{name}"):
                body[name] = value
    return draft


def in_document_order(problems: list[Problem]) -> list[Problem]:
    """Sorted by where they stand in the document; of one field, in the order found."""
    return sorted(problems, key=lambda problem: _place(problem.path))


def _place(path: str) -> tuple:
    node, place = schema.root(), []
    for name, position in trees.split(path) if path else []:
        rank = node.rank.get(name, -1) if node else -1
        node = node.by_name.get(name) if node else None
        place += [rank, -1 if position is None else position]
    return tuple(place)
