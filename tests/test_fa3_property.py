"""Whatever FA(3) allows is written, accepted, read back and goes through the form unharmed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from invoices import fa3
from invoices.coverage.browser import sent
from invoices.coverage.form import Forms
from invoices.coverage.visit import SAVE, Visitor
from invoices.fa3 import schema, tree
from invoices.fa3.nodes import Group, Node
from tests.fa3_edges import inside, outside
from tests.fa3_support import MOST_ITEMS, RandomTree

LEAVES = {path: node for path, node in schema.nodes().items() if node.is_leaf}
ATTRIBUTES = {
    f"{path}/{attribute.key}": attribute
    for path, node in schema.nodes().items()
    for attribute in node.attributes
}
TEXTS = LEAVES | ATTRIBUTES
# Set at the moment of issue, written without spaces, or see `as_typed`.
APART = {"DataWytworzeniaFa", "SystemInfo", "NrRB", "P_9A", "P_9B"}
LISTS = [path for path, node in schema.nodes().items() if node.is_list]
trees_of_all_kinds = st.builds(
    lambda seed, density, odd: RandomTree(seed, density, odd=odd).make(),
    st.integers(0, 10**9),
    st.sampled_from([0.0, 0.1, 0.3, 0.6]),
    st.sampled_from([0.0, 0.1, 0.3]),
)


def canonical(data: bytes) -> bytes:
    return etree.tostring(etree.fromstring(data), method="c14n")


@settings(max_examples=150, deadline=None)
@given(trees_of_all_kinds)
def test_a_valid_tree_is_written_accepted_and_read_back(made):
    data = fa3.build(made)
    assert fa3.validate(data) == []
    assert fa3.parse(data) == made
    assert canonical(fa3.build(fa3.parse(data))) == canonical(data)


def placed(path: str) -> str:
    """The path with position 0 at every list; the text of a leaf that has attributes."""
    found, node = "", schema.root()
    for name in path.split("/"):
        if not name.startswith("@"):
            node = node.by_name[name]
        found += f"/{name}[0]" if node.is_list and not name.startswith("@") else f"/{name}"
    is_attributed = node.is_leaf and node.attributes and "@" not in path
    return found.lstrip("/") + ("/#" if is_attributed else "")


def with_text(path: str, text: str) -> dict:
    """A small valid tree that has the path, with this text at it."""
    made = RandomTree(1, 0, wanted=path.partition("/@")[0]).make()
    tree.put(made, placed(path), text)
    return made


@pytest.mark.parametrize("path", TEXTS)
def test_every_value_and_limit_of_a_text_is_accepted_and_read_back(path):
    for text in inside(TEXTS[path].facets, TEXTS[path].fixed):
        made = with_text(path, text)
        data = fa3.build(made)
        assert fa3.validate(data) == [], text
        assert fa3.parse(data) == made


@pytest.mark.parametrize("path", TEXTS)
def test_a_text_beyond_the_limits_is_refused_at_its_path(path):
    for text in outside(TEXTS[path].facets, TEXTS[path].fixed):
        data = fa3.build(with_text(path, text))
        found = [problem.path for problem in fa3.validate(data)]
        assert placed(path).removesuffix("/#") in found, text


@pytest.mark.parametrize("path", LISTS)
def test_a_list_is_accepted_up_to_its_limit_and_refused_beyond(path):
    most = min(schema.node(path).max, 1000)  # longer ones would only pass the limit of bytes
    made = RandomTree(1, 0, wanted=path).make()
    items = [tree.get(made, placed(path))] * most
    above, _, name = placed(path).rpartition("/")
    holder = tree.get(made, above) if above else made
    holder[name.removesuffix("[0]")] = items
    assert fa3.validate(fa3.build(made)) == []
    assert fa3.parse(fa3.build(made)) == made
    if most == schema.node(path).max:
        items.append(items[0])
        assert [p.rule for p in fa3.validate(fa3.build(made))] == ["XSD-repeated"]


def branches(group: Group) -> set[tuple[str, ...]]:
    """Each branch of each choice, as the paths of its elements."""
    return {
        tuple(node.path for node in (item.nodes() if isinstance(item, Group) else [item]))
        for choice in group.choices()
        for item in choice.items
    }


def shapes(value, node: Node):
    """The paths that stand in each group of a tree, with the path of the group."""
    if isinstance(value, list):
        for item in value:
            yield from shapes(item, node)
    elif isinstance(value, dict) and not node.is_leaf:
        yield node, {node.by_name[name].path for name in value if not name.startswith("@")}
        for name, inner in value.items():
            if not name.startswith("@"):
                yield from shapes(inner, node.by_name[name])


def test_the_random_trees_take_every_branch_and_leave_groups_empty_and_lists_full():
    taken, empty, full = set(), set(), set()
    for seed in range(240):
        made = RandomTree(seed, (0.0, 0.3, 0.9)[seed % 3], odd=0.1).make()
        for node, found in shapes(made, schema.root()):
            taken |= {branch for branch in branches(node.content) if found & set(branch)}
            empty |= set() if found else {node.path}
        full |= {
            path
            for path in LISTS
            if len(tree.items(made, placed(path).removesuffix("[0]"))) == schema.node(path).max
        }
    nodes = schema.schema().root.walk()
    assert {b for node in nodes if node.content for b in branches(node.content)} == taken
    assert {"Stopka", "Fa/Rozliczenie"} <= empty
    short = {path for path in LISTS if schema.node(path).max <= MOST_ITEMS}
    assert len(full & short) > len(short) / 2


# --- Through the form ---------------------------------------------------------------------------
def saved_untouched(visitor: Visitor, made: dict) -> dict:
    url = visitor.imported(fa3.build(made))
    return visitor.saved(url.partition("?")[0], sent(visitor.opened(url).controls, SAVE))


def typed_on_blank(visitor: Visitor, made: dict) -> dict:
    page = visitor.opened(visitor.imported(fa3.build(made)))
    forms = Forms(page, visitor.blank(), made)
    return visitor.saved(visitor.new_url, sent(forms.typed(), SAVE))


@pytest.mark.parametrize("expert", [False, True])
@pytest.mark.parametrize("seed", range(12))
def test_a_form_that_nobody_touched_changes_nothing(owner, company, client_of, seed, expert):
    owner.preferences = {"expert": expert}
    owner.save()
    made = RandomTree(seed, 0.1 + seed % 5 * 0.2, odd=0.2).make()
    assert saved_untouched(Visitor(client_of(owner), company), made) == made


def as_typed(made: dict) -> dict[str, str]:
    """What can be typed of it: boxes of one line have no line breaks, account numbers no spaces.

    Which of the two prices a line shows first is chosen for the whole invoice and drawn anew.
    """
    return {
        path: text.replace("\r", "").replace("\n", "").strip()
        for path, text in tree.leaves(tree.normalise(made))
        if path.rpartition("/")[2] not in APART
    }


@pytest.mark.parametrize("seed", range(200, 212))
def test_what_is_typed_into_a_new_invoice_makes_the_same_tree(owner, company, client_of, seed):
    owner.preferences = {"expert": True}
    owner.save()
    made = RandomTree(seed, 0.1 + seed % 4 * 0.2).make()
    typed = typed_on_blank(Visitor(client_of(owner), company), made)
    assert as_typed(typed) == as_typed(made)
