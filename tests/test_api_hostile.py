"""Whatever JSON or bytes a program sends, the answer is never a 500."""

import json
import string

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from invoices.fa3 import schema
from invoices.models import Draft
from tests.api_support import API, content, draft_made
from tests.cast import program_of

NAMES = sorted({path.rpartition("/")[2] for path in schema.nodes()})
TEXTS = st.text(max_size=12) | st.sampled_from(
    ["", "1", "-1", "0.005", "9" * 40, "1e5", "NaN", "2026-11-21", "9999-99-99", "VAT", "23", "\0"]
)
KEYS = st.sampled_from(NAMES) | st.sampled_from(["#", "@typ", ""]) | st.text(max_size=4)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=25,
)
MANY = settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@st.composite
def shaped(draw, node=None) -> dict:
    """A tree that FA(3) has a place for, with any text in any leaf."""
    made = {}
    node = node or schema.root()
    for child in draw(st.lists(st.sampled_from(node.children), max_size=5, unique=True)):
        leaf = TEXTS.filter(lambda text: "\0" not in text and text.isprintable())
        value = leaf if child.is_leaf else shaped(child)
        made[child.name] = draw(st.lists(value, max_size=2) if child.is_list else value)
    return made


@pytest.fixture
def send(owner, company):
    program = program_of(owner, company)
    draft = draft_made(company, owner)

    def send(method: str, path: str, data: bytes, kind: str = "application/json"):
        url = f"{API}/{path.format(nip=company.nip, draft=draft.pk)}"
        headers = {"If-Match": "*"}
        return program.generic(method, url, data, headers=headers, CONTENT_TYPE=kind)

    return send


@MANY
@given(value=TREES)
def test_any_json_is_answered(value, send):
    data = json.dumps(value).encode()
    for method, path in [
        ("PUT", "drafts/{draft}/"),
        ("POST", "companies/{nip}/drafts/"),
        ("POST", "drafts/{draft}/issue/"),
    ]:
        assert send(method, path, data).status_code < 500


@pytest.mark.servers
@MANY
@given(value=TREES)
def test_any_content_is_answered(value, send):
    data = json.dumps({"content": value}).encode()
    assert send("PUT", "drafts/{draft}/", data).status_code < 500


@pytest.mark.servers
@MANY
@given(tree=shaped())
def test_a_tree_of_the_right_shape_is_kept_whatever_its_texts(tree, send):
    response = send("PUT", "drafts/{draft}/", json.dumps({"content": tree}).encode())
    assert response.status_code == 200
    assert Draft.objects.get().content == tree
    assert send("GET", "drafts/{draft}/xml/", b"").status_code == 200
    assert send("POST", "drafts/{draft}/issue/", b"{}").status_code in {201, 422}


@MANY
@given(
    name=st.sampled_from(sorted(content()["Fa"])),
    value=TEXTS.filter(lambda text: text.isprintable()),
)
def test_one_wrong_text_in_a_good_invoice_is_answered(name, value, send):
    tree = content()
    tree["Fa"][name] = value
    Draft.objects.update(issued_as=None)  # an example before may have issued it
    assert send("PUT", "drafts/{draft}/", json.dumps({"content": tree}).encode()).status_code in {
        200,
        422,
    }
    assert send("POST", "drafts/{draft}/issue/", b"{}").status_code in {201, 422}


@MANY
@given(data=st.binary(max_size=60), kind=st.sampled_from(["application/json", "application/xml"]))
def test_any_bytes_are_answered(data, kind, send):
    assert 400 <= send("POST", "companies/{nip}/drafts/", data, kind).status_code < 500


@MANY
@given(text=st.text(string.printable, max_size=60))
def test_any_text_in_an_element_is_answered(text, send):
    data = f'<Faktura xmlns="{schema.namespace()}">{text}</Faktura>'.encode()
    assert send("POST", "companies/{nip}/drafts/", data, "application/xml").status_code < 500
