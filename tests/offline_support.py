"""What tests of the offline modes share: a day to live on, outages, a certificate for KOD II."""

from datetime import UTC, datetime

import pytest

from auth_ksef.credentials import certificate_add
from invoices.models import Document, Draft, Submission
from invoices.services.drafts import draft_create
from invoices.services.issue import invoice_issue
from ksefapp.lib import clock
from offline.journal import announcement_record, outage_enter
from tests.auth_support import pem_files
from tests.invoice_support import content

FRIDAY = "2026-11-20 19:02"  # issued then as offline24: until Monday 23 November
NUMBER = "5265877635-20261121-0100001234AB-5F"
SCHEMA = (
    "Błąd weryfikacji semantyki dokumentu faktury; The "
    "'http://crd.gov.pl/wzor/2025/06/25/13775/:P_8A' element is invalid"
)


def warsaw(text: str) -> datetime:
    """The instant of a Warsaw wall clock: `2026-11-20 19:02`."""
    return datetime.fromisoformat(text).replace(tzinfo=clock.WARSAW).astimezone(UTC)


@pytest.fixture
def at(monkeypatch, tmp_path):
    """`at("2026-11-20 19:02")`: the whole house lives at that moment of Warsaw time."""
    file = tmp_path / "clock"
    monkeypatch.setenv("KSEF_TEST_CLOCK", str(file))

    def move(text: str) -> None:
        file.write_text("0")
        file.write_text(str((warsaw(text) - clock.now()).total_seconds()))

    return move


def certified(company, user) -> None:
    """The company gets a certificate that signs KOD II."""
    crt, key = pem_files(offline=True)
    certificate_add(
        company=company,
        certificate=crt,
        key=key,
        password=None,
        owner_user=None,
        added_by=user,
        consent=False,
    )


def issue(company, user, *, mode=None, accept=("APP-kod2",), options=None, **fa) -> Document:
    """An invoice issued in a mode; without a certificate the warning is accepted."""
    tree = fa.pop("tree", None) or content(company, **fa)
    draft = draft_create(company=company, content=tree, created_by=user, options=options)
    return invoice_issue(
        draft=draft, issued_by=user, on=clock.today(), accept=frozenset(accept), mode=mode
    )


def failure(company, user, start: str, end: str | None = None, category: str = "FAILURE"):
    """An outage that a person of the company entered."""
    return outage_enter(
        company=company,
        by=user,
        category=category,
        start=warsaw(start),
        end=warsaw(end) if end else None,
        note="BIP",
    )


def announced(event: str, start: str, end: str | None = None, category: str = "FAILURE"):
    """The same from the simulator's Latarnia: a new version of the event."""
    return announcement_record(
        environment="simulator",
        event_id=event,
        message=None,
        category=category,
        start=warsaw(start),
        end=warsaw(end) if end else None,
        published=None,
        title="Awaria",
    )


def waiting(document: Document, **facts) -> Submission:
    """As if sending had failed: the row waits."""
    Submission.objects.filter(document=document).update(state="waiting", **facts)
    return row_of(document)


def row_of(document: Document) -> Submission:
    """The delivery as it stands in the database now."""
    return Submission.objects.select_related("document__company").get(document=document)


def refused(document: Document, code: int, text: str = "") -> Document:
    """KSeF's final no, with its code and words."""
    Submission.objects.filter(document=document).update(
        state="refused", last_code=code, last_text=text
    )
    return Document.objects.get(pk=document.pk)


def numbered(document: Document, number: str = NUMBER) -> None:
    """As if KSeF had accepted it."""
    Document.objects.filter(pk=document.pk).update(ksef_number=number, ksef_number_at=clock.now())
    Submission.objects.filter(document=document).update(state="accepted")


def correction(company, user, *originals: str, **entry) -> Draft:
    """A draft that corrects these numbers; as imported it says that they have none (NrKSeFN)."""
    tree = content(company)
    tree["Fa"] |= {
        "RodzajFaktury": "KOR",
        "PrzyczynaKorekty": "cena",
        "DaneFaKorygowanej": [
            {"DataWystFaKorygowanej": "2026-11-20", "NrFaKorygowanej": number}
            | (entry or {"NrKSeFN": "1"})
            for number in originals
        ],
    }
    return draft_create(company=company, content=tree, created_by=user)
