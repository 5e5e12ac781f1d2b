"""The form of an invoice as a whole: head, line grid and panels, from a tree or from a post."""

from functools import cached_property

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from invoices.fa3 import tree as trees
from invoices.fa3.problems import Problem
from invoices.forms import counting, problem_words, questions, reading, typed, writing
from invoices.forms.grid import Grid
from invoices.forms.head_form import CHECKS, EXEMPT_PRESETS, HEAD_NAMES, HeadForm
from invoices.forms.line_form import Row
from invoices.forms.lines import entries
from invoices.forms.panels import Panels, panels_sent
from invoices.forms.space import Space, space_left

GROUP_MARK = "g:"  # a group or an item of a list that the panels drew
EMPTY_GROUP = "e"
PAYMENT, PAYMENT_ID = "advance_payment", "advance-payment"


class Screen:
    """Everything of one invoice; `opened` are sections without data that a person asked for.

    `reductions` tells what the advances that a settlement names have charged.
    """

    def __init__(
        self,
        tree: dict,
        data=None,
        *,
        opened: frozenset[str] = frozenset(),
        expert: bool = False,
        lines_from: int = 0,
        pinned: tuple[str, ...] = (),
        reductions: counting.Reductions = counting.nothing_taken,
    ) -> None:
        self.tree, self.data, self.expert = tree, data, expert
        self.reductions = reductions
        shown = reading.boxes_of(tree, reductions)
        if shown["keep_totals"]:
            opened |= {"calc"}  # what was typed by hand is shown where it can be changed
        self.head = HeadForm(data, initial=shown, expert=expert)
        rate = "zw" if reading.exempt_kind(tree) else "23"
        self.grid = Grid(tree, data, first=lines_from, rate=rate, pinned=pinned, expert=expert)
        self.panels = Panels(tree, data, opened=frozenset(opened), expert=expert)
        self.loose: list[Problem] = []
        self.accepted: dict[str, dict] = {}  # what a person let stand, by the problem's key
        self.payment_errors: list[str] = []
        self.has_refused_characters = False
        self.rules: frozenset[str] = frozenset()  # of the problems that are shown

    @property
    def current(self) -> dict:
        """What the page shows: the stored tree, or what was posted."""
        return self.tree if self.data is None else self._typed

    @property
    def space(self) -> Space:
        """The room that the invoice has left."""
        return space_left(self.current)

    @property
    def lines(self) -> list[Row]:
        """The rows of the line grid that the page draws."""
        return self.grid.rows

    @property
    def exempt_presets(self) -> tuple[str, ...]:
        """Provisions to pick from, besides typing one."""
        return EXEMPT_PRESETS

    @property
    def has_tax_panel(self) -> bool:
        """Whether the exemption stands in its panel, not below the lines."""
        return "tax" in self.drawn_panels

    @property
    def drawn_panels(self) -> frozenset[str]:
        """Sections that this page draws."""
        return frozenset(panel.key for panel in self.panels.drawn)

    @property
    def is_order(self) -> bool:
        """Whether an order stands in for the lines, and a payment for their sum."""
        return counting.is_advance(self.current)

    @property
    def has_payment_box(self) -> bool:
        """Whether the page asks for the payment of an advance, not for totals."""
        return self.is_order and not self.has_calc_panel and "advance" in self.drawn_panels

    @property
    def payment_label(self) -> str:
        """What the box for P_15 of an advance, or of its correction, is called."""
        is_change = trees.text(self.current, "Fa/P_15ZK")
        return _("O ile zmienia się zapłata") if is_change else _("Kwota otrzymanej zapłaty")

    @property
    def payment(self) -> str:
        """P_15 of an advance as its own box shows it, where the totals have no boxes."""
        return typed.shown_number(trees.text(self.current, "Fa/P_15"))

    def _with_payment(self, tree: dict) -> dict:
        """The tree with the payment that was typed; one that nobody touched changes nothing."""
        sent = self._sent(PAYMENT)
        if PAYMENT in self.data and sent != typed.shown_number(trees.text(self.tree, "Fa/P_15")):
            trees.put(tree, "Fa/P_15", typed.number(sent) or None)
        return tree

    @property
    def has_calc_panel(self) -> bool:
        """Whether totals stand in boxes of their own."""
        return "calc" in self.drawn_panels

    @property
    def kind_name(self) -> str:
        """The chosen kind of invoice, in words."""
        field, value = self.head.fields["kind"], self.head["kind"].value()
        return dict(field.choices).get(value, value)

    @property
    def rate_placeholder(self) -> str:
        """Said in the empty box of the exchange rate when lines have rates of their own."""
        has_rates = any(trees.text(entry, "KursWaluty") for entry in entries(self.current))
        return _("różne w pozycjach") if has_rates else ""

    @property
    def questions(self) -> list[questions.Question]:
        """What the data ask a person."""
        return questions.asked(self.current)

    def add_line(self) -> None:
        """One more empty row, with the unit and rate of the row above."""
        self.grid.add()

    def _sent(self, name: str) -> str:
        # No keyboard has NUL, and no database takes it.
        return self.data.get(name, "").replace("\0", "")

    def typed_tree(self) -> dict:
        """The tree with what was posted."""
        return self._typed

    @cached_property
    def _typed(self) -> dict:
        head = {name: self._sent(name) for name in HEAD_NAMES if name in self.data}
        head |= {name: self._sent(name) for name in CHECKS}
        typed = writing.tree_with(
            self.tree,
            head,
            self.grid.sent,
            given=self._with_payment(self.panels.written(self.tree)),
            panels=frozenset(panels_sent(self.data)),
            empty=self._empty_groups(),
            drawn=self.grid.drawn,
            reductions=self.reductions,
        )
        return questions.answered(typed, self.data.get("action", ""))

    def _empty_groups(self) -> frozenset[str]:
        return frozenset(
            name.removeprefix(GROUP_MARK)
            for name in self.data
            if name.startswith(GROUP_MARK) and self.data.get(name) == EMPTY_GROUP
        )

    def show_problems(self, problems: list[Problem]) -> None:
        """Puts each problem at its control; what has none stands in the list above."""
        self.has_refused_characters = any(p.rule == "TF-02" for p in problems)
        self.rules = frozenset(p.rule for p in problems)
        rest = [p for p in problem_words.without_repetition(problems) if not self._said_at_box(p)]
        blocking = [p for p in rest if p.severity == "block"]
        unplaced = self.panels.show_problems(blocking)
        self.loose += [p for p in rest if p.severity != "block" or p in unplaced]

    def _said_at_box(self, problem: Problem) -> bool:
        if problem.severity != "block":
            return False
        if problem.path == "Fa/P_15" and self.has_payment_box:
            self.payment_errors.append(problem_words.at_box(problem, self.payment))
            return True
        found = self.grid.box_of(problem.path)
        if found:
            text = self.grid.text_at(*found)
            self.grid.add_error(*found, problem_words.at_box(problem, text))
            return True
        name = self._box_of(problem)
        if name:
            _add_error(self.head, name, problem_words.at_box(problem, self.head[name].value()))
        return bool(name)

    def _box_of(self, problem: Problem) -> str:
        """The box of the head for a problem; "" where the head shows none."""
        name = reading.problem_box(problem.path, self.tree)
        is_shown = name in self.head.fields and not (
            name.startswith("exempt") and self.has_tax_panel
        )
        return name if is_shown else ""

    @property
    def problem_list(self) -> list[dict]:
        """What blocks, for the list at the top: with the place where it can be mended."""
        found = [
            {"text": text, "href": f"#{bound.id_for_label}", "label": bound.label}
            for bound in self.head
            for text in bound.errors
        ]
        found += self.grid.problem_list + self.panels.problem_list
        found += [
            {"text": text, "href": f"#{PAYMENT_ID}", "label": self.payment_label}
            for text in self.payment_errors
        ]
        language = get_language() or "pl"
        return found + [
            {"text": p.message(language), "label": problem_words.label(p, language)}
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
                "title": problem_words.label(p, language),
                "text": p.message(language),
                "rule": p.rule,
                "href": self._place(p),
                "key": p.key,
                "accepted": self.accepted.get(p.key),
            }
            for p in self.loose
            if p.severity != "block"
        ]

    def _place(self, problem: Problem) -> str:
        """A link to the box that a remark is about, "" where none is drawn."""
        found = self.grid.box_of(problem.path)
        if found:
            return self.grid.link(*found)
        if problem.path == "Fa/P_15" and self.has_payment_box:
            return f"#{PAYMENT_ID}"
        name = self._box_of(problem)
        return f"#{self.head[name].id_for_label}" if name else self.panels.link(problem.path)


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
