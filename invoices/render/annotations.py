"""Statements that the law orders, and the small print: what does not apply, what the file is."""

from invoices.render import groups, labels
from invoices.render.parts import Block, Fact, Section
from invoices.render.reader import Reader

# Leaves that say "no": (path, the value that means it).
_DENIALS = (
    ("Fa/Adnotacje/P_16", "2"),
    ("Fa/Adnotacje/P_17", "2"),
    ("Fa/Adnotacje/P_18", "2"),
    ("Fa/Adnotacje/P_18A", "2"),
    ("Fa/Adnotacje/Zwolnienie/P_19N", "1"),
    ("Fa/Adnotacje/NoweSrodkiTransportu/P_22N", "1"),
    ("Fa/Adnotacje/P_23", "2"),
    ("Fa/Adnotacje/PMarzy/P_PMarzyN", "1"),
    ("Podmiot2/JST", "2"),
    ("Podmiot2/GV", "2"),
)
_GROUP_OF_DENIAL = ("P_19N", "P_22N", "P_PMarzyN")
_FLAGS = ("FP", "TP", "ZwrotAkcyzy")


def section(fa: Reader) -> Section:
    """Statements in words, then exemption, new means of transport and the flags of the invoice."""
    notes = fa.at("Adnotacje")
    texts = [text for path in labels.STATEMENTS if (text := _statement(notes, path))]
    exempt = notes.at("Zwolnienie")
    texts += [exempt.label("P_19")] if exempt.raw("P_19") == "1" else []
    texts += [fa.label(name) for name in _FLAGS if fa.raw(name) == "1"]
    if texts and notes.at("PMarzy").dict.get("P_PMarzy") == "1":
        notes.at("PMarzy").raw("P_PMarzy")
    facts = [fact for name in ("P_19A", "P_19B", "P_19C") for fact in exempt.fact(name)]
    blocks = [Block(texts=[_sentence(text) for text in texts], facts=facts)]
    blocks += _vehicles(notes.at("NoweSrodkiTransportu"))
    return Section("annotations", fa.text("annotations"), [block for block in blocks if block])


def _statement(notes: Reader, path: str) -> str:
    group, _, name = path.rpartition("/")
    place = notes.at(group) if group else notes
    if str(place.dict.get(name, "")).strip() != "1":
        return ""
    place.raw(name)
    return labels.both(labels.STATEMENTS[path], notes.language)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _vehicles(vehicles: Reader) -> list[Block]:
    if vehicles.dict.get("P_22N") == "1":
        return []
    return groups.blocks(vehicles, vehicles.label("P_22")) if vehicles.has_left() else []


def small_print(root: Reader) -> Section:
    """One line of what does not apply, one on the file itself."""
    denied = [text for path, no in _DENIALS if (text := _denial(root, path, no))]
    facts = [Fact(root.text("not_applicable"), ", ".join(denied))] if denied else []
    head = root.at("Naglowek")
    form = head.at("KodFormularza")
    parts = [
        " ".join(filter(None, [head.raw("KodFormularza") and form.raw("@kodSystemowy")])),
        form.raw("@wersjaSchemy"),
        head.value("WariantFormularza"),
        head.value("DataWytworzeniaFa"),
        head.value("SystemInfo"),
    ]
    file = ", ".join(filter(None, parts))
    facts += [Fact(root.text("file"), file)] if file else []
    return Section("small", "", [Block(facts=facts)] if facts else [])


def claim(root: Reader) -> None:
    """Marks what `small_print` will show, so that the general part leaves it alone."""
    small_print(root)


def _denial(root: Reader, path: str, no: str) -> str:
    *groups_above, name = path.split("/")
    place = root.at(*groups_above)
    if str(place.dict.get(name, "")).strip() != no:
        return ""
    place.raw(name)
    label = (
        place.label(name)
        if name not in _GROUP_OF_DENIAL
        else labels.of(place.prefix, root.language)
    )
    return label if label.isupper() else label[:1].lower() + label[1:]
