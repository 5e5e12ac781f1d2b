"""Everything there is to say about an invoice about to be issued: shape, schema and rules."""

from dataclasses import dataclass
from datetime import date, datetime

from invoices.fa3 import schema
from invoices.fa3 import tree as trees
from invoices.fa3.build import build
from invoices.fa3.problems import FaTreeError, Problem
from invoices.fa3.rules import check
from invoices.fa3.rules.content import check_size
from invoices.fa3.validate import validate


@dataclass(frozen=True)
class Examined:
    """The bytes that were looked at (b"" if the tree cannot be written) and what was found."""

    xml: bytes
    problems: list[Problem]


def examine(
    tree: trees.Tree,
    *,
    today: date,
    environment: str,
    sending_on: date | None = None,
    now: datetime | None = None,
) -> Examined:
    """Builds a stamped tree and holds it against schema, rules and KSeF's limit of size.

    Problems come in document order. Where schema and rules block the same field, only the
    rule speaks, since it says why. The arguments are those of `check`.
    """
    ruled = check(tree, today=today, environment=environment, sending_on=sending_on, now=now)
    try:
        xml = build(tree)
    except FaTreeError as error:
        # Of characters the rules say where in the text they stand, and the rest is worth knowing.
        only_characters = all(problem.rule == "TF-02" for problem in error.problems)
        return Examined(b"", in_document_order(ruled if only_characters else error.problems))
    ruled += check_size(len(xml), "Zalacznik" in tree)
    blocked = {problem.path for problem in ruled if problem.severity == "block"}
    schematic = [problem for problem in validate(xml) if problem.path not in blocked]
    return Examined(xml, in_document_order(schematic + ruled))


def in_document_order(problems: list[Problem]) -> list[Problem]:
    """Sorted by where they stand in the document; of one field, in the order found."""
    return sorted(problems, key=lambda problem: _place(problem.path))


def _place(path: str) -> tuple[int, ...]:
    node, place = schema.root(), []
    for name, position in trees.split(path) if path else []:
        rank = node.rank.get(name, -1) if node else -1
        node = node.by_name.get(name) if node else None
        place += [rank, -1 if position is None else position]
    return tuple(place)
