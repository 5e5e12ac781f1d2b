"""Every amount of the official samples that one of our methods gives, to the grosz.

What does not follow is listed below with the reason; a test fails when it follows after all.
"""

from collections.abc import Callable
from decimal import Decimal

import pytest

from invoices import fa3
from invoices.fa3 import orders, rebates, settling, totals, zloty
from invoices.fa3 import tree as trees
from ksefapp.lib import money
from tests.fa3_support import needs_samples, sample_files

AMOUNTS = ("P_13_", "P_14_", "P_15")
LINE_AMOUNTS = ("P_11", "P_11A", "P_11Vat")
# Sample → its amounts that our arithmetic does not give, each with ours.
DIFFERENT: dict[int, dict[str, str]] = {
    1: {"P_15": "2050.99"},  # rounded to whole złoty by its issuer; 1666.66 + 383.33 + 0.95 + 0.05
    # 23 % of 1000 gross is 186.99 (art. 106e ust. 7); the sample took 813 × 23 % and so 187.
    19: {"P_13_1": "813.01", "P_14_1": "186.99"},
}
# A simplified invoice may leave its tax to the reader (art. 106e ust. 5 pkt 3): nothing to count.
WITHOUT_TOTALS = 16
REBATES, SIMPLIFIED, ADVANCES, SETTLEMENTS, OF_SETTLEMENT = (6, 7), 15, (10, 11, 12), (14, 17), 18
BY_LINES = sorted(
    set(range(1, 27))
    - {*REBATES, *ADVANCES, *SETTLEMENTS}
    - {13, SIMPLIFIED, WITHOUT_TOTALS, OF_SETTLEMENT}
)


def sample(number: int) -> trees.Tree:
    found = {int(path.stem[-2:]): path for path in sample_files()}
    return fa3.parse(found[number].read_bytes())


def amounts(tree: trees.Tree) -> dict[str, Decimal]:
    """P_13, P_14 (in PLN, too) and P_15 as they stand in an invoice."""
    body = tree["Fa"]
    return {n: money.parse(body[n]) for n in body if n.startswith(AMOUNTS) and n != "P_15ZK"}


def written(**texts: str) -> dict[str, Decimal]:
    return {name: Decimal(text) for name, text in texts.items()}


def expected(number: int) -> dict[str, Decimal]:
    """The sample's amounts, with ours where they are known to differ."""
    return amounts(sample(number)) | written(**DIFFERENT.get(number, {}))


def by_lines(tree: trees.Tree) -> trees.Tree:
    return zloty.filled(totals.compute(tree, totals.method_of(tree)))


@needs_samples
@pytest.mark.parametrize("number", BY_LINES)
def test_totals_follow_from_the_lines(number):
    assert amounts(by_lines(sample(number))) == expected(number)


@needs_samples
@pytest.mark.parametrize("number", BY_LINES)
def test_amounts_of_lines_follow_from_quantity_and_price(number):
    given, made = sample(number), by_lines(sample(number))
    pairs = zip(*(trees.groups(tree, "Fa/FaWiersz") for tree in (given, made)), strict=True)
    assert [_line(after) for _, after in pairs] == [
        _line(before) for before in trees.groups(given, "Fa/FaWiersz")
    ]


def _line(row: dict) -> list[Decimal | None]:
    return [money.parse(trees.text(row, name)) for name in LINE_AMOUNTS]


@needs_samples
@pytest.mark.parametrize("number", DIFFERENT)
def test_what_is_said_to_differ_does(number):
    assert amounts(sample(number)) != expected(number)


@needs_samples
@pytest.mark.parametrize("number", REBATES)
def test_a_rebate_holds_its_tax(number):
    given = amounts(sample(number))
    made = rebates.of_gross({"23": -given["P_15"]})
    assert {name: -amount for name, amount in made.items() if amount} == {
        name: amount for name, amount in given.items() if name != "P_15"
    }
    assert -money.total(made.values()) == given["P_15"]


@needs_samples
def test_the_tax_of_a_simplified_invoice_is_contained_in_it():
    given = amounts(sample(SIMPLIFIED))
    vat = totals.vat_in_gross(given["P_15"], Decimal(23))
    assert given == {"P_13_1": given["P_15"] - vat, "P_14_1": vat, "P_15": given["P_15"]}


@needs_samples
@pytest.mark.parametrize("number", ADVANCES)
def test_advances_and_their_corrections_follow_from_order_and_payment(number):
    made = orders.counted(sample(number))
    assert {n: a for n, a in amounts(made).items() if a or n == "P_15"} == expected(number)


@needs_samples
def test_a_correction_of_the_order_alone_moves_no_money():
    given = amounts(sample(13))
    assert set(given.values()) <= {Decimal(0)}


def all_advances() -> orders.Amounts:
    """What 14 settles: one advance and its three corrections."""
    return settling.added(settling.amounts(sample(number)) for number in (*ADVANCES, 13))


def one_payment() -> orders.Amounts:
    """What 17 settles by mistake: a payment of 37 635 in the shares of the order."""
    return orders.shared(trees.groups(sample(13), orders.ROWS)[1::2], Decimal(37_635))


@needs_samples
@pytest.mark.parametrize(
    ("number", "taken"), [(14, all_advances), (17, one_payment)], ids=["14", "17"]
)
def test_a_settlement_is_the_order_less_its_advances(number: int, taken: Callable):
    whole = settling.amounts(by_lines(sample(number)))
    off = {name: amount for name, amount in taken().items() if name != "P_15"}
    left = settling.less(whole, off | {"P_15": money.total(off.values())})
    assert {name: left[name] for name in expected(number)} == expected(number)


@needs_samples
def test_a_correction_of_a_settlement_is_what_it_should_have_been_less_what_it_was():
    right, wrong = (settling.amounts(sample(number)) for number in (14, 17))
    assert settling.less(right, wrong) == expected(OF_SETTLEMENT)


def test_every_sample_is_in_one_list():
    groups = [*BY_LINES, *REBATES, SIMPLIFIED, *ADVANCES, 13, *SETTLEMENTS, OF_SETTLEMENT]
    assert sorted([*groups, WITHOUT_TOTALS]) == list(range(1, 27))
