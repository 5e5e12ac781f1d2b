"""Statements that the law orders, and the small print: what does not apply, what the file is."""

from invoices.render import groups, labels, tongues
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
    texts += [exempt.label("P_19")] if _says(exempt, "P_19", "1") else []
    texts += [fa.label(name) for name in _FLAGS if _says(fa, name, "1")]
    facts = [fact for name in ("P_19A", "P_19B", "P_19C") for fact in exempt.fact(name)]
    blocks = [Block(texts=[tongues.each(text, _sentence) for text in texts], facts=facts)]
    blocks += _vehicles(notes.at("NoweSrodkiTransportu"))
    return Section("annotations", fa.text("annotations"), [block for block in blocks if block])


def _says(place: Reader, name: str, value: str) -> bool:
    """Whether a flag has this value; only then it counts as shown."""
    found = place.dict.get(name)
    return isinstance(found, str) and found.strip() == value and bool(place.raw(name))


def _statement(notes: Reader, path: str) -> str:
    group, _, name = path.rpartition("/")
    place = notes.at(group) if group else notes
    if not _says(place, name, "1"):
        return ""
    _says(place, "P_PMarzy", "1")  # which scheme it is says that it is one
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
    file = ", ".join(filter(None, _file(root.at("Naglowek"))))
    facts += [Fact(root.text("file"), file)] if file else []
    return Section("small", "", [Block(facts=facts)] if facts else [])


def _file(head: Reader) -> list[str]:
    """Form, its version and variant, when and by which program the file was made."""
    form, text = head.at("KodFormularza"), head.raw("KodFormularza")
    return [
        form.raw("@kodSystemowy") or text,
        form.raw("@wersjaSchemy"),
        *[head.value(name) for name in ("WariantFormularza", "DataWytworzeniaFa", "SystemInfo")],
    ]


def _denial(root: Reader, path: str, no: str) -> str:
    *groups_above, name = path.split("/")
    place = root.at(*groups_above)
    if not _says(place, name, no):
        return ""
    named = place.prefix if name in _GROUP_OF_DENIAL else place.path(name)
    return tongues.small(labels.of(named, root.language))
