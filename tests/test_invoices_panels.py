"""Panels: what is drawn is written back as it was, and can be entered by hand."""

from collections import Counter
from copy import deepcopy

import pytest

from invoices.fa3 import parse, registry, schema
from invoices.fa3 import tree as trees
from invoices.fa3.problems import Problem
from invoices.forms import attachment, fields, panel_fields, problem_words
from invoices.forms.panel_fields import ORDER, home
from invoices.forms.panel_parts import Control, all_parts, id_of
from invoices.forms.panels import MENU, ROLES, Panels, needed_by, preset_item, with_preset
from tests.fa3_support import RandomTree, invoice, needs_samples, sample_files
from tests.panel_support import page_of, posted, sent_by

SEEDS = range(60)


def written(tree: dict, sent: dict) -> dict:
    return Panels(tree, sent, expert=True).written(tree)


def own_part(value, path: str = ""):
    """What panels answer for, texts as the schema reads them; None where nothing is left.

    Line breaks cannot be typed into boxes of one line, and spaces go from account numbers.
    """
    if path in fields.HAND or path == panel_fields.LINES:
        return None
    if isinstance(value, list):
        kept = [own_part(item, f"{path}[{at}]") for at, item in enumerate(value)]
        return None if set(map(repr, kept)) == {"None"} else kept
    if isinstance(value, dict):
        parts = {
            name: own_part(part, path if name == "#" else f"{path}/{name}".strip("/"))
            for name, part in value.items()
        }
        kept = {name: part for name, part in parts.items() if part is not None}
        return kept or (None if value else {})
    return "" if path.endswith("NrRB") else value.replace("\r", "").replace("\n", "").strip()


@pytest.mark.parametrize("seed", SEEDS)
def test_an_untouched_form_changes_nothing(seed):
    tree = RandomTree(seed).make()
    before = deepcopy(tree)
    assert written(tree, sent_by(tree)) == before
    assert tree == before


@pytest.mark.parametrize("seed", range(1000, 1010))
def test_an_untouched_form_with_nearly_everything_changes_nothing(seed):
    tree = RandomTree(seed, density=0.9).make()
    assert written(tree, sent_by(tree)) == tree


@pytest.mark.parametrize("seed", SEEDS)
def test_the_same_controls_on_a_blank_form_say_the_same(seed):
    tree = RandomTree(seed).make()
    made = written(invoice(Podmiot2__Adres=None), sent_by(tree))
    assert own_part(trees.normalise(made)) == own_part(trees.normalise(tree))


@needs_samples
@pytest.mark.parametrize("path", sample_files(), ids=lambda path: path.stem)
def test_a_sample_comes_back_from_an_untouched_form(path):
    tree = parse(path.read_bytes())
    assert written(tree, sent_by(tree)) == tree


def test_a_blank_form_with_all_panels_open_adds_nothing():
    tree = invoice()
    assert written(tree, sent_by(tree)) == tree


def test_a_panel_that_was_not_drawn_changes_nothing():
    tree = RandomTree(3, density=0.9).make()
    assert written(tree, {"panel": []}) == tree
    assert written(tree, {}) == tree


def test_every_path_of_the_panels_is_drawn():
    drawn = {
        part.plain_path
        for seed in range(5, 12)
        for panel in Panels(RandomTree(seed, density=1).make(), expert=True).drawn
        for part in all_parts(panel.parts)
    }
    leaves = {p for p, n in schema.nodes().items() if n.is_leaf and home(p) in ORDER}
    flags = {p for p in leaves if registry.entry(p).widget in ("flag1", "choice")}
    cells = {p for p in leaves if p.rpartition("/")[0] in attachment.DRAWN}
    assert drawn >= attachment.DRAWN
    assert leaves - drawn - fields.HAND - flags == cells


def test_every_control_has_a_label_and_a_unique_id():
    page = page_of(Panels(RandomTree(7, density=0.9).make(), expert=True))
    ids = [element.get("id") for element in page.iter() if element.get("id")]
    assert [one for one, count in Counter(ids).items() if count > 1] == []
    labelled = {label.get("for") for label in page.iter("label")}
    boxes = [b for b in page.iter("input", "select", "textarea") if b.get("id")]
    assert all(b.get("id") in labelled or b.getparent().tag == "label" for b in boxes)


# --- Items of lists -----------------------------------------------------------------------------
def test_an_item_whose_controls_are_gone_is_removed():
    tree = invoice(Fa__WZ=["WZ/1", "WZ/2", "WZ/3"])
    sent = sent_by(tree)
    del sent["f:Fa/WZ[1]"]
    assert written(tree, sent)["Fa"]["WZ"] == ["WZ/1", "WZ/3"]


def test_an_item_with_a_new_index_is_added_and_gaps_close():
    tree = invoice()
    sent = sent_by(tree) | {"g:Podmiot3[7]": "n", "f:Podmiot3[7]/Rola": "1"}
    assert written(tree, sent)["Podmiot3"] == [{"Rola": "1"}]


def test_a_new_item_with_nothing_in_it_is_no_item():
    tree = invoice()
    sent = sent_by(tree) | {"g:Podmiot3[0]": "n", "f:Podmiot3[0]/NrEORI": ""}
    assert "Podmiot3" not in written(tree, sent)


def test_an_empty_element_of_a_file_stays():
    tree = invoice(Fa__WarunkiTransakcji={"Umowy": [{}, {"NrUmowy": "7"}, {}]}, Stopka={})
    assert written(tree, sent_by(tree)) == tree
    made = written(invoice(), sent_by(tree))
    assert made["Fa"]["WarunkiTransakcji"] == tree["Fa"]["WarunkiTransakcji"]
    assert made["Stopka"] == {}


def test_new_lines_of_an_order_are_numbered():
    rows = "Fa/Zamowienie/ZamowienieWiersz"
    tree = invoice(Fa__Zamowienie={"ZamowienieWiersz": [{"NrWierszaZam": "3", "P_7Z": "Stół"}]})
    sent = sent_by(tree) | {f"g:{rows}[1]": "n", f"f:{rows}[1]/P_7Z": "Blat"}
    sent |= {f"g:{rows}[2]": "n", f"f:{rows}[2]/P_7Z": ""}
    made = written(tree, sent)["Fa"]["Zamowienie"]["ZamowienieWiersz"]
    assert [row["NrWierszaZam"] for row in made] == ["3", "4"]


def test_of_a_long_list_the_rest_stays():
    tree = invoice(Fa__WZ=[f"WZ/{n}" for n in range(250)])
    sent = sent_by(tree)
    assert "f:Fa/WZ[99]" in sent
    assert "f:Fa/WZ[100]" not in sent
    assert written(tree, sent) == tree
    del sent["f:Fa/WZ[0]"]
    assert len(written(tree, sent)["Fa"]["WZ"]) == 249


def test_the_head_keeps_its_place_in_a_list():
    terms = [{"Termin": "2026-12-01"}, {"Termin": "2026-12-15"}]
    tree = invoice(Fa__Platnosc={"TerminPlatnosci": terms})
    made = written(invoice(Fa__Platnosc=None), sent_by(tree))
    assert made["Fa"]["Platnosc"]["TerminPlatnosci"] == [{}, {"Termin": "2026-12-15"}]


def test_an_added_part_payment_replaces_the_tick_that_all_is_paid():
    tree = invoice(Fa__Platnosc={"Zaplacono": "1", "DataZaplaty": "2026-11-20"})
    item = "Fa/Platnosc/ZaplataCzesciowa[0]"
    sent = sent_by(tree) | {f"g:{item}": "n", f"f:{item}/KwotaZaplatyCzesciowej": "1 000,50"}
    made = written(tree, sent)["Fa"]["Platnosc"]
    assert made == {"ZaplataCzesciowa": [{"KwotaZaplatyCzesciowej": "1000.50"}]}


# --- Choices ------------------------------------------------------------------------------------
THIRD = "Podmiot3[0]/DaneIdentyfikacyjne"


def third(**identity) -> dict:
    return invoice(Podmiot3=[{"DaneIdentyfikacyjne": identity, "Rola": "1"}])


def test_another_branch_takes_the_old_one_out():
    tree = third(NIP="5265877635", Nazwa="Faktor SA")
    sent = sent_by(tree) | {f"c:{THIRD}/0": "3", f"f:{THIRD}/NrID": "X1"}
    identity = written(tree, sent)["Podmiot3"][0]["DaneIdentyfikacyjne"]
    assert identity == {"NrID": "X1", "Nazwa": "Faktor SA"}


def test_a_chosen_branch_stays_chosen_while_it_is_empty():
    tree = third(NIP="5265877635")
    sent = sent_by(tree) | {f"c:{THIRD}/0": "2"}
    assert written(tree, sent)["Podmiot3"][0]["DaneIdentyfikacyjne"] == {"KodUE": ""}


def test_a_branch_of_one_flag_needs_only_its_radio():
    tree = third(NIP="5265877635")
    sent = sent_by(tree) | {f"c:{THIRD}/0": "4"}
    assert written(tree, sent)["Podmiot3"][0]["DaneIdentyfikacyjne"] == {"BrakID": "1"}


def test_a_flag_that_announces_its_branch_follows_what_is_typed():
    tree = invoice(Fa__RodzajFaktury="KOR")
    item = "Fa/DaneFaKorygowanej[0]"
    sent = sent_by(tree) | {f"f:{item}/NrKSeFFaKorygowanej": "5265877635-20261101-0123456789AB-CD"}
    assert written(tree, sent)["Fa"]["DaneFaKorygowanej"][0]["NrKSeF"] == "1"


def test_text_typed_into_a_branch_that_nobody_chose_is_not_lost():
    tree = third(NIP="")
    sent = sent_by(tree) | {f"f:{THIRD}/IDWew": "5265877635-00001"}
    identity = written(tree, sent)["Podmiot3"][0]["DaneIdentyfikacyjne"]
    assert identity == {"IDWew": "5265877635-00001"}


def test_the_exemption_and_its_flags_go_together():
    path, tree = "Fa/Adnotacje/Zwolnienie", invoice()
    sent = sent_by(tree) | {f"c:{path}/0": "0", f"c:{path}/1": "1", f"f:{path}/P_19B": "art. 132"}
    made = written(tree, sent)["Fa"]["Adnotacje"]["Zwolnienie"]
    assert made == {"P_19": "1", "P_19B": "art. 132"}
    back = sent_by({"Fa": {"Adnotacje": {"Zwolnienie": made}}}) | {f"c:{path}/0": "1"}
    tree["Fa"]["Adnotacje"]["Zwolnienie"] = made
    assert written(tree, back)["Fa"]["Adnotacje"]["Zwolnienie"] == {"P_19N": "1"}


def test_a_period_takes_the_place_of_the_day_of_sale():
    tree = invoice(Fa__P_6="2026-11-20")
    sent = sent_by(tree) | {"f:Fa/OkresFa/P_6_Od": "1.11.2026"}
    made = written(tree, sent)["Fa"]
    assert made["OkresFa"] == {"P_6_Od": "2026-11-01"}
    assert "P_6" not in made


# --- Texts --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("path", "typed", "stored"),
    [
        ("Fa/P_15ZK", "1 234,50", "1234.50"),
        ("Fa/P_15ZK", "dużo", "dużo"),
        ("Fa/WarunkiTransakcji/KursUmowny", "4,123456", "4.123456"),
        ("Fa/OkresFa/P_6_Od", "1.11.2026", "2026-11-01"),
        ("Fa/Podmiot1K/DaneIdentyfikacyjne/NIP", "PL 526-587-76-35", "5265877635"),
        ("Fa/Podmiot1K/Adres/KodKraju", "pl", "PL"),
        ("Fa/PrzyczynaKorekty", "  rabat   roczny ", "rabat roczny"),
    ],
)
def test_what_people_type_becomes_what_fa3_wants(path, typed, stored):
    tree = invoice()
    sent = sent_by(tree) | {f"f:{path}": typed}
    assert trees.get(written(tree, sent), path) == stored


def test_a_moment_is_shown_and_typed_on_a_warsaw_clock():
    node = schema.node("Fa/WarunkiTransakcji/Transport/DataGodzRozpTransportu")
    assert panel_fields.shown(node, "2026-11-23T10:00:00Z") == "23.11.2026 11:00"
    assert panel_fields.read(node, "23.11.2026 11:00") == "2026-11-23T10:00:00Z"


def test_a_moment_that_the_clock_has_twice_is_shown_as_it_is():
    node = schema.node("Fa/WarunkiTransakcji/Transport/DataGodzRozpTransportu")
    assert panel_fields.shown(node, "2026-10-25T01:30:00Z") == "2026-10-25T01:30:00Z"


def test_an_unticked_flag_is_removed_and_an_emptied_group_too():
    tree = invoice(Fa__TP="1", Fa__Platnosc={"Skonto": {"WarunkiSkonta": "7 dni"}})
    sent = sent_by(tree) | {"f:Fa/TP": "", "f:Fa/Platnosc/Skonto/WarunkiSkonta": " "}
    made = written(tree, sent)["Fa"]
    assert "TP" not in made
    assert "Platnosc" not in made


def test_a_code_written_oddly_is_offered_as_it_is():
    tree = invoice(Podmiot3=[{"Rola": "06"}])
    assert sent_by(tree)["f:Podmiot3[0]/Rola"] == "06"


# --- Which panels are open ----------------------------------------------------------------------
def test_an_ordinary_invoice_opens_no_panel():
    assert needed_by(invoice(Podmiot1__DaneKontaktowe=[{"Email": "a@example.com"}])) == frozenset()


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"Fa__KodWaluty": "EUR"}, "fx"),
        ({"Fa__RodzajFaktury": "KOR"}, "correction"),
        ({"Fa__RodzajFaktury": "KOR_ZAL"}, "advance"),
        ({"Fa__RodzajFaktury": "ZAL"}, "advance"),
        ({"Fa__RodzajFaktury": "ROZ"}, "settle"),
        ({"Podmiot2__JST": "1"}, "third"),
        ({"Podmiot2__GV": "1"}, "third"),
        ({"Podmiot3": [{}]}, "third"),
        ({"Fa__TP": "1"}, "tax"),
        ({"Fa__Adnotacje__P_16": "1"}, "tax"),
        ({"Fa__WZ": ["WZ/1"]}, "trade"),
        ({"Fa__Platnosc__Skonto": {"WarunkiSkonta": "7 dni"}}, "payment"),
    ],
)
def test_a_panel_opens_when_data_or_the_kind_ask_for_it(changes, key):
    assert key in needed_by(invoice(**changes))


def test_the_menu_has_seventeen_sections_in_five_groups():
    keys = [key for _heading, keys in MENU for key in keys]
    assert (len(MENU), len(keys), len(set(keys))) == (5, 17, 17)


def test_a_panel_asked_for_or_posted_is_open():
    assert "transport" in Panels(invoice(), opened={"transport"}).open_keys
    assert "seller" in Panels(invoice(), {"panel": ["seller"]}).open_keys
    assert Panels(invoice(), expert=True).open_keys == frozenset(ORDER)


# --- Problems -----------------------------------------------------------------------------------
def problem(path: str, severity: str = "block") -> Problem:
    return Problem(path, "X", severity, "Numer EORI: zły znak.", "EORI number: bad character.")


def errors_of(panels: Panels) -> dict[str, list[str]]:
    parts = [part for panel in panels.drawn for part in all_parts(panel.parts)]
    return {part.path: part.errors for part in parts if isinstance(part, Control) and part.errors}


def test_a_blocking_problem_opens_its_panel_and_stands_at_its_control():
    panels = Panels(invoice())
    assert panels.show_problems([problem("Podmiot2/NrEORI")]) == []
    assert errors_of(panels) == {"Podmiot2/NrEORI": ["Zły znak."]}
    assert panels.problem_list[0]["href"] == "#f-Podmiot2-NrEORI"


def test_a_problem_of_a_group_stands_at_the_group():
    path = "Podmiot3[0]/DaneIdentyfikacyjne"
    panels = Panels(third(NIP="1"))
    assert panels.show_problems([problem(path)]) == []
    page = page_of(panels)
    assert [one["href"] for one in panels.problem_list] == [f"#{id_of(path)}"]
    assert page.get_element_by_id(id_of(path)).text_content().strip()


def test_a_problem_without_a_control_and_a_warning_come_back():
    given = [problem("Fa/P_2"), problem("Podmiot2/NrEORI", "warn"), problem("")]
    assert Panels(invoice()).show_problems(given) == given


# --- Presets ------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ROLES)
def test_a_preset_is_a_third_party_in_its_role(name):
    tree = invoice()
    sent, place = with_preset(sent_by(tree), name)
    made = written(tree, sent)["Podmiot3"]
    assert place == "Podmiot3[0]"
    assert made[0]["Rola"] == ROLES[name][0] == preset_item(name)["Rola"]


def test_an_employee_is_identified_by_having_no_number():
    tree = invoice()
    sent, _place = with_preset(sent_by(tree), "employee")
    made = written(tree, sent)["Podmiot3"][0]
    assert made["DaneIdentyfikacyjne"] == {"BrakID": "1"}


def test_an_unknown_preset_changes_nothing():
    sent = {"panel": []}
    assert with_preset(sent, "king") == (sent, "")


def test_shapes_that_are_no_fa3_are_left_alone():
    tree = invoice(Stopka="tekst", Podmiot3="tekst", PodmiotUpowazniony=["a"])
    tree["Fa"]["WZ"] = {"a": "b"}
    assert written(tree, posted(page_of(Panels(tree, expert=True)))) == tree


@pytest.mark.parametrize(
    ("kind", "path", "text"),
    [
        ("attribute", "Zalacznik/BlokDanych[0]/Tabela[0]/TNaglowek/Kol[0]/@Typ", ""),
        ("missing", "Zalacznik/BlokDanych[0]/Tabela[0]/Wiersz", None),
    ],
)
def test_what_is_blank_in_an_attached_table_is_to_be_filled_in(kind, path, text):
    problem = Problem(path, f"XSD-{kind}", "block", "Pole: wpisz jedną z wartości: txt.", "")
    assert problem_words.at_box(problem, text) == "Uzupełnij to pole."
