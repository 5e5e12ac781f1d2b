"""A program asks and a worker answers, with a running simulator."""

import pytest

from auth_ksef.tasks import check_task, rights_task
from tests.api_support import API

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_a_check_ends_with_every_step_in_words(connected, program):
    address = f"{API}/companies/{connected.nip}/connection-check/"
    assert program.post(address).status_code == 202
    check_task(connected.pk)
    check = program.get(address, headers={"Accept-Language": "en"}).json()["check"]
    assert (check["ok"], check["findings"]) == (True, [])
    assert {"answer", "login", "permissions"} <= {step["step"] for step in check["steps"]}
    assert all(step["title"] for step in check["steps"])


def test_lists_of_rights_are_read_for_a_program(connected, owner, program):
    address = f"{API}/companies/{connected.nip}/permissions/"
    assert program.post(address).status_code == 202
    rights_task(connected.pk, owner.pk)
    lists = {row["kind"]: row for row in program.get(address).json()["results"]}
    assert set(lists) == {"persons", "entities", "authorizations", "subunits", "eu", "roles"}
    assert all(row["fetched_at"] or row["failure"] for row in lists.values())
