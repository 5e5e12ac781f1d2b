"""A form as a browser without scripts reads and sends it, by the rules of HTML."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from urllib.parse import urlencode

import lxml.html

_TICKS = ("checkbox", "radio")
_BUTTONS = ("submit", "button", "image", "reset")
_NO_VALUE = (*_BUTTONS, "file")
_ONE_LINE = re.compile(r"[\r\n]")
_BLANKS = " \t\n\f\r"


@dataclass(frozen=True)
class Control:
    """One control of a form: `value` as the browser would send it, `options` those of a choice.

    `sent` is whether it is part of the data: ticked, not disabled, not a button. `visible` is
    whether a person can get at it: neither of type hidden nor inside something with `hidden`.
    """

    name: str
    kind: str
    value: str
    sent: bool
    visible: bool
    enabled: bool = True
    options: tuple[str, ...] = ()


class Page:
    """A page with one form on it; `controls` in document order, buttons among them."""

    def __init__(self, html: str, form_id: str) -> None:
        # Line ends are made equal before a browser reads anything else.
        self.root = lxml.html.fromstring(html.replace("\r\n", "\n").replace("\r", "\n"))
        self.form_id = form_id
        self.controls = _with_radio_values(list(self._read()))

    def _read(self) -> Iterator[Control]:
        inside = f"ancestor-or-self::form[@id='{self.form_id}'] and not(@form)"
        owned = f"({inside}) or @form='{self.form_id}'"
        names = "self::input or self::select or self::textarea or self::button"
        for element in self.root.xpath(f"//*[({names}) and @name and ({owned})]"):
            if not element.xpath("ancestor::template or ancestor::datalist"):
                yield from _control(element)

    @cached_property
    def names(self) -> set[str]:
        """The names of what can be filled in here."""
        return {c.name for c in self.controls if c.kind not in _BUTTONS}

    @cached_property
    def actions(self) -> set[str]:
        """What the buttons called "action" ask for."""
        return {c.value for c in self.controls if c.kind in _BUTTONS and c.name == "action"}

    def __contains__(self, form_id: str) -> bool:
        return bool(self.root.xpath(f"//form[@id='{form_id}']"))


def sent(controls: Iterable[Control], *button: tuple[str, str]) -> list[tuple[str, str]]:
    """The name-value pairs of a submit, the pressed button last."""
    return [(c.name, c.value) for c in controls if c.sent] + list(button)


def encoded(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Arguments for the test client's `post`: the body of a form that carries no file."""
    return {"data": urlencode(pairs), "content_type": "application/x-www-form-urlencoded"}


def otherwise(control: Control) -> Control:
    """The control as somebody else might leave it: empty, ticked or not, chosen otherwise."""
    if control.kind == "checkbox":
        return replace(control, sent=not control.sent)
    others = [value for value in control.options if value != control.value]
    if control.kind in ("select", "radio"):
        chosen = "" if "" in others else next(iter(others), "")
        return replace(control, value=chosen)
    return replace(control, value="")


def _control(element) -> Iterator[Control]:
    kind = _kind(element)
    enabled = not element.xpath("@disabled or ancestor::fieldset[@disabled]")
    visible = kind != "hidden" and not element.xpath("boolean(ancestor-or-self::*[@hidden])")
    is_on = kind not in _NO_VALUE and (kind not in _TICKS or element.get("checked") is not None)
    if kind == "select" and element.get("multiple") is None and not _options(element):
        is_on = False
    yield Control(
        name=element.get("name"),
        kind=kind,
        value=_value(element, kind),
        sent=bool(is_on and enabled),
        visible=bool(visible),
        enabled=bool(enabled),
        options=tuple(text for text, _ in _options(element)) if kind == "select" else (),
    )


def _kind(element) -> str:
    if element.tag == "input":
        return element.get("type", "text").lower()
    if element.tag == "button":
        return element.get("type", "submit").lower()
    return element.tag


def _value(element, kind: str) -> str:
    if kind == "textarea":
        text = element.text_content().removeprefix("\n")
        return re.sub(r"\r\n|\r|\n", "\r\n", text)
    if kind == "select":
        return _chosen(element)
    text = element.get("value", "on" if kind in _TICKS else "")
    if kind in ("hidden", *_TICKS, *_BUTTONS):
        return text
    return _sanitised(text, kind)


def _sanitised(text: str, kind: str) -> str:
    """What a one-line box makes of a value that it is given."""
    text = _ONE_LINE.sub("", text)
    if kind in ("email", "url"):
        return text.strip(_BLANKS)
    if kind == "number":
        return text if re.fullmatch(r"-?\d*\.?\d+([eE][+-]?\d+)?", text, re.ASCII) else ""
    if kind == "date":
        return text if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII) else ""
    return text


def _options(select) -> list[tuple[str, bool]]:
    found = []
    for option in select.iter("option"):
        text = option.get("value")
        text = " ".join(option.text_content().split()) if text is None else text
        found.append((text, option.get("selected") is not None))
    return found


def _chosen(select) -> str:
    """The last option marked as selected, else the first: a drop-down always shows one."""
    options = _options(select)
    marked = [text for text, selected in options if selected]
    return marked[-1] if marked else next((text for text, _ in options), "")


def _with_radio_values(controls: list[Control]) -> list[Control]:
    """Radios of one name are one choice: each knows the values of all."""
    values: dict[str, tuple[str, ...]] = {}
    for control in controls:
        if control.kind == "radio":
            values[control.name] = (*values.get(control.name, ()), control.value)
    return [replace(c, options=values[c.name]) if c.kind == "radio" else c for c in controls]
