"""Where a secret could be shown by accident: `repr`, tasks, the admin, history, error pages."""

import dataclasses
import importlib
import inspect
import pkgutil

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import RequestFactory
from django.views.debug import SafeExceptionReporterFilter

import auth_ksef
import invoices
from auth_ksef.credentials import token_add
from auth_ksef.doctor import Walk
from auth_ksef.models import Credential, Enrolment, SignedLogin, TokenCache
from ksefapp.accounts.models import AuditEntry
from ksefapp.celery import app
from ksefapp.lib.fields import SealedTextField
from ksefapp.lib.keyring import KeyMissing, Keyring, SealBroken, key_new
from tests.auth_support import TOKEN

SECRET_NAMES = {
    "token",
    "access",
    "refresh",
    "secret",
    "password",
    "private_key",
    "private",
    "authentication_token",
    "access_token",
    "refresh_token",
}
ROOMS = (auth_ksef, invoices)
PLAIN = {"str", "bytes", "PrivateKey"}


def dataclasses_of_ours() -> list[type]:
    found = set()
    for room in ROOMS:
        for module in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            if ".migrations" in module.name or ".management" in module.name:
                continue
            members = vars(importlib.import_module(module.name)).values()
            found |= {kind for kind in members if inspect.isclass(kind)}
    kinds = (kind for kind in found if kind.__module__.startswith(("auth_ksef", "invoices")))
    return sorted(filter(dataclasses.is_dataclass, kinds), key=lambda kind: kind.__qualname__)


def test_no_dataclass_shows_a_secret_in_its_repr():
    shown = [
        f"{kind.__module__}.{kind.__qualname__}.{field.name}"
        for kind in dataclasses_of_ours()
        for field in dataclasses.fields(kind)
        if field.name in SECRET_NAMES and field.repr and _is_plain(field)
    ]
    assert shown == []


def _is_plain(field: dataclasses.Field) -> bool:
    name = field.type if isinstance(field.type, str) else getattr(field.type, "__name__", "")
    return name.split(" ")[0] in PLAIN


def test_the_walk_of_a_check_does_not_show_its_token(company):
    assert "tajne" not in repr(Walk(company, None, access="tajne"))


@pytest.mark.parametrize("model", [Credential, TokenCache, SignedLogin, Enrolment])
def test_a_row_shows_no_sealed_value(model, company, owner):
    names = [field.name for field in model._meta.fields if isinstance(field, SealedTextField)]
    people = {"company": company, "person": owner, "credential": Credential(label="Token")}
    known = {field.name for field in model._meta.fields}
    related = {name: value for name, value in people.items() if name in known}
    row = model(**dict.fromkeys(names, "bardzo tajne"), **related)
    assert names
    assert "tajne" not in repr(row) + str(row)


def test_tasks_take_numbers_and_names_only():
    ours = {name: task for name, task in app.tasks.items() if not name.startswith("celery.")}
    assert ours
    for task in ours.values():
        names = set(inspect.signature(task.run).parameters)
        assert not names & SECRET_NAMES, task.name
        assert all(name.endswith(("id", "ids", "pk", "by")) or "_" not in name for name in names)


def test_no_model_with_a_secret_stands_in_the_admin():
    sealed = {
        model
        for model in apps.get_models()
        if any(isinstance(field, SealedTextField) for field in model._meta.local_fields)
    }
    assert sealed
    assert not sealed & set(admin.site._registry)


def test_an_error_page_hides_what_was_typed():
    request = RequestFactory().post("/", {"token": "tajne", "password": "tajne", "nip": "1"})
    request.sensitive_post_parameters = ["token", "password"]
    shown = SafeExceptionReporterFilter().get_post_parameters(request)
    assert "tajne" not in str(shown)


@pytest.mark.parametrize("error", [KeyMissing("0a1b2c3d"), SealBroken("does not open")])
def test_errors_of_the_keyring_hold_no_key(error):
    assert len(str(error)) < 60


def test_a_value_that_does_not_open_is_not_in_its_error():
    ring = Keyring([key_new()])
    sealed = ring.seal("tajne", purpose="a.b")
    with pytest.raises(SealBroken) as caught:
        ring.open(sealed, purpose="a.c")
    assert sealed not in str(caught.value)
    assert "tajne" not in str(caught.value)


def test_the_keyring_shows_no_key():
    key = key_new()
    assert key[:20] not in repr(Keyring([key])) + str(vars(Keyring([key])).keys())


def test_the_history_is_written_from_names_and_fingerprints(company, owner):
    text = TOKEN.format(nip=company.nip)
    token_add(company=company, token=text, added_by=owner)
    entries = str(list(AuditEntry.objects.values_list("subject", "details")))
    assert text not in entries
    assert "ab" * 16 not in entries
