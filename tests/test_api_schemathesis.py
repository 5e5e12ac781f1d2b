"""Every operation of the API does what its schema says, with good and with bad requests."""

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from invoices.models import Draft
from ksefapp.accounts.api_keys import api_key_create
from tests.api_support import document_made, draft_made, put_in_state
from tests.outside_support import proforma_made

SCHEMA = schemathesis.openapi.from_wsgi("/api/schema/?format=json", get_wsgi_application())
OPERATIONS = {found.ok().label: found.ok() for found in SCHEMA.get_all_operations()}
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
SOME = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(autouse=True)
def _one_connection(db):
    """The handler closes connections after a request; here it would close the test's own."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def world(company, owner) -> dict:
    """A key, a draft, and a refused document; by the first part of the address."""
    document = document_made(company, owner)
    put_in_state(document, "refused")
    _, token = api_key_create(user=owner, name="schemat", companies=[company])
    return {
        "token": token,
        "companies": {"nip": company.nip},
        "drafts": {"id": str(draft_made(company, owner).pk)},
        "documents": {"id": str(document.pk)},
        "proformas": {"id": str(proforma_made(company, owner).pk)},
        "fa3": {},
        "search": {},
    }


@pytest.mark.parametrize("mode", GenerationMode, ids=lambda mode: mode.value)
@pytest.mark.parametrize("whose", ["ours", "nobody's"])
@pytest.mark.parametrize("label", sorted(OPERATIONS))
def test_an_operation_keeps_to_the_schema(label, whose, mode, world):
    operation = OPERATIONS[label]
    ids = world[operation.path.split("/")[3]] if whose == "ours" else None

    @SOME
    @given(case=operation.as_strategy(mode, path_parameters=ids))
    def one(case):
        Draft.objects.update(issued_as=None)
        # Django answers a host that is not ours before any endpoint is asked.
        for name in [name for name in case.headers if name.lower() == "host"]:
            del case.headers[name]
        case.headers["Authorization"] = f"Token {world['token']}"
        case.headers.setdefault("If-Match", "*")
        case.call_and_validate(checks=CHECKS)

    one()


def test_the_schema_has_every_address():
    assert {label.split(" /api/v1/")[1] for label in OPERATIONS} >= {
        "companies/",
        "companies/{nip}/drafts/",
        "drafts/{id}/",
        "drafts/{id}/xml/",
        "drafts/{id}/pdf/",
        "drafts/{id}/issue/",
        "companies/{nip}/checks/",
        "fa3/fields/",
        "documents/",
        "documents/{id}/",
        "documents/{id}/xml/",
        "documents/{id}/upo/",
        "documents/{id}/pdf/",
        "documents/{id}/repair/",
    }
