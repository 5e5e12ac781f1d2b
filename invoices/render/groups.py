"""Shows any part of a tree from schema and registry: labels, values, nothing left out.

Leaves become facts, addresses one line, lists of small groups tables, other groups titled
blocks. Only what was not shown before is taken.
"""

from invoices.fa3.nodes import Node
from invoices.render import labels
from invoices.render.formats import printable
from invoices.render.parts import Block, Cell, Column, Fact, Line, Table
from invoices.render.reader import Reader

TABLE_COLUMNS = 6
_ADDRESS = "AdresL1"
_INLINE = ("DaneIdentyfikacyjne", "TerminOpis")
# Flags that only announce a neighbour: where that one is shown they have said their word.
ANNOUNCED = {
    "NrKSeF": "NrKSeFFaKorygowanej",
    "PlatnoscInna": "OpisPlatnosci",
    "TransportInny": "OpisInnegoTransportu",
    "LadunekInny": "OpisInnegoLadunku",
    "RolaInna": "OpisRoli",
}


def blocks(reader: Reader, title: str = "") -> list[Block]:
    """What is left of a group: its own block first, then one for each group below."""
    own = Block(title)
    below: list[Block] = []
    node = reader.node()
    for child in node.children if node else ():
        _child(reader, child, own, below)
    return [block for block in [own, *below] if block]


def facts(reader: Reader) -> list[Fact]:
    """What is left of a group as facts alone; labels of deeper ones carry their group's name."""
    found = []
    for block in blocks(reader):
        prefix = f"{block.title}: " if block.title else ""
        found += [Fact(prefix + fact.label, fact.text, fact.kind) for fact in block.facts]
        for table in block.tables:
            found += _table_facts(table)
    return found


def _table_facts(table: Table) -> list[Fact]:
    return [
        Fact(f"{table.caption} {number}: {column.label}", cell.text)
        for number, line in enumerate(table.lines, 1)
        for column, cell in zip(table.columns, line.cells, strict=True)
        if cell.text
    ]


def address(reader: Reader) -> list[str]:
    """An address as lines: street, then town with country; GLN last."""
    first = reader.value(_ADDRESS)
    last = ", ".join(filter(None, [reader.value("AdresL2"), reader.value("KodKraju")]))
    gln = reader.value("GLN")
    return [line for line in (first, last, gln and f"GLN {gln}") if line]


def _child(reader: Reader, child: Node, own: Block, below: list[Block]) -> None:
    if child.is_leaf:
        own.facts.extend(_leaf(reader, child))
    elif child.is_list:
        _list(reader, child, own, below)
    elif (group := reader.at(child.name)).has_left():
        if _ADDRESS in child.by_name:
            own.facts.append(Fact(reader.label(child.name), ", ".join(address(group))))
        elif child.name in _INLINE:
            own.facts.extend(facts(group))
        else:
            below.extend(blocks(group, _joined(own.title, reader.label(child.name))))


def _joined(*titles: str) -> str:
    return " · ".join(filter(None, titles))


def _leaf(reader: Reader, child: Node) -> list[Fact]:
    if child.is_list:
        unseen = any(path.startswith(f"{child.name}[") for path, _ in reader.left())
        texts = reader.values(child.name) if unseen else []
        return [Fact(reader.label(child.name), ", ".join(texts))] if texts else []
    if reader.path(child.name) in reader.shown:
        return []
    if ANNOUNCED.get(child.name) in reader.dict:
        reader.raw(child.name)
        return []
    return reader.fact(child.name)


def _list(reader: Reader, child: Node, own: Block, below: list[Block]) -> None:
    items = [item for item in reader.each(child.name) if item.has_left()]
    label = reader.label(child.name)
    if _ADDRESS in child.by_name:
        own.facts.extend(Fact(label, ", ".join(address(item))) for item in items)
    elif len(items) > 1 and (table := as_table(items, child, label)):
        own.tables.append(table)
    else:
        for number, item in enumerate(items, 1):
            title = label if len(items) == 1 else f"{label} {number}"
            below.extend(blocks(item, _joined(own.title, title)))


def as_table(items: list[Reader], node: Node, caption: str) -> Table | None:
    """Groups of leaves as a table with the columns they have, None where they do not fit."""
    used = _columns(items, node)
    if len(used) > TABLE_COLUMNS or not all(child.is_leaf and not child.is_list for child in used):
        return None
    columns = [Column(items[0].label(c.name), c.facets.base == "decimal") for c in used]
    pairs = list(zip(used, columns, strict=True))
    lines = [Line([Cell(item.value(c.name), col.number) for c, col in pairs]) for item in items]
    return Table(columns, lines, caption=caption)


def _columns(items: list[Reader], node: Node) -> list[Node]:
    """The elements that occur, less flags that their neighbour makes plain on every line."""
    plain = {
        flag
        for flag, by in ANNOUNCED.items()
        if all(by in item.dict for item in items if flag in item.dict)
    }
    for item in items:
        for flag in plain:
            item.raw(flag)
    used = [child for child in node.children if child.name not in plain]
    return [child for child in used if any(child.name in item.dict for item in items)]


def leftovers(root: Reader) -> Block:
    """Last of all: leaves that no schema shape led to, as a draft or a newer file may hold."""
    found = [
        Fact(labels.of(root.path(path), root.language), printable(text))
        for path, text in root.left()
    ]
    return Block(facts=found)
