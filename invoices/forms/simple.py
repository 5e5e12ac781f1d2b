"""The simple screen as Django forms: they draw the boxes and carry errors, they refuse nothing."""

from decimal import Decimal

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from invoices.fa3 import registry, schema, totals
from invoices.fa3.problems import Problem
from invoices.forms import mapping
from invoices.forms.fields import BOXES, BUYER, LINE_BOXES
from ksefapp.lib import money

RATE_NAMES = {
    "0 KR": _("0% kraj"),
    "0 WDT": _("0% WDT"),
    "0 EX": _("0% eksport"),
    "zw": _("zw"),
    "oo": _("oo"),
    "np I": _("np I"),
    "np II": _("np II"),
}
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
FACTORS = ("quantity", "price")


def values_of(path: str) -> tuple[str, ...]:
    """The values that the schema allows at a path."""
    return schema.node(path).facets.values


def rates() -> list[tuple[str, str]]:
    """Choices for the rate: the schema's list, in the words of a bookkeeper."""
    listed = values_of("Fa/FaWiersz/P_12")
    return [("", "–"), *((rate, RATE_NAMES.get(rate, f"{rate}%")) for rate in listed)]


def _text(label, **kwargs) -> forms.CharField:
    return forms.CharField(label=label, required=False, strip=False, **kwargs)


class HeadForm(forms.Form):
    """Everything but the lines."""

    number = _text(_("Numer"))
    issued_on = _text(_("Data wystawienia"))
    sale_on = _text(_("Data sprzedaży"))
    price_mode = forms.ChoiceField(
        label=_("Ceny"),
        required=False,
        choices=[("net", _("netto")), ("gross", _("brutto"))],
        widget=forms.RadioSelect,
    )
    buyer_kind = forms.ChoiceField(
        label=_("Kim jest nabywca"), required=False, choices=BUYER_KINDS, widget=forms.RadioSelect
    )
    buyer_nip = _text("NIP")
    buyer_eu_country = forms.ChoiceField(label=_("Kraj UE"), required=False)
    buyer_eu_number = _text(_("Numer VAT-UE bez kodu kraju"))
    buyer_id_country = forms.ChoiceField(label=_("Kraj numeru"), required=False)
    buyer_id = _text(_("Numer identyfikacyjny"))
    buyer_name = _text(_("Nazwa albo imię i nazwisko"))
    buyer_address1 = _text(_("Ulica i numer"))
    buyer_address2 = _text(_("Kod i miejscowość"))
    buyer_country = forms.ChoiceField(label=_("Kraj"), required=False)
    payment_method = forms.ChoiceField(label=_("Sposób zapłaty"), required=False)
    due_on = _text(_("Termin płatności"))
    account = _text(_("Rachunek"))
    paid = forms.CharField(
        label=_("Faktura jest już zapłacona"),
        required=False,
        widget=forms.CheckboxInput(attrs={"value": "1"}),
    )
    paid_on = _text(_("Data zapłaty"))
    exempt_kind = forms.ChoiceField(
        label=_("Podstawa zwolnienia"), required=False, choices=EXEMPT_NAMES
    )
    exempt_basis = _text(_("Przepis, na przykład art. 43 ust. 1"))
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
    notes = _text(_("Uwagi na fakturze"), widget=forms.Textarea(attrs={"rows": 3}))
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


class LineForm(forms.Form):
    """One line of the grid."""

    position = forms.CharField(required=False, widget=forms.HiddenInput)
    name = _text(_("Nazwa towaru lub usługi"))
    quantity = _text(_("Ilość"))
    unit = _text(_("J.m."))
    price = _text(_("Cena"))
    rate = forms.ChoiceField(label=_("Stawka"), required=False)

    def __init__(self, *args, number: int, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.number = number
        self.fields["rate"].choices = rates()
        for name, field in self.fields.items():
            said = _("Pozycja %(number)d: %(name)s") % {"number": number, "name": field.label}
            field.widget.attrs["aria-label"] = said
            if name in ("quantity", "price"):
                field.widget.attrs["inputmode"] = "decimal"

    CSS = {
        "name": "col-name",
        "quantity": "col-small num",
        "unit": "col-small",
        "price": "col-amount num",
        "rate": "col-rate",
    }

    @property
    def index(self) -> int:
        """The row's place on the screen, from 0."""
        return self.number - 1

    @property
    def hidden(self):
        """What ties the row to its line in the tree."""
        return self["position"]

    @property
    def cells(self) -> list[dict]:
        """The visible boxes, each tied to its error in the row below."""
        return [self._cell(self[name], css) for name, css in self.CSS.items()]

    def _cell(self, bound, css: str) -> dict:
        attrs = {}
        if bound.errors:
            attrs = {"aria-invalid": "true", "aria-describedby": f"{bound.auto_id}_error"}
        return {"css": css, "label": bound.label, "control": bound.as_widget(attrs=attrs)}

    @property
    def value(self) -> Decimal | None:
        """Quantity times price, None until both are numbers."""
        quantity, price = (money.from_input(str(self[n].value() or "")) for n in FACTORS)
        if quantity is None or price is None:
            return None
        return totals.line_amounts(quantity, price, None).net

    @property
    def error_list(self) -> list[tuple[str, str, str]]:
        """(id, label, text) of each error."""
        return [
            (f"{self[name].auto_id}_error", self[name].label, error)
            for name in self.CSS
            for error in self[name].errors
        ]


class Screen:
    """Head and lines together, made from a tree or from what was posted."""

    def __init__(self, tree: dict, data=None) -> None:
        self.tree = tree
        self.data = data
        self.head = HeadForm(data, initial=mapping.boxes_of(tree))
        self.lines = self._posted_lines() if data is not None else self._stored_lines()
        self.loose: list[Problem] = []

    def _stored_lines(self) -> list[LineForm]:
        rows = mapping.lines_of(self.tree)
        if not rows:
            rows = [{"position": "", "quantity": "1", "unit": "szt.", "rate": "23"}]
        return [
            LineForm(initial=row, prefix=f"line-{index}", number=index + 1)
            for index, row in enumerate(rows)
        ]

    def _posted_lines(self) -> list[LineForm]:
        count = min(int(self.data.get("lines", "0") or 0), mapping.MOST_LINES)
        return [
            LineForm(self.data, prefix=f"line-{index}", number=index + 1) for index in range(count)
        ]

    def add_line(self) -> None:
        """One more empty row, with the unit and rate of the row above."""
        count = len(self.lines)
        above = self.lines[-1].initial if self.lines else {}
        row = {"quantity": "1", "unit": above.get("unit", "szt."), "rate": above.get("rate", "23")}
        self.lines.append(LineForm(initial=row, prefix=f"line-{count}", number=count + 1))

    def drop_line(self, index: int) -> None:
        """Takes a posted row out."""
        del self.lines[index]

    def rows(self) -> list[dict[str, str]]:
        """The posted lines; a box that was not sent (a script dropped the row) is no line."""
        names = ["position", "price", *LINE_BOXES]
        return [
            {name: self.data.get(f"{form.prefix}-{name}", "") for name in names}
            for form in self.lines
            if f"{form.prefix}-name" in self.data
        ]

    def typed_tree(self) -> dict:
        """The tree with what was posted."""
        names = [*BOXES, "buyer_kind", "price_mode", "paid", "split_payment", "reverse_charge"]
        names += ["exempt_kind", "exempt_basis", "keep_totals"]
        checks = {"paid", "split_payment", "reverse_charge", "keep_totals"}
        head = {n: self.data.get(n, "") for n in names if n in self.data or n in checks}
        return mapping.tree_with(self.tree, head, self.rows())

    def show_problems(self, problems: list[Problem]) -> None:
        """Puts each problem at its box; what has no box stands in the list above."""
        language = get_language() or "pl"
        for problem in problems:
            box = mapping.problem_box(problem.path)
            form, name = self._form_of(box)
            if form is None or name not in form.fields:
                self.loose.append(problem)
            elif problem.severity == "block":
                _add_error(form, name, problem.message(language))
            else:
                self.loose.append(problem)

    @property
    def problem_list(self) -> list[dict]:
        """What blocks, for the list at the top: with the place where it can be mended."""
        found = [
            {"text": text, "href": f"#{bound.id_for_label}", "label": bound.label}
            for bound in self.head
            for text in bound.errors
        ]
        found += [
            {
                "text": text,
                "href": f"#{row[name].id_for_label}",
                "label": row.fields[name].widget.attrs["aria-label"],
            }
            for row in self.lines
            for name in LineForm.CSS
            for text in row[name].errors
        ]
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
        return [
            {
                "kind": "warn" if p.severity == "warn" else "neutral",
                "title": _label(p, language),
                "text": p.message(language),
                "rule": p.rule,
            }
            for p in self.loose
            if p.severity != "block"
        ]

    def _form_of(self, box: str) -> tuple[forms.Form | None, str]:
        if not box.startswith("line-"):
            return (self.head, box) if box else (None, "")
        _, index, name = box.split("-")
        position = int(index)
        return (self.lines[position], name) if position < len(self.lines) else (None, "")


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


def _label(problem: Problem, language: str) -> str:
    return ": ".join(registry.breadcrumb(problem.path, language)) if problem.path else ""


def _codes(path: str) -> list[tuple[str, str]]:
    return [("", "–"), *((value, value) for value in values_of(path))]


def _named(path: str) -> list[tuple[str, str]]:
    language = get_language() or "pl"
    named = [(v, registry.value_label(path, v, language)) for v in values_of(path)]
    return [("", "–"), *named]
