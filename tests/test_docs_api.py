"""docs/api.md is run: its table is the URL conf, its three steps are sent as they stand there."""

import json
import re
import shlex
from pathlib import Path

import pytest
from django.test import Client
from rest_framework.views import APIView

from invoices.fa3.build import build
from invoices.fa3.defaults import stamp
from invoices.render.pdf import available
from ksefapp.accounts.api_keys import api_key_create
from ksefapp.api import urls
from ksefapp.lib import clock
from tests.invoice_support import content, work

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
SHELL = re.compile(r"```sh\n(.*?)```", re.DOTALL)
ROW = re.compile(r"^\| `([a-z0-9{}/-]+/)` \| ([A-Z, ]+) \|", re.MULTILINE)
ARGUMENT = re.compile(r"<\w+:(\w+)>")
METHODS = ("get", "post", "put", "patch", "delete")


def endpoints(patterns, prefix="") -> dict[str, set[str]]:
    """Address to methods, as the page writes them."""
    found: dict[str, set[str]] = {}
    for entry in patterns:
        address = f"{prefix}{entry.pattern}"
        if hasattr(entry, "url_patterns"):
            found |= endpoints(entry.url_patterns, address)
        elif address.startswith("v1/") and issubclass(entry.callback.cls, APIView):
            shown = ARGUMENT.sub(_named, address.removeprefix("v1/"))
            view = entry.callback.cls
            methods = {name.upper() for name in METHODS if hasattr(view, name)}
            found[shown] = methods
    return found


def _named(argument: re.Match) -> str:
    return "{id}" if argument[1] == "pk" else f"{{{argument[1]}}}"


def commands(part: str) -> list[list[str]]:
    """The words of every curl in the shell blocks of a part of the page."""
    lines = "\n".join(SHELL.findall(part)).replace("\\\n", " ").splitlines()
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("curl ")]


def sent(words: list[str], *, key: str, xml: bytes, ident: str):
    """Does what curl would do with these words, and gives the answer."""
    headers, body, address = {}, None, ""
    rest = iter(words)
    for word in rest:
        if word == "-H":
            name, _, value = next(rest).partition(": ")
            headers[name] = value.replace("$KEY", key)
        elif word in ("--data", "--data-binary"):
            given = next(rest)
            body = xml if given == "@invoice.xml" else given.encode()
        else:
            address = word.replace("$BASE", "/api/v1").replace("<id>", ident)
    client, kind = Client(), headers.pop("Content-Type", "")
    if body is None:
        return client.get(address, headers=headers)
    return client.post(address, body, content_type=kind, headers=headers)


def test_the_table_is_the_url_conf():
    shown = {address: set(methods.split(", ")) for address, methods in ROW.findall(TEXT)}
    assert shown == endpoints(urls.urlpatterns)


def test_every_error_code_of_the_table_is_in_the_code():
    source = "".join(
        path.read_text(encoding="utf-8")
        for room in ("ksefapp/api", "ksefapp/accounts", "auth_ksef", "invoices")
        for path in sorted((ROOT / room).rglob("*.py"))
    )
    rows = re.findall(r"^\| \d{3} \| (.+?) \|", TEXT, re.MULTILINE)
    codes = {code for row in rows for code in re.findall(r"`(\w+)`", row)}
    assert len(codes) > 20
    assert [code for code in codes if f'"{code}"' not in source] == []


@pytest.fixture
def key(connected, owner):
    """A key for the company of the page's examples."""
    return api_key_create(user=owner, name="docs", companies=[connected])[1]


def test_the_first_example_lists_the_company(key, connected):
    (words,) = commands(TEXT.partition("## From a file")[0])
    answer = sent(words, key=key, xml=b"", ident="")
    assert [row["nip"] for row in answer.json()["results"]] == [connected.nip]


@pytest.mark.django_db(transaction=True)
def test_the_three_steps_end_with_number_upo_and_print(key, connected):
    steps = commands(TEXT.partition("## From a file")[2].partition("## Addresses")[0])
    xml = build(stamp(content(connected), now_utc=clock.now(), software="docs"))
    draft = sent(steps[0], key=key, xml=xml, ident="")
    assert draft.status_code == 201, draft.content
    document = sent(steps[1], key=key, xml=b"", ident=draft.json()["id"])
    assert document.status_code == 201, document.content
    work()
    shown, upo, pdf = (sent(s, key=key, xml=b"", ident=document.json()["id"]) for s in steps[2:])
    assert shown.json()["ksef_number"]
    assert upo.status_code == 200
    assert shown.json()["ksef_number"].encode() in upo.content
    assert pdf.status_code == (503 if available() else 200)


def test_the_example_of_half_an_invoice_is_a_draft(key, connected):
    part = TEXT.partition("## Content of a draft")[2]
    body = re.search(r"```json\n(.*?)```", part, re.DOTALL)[1]
    answer = Client().post(
        f"/api/v1/companies/{connected.nip}/drafts/",
        json.loads(body),
        content_type="application/json",
        headers={"Authorization": f"Token {key}", "Idempotency-Key": "half"},
    )
    assert answer.status_code == 201
    assert answer.json()["problems"]
