import time
from datetime import UTC, datetime

import pytest

from invoices import fa3
from invoices.fa3 import defaults
from invoices.fa3.examine import in_document_order
from invoices.fa3.rules.content import check_size
from tests.fa3_support import TODAY, invoice, line

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


def examined(tree=None, **changes) -> fa3.Examined:
    stamped = defaults.stamp(
        invoice(**changes) if tree is None else tree, now_utc=NOW, software="x"
    )
    return fa3.examine(stamped, today=TODAY, environment="simulator", now=NOW)


def test_a_good_invoice_gives_its_bytes_and_no_problem():
    result = examined()
    assert result.problems == []
    assert fa3.is_valid(result.xml)


def test_schema_and_rules_come_in_document_order():
    changes = {
        "Fa__P_13_1": "1.00",
        "Fa__KodWaluty": "ZZZ",
        "Podmiot2__DaneIdentyfikacyjne__NIP": "1",
    }
    paths = [problem.path for problem in examined(**changes).problems]
    assert paths[:2] == ["Podmiot2/DaneIdentyfikacyjne/NIP", "Fa/KodWaluty"]
    assert "Fa/P_13_1" in paths


def test_where_both_object_only_the_rule_speaks():
    problems = examined(Podmiot2__JST=None).problems
    assert [(p.rule, p.path) for p in problems] == [("ID-08", "Podmiot2/JST")]


def test_a_tree_that_cannot_be_written_gives_no_bytes():
    result = examined({"Fa": {"P_99": "x"}})
    assert result.xml == b""
    assert [problem.path for problem in result.problems] == ["Fa/P_99"]


def test_a_new_invoice_says_what_is_still_missing():
    result = examined(defaults.new_invoice({}, today=TODAY))
    paths = {problem.path for problem in fa3.blocking(result.problems)}
    assert {"Podmiot2/DaneIdentyfikacyjne", "Fa/P_2", "Fa/P_15", "Fa/FaWiersz"} <= paths


def test_an_invoice_over_a_megabyte_is_too_large():
    lines = [line(number, P_7="x" * 500) for number in range(1, 2000)]
    assert examined(Fa__FaWiersz=lines).problems[0].rule == "TF-03"


@pytest.mark.parametrize(("size", "attached", "count"), [
    (1_000_000, False, 0), (1_000_001, False, 1), (3_000_000, True, 0), (3_000_001, True, 1),
])  # fmt: skip
def test_the_limit_of_size_is_higher_with_an_attachment(size, attached, count):
    assert len(list(check_size(size, attached))) == count


def test_order_follows_the_schema_and_then_positions():
    def problem(path):
        return fa3.Problem(path, "X", "warn", "pl", "en")

    paths = ["Fa/FaWiersz[10]/P_7", "Fa/FaWiersz[2]/P_12", "Fa/P_2", "Naglowek", "", "Fa/Nowe"]
    ordered = [p.path for p in in_document_order([problem(path) for path in paths])]
    assert ordered == ["", "Naglowek", "Fa/Nowe", "Fa/P_2", "Fa/FaWiersz[2]/P_12",
                       "Fa/FaWiersz[10]/P_7"]  # fmt: skip


def test_a_thousand_lines_are_examined_quickly():
    made = invoice(Fa__FaWiersz=[line(n) for n in range(1, 1001)])
    started = time.monotonic()
    assert examined(made).problems
    assert time.monotonic() - started < 2
