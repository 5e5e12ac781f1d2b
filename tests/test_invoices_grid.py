"""The line grid on the server: every element by hand, windows of rows, buttons, hostile texts."""

import json
from copy import deepcopy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invoices.fa3 import schema, totals
from invoices.fa3 import tree as trees
from invoices.fa3.problems import Problem
from invoices.forms import grid as grids
from invoices.forms import lines, writing
from invoices.forms.grid import Grid
from invoices.forms.line_form import PINNABLE, Row
from invoices.forms.simple import Screen
from invoices.forms.space import space_left
from invoices.services.drafts import draft_create
from tests.fa3_support import RandomTree, invoice, line
from tests.form_support import boxes, draft_url, new_url, page
from tests.invoice_support import content

COUNT = lines.SHOWN_LINES


def random_lines(seed: int) -> dict:
    """A correction (its lines may lack anything) with random lines of every element."""
    tree = invoice(Fa__RodzajFaktury="KOR")
    tree["Fa"]["FaWiersz"] = [
        RandomTree(seed * 10 + n, density=0.5).group(schema.node("Fa/FaWiersz")) for n in range(3)
    ]
    return trees.normalise(tree)


def typed_anew(tree: dict, rows: list[dict]) -> list[dict]:
    """The lines of an invoice without any, after rows were typed into it."""
    empty = deepcopy(tree)
    del empty["Fa"]["FaWiersz"]
    mode = {"price_mode": lines.price_mode(tree), "keep_totals": "1"}
    return writing.tree_with(empty, mode, rows)["Fa"]["FaWiersz"]


def posted(tree: dict, **more) -> dict:
    """What a script sends of an untouched form."""
    shown = Screen(tree)
    data = {name: value for name, value in shown.head.initial.items() if value}
    return data | {"lines_json": json.dumps(shown.grid.payload)} | more


def with_rows(count: int, **fields) -> dict:
    made = [line(n, P_7=f"Towar {n}", **fields) for n in range(1, count + 1)]
    return totals.compute(invoice(Fa__FaWiersz=made))


# --- Rows and tree -------------------------------------------------------------------------------
def test_every_element_of_a_line_has_a_box():
    boxed = {box.path for box in (*lines.LINE_BOXES.values(), *lines.EXTRA_BOXES.values())}
    assert boxed == set(schema.node("Fa/FaWiersz").by_name)


def test_a_flag_is_said_by_its_name_and_a_text_with_its_value():
    assert (
        Row({"StanPrzed": "1", "PKWiU": "43.3"}, 0, 1).extra_words
        == "PKWiU 43.3, Stan przed korektą"
    )


def test_every_box_of_a_line_is_in_the_page(company, client_of, owner):
    shown = boxes(client_of(owner).get(new_url(company)))
    missing = {name for name in lines.BOX_NAMES if f"line-0-{name}" not in shown}
    assert missing == {"P_9A"}  # the box of the price says it


@pytest.mark.parametrize("seed", range(60))
def test_any_line_typed_by_hand_is_the_same_line(seed):
    tree = random_lines(seed)
    rows = [row | {"position": ""} for row in lines.lines_of(tree)]
    assert typed_anew(tree, rows) == tree["Fa"]["FaWiersz"]


@pytest.mark.parametrize("seed", range(60))
def test_any_line_that_a_script_sends_back_is_the_same_line(seed):
    tree = random_lines(seed)
    assert Screen(tree, posted(tree)).typed_tree() == tree


@given(st.lists(st.integers(0, 4), min_size=1, max_size=8), st.integers(0, 99))
@settings(max_examples=100, deadline=None)
def test_lines_in_any_new_order_keep_what_they_say(order, seed):
    tree = with_rows(5)
    for n, entry in enumerate(tree["Fa"]["FaWiersz"]):
        entry["Indeks"] = f"{seed}-{n}"
    rows = lines.lines_of(tree)
    made = deepcopy(tree)
    lines.write_lines(made, [rows[at] for at in dict.fromkeys(order)], "net", was="net")
    kept = made["Fa"]["FaWiersz"]
    assert [e["P_7"] for e in kept] == [f"Towar {at + 1}" for at in dict.fromkeys(order)]
    assert [e["NrWierszaFa"] for e in kept] == [str(n) for n in range(1, len(kept) + 1)]


def changed(entry: dict, **texts) -> dict:
    """The line after its row was changed; another line of the invoice stays."""
    tree = totals.compute(invoice(Fa__FaWiersz=[entry, line(2)]), only_missing=True)
    rows = lines.lines_of(tree)
    rows[0] |= texts
    return writing.tree_with(tree, {}, rows)["Fa"]["FaWiersz"][0]


def test_a_given_amount_stays_while_only_words_change():
    assert changed(line(P_11="99.99"), name="Inna")["P_11"] == "99.99"


@pytest.mark.parametrize("texts", [{"quantity": "2"}, {"price": "200"}])
def test_a_given_amount_goes_with_the_money_it_came_from(texts):
    assert changed(line(P_11="99.99"), **texts)["P_11"] == "200.00"


def test_an_amount_typed_by_hand_stands():
    assert changed(line(), quantity="2", P_11="199,99")["P_11"] == "199.99"


def test_an_amount_given_in_another_line_stays():
    tree = invoice(Fa__FaWiersz=[line(1, P_11="99.99"), line(2)])
    rows = lines.lines_of(tree)
    rows[1]["price"] = "1"
    made = writing.tree_with(tree, {}, rows)["Fa"]["FaWiersz"]
    assert [e["P_11"] for e in made] == ["99.99", "1.00"]


def test_numbers_of_pairs_stay_and_a_new_line_gets_the_next_one():
    tree = invoice(Fa__FaWiersz=[line(1, StanPrzed="1"), line(1), line(2)])
    rows = [*lines.lines_of(tree), {"position": "", "name": "Nowa", "price": "1"}]
    made = writing.tree_with(tree, {}, rows)["Fa"]["FaWiersz"]
    assert [e["NrWierszaFa"] for e in made] == ["1", "1", "2", "3"]


def test_a_number_typed_by_hand_stands():
    assert changed(line(), NrWierszaFa="7")["NrWierszaFa"] == "7"


def test_prices_of_rows_out_of_sight_follow_the_switch_to_gross():
    tree = with_rows(COUNT + 2)
    made = writing.tree_with(tree, {"price_mode": "gross"}, lines.lines_of(tree))
    assert {("P_9B" in e, "P_9A" in e) for e in made["Fa"]["FaWiersz"]} == {(True, False)}


def test_a_line_with_both_prices_shows_both():
    row = Row(lines.line_boxes(line(P_9B="123.00"), "net"), 0, 1)
    shown = {cell.name: cell.value for cell in (*row.cells, *row.extras)}
    assert (shown["price"], shown["P_9B"], "P_9A" in shown) == ("100,00", "123,00", False)


# --- Windows and buttons -------------------------------------------------------------------------
@pytest.fixture
def long_draft(company, owner):
    made = [line(n, P_7=f"Towar {n}", GTU="GTU_05") for n in range(1, 2 * COUNT + 11)]
    tree = totals.compute(content(company, FaWiersz=made))
    return draft_create(company=company, content=tree, created_by=owner)


@pytest.fixture
def browse(client_of, owner):
    """Opens a draft at a line, changes boxes, presses a button; gives the page that follows."""

    def press(draft, action, first=0, **changes):
        client = client_of(owner)
        sent = boxes(client.get(f"{draft_url(draft)}?lines_from={first}"))
        assert (
            len([name for name in sent if name.endswith("-name") and "line-n" not in name]) <= COUNT
        )
        answer = client.post(draft_url(draft), sent | changes | {"action": action}, follow=True)
        draft.refresh_from_db()
        return answer

    return press


def names(draft) -> list[str]:
    return [entry["P_7"] for entry in draft.content["Fa"]["FaWiersz"]]


def test_a_window_of_rows_changes_no_other_row(long_draft, browse):
    before = deepcopy(long_draft.content["Fa"]["FaWiersz"])
    browse(long_draft, "save", first=COUNT, **{f"line-{COUNT}-name": "Inny"})
    after = long_draft.content["Fa"]["FaWiersz"]
    assert after[COUNT]["P_7"] == "Inny"
    assert [*after[:COUNT], *after[COUNT + 1 :]] == [*before[:COUNT], *before[COUNT + 1 :]]


def test_the_next_rows_are_a_button_away_and_nothing_typed_is_lost(long_draft, browse):
    answer = browse(long_draft, f"lines-from:{COUNT}", **{"line-0-name": "Inny"})
    assert names(long_draft)[0] == "Inny"
    assert boxes(answer)[f"line-{COUNT}-name"] == f"Towar {COUNT + 1}"


@pytest.mark.parametrize(
    ("action", "first", "at"),
    [
        ("up-line-1", 0, 0),
        ("down-line-0", 0, 0),
        (f"up-line-{COUNT}", COUNT, COUNT - 1),
        (f"down-line-{COUNT - 1}", 0, COUNT - 1),
    ],
)
def test_a_line_changes_places_with_its_neighbour(long_draft, browse, action, first, at):
    before = names(long_draft)
    browse(long_draft, action, first=first)
    swapped = [*before[:at], before[at + 1], before[at], *before[at + 2 :]]
    assert names(long_draft) == swapped


def test_a_line_is_doubled_without_its_identity(long_draft, browse):
    browse(long_draft, "copy-line-3", **{"line-3-UU_ID": "abc"})
    made = long_draft.content["Fa"]["FaWiersz"]
    assert [e["P_7"] for e in made[3:5]] == ["Towar 4", "Towar 4"]
    assert (made[3]["UU_ID"], made[4].get("UU_ID"), made[4]["NrWierszaFa"]) == ("abc", None, "5")


def test_a_problem_of_another_window_links_to_it(long_draft, client_of, owner):
    long_draft.content["Fa"]["FaWiersz"][COUNT + 5]["GTU"] = "GTU_99"
    long_draft.save()
    shown = page(client_of(owner).get(f"{draft_url(long_draft)}?sprawdz=1"))
    place = COUNT + 5
    links = shown.xpath("//*[@id='problems']//a/@href")
    assert f"?lines_from={place}#id_line-{place}-GTU" in links


def test_pinned_columns_are_kept_with_the_person(long_draft, browse, owner):
    answer = browse(long_draft, "line-columns", line_columns="PKWiU")
    owner.refresh_from_db()
    assert owner.preferences["line_columns"] == ["PKWiU"]
    heads = page(answer).xpath("//table[@data-lines]/thead//th/@data-box")
    assert heads == ["name", "quantity", "unit", "price", "rate", "PKWiU"]


@pytest.mark.parametrize("name", PINNABLE)
def test_any_pinned_column_is_the_only_box_of_its_element(name):
    row = Row(lines.line_boxes(line(), "net"), 0, 1, pinned=(name,))
    drawn = [cell.name for cell in (*row.cells, *row.extras)]
    assert drawn.count(name) == 1


# --- What a script sends -------------------------------------------------------------------------
HOSTILE = {
    "nothing": "",
    "no JSON": "{",
    "a list": "[]",
    "a number": "7",
    "null": "null",
    "no rows": '{"names": []}',
    "rows of another length": '{"names": ["name"], "rows": [["a", "b"]]}',
    "numbers for texts": '{"names": ["name"], "rows": [[1]]}',
    "names that are none": '{"names": [{}], "rows": [["a"]]}',
    "a deep nest": "[" * 5000,
}


@pytest.mark.parametrize("case", HOSTILE)
def test_what_is_no_list_of_rows_is_not_taken_for_one(case):
    assert grids.rows_of_json(HOSTILE[case]) is None


@pytest.mark.parametrize("case", [case for case in HOSTILE if HOSTILE[case]])
def test_broken_rows_take_no_line_away(case, long_draft, browse):
    before = long_draft.content
    assert browse(long_draft, "save", lines_json=HOSTILE[case]).status_code == 400
    long_draft.refresh_from_db()
    assert long_draft.content == before


def test_rows_without_end_are_too_many(long_draft, browse):
    rows = json.dumps({"names": [], "rows": [[]] * 20_001})
    assert browse(long_draft, "save", lines_json=rows).status_code == 413


def test_unknown_boxes_and_signs_that_nobody_can_store_are_left_out():
    sent = json.dumps({"names": ["name", "is_admin"], "rows": [["a\0\ud800b", "1"]]})
    rows = grids.rows_of_json(sent)
    assert rows[0]["name"] == "ab"
    assert "is_admin" not in rows[0]


@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda x: st.lists(x) | st.dictionaries(st.sampled_from(["names", "rows"]), x),
    )
)
@settings(max_examples=100, deadline=None)
def test_any_json_is_rows_or_none(value):
    assert isinstance(grids.rows_of_json(json.dumps(value)), list | None)


def test_rows_of_a_script_go_before_rows_of_the_page():
    tree = with_rows(2)
    sent = posted(tree, **{"line-0-name": "Stara"})
    assert Screen(tree, sent).typed_tree() == tree


def test_a_place_that_no_line_has_is_no_accident():
    shown = Grid(with_rows(1))
    assert shown.box_of("Fa/FaWiersz[7]/P_7") is None
    assert shown.box_of("Fa/FaWiersz[0]/P_9A") == (0, "price")
    assert shown.box_of("Fa/FaWiersz") == (0, "name")


def test_a_problem_under_more_opens_the_row():
    screen = Screen(with_rows(1, GTU="GTU_99"))
    screen.show_problems([Problem("Fa/FaWiersz[0]/GTU", "XSD-value", "block", "Zła", "Bad")])
    assert screen.lines[0].is_open
    assert screen.problem_list[0]["href"] == "#id_line-0-GTU"


@pytest.mark.parametrize(("count", "is_open"), [(5, True), (6, False)])
def test_the_full_form_has_all_fields_of_few_lines_in_sight(count, is_open):
    assert {row.is_open for row in Screen(with_rows(count), expert=True).lines} == {is_open}


# --- Room ----------------------------------------------------------------------------------------
def test_the_room_of_a_short_invoice_is_not_mentioned():
    assert not space_left(with_rows(3)).is_shown


def test_an_attachment_makes_room():
    assert space_left({"Zalacznik": {}}).limit == 3_000_000


def test_too_many_bytes_are_said(company, owner, client_of):
    tree = content(company, FaWiersz=[line(n, P_7="x" * 500) for n in range(1, 2000)])
    draft = draft_create(company=company, content=tree, created_by=owner)
    text = page(client_of(owner).get(draft_url(draft))).get_element_by_id("space-left")
    assert "Podziel fakturę" in text.text_content()


def test_ten_thousand_lines_are_saved_from_a_script(company, owner, client_of):
    draft = draft_create(company=company, content=content(company), created_by=owner)
    client = client_of(owner)
    sent = {k: v for k, v in boxes(client.get(draft_url(draft))).items() if "line-" not in k}
    rows = [[f"T{n}", "1,00", "23"] for n in range(10_000)]
    sent |= {"lines_json": json.dumps({"names": ["name", "P_11", "rate"], "rows": rows})}
    client.post(draft_url(draft), sent | {"action": "save"})
    draft.refresh_from_db()
    kept = draft.content["Fa"]
    assert (len(kept["FaWiersz"]), kept["P_13_1"]) == (10_000, "10000.00")
    assert space_left(draft.content).size < 1_000_000
