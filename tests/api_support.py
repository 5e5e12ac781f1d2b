"""Short ways to talk to the API in tests, and rows to talk about."""

from typing import Any

import pytest
from django.test import Client

from invoices.models import Document, Draft, Submission
from invoices.services.drafts import draft_create
from invoices.services.issue import invoice_issue
from ksefapp.accounts.models import Company, User
from ksefapp.lib import clock
from tests.cast import program_of
from tests.fa3_support import invoice

API = "/api/v1"


def content(**changes: Any) -> dict:
    """A tree that can be issued today by the company of the cast; its number is not given."""
    changes = {"Fa__P_1": clock.today().isoformat(), "Fa__P_2": None} | changes
    return invoice(**changes)


def draft_made(company: Company, user: User, **changes: Any) -> Draft:
    """A draft of this content."""
    return draft_create(company=company, content=content(**changes), created_by=user)


def document_made(company: Company, user: User, **changes: Any) -> Document:
    """An issued document, queued for KSeF."""
    draft = draft_made(company, user, **changes)
    return invoice_issue(draft=draft, issued_by=user, on=clock.today())


def put_in_state(document: Document, state: str) -> None:
    """Moves the delivery without a KSeF."""
    Submission.objects.filter(document=document).update(state=state)


def post_json(client: Client, path: str, body: Any = None, key: str = "", **headers: str):
    """POST with a JSON body and perhaps an Idempotency-Key."""
    headers |= {"Idempotency-Key": key} if key else {}
    data = {} if body is None else body
    return client.post(f"{API}/{path}", data, content_type="application/json", headers=headers)


def put_json(client: Client, path: str, body: Any, **headers: str):
    """PUT with a JSON body."""
    return client.put(f"{API}/{path}", body, content_type="application/json", headers=headers)


def code_of(response) -> str:
    """The error's code, after a look at its shape."""
    error = response.json()["error"]
    assert isinstance(error["message"], str)
    assert error["message"]
    assert set(error) <= {"code", "message", "fields", "problems", "document"}
    return error["code"]


@pytest.fixture
def program(owner, company) -> Client:
    """A program with the owner's key."""
    return program_of(owner, company)


@pytest.fixture
def drafts(company) -> str:
    """The address of the company's drafts."""
    return f"companies/{company.nip}/drafts/"
