"""UPO v4-3: the official confirmation, signed by the simulator's own seal."""

import json

import xmlsec
from cryptography.hazmat.primitives import serialization
from cryptography.x509 import load_der_x509_certificate
from lxml import etree
from werkzeug import Response

from simulator import clock, crypto, invoices, jwts, keys, numbers, processing, sessions, shapes
from simulator.errors import Invalid, Problem, unauthorized
from simulator.store import Row, Store, insert
from simulator.web import Call, xml_response

NAMESPACE = "http://upo.schematy.mf.gov.pl/KSeF/v4-3"
# MF's own samples of the test environment extend the name that the schema fixes; so do we,
# because nobody may take this document for a real confirmation.
RECEIVER = "Ministerstwo Finansów - symulator KSeF (dokument bez mocy prawnej)"
STRUCTURE = "Schemat_FA(3)_v1-0E.xsd"
MAX_DOCUMENTS = 10_000
CONFIRMED = (
    "seller, ksef_number, invoice_number, issued_on, sent_at, acquired_at, hash, mode, ordinal"
)
_CONTEXTS = {
    "Nip": "Nip",
    "InternalId": "IdWewnetrzny",
    "NipVatUe": "IdZlozonyVatUE",
    "PeppolId": "IdDostawcyUslugPeppol",
}


def by_invoice(call: Call, referenceNumber: str, invoiceReferenceNumber: str) -> Response:
    """GET /sessions/{referenceNumber}/invoices/{invoiceReferenceNumber}/upo."""
    row = invoices.find(call, referenceNumber, invoiceReferenceNumber)
    return _of_invoice(
        call, row, f"UPO dla faktury {invoiceReferenceNumber} nie zostało znalezione."
    )


def by_ksef_number(call: Call, referenceNumber: str, ksefNumber: str) -> Response:
    """GET /sessions/{referenceNumber}/invoices/ksef/{ksefNumber}/upo."""
    shapes.text(35, 36, numbers.KSEF_NUMBER.pattern)(ksefNumber, "ksefNumber")
    sessions.readable(call, referenceNumber)
    row = call.store.row(
        "SELECT * FROM invoices WHERE session = ? AND ksef_number = ?", referenceNumber, ksefNumber
    )
    return _of_invoice(
        call,
        row,
        f"UPO o numerze KSeF {ksefNumber} i numerze referencyjnym sesji {referenceNumber} "
        "nie zostało znalezione.",
    )


def _of_invoice(call: Call, row: Row | None, missing: str) -> Response:
    if row is None or row["code"] != 200 or row["upo_at"] > clock.stamp(clock.now()):
        raise Invalid(21178, missing)
    return _answer(invoice_upo(call.store, row))


def by_page(call: Call, referenceNumber: str, upoReferenceNumber: str) -> Response:
    """GET /sessions/{referenceNumber}/upo/{upoReferenceNumber}."""
    shapes.reference(upoReferenceNumber, "upoReferenceNumber")
    sessions.readable(call, referenceNumber)
    page = call.store.row(
        "SELECT * FROM upos WHERE reference = ? AND session = ? AND page IS NOT NULL",
        upoReferenceNumber,
        referenceNumber,
    )
    if page is None:
        raise Invalid(
            21178,
            f"UPO o numerze referencyjnym {upoReferenceNumber} dla sesji {referenceNumber} "
            "nie zostało znalezione.",
        )
    return _answer(session_upo(call.store, page))


def download(call: Call, token: str) -> Response:
    """GET /download/upo/…: the link of a status answer; no bearer token, no limits."""
    try:
        reference = jwts.read(call.store, token, "download")["sub"]
    except Problem as error:
        raise unauthorized("Link jest nieprawidłowy albo wygasł.") from error
    processing.settle(call.world)
    invoice = call.store.row("SELECT * FROM invoices WHERE reference = ?", reference)
    if invoice is not None:
        return _answer(invoice_upo(call.store, invoice))
    page = call.store.row("SELECT * FROM upos WHERE reference = ?", reference)
    if page is None:
        raise Problem(404, "Nie ma takiego UPO.")
    return _answer(session_upo(call.store, page))


def _answer(row: Row) -> Response:
    return xml_response(row["xml"], row["hash"])


def invoice_upo(store: Store, invoice: Row) -> Row:
    """The UPO of one accepted invoice, made once."""
    question = "SELECT * FROM upos WHERE invoice = ?"
    found = store.row(question, invoice["reference"])
    if found is None:
        xml = _sign(store, _document(store, invoice["session"], [invoice], None))
        with store.write() as db:
            if db.execute(question, (invoice["reference"],)).fetchone() is None:
                insert(
                    db,
                    "upos",
                    reference=numbers.reference("UP", clock.warsaw_day(clock.now())),
                    session=invoice["session"],
                    invoice=invoice["reference"],
                    xml=xml,
                    hash=crypto.sha256(xml),
                )
        found = store.row(question, invoice["reference"])
    return found


def session_upo(store: Store, page: Row) -> Row:
    """The collective UPO of a session, made once."""
    if page["hash"]:
        return page
    accepted = store.rows(
        f"SELECT {CONFIRMED} FROM invoices WHERE session = ? "  # noqa: S608
        "AND ksef_number IS NOT NULL ORDER BY ordinal LIMIT ? OFFSET ?",
        page["session"],
        (page["last"] or MAX_DOCUMENTS) - page["first"] + 1,
        page["first"] - 1,
    )
    xml = _sign(store, _document(store, page["session"], accepted, page))
    with store.write() as db:
        db.execute(
            "UPDATE upos SET xml = ?, hash = ? WHERE reference = ? AND hash = ''",
            (xml, crypto.sha256(xml), page["reference"]),
        )
    return store.row("SELECT * FROM upos WHERE reference = ?", page["reference"])


def _document(store: Store, session: str, accepted: list[Row], page: Row | None) -> etree._Element:
    row = store.row(
        "SELECT sessions.*, token, document_hash FROM sessions JOIN authentications "
        "ON authentications.reference = authentication WHERE sessions.reference = ?",
        session,
    )
    root = etree.Element(f"{{{NAMESPACE}}}Potwierdzenie", nsmap={None: NAMESPACE})
    _add(root, "NazwaPodmiotuPrzyjmujacego", RECEIVER)
    _add(root, "NumerReferencyjnySesji", session)
    _add_authentication(root, row)
    if page:
        _add_range(root, page, len(accepted), _documents(store, session))
    _add(root, "NazwaStrukturyLogicznej", STRUCTURE)
    _add(root, "KodFormularza", json.loads(row["form"])["systemCode"])
    for invoice in accepted:
        _add_invoice(root, invoice)
    return root


def _add_authentication(root: etree._Element, row: Row) -> None:
    authentication = _add(root, "Uwierzytelnienie")
    _add(_add(authentication, "IdKontekstu"), _CONTEXTS[row["context_type"]], row["context"])
    if row["token"]:
        _add(authentication, "NumerReferencyjnyTokenaKSeF", row["token"])
    else:
        _add(authentication, "SkrotDokumentuUwierzytelniajacego", row["document_hash"])


def _documents(store: Store, session: str) -> int:
    question = "SELECT COUNT(ksef_number) AS documents FROM invoices WHERE session = ?"
    return store.row(question, session)["documents"]


def _add_range(root: etree._Element, page: Row, count: int, total: int) -> None:
    described = _add(root, "OpisPotwierdzenia")
    _add(described, "Strona", str(page["page"]))
    _add(described, "LiczbaStron", str(page["pages"]))
    _add(described, "ZakresDokumentowOd", str(page["first"]))
    # The schema's words say "exclusive", every sample of MF is inclusive.
    _add(described, "ZakresDokumentowDo", str(page["first"] + count - 1))
    _add(described, "CalkowitaLiczbaDokumentow", str(total))


def _add_invoice(root: etree._Element, row: Row) -> None:
    document = _add(root, "Dokument")
    _add(document, "NipSprzedawcy", row["seller"])
    _add(document, "NumerKSeFDokumentu", row["ksef_number"])
    _add(document, "NumerFaktury", row["invoice_number"])
    _add(document, "DataWystawieniaFaktury", row["issued_on"])
    _add(document, "DataPrzeslaniaDokumentu", _local(row["sent_at"]))
    _add(document, "DataNadaniaNumeruKSeF", _local(row["acquired_at"]))
    _add(document, "SkrotDokumentu", row["hash"])
    _add(document, "TrybWysylki", row["mode"])


def _add(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    child = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    child.text = text
    return child


def _local(stamp: str) -> str:
    return clock.parse(stamp).astimezone(clock.WARSAW).isoformat(timespec="milliseconds")


def _sign(store: Store, root: etree._Element) -> bytes:
    """XMLDSig, enveloped, ECDSA-SHA256, with the certificate of the simulator's seal."""
    signature = xmlsec.template.create(
        root, xmlsec.constants.TransformExclC14N, xmlsec.constants.TransformEcdsaSha256, ns="ds"
    )
    root.append(signature)
    reference = xmlsec.template.add_reference(signature, xmlsec.constants.TransformSha256, uri="")
    xmlsec.template.add_transform(reference, xmlsec.constants.TransformEnveloped)
    xmlsec.template.add_transform(reference, xmlsec.constants.TransformExclC14N)
    xmlsec.template.add_x509_data(xmlsec.template.ensure_key_info(signature))
    context = xmlsec.SignatureContext()
    context.key = _seal(store)
    context.sign(signature)
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)


def _seal(store: Store) -> xmlsec.Key:
    private = serialization.load_der_private_key(keys.secret(store, "seal.key"), None)
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    key = xmlsec.Key.from_memory(pem, xmlsec.KeyFormat.PEM, None)
    certificate = load_der_x509_certificate(keys.secret(store, "seal.crt"))
    key.load_cert_from_memory(
        certificate.public_bytes(serialization.Encoding.PEM), xmlsec.KeyFormat.PEM
    )
    return key
