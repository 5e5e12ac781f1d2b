"""Who stands on the document: name, address, identifiers, contacts of each party."""

from invoices.render import groups, labels, tongues
from invoices.render.parts import Block, Fact, Section
from invoices.render.reader import Reader


def section(root: Reader) -> Section:
    """Seller, buyer, third parties and the authorised one."""
    found = [
        _party(root.at("Podmiot1"), root.label("Podmiot1")),
        _party(root.at("Podmiot2"), root.label("Podmiot2")),
        *[_party(third, _role(third, root.label("Podmiot3"))) for third in root.each("Podmiot3")],
        _party(
            root.at("PodmiotUpowazniony"),
            _role(root.at("PodmiotUpowazniony"), root.label("PodmiotUpowazniony"), "RolaPU"),
        ),
    ]
    return Section("parties", root.text("parties"), [party for party in found if party])


def before_correction(fa: Reader) -> list[Block]:
    """Seller and buyers as they stood on the corrected invoice."""
    seller = _party(fa.at("Podmiot1K"), fa.text("seller_before"))
    buyers = [_party(buyer, fa.text("buyer_before")) for buyer in fa.each("Podmiot2K")]
    return [party for party in [seller, *buyers] if party]


def _role(reader: Reader, label: str, element: str = "Rola") -> str:
    described = reader.value("OpisRoli")
    role = ", ".join(filter(None, [reader.value(element), described]))
    if described:
        reader.raw("RolaInna")
    return tongues.each(role, _sentence) or label


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _party(reader: Reader, title: str) -> Block:
    identity = reader.at("DaneIdentyfikacyjne")
    name = identity.value("Nazwa")
    lines = groups.address(reader.at("Adres")) + identifiers(identity, reader)
    lines += [line for contact in reader.each("DaneKontaktowe") if (line := _contact(contact))]
    others = _others(reader)
    if not (name or lines or others):
        return Block(title, [title] if reader.dict else [])
    return Block(title, [*([name] if name else []), *lines], others)


def identifiers(identity: Reader, party: Reader) -> list[str]:
    """`NIP 526-587-76-35`, `VAT DE811234567`, `ID 123 (US)`: one line each, as they are given."""
    prefix = party.value("PrefiksPodatnika")
    nip = identity.value("NIP")
    vat = identity.value("KodUE") + identity.value("NrVatUE")
    number, country = identity.value("NrID"), identity.raw("KodKraju")
    if country:
        number = f"{number} ({labels.country(country, identity.language)})"
    lines = [
        (nip or prefix) and " ".join(filter(None, ["NIP", prefix, nip])),
        vat and f"VAT {vat}",
        number and f"ID {number}",
        (internal := identity.value("IDWew")) and f"ID {internal}",
        identity.raw("BrakID") and identity.text("no_id"),
    ]
    return [line for line in lines if line]


def _contact(contact: Reader) -> str:
    mail = contact.value("Email") or contact.value("EmailPU")
    phone = contact.value("Telefon") or contact.value("TelefonPU")
    return ", ".join(filter(None, [mail, phone and f"tel. {phone}"]))


def _others(reader: Reader) -> list[Fact]:
    """What else is known of the party; the flags 2 (no) of JST and GV wait for the small print."""
    denied = [name for name in ("JST", "GV") if str(reader.dict.get(name, "")).strip() == "2"]
    return groups.facts(reader.without(*denied))
