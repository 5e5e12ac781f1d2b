"""Two people in one draft: what differs, and what can be put together without guessing."""

import copy

import pytest

from invoices.fa3 import tree as trees
from invoices.forms import counting
from invoices.forms.merging import NotMergeable, differences, is_untouched, merged
from invoices.models import Draft
from invoices.services.drafts import draft_create
from tests.cast import logged_in
from tests.fa3_support import line
from tests.form_support import boxes, draft_url, edit, page
from tests.invoice_support import content


def changed(tree: dict, **places: object) -> dict:
    """A copy with other values: `Fa__P_2="x"`."""
    result = copy.deepcopy(tree)
    for place, value in places.items():
        trees.put(result, place.replace("__", "/"), value)
    return result


@pytest.fixture
def base(company) -> dict:
    rows = [line(n, P_7=f"Poz. {n}") for n in (1, 2, 3)]
    return counting.counted(content(company, FaWiersz=rows), "net", anew=True)


def with_line(tree: dict, at: int, **values: str) -> dict:
    result = copy.deepcopy(tree)
    result["Fa"]["FaWiersz"][at] |= values
    return counting.counted(result, "net", anew=True)


def test_changes_of_different_fields_are_put_together(base):
    theirs = changed(base, Fa__P_1M="Kraków")
    ours = changed(base, Podmiot2__DaneIdentyfikacyjne__Nazwa="Nowa nazwa")
    both = merged(base, theirs, ours)
    assert both == changed(theirs, Podmiot2__DaneIdentyfikacyjne__Nazwa="Nowa nazwa")


def test_the_same_change_of_both_is_one(base):
    same = changed(base, Fa__P_1M="Kraków")
    assert merged(base, same, copy.deepcopy(same)) == same


def test_what_one_side_took_out_stays_out(base):
    theirs = changed(base, Fa__P_1=None)
    ours = changed(base, Fa__P_1M="Kraków")
    both = merged(base, theirs, ours)
    assert ("P_1" in both["Fa"], both["Fa"]["P_1M"]) == (False, "Kraków")


def test_one_field_changed_by_both_is_for_a_person(base):
    with pytest.raises(NotMergeable):
        merged(base, changed(base, Fa__P_1M="Kraków"), changed(base, Fa__P_1M="Gdynia"))


def test_a_field_that_one_took_out_and_the_other_changed_is_for_a_person(base):
    with pytest.raises(NotMergeable):
        merged(base, changed(base, Fa__P_1=None), changed(base, Fa__P_1="2026-01-02"))


def test_different_lines_are_put_together_and_counted(base):
    theirs, ours = with_line(base, 0, P_9A="7.00"), with_line(base, 2, P_9A="9.00")
    both = merged(base, theirs, ours)
    assert [row["P_9A"] for row in both["Fa"]["FaWiersz"]][::2] == ["7.00", "9.00"]
    assert both == counting.counted(both, "net", anew=True)


def test_one_line_changed_by_both_is_for_a_person(base):
    """Price and quantity of one line make sense only together."""
    with pytest.raises(NotMergeable):
        merged(base, with_line(base, 1, P_9A="7.00"), with_line(base, 1, P_8B="5"))


def test_lines_beside_a_line_that_went_are_for_a_person(base):
    theirs = changed(base, Fa__FaWiersz=base["Fa"]["FaWiersz"][1:])
    with pytest.raises(NotMergeable):
        merged(base, theirs, with_line(base, 2, P_7="Inna"))


def test_two_branches_of_one_choice_are_for_a_person(base):
    """P_6 for all lines or OkresFa: never both."""
    period = {"P_6_Od": "2026-11-01", "P_6_Do": "2026-11-30"}
    with pytest.raises(NotMergeable):
        merged(base, changed(base, Fa__P_6="2026-11-02"), changed(base, Fa__OkresFa=period))


def test_given_totals_are_a_field_like_others(base):
    """Sums of a file or typed by hand are nobody's to count anew."""
    given = changed(base, Fa__P_15="1.00")
    theirs, ours = with_line(base, 0, P_9A="7.00"), changed(given, Fa__P_1M="Kraków")
    with pytest.raises(NotMergeable):
        merged(base, theirs, ours)
    assert merged(given, changed(given, Fa__P_2="x"), ours)["Fa"]["P_15"] == "1.00"


@pytest.mark.parametrize("side", ["theirs", "ours"])
def test_a_side_without_changes_gives_the_other(base, side):
    other = with_line(changed(base, Fa__P_1M="Kraków"), 1, P_7="Inna")
    sides = (other, base) if side == "theirs" else (base, other)
    assert merged(base, *sides) == other


def test_differences_speak_the_words_of_the_form(base):
    found = differences(base, changed(base, Fa__P_1M="Kraków"), "pl")
    assert [(row["theirs"], row["ours"]) for row in found.rows] == [("", "Kraków")]
    assert "P_1M" not in found.rows[0]["label"]


def test_fifty_differences_are_shown_and_the_rest_counted(base):
    ours = changed(base, Fa__FaWiersz=[{"P_7": f"x{n}"} for n in range(200)])
    found = differences(base, ours, "pl")
    assert (len(found.rows), found.more > 100) == (50, True)


def test_the_total_of_nothing_is_not_typed():
    assert is_untouched({"Fa": {"FaWiersz": []}}, {"Fa": {"FaWiersz": [], "P_15": "0.00"}})
    assert not is_untouched({"Fa": {}}, {"Fa": {"P_2": "1"}})


# --- On the page -----------------------------------------------------------------------------
@pytest.fixture
def conflict(company, owner, teammate):
    """(draft, what the owner's page sends) after a teammate changed the buyer's name."""
    draft = draft_create(company=company, content=content(company), created_by=owner)
    opened = boxes(logged_in(owner).get(draft_url(draft)))
    edit(logged_in(teammate), draft, buyer_name="Ich nabywca")
    return draft, opened


def buttons(response) -> list[str]:
    return page(response).xpath("//*[@id='conflict']//button/@value")


def name_and_notes(draft: Draft) -> tuple[str, str]:
    draft.refresh_from_db()
    return (
        trees.text(draft.content, "Podmiot2/DaneIdentyfikacyjne/Nazwa"),
        trees.text(draft.content, "Stopka/Informacje[0]/StopkaFaktury"),
    )


def test_both_versions_are_put_together_when_a_person_says_so(conflict, owner):
    draft, sent = conflict
    client = logged_in(owner)
    answer = client.post(draft_url(draft), sent | {"notes": "moje", "action": "save"})
    assert buttons(answer) == ["merge:2", "save-beside", "save-mine:2"]
    client.post(draft_url(draft), boxes(answer) | {"action": "merge:2"})
    assert name_and_notes(draft) == ("Ich nabywca", "moje")


def test_nothing_is_offered_that_would_have_to_be_guessed(conflict, owner):
    draft, sent = conflict
    answer = logged_in(owner).post(draft_url(draft), sent | {"buyer_name": "Mój", "action": "save"})
    assert buttons(answer) == ["save-beside", "save-mine:2"]
    forced = boxes(answer) | {"action": "merge:2"}
    assert logged_in(owner).post(draft_url(draft), forced).status_code == 409
    assert name_and_notes(draft)[0] == "Ich nabywca"


def test_saving_again_without_a_decision_asks_again(conflict, owner):
    draft, sent = conflict
    answer = logged_in(owner).post(draft_url(draft), sent | {"notes": "moje", "action": "save"})
    again = logged_in(owner).post(draft_url(draft), boxes(answer) | {"action": "save"})
    assert (again.status_code, name_and_notes(draft)) == (409, ("Ich nabywca", ""))


@pytest.mark.parametrize("verb", ["merge", "save-mine"])
def test_a_decision_counts_for_the_version_that_was_shown(conflict, owner, teammate, verb):
    draft, sent = conflict
    answer = logged_in(owner).post(draft_url(draft), sent | {"notes": "moje", "action": "save"})
    edit(logged_in(teammate), draft, buyer_name="Jeszcze inny")
    late = logged_in(owner).post(draft_url(draft), boxes(answer) | {"action": f"{verb}:2"})
    assert (late.status_code, name_and_notes(draft)) == (409, ("Jeszcze inny", ""))


@pytest.mark.parametrize("action", ["merge:", "merge:²", "save-mine:999999999999", "save-mine:-1"])
def test_a_strange_decision_decides_nothing(conflict, owner, action):
    draft, sent = conflict
    answer = logged_in(owner).post(draft_url(draft), sent | {"notes": "x", "action": action})
    assert (answer.status_code, name_and_notes(draft)) == (409, ("Ich nabywca", ""))


def test_the_page_says_who_saved(conflict, owner):
    draft, sent = conflict
    answer = logged_in(owner).post(draft_url(draft), sent | {"notes": "moje", "action": "save"})
    assert "Zapis: Tomek." in page(answer).get_element_by_id("conflict").text_content()
