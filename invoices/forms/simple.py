"""The simple screen as Django forms: they draw the boxes and carry errors, they refuse nothing."""

from decimal import Decimal

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from invoices.fa3 import registry, schema
from invoices.fa3 import tree as trees
from invoices.fa3.problems import Problem
from invoices.forms import reading, writing
from invoices.forms.controls import keep_unknown_choices, text_box, values_of
from invoices.forms.fields import BOXES, BUYER
from invoices.forms.grid import Grid
from invoices.forms.line_form import Row
from invoices.forms.space import Space, space_left
from invoices.render import labels
from ksefapp.lib import money

BUYER_KINDS = [
    ("nip", _("Firma z NIP")),
    ("eu", _("Firma z UE (VAT-UE)")),
    ("other", _("Spoza UE, inny numer")),
    ("none", _("Osoba bez NIP")),
]
EXEMPT_NAMES = [
    ("P_19A", _("przepis ustawy o VAT")),
    ("P_19B", _("przepis dyrektywy")),
    ("P_19C", _("inna podstawa")),
]
CHECKS = ("paid", "split_payment", "reverse_charge", "keep_totals")
HEAD_NAMES = (*BOXES, "buyer_kind", "price_mode", "exempt_kind", "exempt_basis")


class HeadForm(forms.Form):
    """Everything but the lines."""

    number = text_box(_("Numer"))
    issued_on = text_box(_("Data wystawienia"))
    sale_on = text_box(_("Data sprzedaży"))
    price_mode = forms.ChoiceField(
        label=_("Ceny"),
        required=False,
        choices=[("net", _("netto")), ("gross", _("brutto"))],
        widget=forms.RadioSelect,
    )
    buyer_kind = forms.ChoiceField(
        label=_("Kim jest nabywca"), required=False, choices=BUYER_KINDS, widget=forms.RadioSelect
    )
    buyer_nip = text_box("NIP")
    buyer_eu_country = forms.ChoiceField(label=_("Kraj UE"), required=False)
    buyer_eu_number = text_box(_("Numer VAT-UE bez kodu kraju"))
    buyer_id_country = forms.ChoiceField(label=_("Kraj numeru"), required=False)
    buyer_id = text_box(_("Numer identyfikacyjny"))
    buyer_name = text_box(_("Nazwa albo imię i nazwisko"))
    buyer_address1 = text_box(_("Ulica i numer"))
    buyer_address2 = text_box(_("Kod i miejscowość"))
    buyer_country = forms.ChoiceField(label=_("Kraj"), required=False)
    payment_method = forms.ChoiceField(label=_("Sposób zapłaty"), required=False)
    due_on = text_box(_("Termin płatności"))
    account = text_box(_("Rachunek"))
    paid = forms.CharField(
        label=_("Faktura jest już zapłacona"),
        required=False,
        widget=forms.CheckboxInput(attrs={"value": "1"}),
    )
    paid_on = text_box(_("Data zapłaty"))
    exempt_kind = forms.ChoiceField(
        label=_("Podstawa zwolnienia"), required=False, choices=EXEMPT_NAMES
    )
    exempt_basis = text_box(_("Przepis, na przykład art. 43 ust. 1"))
    split_payment = forms.CharField(
        label=_("Mechanizm podzielonej płatności"),
        required=False,
        widget=forms.CheckboxInput(attrs={"value": "1"}),
    )
    reverse_charge = forms.CharField(
        label=_("Odwrotne obciążenie"),
        required=False,
        widget=forms.CheckboxInput(attrs={"value": "1"}),
    )
    notes = text_box(_("Uwagi na fakturze"), widget=forms.Textarea(attrs={"rows": 3}))
    keep_totals = forms.CharField(
        label=_("Zachowaj sumy z wczytanego pliku"),
        required=False,
        widget=forms.CheckboxInput(attrs={"value": "1"}),
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["buyer_eu_country"].choices = _codes(f"{BUYER}/KodUE")
        self.fields["buyer_id_country"].choices = _codes(f"{BUYER}/KodKraju")
        self.fields["buyer_country"].choices = _codes("Podmiot2/Adres/KodKraju")
        self.fields["payment_method"].choices = _named("Fa/Platnosc/FormaPlatnosci")
        keep_unknown_choices(self)


class Screen:
    """Head and lines together, made from a tree or from what was posted."""

    def __init__(
        self, tree: dict, data=None, *, lines_from: int = 0, pinned: tuple[str, ...] = ()
    ) -> None:
        self.tree = tree
        self.data = data
        self.head = HeadForm(data, initial=reading.boxes_of(tree))
        rate = "zw" if reading.exempt_kind(tree) else "23"
        self.grid = Grid(tree, data, first=lines_from, rate=rate, pinned=pinned)
        self.loose: list[Problem] = []
        self.accepted: dict[str, dict] = {}  # what a person let stand, by the problem's key

    @property
    def space(self) -> Space:
        """The room that the lines and the file take."""
        return space_left(self.tree if self.data is None else self.typed_tree())

    @property
    def lines(self) -> list[Row]:
        """The rows of the line grid that the page draws."""
        return self.grid.rows

    def add_line(self) -> None:
        """One more empty row, with the unit and rate of the row above."""
        self.grid.add()

    def _sent(self, name: str) -> str:
        # No keyboard has NUL, and no database takes it.
        return self.data.get(name, "").replace("\0", "")

    def typed_tree(self) -> dict:
        """The tree with what was posted."""
        head = {name: self._sent(name) for name in HEAD_NAMES if name in self.data}
        head |= {name: self._sent(name) for name in CHECKS}
        grid = self.grid
        return writing.tree_with(self.tree, head, grid.sent, drawn=grid.drawn)

    def show_problems(self, problems: list[Problem]) -> None:
        """Puts each problem at its box; what has no box stands in the list above."""
        for problem in _without_repetition(problems):
            if problem.severity == "block" and self._is_said_in_grid(problem):
                continue
            form, name = self._form_of(reading.problem_box(problem.path, self.tree))
            if form is None or name not in form.fields or problem.severity != "block":
                self.loose.append(problem)
            else:
                _add_error(form, name, _said_at_box(problem, form[name].value()))

    @property
    def problem_list(self) -> list[dict]:
        """What blocks, for the list at the top: with the place where it can be mended."""
        found = [
            {"text": text, "href": f"#{bound.id_for_label}", "label": bound.label}
            for bound in self.head
            for text in bound.errors
        ]
        found += self.grid.problem_list
        language = get_language() or "pl"
        return found + [
            {"text": p.message(language), "label": _label(p, language)}
            for p in self.loose
            if p.severity == "block"
        ]

    @property
    def error_count(self) -> int:
        """How many things block."""
        return len(self.problem_list)

    @property
    def remarks(self) -> list[dict]:
        """What is worth a second look."""
        language = get_language() or "pl"
        remarks = [
            {
                "kind": "warn" if p.severity == "warn" else "neutral",
                "title": _label(p, language),
                "text": p.message(language),
                "rule": p.rule,
                "key": p.key,
                "accepted": self.accepted.get(p.key),
            }
            for p in self.loose
            if p.severity != "block"
        ]
        return remarks

    def _is_said_in_grid(self, problem: Problem) -> bool:
        found = self.grid.box_of(problem.path)
        if found is None:
            return False
        place, box = found
        text = self.grid.text_at(place, box)
        self.grid.add_error(place, box, _said_at_box(problem, text))
        return True

    def _form_of(self, box: str) -> tuple[forms.Form | None, str]:
        return (self.head, box) if box and not box.startswith("line-") else (None, "")


def _add_error(form: forms.Form, name: str, message: str) -> None:
    if form.is_bound:
        form.is_valid()
        if message not in form.errors.get(name, []):
            form.add_error(name, message)
    else:  # a stored draft: bind it to what it shows, so that errors have a place
        form.data = {form.add_prefix(n): v for n, v in form.initial.items()}
        form.is_bound = True
        form.is_valid()
        form.add_error(name, message)


def _said_at_box(problem: Problem, text: str | None) -> str:
    """The message without the name of the box, and about what people type, not about XML."""
    if problem.rule == "XSD-date":
        return _("Nie rozumiem tej daty. Wpisz ją na przykład tak: 23.11.2026.")
    if problem.rule in ("AM-13", "XSD-number"):
        return _about_number(problem, money.from_input(text))
    is_missing = problem.rule == "XSD-missing" and problem.path in {b.path for b in BOXES.values()}
    if is_missing or problem.rule == "XSD-empty":
        return _("Uzupełnij to pole.")
    language = get_language() or "pl"
    message = problem.message(language)
    short = message.removeprefix(f"{registry.label(trees.plain(problem.path), language)}: ")
    return short[:1].upper() + short[1:]


def _about_number(problem: Problem, number: Decimal | None) -> str:
    places = schema.node(trees.plain(problem.path)).facets.fraction_digits
    if number is None:
        return _("Nie rozumiem tej liczby. Wpisz ją na przykład tak: 1 234,56.")
    if places is not None and -number.as_tuple().exponent > places:
        return _("Najwyżej %(places)d miejsc po przecinku.") % {"places": places}
    return _("Ta liczba jest za długa.")


def _without_repetition(problems: list[Problem]) -> list[Problem]:
    """Of the buyer's identifier, what is said at its own box is enough."""
    own = any(p.path.startswith(f"{BUYER}/") and p.severity == "block" for p in problems)
    return [p for p in problems if not own or p.path != BUYER]


def _label(problem: Problem, language: str) -> str:
    return ": ".join(registry.breadcrumb(problem.path, language)) if problem.path else ""


def _codes(path: str) -> list[tuple[str, str]]:
    language = get_language() or "pl"
    names = {code: labels.country(code, language) for code in values_of(path)}
    said = [(code, code if name == code else f"{code} {name}") for code, name in names.items()]
    return [("", "–"), *said]


def _named(path: str) -> list[tuple[str, str]]:
    language = get_language() or "pl"
    named = [(v, registry.value_label(path, v, language)) for v in values_of(path)]
    return [("", "–"), *named]
