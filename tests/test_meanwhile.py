"""Two people about one invoice: the second hears of what the first one issued."""

import pytest

from invoices.fa3.correcting import Wanted
from invoices.models import Document, Draft
from invoices.services.correct import correction_start
from invoices.services.issue import invoice_issue
from invoices.services.issue_checks import IssueRefused, problems_of
from ksefapp.lib import clock
from tests.correct_support import original_made


@pytest.fixture
def original(company, owner) -> Document:
    return original_made(company, owner)


def begun(original: Document, user, method: str, **more) -> Draft:
    wanted = Wanted(method, "zwrot towaru", "2", **more)
    return correction_start(original=original, wanted=wanted, user=user)


def issue(draft: Draft, user, **options) -> Document:
    return invoice_issue(draft=draft, issued_by=user, on=clock.today(), **options)


def rules_of(draft: Draft) -> set[str]:
    return {p.rule for p in problems_of(draft.content, company=draft.company, draft=draft)}


def test_an_invoice_is_not_taken_back_twice(original, owner):
    first, second = (begun(original, owner, "zero") for _ in range(2))
    issue(first, owner)
    with pytest.raises(IssueRefused) as refusal:
        issue(second, owner)
    assert [p.rule for p in refusal.value.problems] == ["APP-overcorrected"]


def test_who_insists_may_go_below_zero(original, owner):
    first, second = (begun(original, owner, "zero") for _ in range(2))
    issue(first, owner)
    assert issue(second, owner, accept=frozenset({"APP-overcorrected"})).gross == -original.gross


def test_a_draft_tells_of_a_correction_that_came_after_it(original, owner):
    first, second = (
        begun(original, owner, "lines", changes={0: {"P_8B": "1"}}, lines=(0,)) for _ in range(2)
    )
    issue(first, owner)
    assert "APP-corrected-since" in rules_of(second)


def test_a_correction_begun_after_the_other_has_nothing_to_tell(original, owner):
    issue(begun(original, owner, "lines", changes={0: {"P_8B": "1"}}, lines=(0,)), owner)
    assert not rules_of(begun(original, owner, "zero")) & {
        "APP-corrected-since",
        "APP-overcorrected",
    }


def test_what_is_left_after_a_partial_correction_goes_back_exactly(original, owner):
    first = issue(begun(original, owner, "lines", changes={0: {"P_8B": "1"}}, lines=(0,)), owner)
    second = issue(begun(original, owner, "zero"), owner)
    assert original.gross + first.gross + second.gross == 0
