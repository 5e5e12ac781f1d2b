"""Inside the house of `benchmarks/chaos.py`: issues invoices and reads rows.

One JSON command a line in, one JSON answer a line out. The process may be killed at any instant,
also in the middle of issuing: what its transaction stored is issued, the rest never was.
"""

import contextlib
import inspect
import json
import random
import sys
import traceback
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import django

django.setup()

from django.db import OperationalError, close_old_connections, connection  # noqa: E402
from django.db.models import Q  # noqa: E402

from auth_ksef.credentials import token_add  # noqa: E402
from invoices.fa3 import totals  # noqa: E402
from invoices.models import Chore, Document, Submission  # noqa: E402
from invoices.services.drafts import draft_create  # noqa: E402
from invoices.services.issue import invoice_issue  # noqa: E402
from invoices.services.seller import invoice_start  # noqa: E402
from ksefapp.accounts.models import Company, Membership, User  # noqa: E402
from ksefapp.accounts.roles import Role  # noqa: E402
from ksefapp.lib import clock  # noqa: E402

GOODS = ("Usługa księgowa", "Deska sosnowa", "Zażółć gęślą jaźń", "Transport <24 h> & rozładunek")
FAILURES: list[str] = []
HAS_MODES = "mode" in inspect.signature(invoice_issue).parameters


def setup(tokens: dict[str, str]) -> int:
    """The companies, each with a token of the simulator."""
    user = User.objects.create_user("chaos@example.com", "x" * 20, full_name="Chaos")
    for nip, token in tokens.items():
        company = Company.objects.create(
            nip=nip, name=f"Firma {nip}", address_l1="ul. Leśna 4", address_l2="00-950 Warszawa"
        )
        Membership.objects.create(user=user, company=company, role=Role.OWNER)
        token_add(company=company, token=token, added_by=user)
    return len(tokens)


def issue(seed: str, count: int) -> list[str]:
    """Issues so many varied invoices of the companies; ids of those whose issue was stored."""
    chance = random.Random(seed)  # noqa: S311 chaos that can be repeated
    companies, user = list(Company.objects.order_by("nip")), User.objects.get()
    made = [_tried(chance, chance.choice(companies), user) for _ in range(count)]
    return [str(document.pk) for document in made if document]


def _tried(chance: random.Random, company: Company, user: User) -> Document | None:
    try:
        return _issue_one(chance, company, user)
    except Exception as error:  # nothing was issued; the trial tells
        traceback.print_exc()
        if isinstance(error, OperationalError) and connection.vendor == "postgresql":
            return None  # it was restarted
        FAILURES.append(f"issuing raised {type(error).__name__}: {error}"[:300])
        return None


def failures() -> list[str]:
    """What went wrong in issuing since the last question."""
    told = list(FAILURES)
    FAILURES.clear()
    return told


def _issue_one(chance: random.Random, company: Company, user: User) -> Document:
    today = clock.today()  # once: midnight may pass while the desk writes
    tree = invoice_start(company, today=today)
    tree["Podmiot2"]["DaneIdentyfikacyjne"] = {"NIP": "1111111111", "Nazwa": "Nabywca s.c."}
    tree["Podmiot2"]["Adres"] |= {"AdresL1": f"ul. Polna {chance.randint(1, 99)}"}
    tree["Fa"]["FaWiersz"] = [
        _line(chance, number) for number in range(1, chance.choice((1, 1, 2, 5, 40)) + 1)
    ]
    draft = draft_create(company=company, content=totals.compute(tree), created_by=user)
    options = {"mode": "offline24"} if HAS_MODES and chance.random() < 0.3 else {}
    accept = frozenset({"APP-kod2", "APP-hand-over"})
    return invoice_issue(draft=draft, issued_by=user, on=today, accept=accept, **options)


def _line(chance: random.Random, number: int) -> dict:
    price = f"{chance.randint(1, 99999) / 100:.2f}"
    return {
        "NrWierszaFa": str(number),
        "P_7": chance.choice(GOODS),
        "P_8A": "szt.",
        "P_8B": str(chance.randint(1, 9)),
        "P_9A": price,
        "P_12": chance.choice(("23", "8", "5")),
    }


def documents(after: int) -> list[dict]:
    """Every delivery made after that one: what the trial issued, and what became of it."""
    rows = Submission.objects.filter(pk__gt=after).select_related("document", "session")
    return [
        {
            "pk": row.pk,
            "id": str(row.document_id),
            "number": row.document.number,
            "sha256": row.document.sha256,
            "ksef_number": row.document.ksef_number,
            "state": row.state,
            "mode": row.mode,
            "code": row.last_code,
            "text": row.last_text,
            "upo": hasattr(row.document, "upo"),
            "chores": _chores(row.document),
            "session": row.session.reference if row.session else "",
            "attempts": [
                f"{a.at:%H:%M:%S} {a.step} {a.outcome} {a.code or ''} {a.text[:60]}"
                for a in row.attempts.all()
            ],
        }
        for row in rows
    ]


def _chores(document: Document) -> list[str]:
    rows = Chore.objects.filter(document=document, done_at=None)
    return [f"{row.kind} {row.tries} {row.last_text}" for row in rows]


def standing(after: int) -> list:
    """How the documents stand that have no number or no UPO yet; [] when all is quiet."""
    prints_forget()
    rows = Submission.objects.filter(pk__gt=after)
    waits = rows.filter(~Q(state="accepted") | Q(document__upo=None))
    return [[row.pk, row.state, row.tries, row.attempts.count()] for row in waits.order_by("pk")]


def prints_forget() -> int:
    """Prints are not what is proved here, and take most of the time."""
    return Chore.objects.filter(kind=Chore.Kind.PRINT, done_at=None).update(done_at=clock.now())


def to_midnight() -> float:
    """Seconds from now to the next Warsaw midnight."""
    now = clock.warsaw(clock.now())
    following = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return (following - now).total_seconds()


COMMANDS = (setup, issue, documents, standing, failures, to_midnight)


def main() -> None:
    """Serves until the pipe closes."""
    known = {function.__name__: function for function in COMMANDS}
    with contextlib.redirect_stdout(sys.stderr):
        for line in sys.stdin:
            number, name, arguments = json.loads(line)
            close_old_connections()
            answer = known[name](*arguments)
            print(json.dumps([number, answer]), file=sys.__stdout__, flush=True)


if __name__ == "__main__":
    main()
