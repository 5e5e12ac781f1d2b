"""Every rule of the domain has its place, and what is said to be elsewhere is there."""

import importlib
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from invoices import fa3
from invoices.fa3 import defaults, messages
from invoices.fa3.rules.finding import table
from invoices.services import issue_checks
from tests.fa3_support import invoice, line
from tests.rule_cases import MARGIN, MARGIN_LINE, NOTES
from tests.test_fa3_rules import found

COVERAGE = tomllib.loads((Path(__file__).parent / "rule_coverage.toml").read_text("utf-8"))
# How many rules each group of the domain's table has, numbered without a gap.
SIZES = {"ID": 19, "DT": 12, "AM": 14, "TX": 22, "FX": 8, "KO": 19, "AD": 10, "TF": 10}
SIZES |= {"PY": 6, "CR": 1, "LG": 4}
PLACES = {"rule", "schema", "file", "made", "issue", "not"}
# The last two: a number that was taken meanwhile, and packages of the size KSeF takes.
HOUSE = {issue_checks.BACKDATED, issue_checks.WAITS, "DT-03", "batch"}
STAMP = {"now_utc": datetime(2026, 11, 20, 9, tzinfo=UTC), "software": "x"}


def entries() -> list[tuple[str, dict]]:
    return [*COVERAGE["table"].items(), *COVERAGE["fields"].items()]


def named(place: str) -> set[str]:
    return {each for _, entry in entries() for each in entry.get(place, [])}


def test_every_rule_of_the_domain_has_an_entry():
    wanted = {f"{group}-{n:02}" for group, size in SIZES.items() for n in range(1, size + 1)}
    assert set(COVERAGE["table"]) == wanted
    assert set(COVERAGE["fields"]) == {f"R{n:02}" for n in range(1, 37)}


def test_every_entry_names_a_place():
    assert [rule for rule, entry in entries() if not entry or not set(entry) <= PLACES] == []


def test_every_row_of_the_table_belongs_to_a_rule_and_the_other_way_round():
    assert named("rule") == set(table())


def test_every_kind_of_schema_finding_exists():
    assert named("schema") <= {rule for rule, _, _ in messages._TEXTS.values()}


@pytest.mark.parametrize("place", [e["made"] for _, e in entries() if "made" in e])
def test_what_the_application_makes_is_there(place):
    module, _, name = place.rpartition(".")
    assert callable(getattr(importlib.import_module(module), name))


def test_the_houses_own_conditions_are_those_of_issuing():
    assert named("issue") == HOUSE


def schema_findings(**changes) -> set[tuple[str, str]]:
    made = fa3.build(defaults.stamp(invoice(**changes), **STAMP))
    return {(problem.rule, problem.path) for problem in fa3.validate(made)}


def order_line(**fields: str) -> dict:
    rows = [{"NrWierszaZam": "1"} | fields]
    return {"Fa__Zamowienie": {"WartoscZamowienia": "1", "ZamowienieWiersz": rows}}


def test_one_gtu_for_a_line():
    found = schema_findings(Fa__FaWiersz=[line(GTU="GTU_01, GTU_02")])
    assert found == {("XSD-value", "Fa/FaWiersz[0]/GTU")}
    assert schema_findings(Fa__FaWiersz=[line(GTU="GTU_01")]) == set()


def test_procedures_of_import_are_for_lines_not_for_orders():
    path = "Fa/Zamowienie/ZamowienieWiersz[0]/ProceduraZ"
    assert schema_findings(**order_line(ProceduraZ="I_42")) == {("XSD-value", path)}
    assert schema_findings(**order_line(ProceduraZ="TT_D")) == set()
    assert schema_findings(Fa__FaWiersz=[line(Procedura="I_42")]) == set()


@pytest.mark.slow
def test_ten_thousand_lines_and_not_one_more():
    rows = [line(n) for n in range(1, 10_002)]
    assert schema_findings(Fa__FaWiersz=rows[:-1]) == set()
    assert ("XSD-repeated", "Fa/FaWiersz[10000]") in schema_findings(Fa__FaWiersz=rows)


def test_more_references_than_ksef_takes_are_refused():
    entry = {"DataWystFaKorygowanej": "2026-11-01", "NrFaKorygowanej": "1", "NrKSeFN": "1"}
    # Such a file has passed the limit of size long before that of references.
    found = schema_findings(Fa__RodzajFaktury="KOR", Fa__DaneFaKorygowanej=[entry] * 50_001)
    assert {rule for rule, _ in found} == {"TF-03"}


def test_margin_and_ordinary_lines_may_be_mixed():
    mixed = {f"{NOTES}__PMarzy": MARGIN, "Fa__FaWiersz": [MARGIN_LINE, line(2)]}
    mixed |= {"Fa__P_13_11": "123.00", "Fa__P_15": "246.00"}
    assert {p.rule for p in found(mixed) if p.rule.startswith("TX")} == set()
