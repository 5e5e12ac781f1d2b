"""Forms read and sent as a browser without scripts does it, by the rules of HTML."""

import pytest

from invoices.coverage.browser import Page, encoded, otherwise, sent


def page(inside: str, outside: str = "") -> Page:
    return Page(f"<body>{outside}<form id='f'>{inside}</form></body>", "f")


@pytest.mark.parametrize(
    ("html", "pairs"),
    [
        ("<input name=a value='x'>", [("a", "x")]),
        ("<input name=a>", [("a", "")]),
        ("<input value='x'>", []),
        ("<input name=a value='x' disabled>", []),
        ("<input name=a value='x' readonly>", [("a", "x")]),
        ("<fieldset disabled><input name=a></fieldset>", []),
        ("<input name=a value='1&#10;2&#13;3'>", [("a", "123")]),
        ("<input name=a value=' \t x '>", [("a", " \t x ")]),
        ("<input type=hidden name=a value='1&#10;2'>", [("a", "1\n2")]),
        ("<input type=email name=a value=' x '>", [("a", "x")]),
        ("<input type=number name=a value='1,5'>", [("a", "")]),
        ("<input type=number name=a value='1.5'>", [("a", "1.5")]),
        ("<input type=date name=a value='1.12.2026'>", [("a", "")]),
        ("<input type=checkbox name=a value=1>", []),
        ("<input type=checkbox name=a checked>", [("a", "on")]),
        (
            "<input type=radio name=a value=1><input type=radio name=a value=2 checked>",
            [("a", "2")],
        ),
        ("<input type=submit name=a value=x><button name=b value=y>z</button>", []),
        ("<input type=file name=a>", []),
        ("<textarea name=a>\n\n x\ny</textarea>", [("a", "\r\n x\r\ny")]),
        ("<textarea name=a>1&#13;2\r\n3</textarea>", [("a", "1\r\n2\r\n3")]),
        ("<select name=a><option value=1>x<option value=2 selected>y</select>", [("a", "2")]),
        ("<select name=a><option>  x  y </option></select>", [("a", "x y")]),
        ("<select name=a></select>", []),
        ("<template><input name=a value=x></template>", []),
        ("<script type='application/json'><input name=a></script>", []),
        ("<div hidden><input name=a value=x></div>", [("a", "x")]),
    ],
)
def test_what_is_sent(html, pairs):
    assert sent(page(html).controls) == pairs


def test_controls_outside_that_name_the_form_belong_to_it():
    found = page("<input name=a form=other>", "<input name=b value=1 form=f><input name=c>")
    assert sent(found.controls) == [("b", "1")]


def test_the_pressed_button_comes_last():
    found = page("<input name=a value=1>")
    assert sent(found.controls, ("action", "save")) == [("a", "1"), ("action", "save")]


@pytest.mark.parametrize(
    ("html", "visible"),
    [
        ("<input name=a>", True),
        ("<input type=hidden name=a>", False),
        ("<div hidden><input name=a></div>", False),
        ("<details><input name=a></details>", True),
        ("<input name=a readonly>", True),
    ],
)
def test_what_a_person_can_get_at(html, visible):
    assert [control.visible for control in page(html).controls] == [visible]


def test_buttons_are_actions_and_no_names_to_fill_in():
    found = page("<button name=action value='add:Podmiot3'>+</button><input name=x>")
    assert found.actions == {"add:Podmiot3"}
    assert found.names == {"x"}


def test_a_control_left_otherwise_is_empty_ticked_or_chosen_anew():
    html = (
        "<input name=a value=1><input type=checkbox name=b checked><input type=checkbox name=e>"
        "<select name=c><option value=x><option value=y selected></select>"
        "<select name=d><option value=''><option value=y selected></select>"
    )
    left = [otherwise(control) for control in page(html).controls]
    assert sent(left) == [("a", ""), ("e", "on"), ("c", "x"), ("d", "")]


def test_the_body_is_utf_8_in_the_order_of_the_page():
    body = encoded([("f:Fa/P_2", "ż ó"), ("a", "1"), ("a", "2")])
    assert body["data"] == "f%3AFa%2FP_2=%C5%BC+%C3%B3&a=1&a=2"
