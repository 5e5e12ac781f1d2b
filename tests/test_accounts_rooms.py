"""What the rooms above answer when this one asks, and announce in its history."""

import ast
from pathlib import Path

import pytest

from ksefapp.accounts.audit import WORDS
from ksefapp.accounts.closing import companies_in_the_way
from ksefapp.accounts.environments import MoveRefused, environment_move
from ksefapp.accounts.models import Company
from tests.page_rights import document_made

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def real_company(company) -> Company:
    Company.objects.filter(pk=company.pk).update(environment="production")
    company.refresh_from_db()
    return company


def actions_in_code() -> set[str]:
    """The first argument of every call of audit() or _audit()."""
    found = set()
    for room in ("ksefapp", "auth_ksef", "offline", "invoices"):
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if (
                    isinstance(node, ast.Call)
                    and getattr(node.func, "id", "").strip("_") == "audit"
                ):
                    found |= {arg.value for arg in node.args[:1] if isinstance(arg, ast.Constant)}
    return found


def texts_in_code() -> set[str]:
    """Every text of the code, without the tables that give an action its words."""
    found = set()
    for room in ("ksefapp", "auth_ksef", "offline", "invoices"):
        for path in (ROOT / room).rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            tables = [node for node in ast.walk(tree) if isinstance(node, ast.Dict)]
            keys = {id(key) for table in tables for key in table.keys if is_action(key)}
            constants = [node for node in ast.walk(tree) if isinstance(node, ast.Constant)]
            found |= {
                node.value
                for node in constants
                if isinstance(node.value, str) and id(node) not in keys
            }
    return found


def is_action(key: ast.expr | None) -> bool:
    """Whether a key of a table is the name of an action."""
    return isinstance(key, ast.Constant) and key.value in WORDS


def is_said(action: str, texts: set[str]) -> bool:
    """Whether the code says the action: whole, or its noun and its verb, put together there."""
    noun, verb = action.split(".")
    return action in texts or bool({noun, f"{noun}."} & texts and {verb, f".{verb}"} & texts)


def test_every_action_has_words():
    assert actions_in_code() - set(WORDS) == set()


def test_no_words_are_left_over():
    texts = texts_in_code()
    assert [action for action in WORDS if not is_said(action, texts)] == []


def test_words_without_an_action_would_be_found():
    assert not is_said("proforma.burn", texts_in_code())


def test_there_is_no_way_back_once_an_invoice_was_issued_in_production(real_company, owner):
    document_made(real_company, owner)
    with pytest.raises(MoveRefused, match="na produkcji"):
        environment_move(company=real_company, environment="demo", by=owner)


def test_there_is_a_way_back_before_the_first_invoice(real_company, owner):
    assert environment_move(company=real_company, environment="demo", by=owner)


def test_try_out_invoices_do_not_hold_a_company(company, owner):
    document_made(company, owner)
    assert environment_move(company=company, environment="demo", by=owner)


def test_the_owner_of_a_company_with_documents_stays(other_company, stranger):
    assert companies_in_the_way(stranger) == []
    document_made(other_company, stranger)
    assert companies_in_the_way(stranger) == [other_company]
