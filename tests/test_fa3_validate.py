import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from invoices import fa3
from invoices.fa3 import defaults, tree
from tests.fa3_support import invoice, line

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


def document(**changes) -> bytes:
    return fa3.build(defaults.stamp(invoice(**changes), now_utc=NOW, software="ksefapp"))


def only(problems):
    assert len(problems) == 1, problems
    return problems[0]


def test_a_valid_document_has_no_problems():
    assert fa3.validate(document()) == []
    assert fa3.is_valid(document())


@pytest.mark.parametrize(
    ("path", "value", "rule", "words"),
    [
        ("Fa__P_15", "12,50", "XSD-number", "najwyżej 2"),
        ("Fa__P_15", "1e3", "XSD-number", "kropką"),
        ("Fa__P_1", "20.11.2026", "XSD-date", "RRRR-MM-DD"),
        ("Fa__P_1", "2026-13-01", "XSD-date", "RRRR-MM-DD"),
        ("Fa__P_1", "1999-01-01", "XSD-range", "od 2006-01-01 do"),
        ("Fa__P_2", "x" * 257, "XSD-length", "najwyżej 256"),
        ("Fa__P_2", " ", "XSD-empty", "puste"),
        ("Fa__FaWiersz[0]__P_12", "24", "XSD-value", "np II"),
        ("Fa__KodWaluty", "ZZZ", "XSD-value", "z listy"),
        ("Fa__FaWiersz[0]__NrWierszaFa", "0", "XSD-range", "większą niż 0"),
        ("Fa__FaWiersz[0]__NrWierszaFa", "1.5", "XSD-number", "całkowitą"),
        ("Podmiot1__DaneIdentyfikacyjne__NIP", "123", "XSD-pattern", "10 cyfr"),
        ("Podmiot1__PrefiksPodatnika", "DE", "XSD-value", "PL"),
        ("Naglowek__DataWytworzeniaFa", "wczoraj", "XSD-date", "gg:mm:ss"),
    ],
)
def test_a_wrong_value_is_found_at_its_field(path, value, rule, words):
    made = defaults.stamp(invoice(), now_utc=NOW, software="ksefapp")
    tree.put(made, path.replace("__", "/"), value)
    problem = only(fa3.validate(fa3.build(made)))
    assert (problem.path, problem.rule) == (path.replace("__", "/"), rule)
    assert words in problem.pl
    assert problem.severity == "block"


@pytest.mark.parametrize(
    "path",
    [
        "Fa/P_2",
        "Fa/RodzajFaktury",
        "Podmiot2/JST",
        "Podmiot1/DaneIdentyfikacyjne/Nazwa",
        "Fa/FaWiersz[0]/NrWierszaFa",
    ],
)
def test_a_missing_element_is_named_where_it_belongs(path):
    problem = only(fa3.validate(document(**{path.replace("/", "__"): None})))
    assert (problem.path, problem.rule) == (path, "XSD-missing")
    assert problem.pl.startswith("Uzupełnij")
    assert problem.en.startswith("Fill in")


def test_all_gaps_of_one_group_are_named():
    problems = fa3.validate(document(Fa__P_2=None, Fa__P_15=None, Fa__RodzajFaktury=None))
    assert [p.path for p in problems] == ["Fa/P_2", "Fa/P_15", "Fa/RodzajFaktury"]


def test_a_missing_choice_names_the_first_field_of_each_branch():
    problem = only(fa3.validate(document(Fa__Adnotacje__Zwolnienie={})))
    assert (problem.path, problem.rule) == ("Fa/Adnotacje/Zwolnienie", "XSD-choice")
    inner = only(fa3.validate(document(Fa__Adnotacje__Zwolnienie={"P_19": "1"})))
    assert inner.pl.count(",") == problem.pl.count(",") + 1


def test_two_branches_of_one_choice_are_found():
    both = {"P_19": "1", "P_19A": "art. 43", "P_19N": "1"}
    problem = only(fa3.validate(document(Fa__Adnotacje__Zwolnienie=both)))
    assert problem.rule == "XSD-excluded"
    assert problem.path.startswith("Fa/Adnotacje/Zwolnienie")


def test_positions_of_lines_are_zero_based():
    lines = [line(1), line(2), line(3, P_12="24")]
    assert only(fa3.validate(document(Fa__FaWiersz=lines))).path == "Fa/FaWiersz[2]/P_12"


def test_too_many_of_a_list_are_found():
    contacts = [{"Email": "a@b.pl"}] * 4
    problem = only(fa3.validate(document(Podmiot1__DaneKontaktowe=contacts)))
    assert (problem.path, problem.rule) == ("Podmiot1/DaneKontaktowe[3]", "XSD-repeated")
    assert "najwyżej 3" in problem.pl


@pytest.mark.parametrize(
    "change",
    [
        (b' kodSystemowy="FA (3)"', b' kodSystemowy="FA (2)"'),
        (b' kodSystemowy="FA (3)"', b""),
    ],
)
def test_a_wrong_or_missing_attribute_is_found(change):
    problem = only(fa3.validate(document().replace(*change)))
    assert problem.path == "Naglowek/KodFormularza/@kodSystemowy"
    assert problem.rule == "XSD-attribute"


def test_labels_stand_in_both_languages():
    problem = only(fa3.validate(document(Fa__P_15="x")))
    assert problem.message("pl") != problem.message("en")
    assert "P_15" not in problem.message("pl")


def test_at_most_fifty_problems_come_back():
    lines = [line(number, P_12="24") for number in range(1, 80)]
    assert len(fa3.validate(document(Fa__FaWiersz=lines))) == 50


def test_threads_do_not_mix_their_findings():
    def wrong(number: int) -> bytes:
        lines = [line(n, P_12="24" if n == number else "23") for n in range(1, 9)]
        return document(Fa__FaWiersz=lines)

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(fa3.validate, [wrong(n) for n in range(1, 9)] * 3))
    paths = [only(problems).path for problems in found]
    assert paths == [f"Fa/FaWiersz[{n}]/P_12" for n in range(8)] * 3


@pytest.mark.parametrize("digits", [300, 301, 400, 5000])
def test_a_code_of_hundreds_of_digits_is_named(digits):
    problem = only(fa3.validate(document(Podmiot2__JST="9" * digits)))
    assert (problem.path, problem.rule) == ("Podmiot2/JST", "XSD-value")


@pytest.mark.parametrize("year", ["-999999999999", "9" * 400])
def test_a_year_beyond_all_calendars_is_named(year):
    problems = fa3.validate(document(Fa__P_1=f"{year}-01-01"))
    assert [(p.path, p.rule) for p in problems] == [("Fa/P_1", "XSD-date")]


def test_a_byte_order_mark_is_reported():
    assert only(fa3.validate(b"\xef\xbb\xbf" + document())).rule == "TF-01"


def test_a_too_large_file_is_reported():
    assert only(fa3.validate(b" " * 3_000_001)).rule == "TF-03"


def test_another_document_is_reported():
    assert only(fa3.validate(b"<Faktura xmlns='http://crd.gov.pl/wzor/2023/06/29/12648/'/>"))


def test_a_file_of_nothing_but_unknown_elements_costs_little():
    head = document().partition(b"<Naglowek>")[0]
    started = time.monotonic()
    problems = fa3.validate(head + b"<a/>" * 500_000 + b"</Faktura>")
    assert len(problems) == 50
    assert time.monotonic() - started < 5


def test_a_thousand_lines_are_built_and_validated_in_a_moment():
    made = defaults.stamp(
        invoice(Fa__FaWiersz=[line(n) for n in range(1, 1001)]), now_utc=NOW, software="x"
    )
    fa3.validate(fa3.build(made))
    best = min(_seconds(made) for _ in range(8))
    assert best < 0.1


def _seconds(made) -> float:
    started = time.monotonic()
    assert fa3.is_valid(fa3.build(made))
    return time.monotonic() - started
