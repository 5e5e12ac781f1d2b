"""The clock's tasks of this room: they exist, and one that fails stops no other."""

import pytest
from django.conf import settings

from ksefapp.celery import app
from offline import latarnia, tasks
from tests.cast import company_made

OURS = ("latarnia", "modes", "network")


@pytest.mark.parametrize("name", OURS)
def test_the_schedule_names_a_task_that_exists(name):
    app.loader.import_default_modules()
    assert settings.CELERY_BEAT_SCHEDULE[name]["task"] in app.tasks


def test_one_environment_that_fails_stops_no_other(company, monkeypatch):
    company_made("9542742932", environment="test")
    asked = []

    def poll(environment: str) -> None:
        asked.append(environment)
        raise RuntimeError

    monkeypatch.setattr(latarnia, "latarnia_poll", poll)
    tasks.latarnia_poll_task()
    assert asked == ["simulator", "test"]


def test_a_calm_house_is_swept_with_few_queries(
    company, other_company, django_assert_max_num_queries
):
    tasks.modes_sweep_task()
    with django_assert_max_num_queries(12):
        tasks.modes_sweep_task()
    with django_assert_max_num_queries(2):
        tasks.network_check_task()
