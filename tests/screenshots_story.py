"""The invented week: who works here, and the invoices that were issued before the pictures."""

from contextlib import suppress

from auth_ksef.api import ksef_api
from auth_ksef.client import SessionKey
from auth_ksef.login import access_get
from invoices.fa3 import totals
from invoices.fa3.build import build
from invoices.fa3.defaults import stamp
from invoices.models import Document, KsefSession
from invoices.services.deliver import session_close, session_open
from invoices.services.drafts import draft_create
from invoices.services.issue import invoice_issue
from invoices.services.seller import invoice_start
from ksefapp.accounts.models import Company, Membership, User
from ksefapp.accounts.roles import Role
from ksefapp.lib import clock
from tests.screenshots_house import House, until

NIP = "5265877635"
NAME = "Stolarnia Wierzba sp. z o.o."
OWNER = ("Anna Zielińska", "anna@stolarnia-wierzba.example", "dąb jesion wierzba olcha")
OFFICE = ("Maria Nowak", "maria@biuro-saldo.example", "saldo bilans konto rejestr")

# The prefix 999 belongs to no tax office: these numbers are right and nobody's.
BUYERS = {
    "kawiarnia": ("9994122174", "Kawiarnia Pod Lipą Anna Kowalczyk", "ul. Rynkowa 8"),
    "hotel": ("9990582186", "Hotel Nad Rzeką sp. z o.o.", "ul. Nadbrzeżna 2"),
    "biuro": ("9992332186", "Architekci Krzywa i Wspólnicy sp.j.", "ul. Polna 17 lok. 4"),
    "szkola": ("9997612186", "Przedszkole Zielony Groszek", "ul. Ogrodowa 31"),
    "sklep": ("9996402179", "Dom i Drewno Piotr Maj", "ul. Tartaczna 5"),
}
OTHER_COMPANIES = [
    ("9993852172", "Piekarnia Rogal Jan Kłos", "ul. Piekarska 1", "05-500 Piaseczno", "production"),
    (
        "9991272186",
        "Usługi Elektryczne Wolt sp. z o.o.",
        "ul. Prosta 12",
        "02-100 Warszawa",
        "test",
    ),
    ("9998702170", "Zielone Dachy Ewa Mróz", "ul. Zielna 9", "05-820 Piastów", "simulator"),
]
# day and hour, buyer, lines (name, quantity, unit, net price, rate)
WEEK = [
    ("2026-11-16 11:20", "hotel", [("Stół dębowy 220 × 100 cm", "2", "szt.", "3450.00", "23")]),
    (
        "2026-11-17 09:45",
        "biuro",
        [("Regał na dokumenty, projekt i wykonanie", "1", "kpl.", "6800.00", "23")],
    ),
    ("2026-11-17 15:02", "szkola", [("Krzesełko bukowe dziecięce", "24", "szt.", "148.00", "23")]),
    ("2026-11-18 10:10", "sklep", [("Deska do krojenia, olejowana", "60", "szt.", "38.50", "23")]),
    ("2026-11-19 13:37", "kawiarnia", [("Naprawa lady barowej", "6", "godz.", "140.00", "23")]),
    (
        "2026-11-20 09:05",
        "hotel",
        [
            ("Drzwi jesionowe z ościeżnicą", "8", "szt.", "1290.00", "23"),
            ("Montaż w budynku mieszkalnym", "8", "szt.", "260.00", "8"),
        ],
    ),
]


def content(company: Company, buyer: str, lines: list[tuple], **fa) -> dict:
    """The tree of an invoice for one of the buyers."""
    nip, name, street = BUYERS[buyer]
    tree = invoice_start(company, today=clock.today())
    tree["Podmiot2"] |= {
        "DaneIdentyfikacyjne": {"NIP": nip, "Nazwa": name},
        "Adres": {"KodKraju": "PL", "AdresL1": street, "AdresL2": "05-500 Piaseczno"},
    }
    names = ("P_7", "P_8B", "P_8A", "P_9A", "P_12")
    tree["Fa"]["FaWiersz"] = [
        {"NrWierszaFa": str(number), **dict(zip(names, line, strict=True))}
        for number, line in enumerate(lines, 1)
    ]
    tree["Fa"] |= fa
    return totals.compute(tree)


def owner() -> User:
    """Who issues."""
    return User.objects.get(email=OWNER[1])


def issue(
    company: Company, buyer: str, lines: list[tuple], mode: str | None = None, **fa
) -> Document:
    """Issues it as the owner, with an earlier date accepted."""
    return issue_tree(company, content(company, buyer, lines, **fa), mode, backdated="P_1" in fa)


def issue_tree(
    company: Company, tree: dict, mode: str | None = None, *, backdated: bool = False
) -> Document:
    """Issues this content as the owner; without a mode in the company's present one."""
    draft = draft_create(company=company, content=tree, created_by=owner())
    accept = frozenset({"DT-02"} if backdated else ())
    facts = {"on": clock.today(), "accept": accept, "mode": mode}
    return invoice_issue(draft=draft, issued_by=owner(), **facts)


def in_state(document: Document, state: str) -> Document:
    """Waits for the worker."""
    rows = Document.objects.filter(pk=document.pk, submission__state=state)
    until(rows.exists, 60, f"{document.number} is not {state}")
    return rows.get()


def complete(document: Document) -> Document:
    """Waits for number, UPO and print."""
    rows = Document.objects.filter(pk=document.pk, upo__isnull=False, prints__state="numbered")
    until(rows.exists, 60, f"{document.number} did not arrive")
    return rows.first()


def live_through_the_week(house: House, company: Company) -> None:
    """A quiet week: everything arrives."""
    for when, buyer, lines in WEEK:
        house.now_is(when)
        complete(issue(company, buyer, lines))
        sessions_end(house, company)


def sessions_end(house: House, company: Company) -> None:
    """Lets minutes pass until KSeF has said how the sessions of this hour ended."""
    rows = KsefSession.objects.filter(company=company, final_code=None)
    for _minutes in range(6):
        house.later(minutes=5)
        with suppress(TimeoutError):
            until(lambda: not rows.exists(), 10)
            return
    raise TimeoutError("sessions that do not end")


def send_elsewhere(company: Company, number: str) -> None:
    """Another program sends an invoice with this number, past our own documents."""
    lines = [("Stół kawiarniany, blat okrągły 70 cm", "6", "szt.", "480.00", "23")]
    tree = content(company, "kawiarnia", lines, P_2=number, P_1=clock.today().isoformat())
    access = access_get(company=company)
    session = session_open(company, access)
    sealed = SessionKey.from_secret(session.key).seal(
        build(stamp(tree, now_utc=clock.now(), software="inny program"))
    )
    ksef_api("simulator").invoice_send(
        access=access.token, session=session.reference, invoice=sealed, offline=False
    )
    session_close(session, access)


def people(company: Company) -> None:
    """Who else works here, and the accountant's other companies."""
    rows = [
        (*OFFICE, Role.ACCOUNTANT),
        ("Jan Wierzba", "jan@stolarnia-wierzba.example", "", Role.ISSUER),
    ]
    for name, email, password, role in rows:
        user = User.objects.create_user(email, password or None, full_name=name)
        Membership.objects.create(user=user, company=company, role=role)
    office = User.objects.get(email=OFFICE[1])
    for nip, title, street, town, environment in OTHER_COMPANIES:
        other = Company.objects.create(
            nip=nip, name=title, address_l1=street, address_l2=town, environment=environment
        )
        Membership.objects.create(user=office, company=other, role=Role.ACCOUNTANT)
