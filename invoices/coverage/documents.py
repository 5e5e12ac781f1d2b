"""A few valid invoices that together hold everything the schema in force allows.

All that is optional is there, every list that stands in no other twice. Of each choice the branch
is taken that leads to the most untried ones; lists get as many items as there are branches left
to try in them. So the number of documents is what the deepest choice outside a list asks for.
"""

from collections import Counter
from itertools import count

from invoices.coverage.values import value_of
from invoices.fa3 import schema
from invoices.fa3.nodes import Group, Node
from invoices.fa3.tree import TEXT, Tree

_MOST_DOCUMENTS = 50


def documents() -> list[Tree]:
    """The trees, always the same ones for the same schema."""
    maker = _Maker()
    made = [maker.document()]
    while maker.untried(schema.root().content):
        if len(made) == _MOST_DOCUMENTS:
            raise RuntimeError("the choices of this schema cannot all be reached")
        made.append(maker.document())
    return made


def paths() -> list[str]:
    """Every element path of the schema in force and every attribute (`…/@Typ`), in its order."""
    found = []
    for path, node in schema.nodes().items():
        found += [path, *(f"{path}/{attribute.key}" for attribute in node.attributes)]
    return found


class _Maker:
    """Remembers which branches of which choice it took, and counts the texts it made."""

    def __init__(self) -> None:
        self.taken: Counter[tuple[int, int]] = Counter()
        self.serial = count(1)
        self.turns: Counter[str] = Counter()

    def document(self) -> Tree:
        return self._group(schema.root(), in_list=False)

    def untried(self, item: Group | Node | None) -> int:
        """How many branches below were never taken."""
        if item is None:
            return 0
        if isinstance(item, Node):
            return self.untried(item.content)
        own = sum(not self.taken[id(item), at] for at in range(len(item.items)))
        inside = sum(self.untried(each) for each in item.items)
        return inside + (own if item.kind == "choice" else 0)

    def _group(self, node: Node, *, in_list: bool) -> Tree:
        tree = self._attributes(node)
        self._fill(tree, node.content, in_list=in_list)
        return tree

    def _fill(self, tree: Tree, group: Group, *, in_list: bool) -> None:
        for item in [self._branch(group)] if group.kind == "choice" else group.items:
            if isinstance(item, Group):
                self._fill(tree, item, in_list=in_list)
            else:
                tree[item.name] = self._element(item, in_list=in_list)

    def _branch(self, choice: Group) -> Group | Node:
        def gain(at: int) -> int:
            return self.untried(choice.items[at]) + (not self.taken[id(choice), at])

        best = max(range(len(choice.items)), key=gain)
        self.taken[id(choice), best] += 1
        return choice.items[best]

    def _element(self, node: Node, *, in_list: bool):
        if not node.is_list:
            return self._one(node, in_list=in_list)
        most = node.max or _MOST_DOCUMENTS
        wanted = max(node.min, 1 if in_list else min(2, most))
        items = [self._one(node, in_list=True) for _ in range(wanted)]
        while self.untried(node) and len(items) < most:
            items.append(self._one(node, in_list=True))
        return items

    def _one(self, node: Node, *, in_list: bool):
        if not node.is_leaf:
            return self._group(node, in_list=in_list)
        text = value_of(node.facets, node.fixed, self._number(node), node.name)
        return {**self._attributes(node), TEXT: text} if node.attributes else text

    def _number(self, node: Node) -> int:
        """One after another for codes, so that each document has another; else never the same."""
        if not node.facets.enumeration:
            return next(self.serial)
        self.turns[node.path] += 1
        return self.turns[node.path] - 1

    def _attributes(self, node: Node) -> Tree:
        return {
            each.key: value_of(each.facets, each.fixed, next(self.serial), each.name)
            for each in node.attributes
        }
