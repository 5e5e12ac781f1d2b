"""The whole form, every section open: what it shows it gives back, and it can all be typed."""

import pytest

from invoices.fa3 import tree as trees
from invoices.fa3.build import build
from invoices.fa3.parse import parse
from invoices.models import Draft
from invoices.services.drafts import draft_create
from ksefapp.accounts.preferences import preference_set
from tests.fa3_support import RandomTree, needs_samples, sample_files
from tests.form_support import boxes, draft_url, edit, new_url

ACCOUNT = "12114020040000300201355387"
OF_THE_PAGE = ("base", "once", "version", "draft", "page", "csrfmiddlewaretoken")


def random_tree(seed: int) -> dict:
    """Any valid invoice, of which a keyboard can enter every text: no CR, one line in accounts."""
    tree = parse(build(RandomTree(seed, density=(seed % 7 + 1) / 10).make()))
    for path, text in list(trees.leaves(tree)):
        if "\r" in text:
            trees.put(tree, path, ACCOUNT if path.endswith("/NrRB") else text.replace("\r", ""))
    return tree


@pytest.fixture
def expert(owner, client_of):
    preference_set(owner, "expert", True)
    return client_of(owner)


def saved_untouched(client, company, owner, tree) -> dict:
    draft = draft_create(company=company, content=tree, created_by=owner)
    assert edit(client, draft).status_code == 302
    draft.refresh_from_db()
    return draft.content


def typed_anew(client, company, owner, tree) -> dict:
    """What becomes of a new invoice into which every control of another one is copied."""
    source = draft_create(company=company, content=tree, created_by=owner)
    sent, blank = boxes(client.get(draft_url(source))), boxes(client.get(new_url(company)))
    sent = {name: text for name, text in sent.items() if name not in OF_THE_PAGE}
    sent |= {name: blank[name] for name in OF_THE_PAGE if name in blank}
    assert client.post(new_url(company), sent | {"action": "save"}).status_code == 302
    return Draft.objects.exclude(pk=source.pk).get().content


def same(tree: dict) -> dict:
    """White space as the schema reads it; no lines are an empty list or none."""
    kept = trees.normalise(tree)
    if kept["Fa"].get("FaWiersz") == []:
        del kept["Fa"]["FaWiersz"]
    return kept


@pytest.mark.parametrize("seed", range(300, 306))
def test_all_sections_open_change_nothing_by_themselves(company, owner, expert, seed):
    tree = random_tree(seed)
    assert saved_untouched(expert, company, owner, tree) == tree


@pytest.mark.parametrize("seed", range(310, 316))
def test_every_control_typed_into_a_new_form_makes_the_same_invoice(company, owner, expert, seed):
    tree = random_tree(seed)
    assert same(typed_anew(expert, company, owner, tree)) == same(tree)


@needs_samples
@pytest.mark.parametrize("path", sample_files(), ids=lambda path: path.stem)
def test_an_official_sample_can_be_typed_into_a_new_form(company, owner, expert, path):
    tree = parse(path.read_bytes())
    assert same(typed_anew(expert, company, owner, tree)) == same(tree)


@needs_samples
@pytest.mark.parametrize("path", sample_files(), ids=lambda path: path.stem)
def test_an_official_sample_stands_in_the_full_form_unchanged(company, owner, expert, path):
    tree = parse(path.read_bytes())
    assert saved_untouched(expert, company, owner, tree) == tree
