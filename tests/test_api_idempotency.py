"""Idempotency-Key: repeated, changed, simultaneous and interrupted requests."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest
from django.db import connection

from invoices import api_drafts
from invoices.models import Document, Draft
from ksefapp.api.idempotency import KEPT, LEASE, idempotency_purge
from ksefapp.api.models import IdempotentAnswer
from ksefapp.lib import clock
from tests.api_support import code_of, content, draft_made, post_json
from tests.cast import program_of


@pytest.fixture
def issue(company, owner) -> str:
    return f"drafts/{draft_made(company, owner).pk}/issue/"


def older(delta: timedelta) -> None:
    """Lets time pass for every key."""
    row = IdempotentAnswer.objects.get()
    row.created_at -= delta
    row.lease_until -= delta
    row.save()


def test_the_same_request_gets_the_first_answer(program, drafts):
    first, second = (post_json(program, drafts, {"content": {}}, key="k1") for _ in range(2))
    assert first.status_code == second.status_code == 201
    assert first.content == second.content
    assert first["Location"] == second["Location"]
    assert second["Content-Type"] == "application/json"
    assert ("Idempotent-Replayed" in first, second["Idempotent-Replayed"]) == (False, "true")
    assert Draft.objects.count() == 1


def test_issuing_again_gets_the_document_again(program, issue):
    first, second = (post_json(program, issue, {}, key="k1") for _ in range(2))
    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert Document.objects.count() == 1


def test_the_first_answer_stays_though_the_document_went_on(program, issue):
    first = post_json(program, issue, {}, key="k1")
    Document.objects.update(ksef_number="later")
    assert post_json(program, issue, {}, key="k1").content == first.content


def test_another_body_is_409(program, drafts):
    post_json(program, drafts, {"content": {}}, key="k1")
    response = post_json(program, drafts, {"content": content()}, key="k1")
    assert response.status_code == 409
    assert code_of(response) == "idempotency_key_reused"
    assert Draft.objects.count() == 1


def test_another_address_is_409(program, drafts, issue):
    post_json(program, drafts, {}, key="k1")
    assert post_json(program, issue, {}, key="k1").status_code == 409


def test_keys_of_another_program_are_others(program, teammate, company, drafts):
    post_json(program, drafts, {"content": {}}, key="k1")
    other = program_of(teammate, company)
    assert "Idempotent-Replayed" not in post_json(other, drafts, {"content": {}}, key="k1")
    assert Draft.objects.count() == 2


def test_without_a_key_every_request_works(program, drafts):
    for _ in range(2):
        post_json(program, drafts, {"content": {}})
    assert Draft.objects.count() == 2


def test_a_refusal_is_repeated_too(program, drafts):
    first, second = (post_json(program, drafts, {"content": 1}, key="k1") for _ in range(2))
    assert first.status_code == second.status_code == 400
    assert first.content == second.content
    assert second["Idempotent-Replayed"] == "true"


def test_a_missing_role_is_not_remembered(viewer, company, drafts):
    program = program_of(viewer, company)
    assert post_json(program, drafts, {"content": {}}, key="k1").status_code == 403
    company.memberships.filter(user=viewer).update(role="issuer")
    assert post_json(program, drafts, {"content": {}}, key="k1").status_code == 201


def test_a_fault_of_ours_is_not_remembered(program, drafts, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(api_drafts, "draft_made", lambda *_: 1 / 0)
        assert post_json(program, drafts, {"content": {}}, key="k1").status_code == 500
    assert not Draft.objects.exists()
    assert post_json(program, drafts, {"content": {}}, key="k1").status_code == 201


@pytest.mark.parametrize("key", ["ó", "a b", "x" * 201, "\t"])
def test_a_key_that_is_none_is_400(key, program, drafts):
    response = post_json(program, drafts, {"content": {}}, key=key)
    assert response.status_code == 400
    assert "Idempotency-Key" in response.json()["error"]["fields"]


def crash(program, path: str, body: dict, monkeypatch) -> None:
    """A request whose process dies after the work and before its answer."""
    with monkeypatch.context() as dying:
        dying.setattr("ksefapp.api.idempotency._store", lambda *_: exit(9))
        with pytest.raises(SystemExit):
            post_json(program, path, body, key="k1")


def test_a_crash_leaves_nothing_half_done(program, issue, monkeypatch):
    crash(program, issue, {}, monkeypatch)
    assert not Document.objects.exists()
    assert IdempotentAnswer.objects.get().status is None


def test_a_key_whose_request_died_is_busy_until_its_lease_ends(program, issue, monkeypatch):
    crash(program, issue, {}, monkeypatch)
    response = post_json(program, issue, {}, key="k1")
    assert code_of(response) == "in_progress"
    assert int(response["Retry-After"]) > 0
    older(LEASE)
    assert post_json(program, issue, {}, key="k1").status_code == 201
    assert Document.objects.count() == 1


def test_a_request_that_was_overtaken_undoes_its_work(program, drafts, monkeypatch):
    made = api_drafts.draft_made

    def slow(draft, problems):
        IdempotentAnswer.objects.update(lease_until=clock.now() + 2 * LEASE)
        return made(draft, problems)

    monkeypatch.setattr(api_drafts, "draft_made", slow)
    assert code_of(post_json(program, drafts, {"content": {}}, key="k1")) == "in_progress"
    assert not Draft.objects.exists()


def test_an_answer_is_kept_for_thirty_days(program, drafts):
    post_json(program, drafts, {"content": {}}, key="k1")
    older(KEPT - timedelta(minutes=1))
    assert idempotency_purge() == 0
    assert "Idempotent-Replayed" in post_json(program, drafts, {"content": {}}, key="k1")


def test_an_answer_of_thirty_days_is_forgotten(program, drafts):
    post_json(program, drafts, {"content": {}}, key="k1")
    older(KEPT + timedelta(minutes=1))
    assert "Idempotent-Replayed" not in post_json(program, drafts, {"content": {}}, key="k1")
    older(KEPT + timedelta(minutes=1))
    assert idempotency_purge() == 1


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_of_simultaneous_requests_one_works(program, issue):
    def post(_):
        try:
            return post_json(program, issue, {}, key="k1")
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(post, range(8)))
    made = [answer.json()["id"] for answer in answers if answer.status_code == 201]
    busy = [code_of(answer) for answer in answers if answer.status_code != 201]
    assert len(set(made)) == Document.objects.count() == 1
    assert set(busy) <= {"in_progress"}


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_a_second_request_is_told_that_the_first_is_working(program, drafts, monkeypatch):
    started, go_on, made = Event(), Event(), api_drafts.problems_of

    def slow(*args, **kwargs):
        started.set()
        assert go_on.wait(20)
        return made(*args, **kwargs)

    monkeypatch.setattr(api_drafts, "problems_of", slow)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(_post_and_close, program, drafts)
        assert started.wait(20)
        second = post_json(program, drafts, {"content": {}}, key="k1")
        go_on.set()
        assert first.result().status_code == 201
    assert code_of(second) == "in_progress"


def _post_and_close(program, drafts):
    try:
        return post_json(program, drafts, {"content": {}}, key="k1")
    finally:
        connection.close()
