"""`fa3_coverage`: all of the schema goes through form, XML, screen and print, or is named."""

import shutil
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

import schemas
from invoices import fa3
from invoices.coverage import documents, form, measure, papers
from invoices.coverage.browser import Page
from invoices.coverage.values import NoValue, value_of
from invoices.fa3 import schema
from invoices.fa3 import tree as trees
from invoices.fa3.nodes import Facets
from invoices.render import pdf
from tests.fa3_support import invoice
from tests.render_support import needs_pdf

ROOT = Path(__file__).resolve().parent.parent


def flat(tree: dict) -> set[str]:
    """The plain paths of a tree's texts and of the groups above them."""
    found = set()
    for path, _ in trees.leaves(tree):
        steps = trees.plain(path).split("/")
        found |= {"/".join(steps[:end]) for end in range(1, len(steps) + 1)}
    return found


def test_the_documents_are_few_and_valid_and_hold_every_path_and_attribute():
    made = documents.documents()
    assert [fa3.validate(fa3.build(tree)) for tree in made] == [[]] * 5
    assert set(documents.paths()) <= set().union(*map(flat, made))
    assert len(documents.paths()) == 408


def test_the_documents_take_every_branch_of_every_choice():
    holders = [node for node in [schema.root(), *schema.nodes().values()] if node.content]
    branches = {
        (node.path, first)
        for node in holders
        for choice in node.content.choices()
        for first in (
            next(iter(schema.Group("", 1, 1, (item,)).nodes())).name for item in choice.items
        )
    }
    seen = set().union(*map(flat, documents.documents()))
    assert [b for b in branches if f"{b[0]}/{b[1]}".lstrip("/") not in seen] == []


def test_the_documents_are_always_the_same():
    assert documents.documents() == documents.documents()


def test_free_texts_of_the_documents_are_never_the_same():
    texts = [text for tree in documents.documents() for _, text in trees.leaves(tree)]
    free = [text for text in texts if text.startswith("Z0") or "." in text]
    assert len(free) > 900
    assert len(set(free)) == len(free)


def test_a_type_that_none_of_our_texts_fits_is_said():
    with pytest.raises(NoValue):
        value_of(Facets("string", patterns=("[a-c]{40}",)), None, 1)


def test_a_lost_text_does_not_count_and_neither_does_its_group_alone():
    line = measure.Line("form", {"Podmiot1/Adres/AdresL1", "Podmiot1/Adres/Nowy"})
    assert {"Podmiot1", "Podmiot1/Adres", "Podmiot1/Adres/AdresL1"} == line.counted
    assert str(line) == "form: 3 of 405"
    assert "Podmiot1/Adres/KodKraju" in line.missing


def test_an_attribute_that_fails_is_missing_beside_its_element():
    code = "Naglowek/KodFormularza"
    line = measure.Line("view", set(documents.paths()) - {f"{code}/@wersjaSchemy"})
    assert str(line) == "view: 405 of 405"
    assert line.missing == [f"{code}/@wersjaSchemy"]


def test_xml_without_a_text_is_noticed(monkeypatch):
    tree = invoice()
    short = fa3.build(tree).replace(b"<P_2>FV/1/11/2026</P_2>", b"<P_2>FV</P_2>")
    monkeypatch.setattr(measure, "build", lambda tree: short)
    every = {trees.plain(path) for path, _ in trees.leaves(tree)}
    assert every - measure.built(tree) == {"Fa/P_2"}
    assert every - measure.parsed(tree) == {"Fa/P_2"}


def test_a_text_that_the_screen_does_not_say_is_noticed(monkeypatch):
    tree = invoice(Fa__P_1M="Kraków", Stopka={"Informacje": [{"StopkaFaktury": "Dziękujemy"}]})
    assert {"Fa/P_1M", "Stopka/Informacje/StopkaFaktury"} <= papers.on_screen(tree)
    monkeypatch.setattr(papers, "render_to_string", lambda *args: "<p>Kraków</p>")
    assert "Stopka/Informacje/StopkaFaktury" not in papers.on_screen(tree)


@needs_pdf
def test_a_text_that_the_pdf_does_not_say_is_noticed(monkeypatch):
    tree = invoice(Fa__P_1M="Kraków")
    printed = pdf.invoice_pdf
    assert "Fa/P_1M" in papers.in_pdf(tree)
    monkeypatch.setattr(pdf, "invoice_pdf", lambda tree, **more: printed(invoice(), **more))
    assert "Fa/P_1M" not in papers.in_pdf(tree)


class Pages:
    """Stands for the application: an empty form, a filled one, and what saving makes of it."""

    new_url = "new"

    def __init__(self, filled: str, blank: str, tree: dict) -> None:
        self.filled, self.empty, self.tree = filled, blank, tree

    def imported(self, data: bytes) -> str:
        return "draft"

    def opened(self, url: str) -> Page:
        return Page(f"<form id=f>{self.filled}</form>", "f")

    def blank(self) -> Page:
        return Page(f"<form id=f>{self.empty}</form>", "f")

    def saved(self, url: str, pairs: list) -> dict:
        """Writes what is named by paths, the head's number, and one flag."""
        sent = dict(pairs)
        content = {"Fa": {}}
        for name, text in sent.items():
            if name.startswith("f:"):
                trees.put(content, name.removeprefix("f:"), text)
        if sent.get("number"):
            content["Fa"]["P_2"] = sent["number"]
        return content


PLACE = "<input name='f:Fa/P_1M' value='{}'>"


@pytest.mark.parametrize(
    ("filled", "blank", "counts"),
    [
        (PLACE.format("Kraków"), PLACE.format(""), True),
        (PLACE.format("Gdynia"), PLACE.format(""), False),
        (PLACE.format("Kraków"), "", False),
        ("", PLACE.format(""), False),
        ("<input type=hidden name='f:Fa/P_1M' value='Kraków'>", PLACE.format(""), False),
        ("<p hidden><input name='f:Fa/P_1M' value='Kraków'></p>", PLACE.format(""), False),
        ("<input disabled name='f:Fa/P_1M' value='Kraków'>", PLACE.format(""), False),
    ],
)
def test_a_path_counts_when_a_visible_control_of_both_forms_carries_it(filled, blank, counts):
    tree = {"Fa": {"P_1M": "Kraków"}}
    assert ("Fa/P_1M" in form.reached(Pages(filled, blank, tree), tree)) == counts


NOTE = "<input name='f:Fa/WZ[{0}]' value='{1}'>"
ADD = "<button name=action value='add:Fa/WZ'>+</button>"


@pytest.mark.parametrize(
    ("offered", "blank", "counts"),
    [
        (ADD, ADD, True),
        (ADD, NOTE.format(0, ""), True),
        ("", NOTE.format(0, ""), False),
        (ADD, "", False),
    ],
)
def test_a_second_item_counts_when_a_button_adds_it(offered, blank, counts):
    tree = {"Fa": {"WZ": ["1/2026", "2/2026"]}}
    filled = NOTE.format(0, "1/2026") + NOTE.format(1, "2/2026") + offered
    assert ("Fa/WZ" in form.reached(Pages(filled, blank, tree), tree)) == counts


@pytest.mark.parametrize("kind", ["text", "hidden"])
def test_a_control_of_the_head_counts_when_the_text_goes_with_it(kind):
    number = f"<input type={kind} name=number value='FV/1'>"
    tree = {"Fa": {"P_2": "FV/1"}}
    found = form.reached(Pages(number, number, tree), tree)
    assert ("Fa/P_2" in found) == (kind == "text")


def one_more_element(folder: Path) -> None:
    """The schema in force with one more optional element, P_2X."""
    for path in schemas.fa3_files().paths.values():
        shutil.copy(path, folder)
    main = folder / schemas.fa3_files().main
    extra = '<xsd:element name="P_2X" type="tns:TZnakowy" minOccurs="0"/>'
    mark = '<xsd:element name="WZ" type="tns:TZnakowy"'
    text = main.read_text(encoding="utf-8")
    assert text.count(mark) == 1
    main.write_text(text.replace(mark, extra + mark), encoding="utf-8")


ALL = [f"{name}: 405 of 405" for name in measure.LINES]


@needs_pdf
@pytest.mark.slow
@pytest.mark.django_db
def test_all_of_fa3_goes_through_the_house():
    out = StringIO()
    call_command("fa3_coverage", stdout=out)
    assert out.getvalue().splitlines() == ALL


@needs_pdf
@pytest.mark.slow
def test_an_element_that_nobody_knows_yet_is_named_on_every_line(tmp_path, monkeypatch):
    one_more_element(tmp_path)
    monkeypatch.setenv("KSEF_SCHEMAS", str(tmp_path))
    monkeypatch.setenv("KSEF_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE", raising=False)
    command = [sys.executable, str(ROOT / "manage.py"), "fa3_coverage"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = done.stdout.splitlines()
    assert lines[:5] == [line.replace("of 405", "of 406") for line in ALL], done.stderr
    assert lines[5:] == [f"{name} lacks Fa/P_2X" for name in measure.LINES]
    assert done.returncode == 1
