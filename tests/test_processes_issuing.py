"""Several processes issue at once for one company: numbers without repetition and without gap."""

import pytest

from tests.house_support import Inside, clean_environment, manage
from tests.servers import given

pytestmark = [pytest.mark.slow, pytest.mark.servers]

PROCESSES, EACH = 4, 25
SEED = """
from ksefapp.accounts.models import Company, User
User.objects.create_user("anna@example.com")
Company.objects.create(nip="5265877635", name="Stolarnia", address_l1="ul. Lesna 14")
"""


@pytest.fixture
def env(tmp_path):
    """An installation with one person and one company; no worker, no web."""
    servers = given()
    stored = servers.own() if servers else {}
    made = clean_environment(KSEF_DATA_DIR=str(tmp_path / "data"), **stored)
    for command in (["migrate", "-v0"], ["shell", "-v0", "-c", SEED]):
        ended = manage(*command, env=made)
        assert ended.returncode == 0, ended.stderr
    return made


def test_four_processes_that_issue_at_once_number_without_gap_and_repetition(env, tmp_path):
    people = [Inside(env, tmp_path / f"{number}.log") for number in range(PROCESSES)]
    for person in people:
        person.ask("issue", EACH)
    ids = [pk for person in people for pk in person.answer()]
    rows = people[0].rows(ids)
    for person in people:
        person.close()
    numbers = sorted(int(row["number"].split("/")[1]) for row in rows)
    assert numbers == list(range(1, PROCESSES * EACH + 1))
    assert len({row["sha256"] for row in rows}) == PROCESSES * EACH
