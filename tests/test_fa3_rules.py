"""Every rule with an invoice that triggers it and one, as near as may be, that does not."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invoices import fa3
from invoices.fa3.rules import check
from invoices.fa3.rules.finding import table
from tests.fa3_support import TODAY, RandomTree, invoice, line, needs_samples, sample_files
from tests.rule_cases import BUYER, CASES, KOR, rows_of
from tests.test_fa3_rules_company import CASES as COMPANY_CASES


def found(changes: dict, **circumstances) -> list[fa3.Problem]:
    circumstances = {"today": TODAY, "environment": "production"} | circumstances
    return check(invoice(**changes), **circumstances)


def named(problems: list[fa3.Problem]) -> set[tuple[str, str]]:
    return {(problem.rule, problem.path) for problem in problems}


def test_an_ordinary_invoice_offends_no_rule():
    assert found({}) == []


@pytest.mark.parametrize(("rule", "path", "bad", "good"), CASES)
def test_a_rule_fires_where_it_should_and_only_there(rule, path, bad, good):
    assert (rule, path) in named(found(bad))
    assert (rule, path) not in named(found(good))


def test_every_row_of_the_table_has_a_case():
    fired = {row for case in CASES for problem in found(case[2]) for row in rows_of(problem)}
    assert fired | set(COMPANY_CASES) | {"TF-03"} == set(table())


def test_every_text_is_short_and_in_two_languages():
    for rule, row in table().items():
        assert row["severity"] in {"block", "warn", "hint"}, rule
        assert 10 < len(row["pl"]) < 200, rule
        assert row["pl"] != row["en"], rule


def test_a_wrong_checksum_blocks_in_production_only():
    bad = {f"{BUYER}__NIP": "1234567890"}
    assert [p.severity for p in found(bad)] == ["block"]
    for environment in ("simulator", "test", "demo"):
        assert [p.severity for p in found(bad, environment=environment)] == ["warn"]


def test_the_buyers_missing_data_only_warn_on_a_correction():
    severities = {p.severity for p in found(KOR | {"Podmiot2__Adres": None}) if p.rule == "ID-07"}
    assert severities == {"warn"}


def test_the_day_of_sending_decides_about_backdating():
    tomorrow = TODAY + timedelta(days=1)
    assert named(found({}, sending_on=tomorrow)) == {("DT-02", "Fa/P_1")}
    assert found({}, sending_on=TODAY) == []


def test_a_creation_time_ahead_of_the_clock_is_seen():
    now = datetime(2026, 11, 20, 10, tzinfo=UTC)
    made = {"Naglowek__DataWytworzeniaFa": "2026-11-20T10:06:00Z"}
    assert named(found(made, now=now)) == {("DT-11", "Naglowek/DataWytworzeniaFa")}
    assert found(made, now=now + timedelta(minutes=2)) == []


def test_a_finding_quotes_the_amounts():
    (problem,) = found({"Fa__P_15": "125.00"})
    assert "125,00" in problem.pl
    assert "123.00" in problem.en


def test_many_warnings_do_not_hide_a_block():
    lines = [line(n, P_11="1.00") for n in range(1, 200)] + [line(200, P_7=None)]
    problems = found({"Fa__FaWiersz": lines})
    assert ("LG-01", "Fa/FaWiersz[199]/P_7") in named(problems)
    assert len(problems) < 110


@settings(deadline=None)
@given(st.integers(0, 10**6))
def test_any_valid_tree_can_be_checked(seed):
    made = RandomTree(seed, 0.4).make()
    assert isinstance(check(made, today=TODAY, environment="test"), list)


_names = ["Fa", "Podmiot2", "Podmiot3", "FaWiersz", "P_1", "P_15", "P_12", "Platnosc", "Adnotacje"]
_json = st.recursive(
    st.none() | st.integers() | st.text(max_size=3) | st.sampled_from(["1", "2026-11-20", "23"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*_names, "DaneIdentyfikacyjne", "NIP", "Stopka"]), inner)
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(_names), _json))
def test_no_tree_however_broken_raises(broken):
    assert isinstance(check(broken, today=TODAY, environment="test"), list)


@needs_samples
@pytest.mark.parametrize("path", sample_files(), ids=lambda path: path.stem)
def test_no_official_sample_is_blocked_and_few_are_warned_about(path):
    made = fa3.parse(path.read_bytes())
    issued = date.fromisoformat(made["Fa"]["P_1"])
    problems = check(made, today=issued, environment="production")
    assert fa3.blocking(problems) == []
    assert {p.rule for p in problems if p.severity == "warn"} <= {"DT-09"}


def test_a_correction_of_a_simplified_invoice_has_its_buyer_by_nip_alone():
    tree = KOR | {"Podmiot2__Adres": None, "Podmiot2__DaneIdentyfikacyjne__Nazwa": None}
    assert "ID-07" not in {p.rule for p in found(tree)}
