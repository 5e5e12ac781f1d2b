"""Advances and their settlement, from drafts to documents."""

from decimal import Decimal

import pytest

from invoices.fa3 import orders, settling
from invoices.fa3 import tree as trees
from invoices.fa3.correcting import Wanted
from invoices.models import Document, Draft, Submission
from invoices.services import advances, advances_settle
from invoices.services.advances_settle import OtherAdvance, SettlementRefused
from invoices.services.correct import correction_start, reference_of
from invoices.services.drafts import draft_create
from invoices.services.issue import invoice_issue
from invoices.services.issue_checks import IssueRefused, problems_of
from ksefapp.lib import clock
from tests.form_support import edit
from tests.invoice_support import content

FLAT = {"NrWierszaZam": "1", "P_7Z": "Mieszkanie", "P_8AZ": "szt.", "P_8BZ": "1", "P_12Z": "8"}
EXTRAS = {"NrWierszaZam": "2", "P_7Z": "Usługi", "P_8AZ": "szt.", "P_8BZ": "1", "P_12Z": "23"}
ROWS = (FLAT | {"P_9AZ": "307500"}, EXTRAS | {"P_9AZ": "4500"})


def issue(company, user, tree, **options) -> Document:
    draft = draft_create(company=company, content=tree, created_by=user, options=options)
    return invoice_issue(draft=draft, issued_by=user, on=clock.today())


def numbered(document: Document) -> Document:
    """As KSeF would have taken it."""
    serial = f"{Document.objects.count():012X}"
    number = f"{document.seller_nip}-20261120-{serial[:6]}-{serial[6:12]}-AB"
    facts = {"ksef_number": number, "ksef_number_at": clock.now()}
    Document.objects.filter(pk=document.pk).update(**facts)
    Submission.objects.filter(document=document).update(state="accepted")
    document.refresh_from_db()
    return document


def advance_tree(company, payment="30000", rows=ROWS, **fa) -> dict:
    tree = content(company)
    tree["Fa"].pop("FaWiersz")
    tree["Fa"] |= {"RodzajFaktury": "ZAL", "P_15": payment} | fa
    tree["Fa"]["Zamowienie"] = {"ZamowienieWiersz": [dict(row) for row in rows]}
    return orders.counted(tree)


def advance(company, user, payment="30000", **fa) -> Document:
    return numbered(issue(company, user, advance_tree(company, payment, **fa)))


def correction(company, user, original, change: str, **fa) -> Document:
    """A KOR_ZAL that changes what was paid."""
    pairs = [row for each in ROWS for row in (each | {"StanPrzedZ": "1"}, each)]
    fa |= {"P_15ZK": str(original.gross), "RodzajFaktury": "KOR_ZAL"}
    fa |= {"DaneFaKorygowanej": [reference_of(original).entry()], "PrzyczynaKorekty": "pomyłka"}
    tree = advance_tree(company, change, pairs, **fa)
    return numbered(issue(company, user, tree))


def settle(company, user, *documents, others=()) -> Draft:
    chosen = advances.advances_of(documents)
    return advances_settle.settlement_start(
        company=company, advances=chosen, others=others, user=user
    )


def said(tree: dict, *names: str) -> list[str]:
    return [trees.text(tree, f"Fa/{name}") for name in names]


MIXED = ("P_13_1", "P_14_1", "P_13_2", "P_14_2", "P_15")


def test_a_settlement_is_the_order_less_its_advance(company, owner):
    draft = settle(company, owner, advance(company, owner))
    made = said(draft.content, *MIXED)
    assert made == ["4100.16", "943.04", "280177.59", "22414.21", "307635.00"]
    assert draft.content["Podmiot2"]["DaneIdentyfikacyjne"]["Nazwa"] == "Kawiarnia Pod Lipą"


def test_a_settlement_names_each_advance_by_its_ksef_number(company, owner):
    paid = [advance(company, owner), advance(company, owner, "5000")]
    draft = settle(company, owner, *paid)
    names = [each["NrKSeFFaZaliczkowej"] for each in draft.content["Fa"]["FakturaZaliczkowa"]]
    assert names == [row.ksef_number for row in paid]
    assert said(draft.content, "P_15") == ["302635.00"]


def test_an_advance_counts_with_its_correction(company, owner):
    paid = advance(company, owner, "20000")
    correction(company, owner, paid, "10000")
    made = said(settle(company, owner, paid).content, *MIXED)
    assert made == ["4100.16", "943.04", "280177.59", "22414.21", "307635.00"]


def test_a_settlement_can_be_issued_without_a_warning(company, owner):
    draft = settle(company, owner, advance(company, owner))
    problems = problems_of(draft.content, company=company, draft=draft)
    assert [p.rule for p in problems if p.severity != "hint"] == []


def test_a_settled_advance_is_not_settled_again(company, owner):
    paid = advance(company, owner)
    done = issue(company, owner, settle(company, owner, paid).content)
    assert advances.advances_of([paid])[0].settled_by == done
    with pytest.raises(SettlementRefused, match="settled"):
        settle(company, owner, paid)


def test_a_settlement_taken_back_frees_its_advance(company, owner):
    paid = advance(company, owner)
    done = numbered(issue(company, owner, settle(company, owner, paid).content))
    back = settling.amounts(advances.tree_of(done))
    fa = {name: str(-amount) for name, amount in back.items()} | {"P_15ZK": str(done.gross)}
    fa |= {"RodzajFaktury": "KOR_ROZ", "DaneFaKorygowanej": [reference_of(done).entry()]}
    tree = content(company)
    tree["Fa"] |= fa
    tree["Fa"]["FaWiersz"][0] |= {"P_8B": "-1"}
    issue(company, owner, tree)
    assert advances.advances_of([paid])[0].why_not == ""


def test_an_advance_without_ksef_number_waits(company, owner):
    waiting = issue(company, owner, advance_tree(company))
    with pytest.raises(SettlementRefused, match="no-number"):
        settle(company, owner, waiting)


def test_an_advance_outside_ksef_is_named_by_its_own_number(company, owner):
    paid = issue(company, owner, advance_tree(company))
    Submission.objects.filter(document=paid).update(state="outside")
    paid = Document.objects.get(pk=paid.pk)
    entry = settle(company, owner, paid).content["Fa"]["FakturaZaliczkowa"]
    assert entry == [{"NrKSeFZN": "1", "NrFaZaliczkowej": paid.number}]


def test_advances_of_two_buyers_are_not_settled_together(company, owner):
    other = advance_tree(company)
    other["Podmiot2"]["DaneIdentyfikacyjne"] = {"NIP": "9999999999", "Nazwa": "Inny"}
    documents = [advance(company, owner), numbered(issue(company, owner, other))]
    with pytest.raises(SettlementRefused, match="other-buyer"):
        settle(company, owner, *documents)


def test_advances_are_grouped_by_their_order(company, owner):
    paid = [advance(company, owner), advance(company, owner, "5000")]
    advance(company, owner, rows=ROWS[:1])
    groups = [[each.document for each in group.advances] for group in advances.order_list(company)]
    assert sorted(map(len, groups)) == [1, 2]
    assert paid in groups


def test_an_advance_of_another_program_is_taken_off_too(company, owner):
    parts = (("23", Decimal("399.84"), Decimal("91.96")),)
    other = OtherAdvance("Z/7", "", parts)
    draft = settle(company, owner, advance(company, owner, "10000"), others=[other])
    assert said(draft.content, "P_15") == ["327143.20"]
    assert draft.content["Fa"]["FakturaZaliczkowa"][1]["NrFaZaliczkowej"] == "Z/7"
    assert draft.options["other_advances"][0]["amounts"]["P_15"] == "491.80"


def test_lines_changed_in_the_form_count_less_the_advances(company, owner, client_of):
    draft = settle(company, owner, advance(company, owner))
    edit(client_of(owner), draft, **{"line-1-price": "5 500,00"})
    draft.refresh_from_db()
    assert said(draft.content, *MIXED[:2]) == ["5100.16", "1173.04"]


def test_an_untouched_settlement_stays_as_it_is(company, owner, client_of):
    draft = settle(company, owner, advance(company, owner))
    before = draft.content
    edit(client_of(owner), draft)
    draft.refresh_from_db()
    assert draft.content == before


def test_a_settlement_of_an_unknown_advance_keeps_its_totals(company, owner, client_of):
    draft = settle(company, owner, advance(company, owner))
    draft.content["Fa"]["FakturaZaliczkowa"] = [{"NrKSeFZN": "1", "NrFaZaliczkowej": "obca"}]
    draft.save()
    edit(client_of(owner), draft, **{"line-1-price": "5 500,00"})
    draft.refresh_from_db()
    assert said(draft.content, "P_15") == ["307635.00"]


def test_the_next_advance_is_what_is_left(company, owner):
    first = advance(company, owner)
    draft = advances_settle.next_advance_start(document=first, payment=None, user=owner)
    assert said(draft.content, "RodzajFaktury", "P_15") == ["ZAL", "307635.00"]
    names = draft.content["Fa"]["FakturaZaliczkowa"]
    assert names == [{"NrKSeFFaZaliczkowej": first.ksef_number}]


def test_a_further_advance_that_leaves_something_names_no_other(company, owner):
    first = advance(company, owner)
    made = advances_settle.next_advance_start(
        document=first, payment=Decimal("20000"), user=owner
    ).content["Fa"]
    assert "FakturaZaliczkowa" not in made
    assert made["Zamowienie"]["WartoscZamowienia"] == "337635.00"


def test_a_paid_order_takes_no_further_advance(company, owner):
    first = advance(company, owner, "337635")
    with pytest.raises(SettlementRefused, match="fully-paid"):
        advances_settle.next_advance_start(document=first, payment=None, user=owner)


@pytest.mark.parametrize("payment", [None, Decimal("20000")])
def test_a_further_advance_can_be_issued_without_a_warning(payment, company, owner):
    first = advance(company, owner)
    draft = advances_settle.next_advance_start(document=first, payment=payment, user=owner)
    problems = problems_of(draft.content, company=company, draft=draft)
    assert [p.rule for p in problems if p.severity != "hint"] == []


def test_two_drafts_that_settle_one_advance_are_not_both_issued(company, owner):
    paid = advance(company, owner)
    first, second = (settle(company, owner, paid) for _ in range(2))
    invoice_issue(draft=first, issued_by=owner, on=clock.today())
    with pytest.raises(IssueRefused) as refusal:
        invoice_issue(draft=second, issued_by=owner, on=clock.today())
    assert [p.rule for p in refusal.value.problems] == ["APP-settled-twice"]


def test_who_corrects_a_settled_advance_hears_that_the_settlement_follows(company, owner):
    paid = advance(company, owner)
    issue(company, owner, settle(company, owner, paid).content)
    wanted = Wanted("lines", "pomyłka", "1", payment="20000")
    draft = correction_start(original=paid, wanted=wanted, user=owner)
    found = problems_of(draft.content, company=company, draft=draft)
    assert "APP-settled-advance" in [p.rule for p in found]


def test_advances_of_different_orders_are_not_settled_together(company, owner):
    house, trip = (
        numbered(issue(company, owner, advance_tree(company, "1000", [FLAT | more])))
        for more in ({"P_9AZ": "9000"}, {"P_9AZ": "5000", "P_7Z": "Rejs"})
    )
    with pytest.raises(SettlementRefused, match="other-order"):
        settle(company, owner, house, trip)
