"""A process killed at any statement leaves no living token whose text nobody has."""

import os
import signal
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, connections

from auth_ksef.models import Credential, TokenOrder
from auth_ksef.token_orders import OPEN, mark_of, orders_sweep
from auth_ksef.token_words import LEAST
from auth_ksef.tokens import token_order, tokens_refresh
from ksefapp.lib import clock
from tests.token_support import certificate, due_now, identity, ksef, running, seeded

__all__ = ["certificate", "identity", "ksef", "running", "seeded"]
pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


STEP = 11  # odd, so that it dies before statements and after them


class Killer:
    """Dies at a statement: before it, or after it where its number is even."""

    def __init__(self, statements: int) -> None:
        self.left, self.after = (statements + 1) // 2, statements % 2 == 0

    def __call__(self, execute, sql, params, many, context):
        self.left -= 1
        if self.left:
            return execute(sql, params, many, context)
        if self.after:
            execute(sql, params, many, context)
        os.kill(os.getpid(), signal.SIGKILL)


def killed(identity, key, statement: int) -> bool:
    """A process that asks for a token and follows it; whether it died on the way."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        try:
            with connection.execute_wrapper(Killer(statement)):
                token_order(
                    identity=identity,
                    key=key,
                    purpose="here",
                    description="Program",
                    permissions=LEAST,
                )
                due_now()
                orders_sweep()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def settle() -> None:
    """Later processes do what is left: the claims of the dead have run out."""
    for _ in range(2):
        TokenOrder.objects.filter(state__in=OPEN).update(
            next_at=clock.now(), claimed_until=clock.now() - timedelta(seconds=1)
        )
        orders_sweep()


def living(identity, key) -> list[dict]:
    rows = tokens_refresh(identity).rows
    return [row for row in rows if mark_of(key) in row["description"] and row["status"] == "Active"]


def is_kept(row) -> bool:
    found = Credential.objects.filter(reference=row["reference"], retired_at=None).first()
    return bool(found and found.secret.startswith(row["reference"]) and found.bindings.exists())


def test_whatever_statement_a_process_dies_at(identity):
    identity.access()
    deaths = 0
    for statement in range(1, 400, STEP):
        key = uuid4()
        died = killed(identity, key, statement)
        deaths += died
        settle()
        left = [row for row in living(identity, key) if not is_kept(row)]
        assert left == [], f"killed at {statement}"
        if not died:
            break
    assert deaths > 8
    assert not died
