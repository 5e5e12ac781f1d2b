"""A backlog leaves: calls, simulated time and memory for 1, 100, 1,000 and 10,000 invoices.

    .venv/bin/python benchmarks/backlog.py [COUNT …] [--one-by-one COUNT …]

One company, the limits of production, a real simulator. Nobody sleeps for a limit: when nothing
is due the clock that both programs share is put forward to the next instant at which something
is. Only while the simulator works on a package does time pass as it passes. Calls
are those that KSeF counts, from the login to the last number; those for the UPO come after it
and are counted apart. Memory is the peak of the process that sends. Beside it the same by
interactive sessions alone; what the limit of 180 sends an hour makes last for hours is computed
from that limit: a call to send and one to ask for each invoice.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter, sleep

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
NIP = "5265877635"
NEVER = "1000000000"
COUNTS = (1, 100, 1_000, 10_000)
ONE_BY_ONE = (1, 100)
COMPUTED = (1_000, 10_000)
SENDS_AN_HOUR = 180
LOGIN_AND_SESSION = 9
HEAD = (
    "way          invoices  accepted  calls  UPO calls  simulated s  wall s  peak MB  "
    "calls by group"
)


def main() -> None:
    """Runs all counts and prints a line for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("counts", nargs="*", type=int, default=COUNTS)
    parser.add_argument("--one-by-one", nargs="*", type=int, default=ONE_BY_ONE)
    parser.add_argument("--inside", nargs=2, metavar=("STEP", "COUNT"), help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.inside:
        print(json.dumps(inside(wanted.inside[0], int(wanted.inside[1]))))
        return
    print(HEAD)
    for count in wanted.counts:
        report("planned", count, measured(count, {}))
    for count in wanted.one_by_one:
        report("one by one", count, measured(count, {"KSEF_BATCH_FROM": NEVER}))
    for count in COMPUTED:
        hours = (count - 1) // SENDS_AN_HOUR
        calls = LOGIN_AND_SESSION + 2 * count
        print(f"one by one, computed: {count} invoices, at least {calls} calls and {hours} hours")


def report(way: str, count: int, found: dict) -> None:
    """One line of the table."""
    groups = ", ".join(f"{name} {calls}" for name, calls in sorted(found["groups"].items()))
    print(
        f"{way:<11} {count:>9} {found['accepted']:>9} {found['calls']:>6} {found['upo_calls']:>10} "
        f"{found['simulated']:>12.0f} {found['wall']:>7.1f} {found['peak_mb']:>8.0f}  {groups}",
        flush=True,
    )


def measured(count: int, settings: dict[str, str]) -> dict:
    """A house of its own for one measurement."""
    with tempfile.TemporaryDirectory(prefix="backlog-") as folder:
        from simulator.seed import seed
        from tests.simulator_support import process

        place = Path(folder)
        (place / "data").mkdir(mode=0o700)
        (place / "clock").write_text("0")
        clock = {"KSEF_TEST_CLOCK": str(place / "clock")}
        token = seed(place / "simulator", NIP).token
        with process(place / "simulator", env=os.environ | clock) as simulator:
            env = os.environ | clock | settings
            env |= {
                "KSEF_DATA_DIR": str(place / "data"),
                "KSEF_SIMULATOR_URL": simulator.url,
                "DJANGO_SETTINGS_MODULE": "ksefapp.settings",
                "KSEF_LOG_LEVEL": "ERROR",
                "BACKLOG_TOKEN": token,
            }
            run("fill", count, env)
            return run("send", count, env)


def run(step: str, count: int, env: dict[str, str]) -> dict:
    """A step in a process of its own, so that one does not weigh on the other's memory."""
    command = [sys.executable, __file__, "--inside", step, str(count)]
    done = subprocess.run(command, env=env, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def inside(step: str, count: int) -> dict:
    """What the process of a step does."""
    import django

    django.setup()
    return fill(count) if step == "fill" else send()


def fill(count: int) -> dict:
    """The company, its token, and invoices as the issue leaves them."""
    from django.core.management import call_command

    from auth_ksef.credentials import token_add
    from ksefapp.accounts.models import Company, Membership, User
    from ksefapp.accounts.roles import Role

    call_command("migrate", verbosity=0)
    user = User.objects.create_user("backlog@example.com", "x" * 20)
    company = Company.objects.create(nip=NIP, name="Sosna", address_l1="ul. Leśna 4, Warszawa")
    Membership.objects.create(user=user, company=company, role=Role.OWNER)
    token_add(company=company, token=os.environ["BACKLOG_TOKEN"], added_by=user)
    tree = _tree(company)
    for start in range(0, count, 500):
        _issue(company, user, tree, range(start, min(start + 500, count)))
    return {}


def _tree(company) -> dict:
    from invoices.fa3 import totals
    from invoices.services.seller import invoice_start
    from ksefapp.lib import clock

    tree = invoice_start(company, today=clock.today())
    tree["Naglowek"]["DataWytworzeniaFa"] = clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    tree["Podmiot2"] |= {
        "DaneIdentyfikacyjne": {"NIP": "1111111111", "Nazwa": "Nabywca"},
        "Adres": {"KodKraju": "PL", "AdresL1": "ul. Rynkowa 8"},
    }
    line = {"P_7": "Blat", "P_8A": "szt.", "P_8B": "1", "P_9A": "100.00", "P_12": "23"}
    tree["Fa"]["FaWiersz"] = [line | {"NrWierszaFa": str(n + 1)} for n in range(5)]
    tree["Fa"]["P_1"] = clock.today().isoformat()
    return totals.compute(tree)


def _issue(company, user, tree: dict, numbers: range) -> None:
    import hashlib
    from decimal import Decimal

    from invoices.fa3.build import build
    from invoices.fa3.validate import validate
    from invoices.models import Document, DocumentXml, Submission
    from ksefapp.lib import clock

    documents, files = [], []
    for number in numbers:
        tree["Fa"]["P_2"] = f"B/{number}"
        xml = build(tree)
        document = Document(
            company=company,
            environment="simulator",
            kind="VAT",
            number=f"B/{number}",
            issued_on=clock.today(),
            issued_by=user,
            sha256=hashlib.sha256(xml).hexdigest(),
            seller_nip=NIP,
            currency="PLN",
            **dict.fromkeys(("net", "vat", "gross"), Decimal(0)),
        )
        documents.append(document)
        files.append(DocumentXml(document=document, content=xml))
    if problems := validate(xml):
        raise SystemExit(f"the invoices are not valid: {problems}")
    Document.objects.bulk_create(documents)
    DocumentXml.objects.bulk_create(files)
    Submission.objects.bulk_create(
        Submission(document=one, environment="simulator") for one in documents
    )


def send() -> dict:
    """Works as the workers do until each invoice has its number and its UPO."""
    from auth_ksef.models import QuotaCall
    from invoices.models import Document, Submission
    from ksefapp.lib import clock

    started, wall = clock.now(), perf_counter()
    _until(lambda: not Submission.objects.exclude(state="accepted").exists())
    simulated, wall = clock.now() - started, perf_counter() - wall
    calls = list(QuotaCall.objects.values_list("group", flat=True))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    _until(lambda: not Document.objects.filter(upo=None).exists(), upo=True)
    return {
        "accepted": Document.objects.exclude(ksef_number=None).count(),
        "calls": len(calls),
        "groups": {name: calls.count(name) for name in set(calls)},
        "upo_calls": QuotaCall.objects.count() - len(calls),
        "simulated": simulated.total_seconds(),
        "wall": wall,
        "peak_mb": peak,
    }


def _until(done, *, upo: bool = False) -> None:
    from invoices.models import Chore
    from invoices.services import chores, sweep
    from ksefapp.accounts.models import Company

    company = Company.objects.get()
    while not done():
        sweep.stale_release()
        worked = sweep.company_work(company)
        if upo:
            Chore.objects.filter(kind="print").delete()
            worked += chores.chores_run()
        if not worked:
            _forward(upo)


def _forward(upo: bool) -> None:
    """To the next instant at which something is due; a worker's round takes two seconds."""
    from datetime import timedelta

    from invoices.models import Chore, KsefSession, Submission
    from ksefapp.lib import clock

    if KsefSession.objects.filter(last_code=150, final_code=None).exists():
        sleep(0.5)
        return
    now = clock.now()
    waits = [
        *Submission.objects.filter(not_before__gt=now).values_list("not_before", flat=True),
        *KsefSession.objects.filter(not_before__gt=now).values_list("not_before", flat=True),
    ]
    if upo:
        waits += Chore.objects.filter(done_at=None).values_list("not_before", flat=True)
    step = max(timedelta(seconds=2), min(waits, default=now) - now)
    file = Path(os.environ["KSEF_TEST_CLOCK"])
    fresh = file.with_suffix(".new")
    fresh.write_text(str((clock.offset() + step).total_seconds()))
    fresh.replace(file)


if __name__ == "__main__":
    main()
