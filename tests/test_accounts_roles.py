"""The table of rights, and the page of the documentation that shows it."""

import re
from pathlib import Path

import pytest

from ksefapp.accounts.access import Actor, may_do
from ksefapp.accounts.roles import RIGHTS, May, Role

ROWS = re.compile(r"^\| `(\w+)` \| (.+) \|$", re.MULTILINE)
PAGE = Path(__file__).resolve().parent.parent / "docs" / "roles.md"


def documented() -> dict[str, list[str]]:
    return {right: cells.split(" | ") for right, cells in ROWS.findall(PAGE.read_text())}


def test_the_page_shows_the_table():
    wanted = {
        str(right): ["yes" if right in RIGHTS[role] else "no" for role in Role] for right in May
    }
    assert documented() == wanted


def test_each_role_may_do_what_lesser_roles_may():
    for lesser, greater in zip(list(Role)[:-1], list(Role)[1:], strict=True):
        assert RIGHTS[lesser] < RIGHTS[greater]


def test_an_owner_may_do_everything():
    assert RIGHTS[Role.OWNER] == set(May)


@pytest.mark.parametrize("right", May)
def test_a_stranger_may_do_nothing(company, stranger, right):
    assert not may_do(Actor(stranger), company, right)
