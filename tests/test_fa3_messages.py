"""What is said about a document that the schema refuses: the field's name, and what to do."""

from datetime import UTC, datetime

import pytest

from invoices import fa3
from invoices.fa3 import defaults, registry, schema, tree
from invoices.fa3.forms_of_text import FORMS
from tests.fa3_support import invoice

STAMP = {"now_utc": datetime(2026, 11, 20, 9, tzinfo=UTC), "software": "ksefapp"}
LINE = "Fa/FaWiersz[0]"
NOTES = "Fa/Adnotacje"


def document(changes: dict) -> bytes:
    made = defaults.stamp(invoice(), **STAMP)
    for path, value in changes.items():
        tree.put(made, path, value)
    return fa3.build(made)


def said_about(path: str, value, language: str = "pl") -> str:
    (problem,) = fa3.validate(document({path: value}))
    assert problem.path.startswith(path.partition("@")[0].rstrip("/"))
    return problem.message(language)


# (path, value, what the message says in Polish)
SAID = [
    ("Podmiot1/DaneIdentyfikacyjne/NIP", "123", "NIP: wpisz 10 cyfr, bez kresek i prefiksu."),
    ("Podmiot1/DaneIdentyfikacyjne/NIP", "526-587-76-35", "NIP: usuń spacje i kreski."),
    ("Podmiot1/DaneKontaktowe", [{"Email": "biuro"}], "wpisz adres e-mail"),
    ("Fa/P_2", "x" * 300, "skróć; najwyżej 256 znaków, jest 300"),
    ("Podmiot1/DaneKontaktowe", [{"Email": "a"}], "wpisz co najmniej 3 znaków, jest 1"),
    ("Fa/P_2", "", "puste; wpisz wartość albo usuń pole"),
    ("Fa/P_15", "1.234", "wpisz najwyżej 16 przed kropką i 2 po kropce"),
    ("Fa/P_15", "1" * 17, "wpisz najwyżej 16 przed kropką i 2 po kropce"),
    ("Fa/P_15", "1,50", "wpisz liczbę (najwyżej 2 miejsc po kropce), z kropką dziesiętną"),
    (f"{LINE}/P_9A", "1" * 15, "wpisz najwyżej 14 przed kropką i 8 po kropce"),
    (f"{LINE}/NrWierszaFa", "1.5", "wpisz liczbę całkowitą"),
    (f"{LINE}/NrWierszaFa", "0", "wpisz wartość większą niż 0"),
    (f"{LINE}/P_12_XII", "101", "wpisz wartość od 0 do 100"),
    ("Fa/P_1", "20.11.2026", "wpisz datę w postaci RRRR-MM-DD"),
    ("Fa/P_1", "1999-01-01", "wpisz wartość od 2006-01-01 do 2050-01-01"),
    (f"{NOTES}/P_16", "3", "wybierz wartość z listy: 1 (tak), 2 (nie)"),
    ("Fa/KodWaluty", "ZŁ", "wybierz wartość z listy, na przykład EUR"),
    ("Podmiot1/PrefiksPodatnika", "DE", "jedyna dozwolona wartość to PL"),
    ("Naglowek/KodFormularza/@kodSystemowy", "FA (2)", "wpisz jedną z wartości: FA (3)"),
    ("Fa/P_15", None, "Uzupełnij: "),
    (f"{NOTES}/Zwolnienie", {"P_19": "1"}, "uzupełnij jedno z pól: "),
    (f"{NOTES}/Zwolnienie", {"P_19": "1", "P_19A": "a", "P_19B": "b"}, "zostaw jedno z nich"),
    ("Podmiot1/DaneKontaktowe", [{"Email": "a@b.pl"}] * 4, "za dużo powtórzeń, najwyżej 3"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "words"), SAID)
def test_each_kind_says_what_to_do(path, value, words):
    assert words in said_about(path, value)


@pytest.mark.parametrize(("path", "value"), [row[:2] for row in SAID])
def test_each_kind_speaks_english_too(path, value):
    polish, english = (said_about(path, value, language) for language in ("pl", "en"))
    assert english != polish
    assert not set("ąćęłńóśźż") & set(english.partition(": ")[2])


def test_the_other_field_of_a_choice_is_named():
    both = {"P_19": "1", "P_19A": "a", "P_19B": "b"}
    said = said_about(f"{NOTES}/Zwolnienie", both)
    assert registry.label(f"{NOTES}/Zwolnienie/P_19A") in said


@pytest.mark.parametrize(
    ("change", "rule", "words"),
    [
        ((b"<P_2>", b"<P_99>x</P_99><P_2>"), "XSD-unexpected", "nie ma tu pola"),
        ((b"</Naglowek>", b"tekst</Naglowek>"), "XSD-text", "przenieś go do właściwego pola"),
        ((b'kodSystemowy="', b'obcy="1" kodSystemowy="'), "XSD-unexpected", "usuń je"),
    ],
)
def test_what_only_a_file_can_have_wrong_is_said_too(change, rule, words):
    problems = fa3.validate(document({}).replace(*change, 1))
    assert [problem.rule for problem in problems] == [rule]
    assert words in problems[0].pl


def test_a_field_out_of_place_says_what_belongs_there():
    data = document({})
    start, end = data.index(b"<P_1>"), data.index(b"</P_1>") + len(b"</P_1>")
    moved = data[:start] + data[end:]
    place = moved.index(b"</P_2>") + len(b"</P_2>")
    problems = fa3.validate(moved[:place] + data[start:end] + moved[place:])
    assert {problem.rule for problem in problems} <= {"XSD-order", "XSD-missing"}
    assert any(registry.label("Fa/P_1") in problem.pl for problem in problems)


def test_every_pattern_of_a_text_has_its_words():
    named = {
        node.name
        for node in schema.nodes().values()
        if node.is_leaf and node.facets.patterns and node.facets.base in ("string", "token")
    }
    assert named == set(FORMS)
