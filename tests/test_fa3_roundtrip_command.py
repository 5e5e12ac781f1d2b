"""`fa3_roundtrip`: other people's files through the pages of a house that nobody set up."""

import os
import subprocess
import sys
from copy import deepcopy
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from invoices import fa3
from invoices.coverage import roundtrip, visit
from invoices.coverage.compare import first_difference
from invoices.coverage.documents import documents
from invoices.coverage.house import temporary_house
from invoices.fa3 import schema
from invoices.models import Draft
from tests.fa3_support import RandomTree, invoice, line, needs_samples, sample_files

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parent.parent
NAMESPACE = 'xmlns="http://crd.gov.pl/wzor/2025/06/25/13775/"'
XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="a b"'


def stamped(**changes) -> str:
    """A valid document as text; `changes` as those of `invoice`."""
    made = invoice(**changes)
    made["Naglowek"] |= {"DataWytworzeniaFa": "2026-11-20T10:00:00Z"}
    return fa3.build(made).decode()


def prefixed(text: str) -> str:
    """The same document with a prefix on every element."""
    text = text.replace(NAMESPACE, NAMESPACE.replace("xmlns", "xmlns:f"))
    return (
        text.replace("</", "</f:")
        .replace("<", "<f:")
        .replace("<f:/f:", "</f:")
        .replace("<f:?xml", "<?xml")
    )


def run(folder: Path) -> tuple[list[str], int]:
    """The lines that the command prints and its exit code."""
    out = StringIO()
    try:
        call_command("fa3_roundtrip", str(folder), stdout=out)
    except SystemExit as end:
        return out.getvalue().splitlines(), end.code
    return out.getvalue().splitlines(), 0


def swapped(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new)


ODD = {
    "prefixes": prefixed(stamped()),
    "cdata": swapped(stamped(), "<P_7>Usługa", "<P_7><![CDATA[<b> & ]]>Usługa"),
    "comments": swapped(stamped(), "<P_2>FV", "<P_2>F<!-- a -->V").replace("<Fa>", "<Fa><!-- -->"),
    "layout": swapped(stamped(), "><", ">\r\n\t<"),
    "schema-location": swapped(stamped(), "<Faktura ", f"<Faktura {XSI} "),
    "carriage-return": swapped(stamped(), "<P_7>Usługa", "<P_7>Usługa&#13;&#10;&#9;x &#160;y"),
    "blanks": swapped(stamped(), "<P_7>Usługa", "<P_7>  Usługa   transportowa  "),
    "no-declaration": stamped().partition("?>\n")[2],
    "eight-places": stamped(Fa__FaWiersz=[line(P_9A="0.12345678", P_8B="1.000001")]),
    "long-amount": stamped(Fa__P_15="-1234567890123456.10", Fa__FaWiersz=[line(P_9A="100.0")]),
    "no-lines": stamped(Fa__FaWiersz=[]),
    "twice-the-same-number": stamped(Fa__FaWiersz=[line(StanPrzed="1"), line(P_11="7")]),
    "empty-groups": swapped(stamped(), "</Fa>", "</Fa><Stopka><Informacje/><Rejestry/></Stopka>"),
    "empty-payment": stamped(Fa__Platnosc={}),
    "leading-zeros": stamped(Podmiot2__JST="02", Fa__Platnosc={"FormaPlatnosci": "06"}),
    "plus-sign": stamped(Podmiot2__JST="+2"),
    "emoji": stamped(Fa__P_2="FV/🧾/1", Stopka={"Informacje": [{"StopkaFaktury": "\n a\r\n\n"}]}),
    "markup": stamped(Podmiot2__DaneIdentyfikacyjne__Nazwa="<script>\"&amp;\" 'x'"),
    "other-currency": stamped(Fa__KodWaluty="EUR", Fa__P_14_1W="99.01"),
    "no-totals": stamped(Fa__P_13_1=None, Fa__P_14_1=None, Fa__P_15="0"),
    "blank-cell": stamped(
        Zalacznik={
            "BlokDanych": [
                {
                    "MetaDane": [{"ZKlucz": "a", "ZWartosc": "b"}],
                    "Tabela": [
                        {
                            "TNaglowek": {"Kol": [{"@Typ": "txt", "NKom": ""}]},
                            "Wiersz": [{"WKom": [""]}, {"WKom": ["a\tb"]}],
                        }
                    ],
                }
            ]
        }
    ),
}


def oddly(value, node):
    """The same content as other programs may spell it: blanks around, signs, leading zeros."""
    if isinstance(value, list):
        return [oddly(item, node) for item in value]
    if isinstance(value, dict):
        below = {key: node.by_name.get(key, node) for key in value}
        return {k: v if k.startswith("@") else oddly(v, below[k]) for k, v in value.items()}
    if node.facets.base in ("byte", "integer", "nonNegativeInteger"):
        return f" +0{value}\n"
    # libxml2 wants no blanks around an instant.
    has_room = node.facets.white_space == "collapse" and node.facets.base != "dateTime"
    return f"\n {value}\t" if has_room else value


@pytest.fixture(scope="module")
def visitor(django_db_setup, django_db_blocker):
    """Somebody in a temporary house that all tests of this file share."""
    with django_db_blocker.unblock(), temporary_house() as (client, company):
        yield visit.Visitor(client, company)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


@pytest.mark.parametrize("name", ODD)
def test_an_odd_but_valid_file_comes_back_as_it_was(name, folder, visitor):
    data = ODD[name].encode()
    assert fa3.validate(data) == []
    (folder / "odd.xml").write_bytes(data)
    assert str(roundtrip.outcome(visitor, folder / "odd.xml")) == "equal"


@pytest.mark.parametrize("seed", range(12))
def test_a_random_valid_file_comes_back_as_it_was(seed, folder, visitor):
    (folder / "random.xml").write_bytes(fa3.build(RandomTree(seed, 0.4).make()))
    assert str(roundtrip.outcome(visitor, folder / "random.xml")) == "equal"


@pytest.mark.parametrize("number", range(5))
def test_odd_spellings_of_everything_come_back_as_they_were(number, folder, visitor):
    data = fa3.build(oddly(documents()[number], schema.root()))
    assert fa3.validate(data) == []
    (folder / "odd.xml").write_bytes(data)
    assert str(roundtrip.outcome(visitor, folder / "odd.xml")) == "equal"


@needs_samples
@pytest.mark.parametrize("path", sample_files(), ids=lambda path: path.stem)
def test_an_official_sample_comes_back_as_it_was(path, visitor):
    assert str(roundtrip.outcome(visitor, path)) == "equal"


def test_more_boxes_than_a_page_can_draw_stay_as_they_are(folder, visitor):
    pairs = [{"ZKlucz": "a", "ZWartosc": str(number)} for number in range(100)]
    made = stamped(Zalacznik={"BlokDanych": [{"MetaDane": pairs} for _ in range(40)]})
    (folder / "wide.xml").write_text(made)
    page = visitor.opened(visitor.imported(made.encode()))
    assert 2_500 < sum(control.sent for control in page.controls) < 6_000
    cut = {c.name: int(c.value) for c in page.controls if c.name.startswith("n:")}
    assert 0 < cut["n:Zalacznik/BlokDanych"] < 40
    assert str(roundtrip.outcome(visitor, folder / "wide.xml")) == "equal"


def test_a_byte_order_mark_is_removed_with_a_note(folder, visitor):
    (folder / "bom.xml").write_bytes(b"\xef\xbb\xbf" + stamped().encode())
    assert str(roundtrip.outcome(visitor, folder / "bom.xml")) == "equal (BOM removed)"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "refused: The file is empty."),
        (b"<a/>", "refused: This is not an FA(3) invoice"),
        (stamped().replace("<P_2>FV/1/11/2026</P_2>", "").encode(), "refused: Fa/P_2: "),
        (b"<!DOCTYPE a>" + stamped().encode(), "refused: The file contains a DOCTYPE"),
        (stamped().encode("utf-16"), "refused: The file is not UTF-8"),
    ],
)
def test_an_invalid_file_is_refused_with_the_reason(data, reason, folder, visitor):
    (folder / "bad.xml").write_bytes(data)
    assert str(roundtrip.outcome(visitor, folder / "bad.xml")).startswith(reason)


def test_what_a_page_loses_is_named_by_path_with_both_texts(folder, visitor, monkeypatch):
    def losing(page, *button):
        pairs = before(page, *button)
        return [(name, "other" if text == "FV/1/11/2026" else text) for name, text in pairs]

    before = roundtrip.sent
    monkeypatch.setattr(roundtrip, "sent", losing)
    (folder / "lost.xml").write_text(stamped())
    said = str(roundtrip.outcome(visitor, folder / "lost.xml"))
    assert said == "different: Fa/P_2, ours: 'other', theirs: 'FV/1/11/2026'"


def test_a_page_that_breaks_is_a_difference_with_its_reason(folder, visitor, monkeypatch):
    def broken(*args, **options):
        raise KeyError("no such panel")

    monkeypatch.setattr("invoices.views.imports.draft_create", broken)
    (folder / "a.xml").write_text(stamped())
    said = str(roundtrip.outcome(visitor, folder / "a.xml"))
    assert said == "different: the import page answered 500: KeyError: 'no such panel'"


def test_the_command_names_each_file_counts_and_ends_well(folder):
    (folder / "b.xml").write_text(stamped())
    (folder / "a.xml").write_bytes(b"<a/>")
    (folder / "not.txt").write_text("x")
    (folder / "deeper").mkdir()
    lines, code = run(folder)
    assert [text.partition(":")[0] for text in lines[:2]] == ["a.xml", "b.xml"]
    assert lines[1:] == ["b.xml: equal", "2 files: 1 equal, 0 different, 1 refused"]
    assert code == 0


def test_a_difference_makes_exit_code_1(folder, monkeypatch):
    monkeypatch.setattr(roundtrip, "sent", lambda page, *button: [*button])
    (folder / "a.xml").write_text(stamped())
    lines, code = run(folder)
    assert lines[0].startswith("a.xml: different: ")
    assert code == 1


def test_what_is_no_folder_makes_exit_code_2(tmp_path):
    with pytest.raises(CommandError) as caught:
        call_command("fa3_roundtrip", str(tmp_path / "none"))
    assert caught.value.returncode == 2


def test_the_configured_database_is_neither_read_nor_written(folder):
    before = connection.settings_dict["NAME"]
    (folder / "a.xml").write_text(stamped())
    with connection.execute_wrapper(lambda *args: pytest.fail("the configured database was asked")):
        run(folder)
    assert connection.settings_dict["NAME"] == before
    assert not Draft.objects.exists()


@pytest.mark.slow
def test_it_runs_where_nothing_was_set_up(folder, tmp_path):
    (folder / "a.xml").write_text(stamped())
    unset = {name: text for name, text in os.environ.items() if not name.startswith("DJANGO_")}
    environment = unset | {"KSEF_DATA_DIR": str(tmp_path / "data")}
    command = [sys.executable, str(ROOT / "manage.py"), "fa3_roundtrip", str(folder)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "a.xml: equal"), done.stderr
    assert not (tmp_path / "data" / "db.sqlite3").exists()


def test_the_comparison_sees_every_kind_of_difference():
    ours = stamped()
    changes = {
        "Fa/P_2": ("FV/1/11", "FV/1/12"),
        "Podmiot2/GV": ("<GV>2</GV>", ""),
        "Fa/FaWiersz/P_7": ("<P_7>Usługa</P_7>", "<P_7>Usługa </P_7>"),
        "Naglowek/KodFormularza/@kodSystemowy": ('kodSystemowy="FA (3)"', 'kodSystemowy="FA"'),
        "Fa/FaWiersz[1]": ("</FaWiersz>", "</FaWiersz><FaWiersz/>"),
    }
    found = {
        path: first_difference(ours.encode(), swapped(ours, *change).encode()).path
        for path, change in changes.items()
    }
    assert found == {path: path for path in changes}


def test_the_comparison_forgives_what_issuing_stamps_anew():
    theirs = deepcopy(stamped()).replace("2026-11-20T10:00:00Z", "2026-11-20T11:00:00Z")
    theirs = swapped(theirs, "</Naglowek>", "<SystemInfo>x</SystemInfo></Naglowek>")
    assert first_difference(stamped().encode(), theirs.encode()) is None
