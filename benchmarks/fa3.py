"""How long writing, checking, reading and saving FA(3) takes, against what its tools need alone.

    .venv/bin/python benchmarks/fa3.py [--quick]

Medians of processor time in one process, the rivals in turn, warm. Exits 1 when a limit is missed.

* "ksef-client": the `to_xml(xsd_validate=True)` of that package, from its own invoice object. Ours
  is `build` + `validate` + SHA-256 from a tree of the same elements and texts.
* "bare lxml, write": `etree.tostring` of the finished element tree and `XMLSchema.validate` of the
  same tree with a compiled schema: no building, no parsing, no hash.
* "bare lxml, read": `etree.fromstring` with lxml's defaults, none of our checks, no tree of dicts.
* "save", "open": a draft of 1,000 lines through Django's test client, the real views, templates
  and middleware, on a temporary SQLite database: the whole answer.
"""

import argparse
import hashlib
import os
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from time import process_time

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
BLOCK_SECONDS = 0.01
WARMING = 5  # calls before a block, so that the rival's leftovers in the caches count for nobody
ROUNDS, QUICK_ROUNDS = 61, 15
PAGE_ROUNDS, QUICK_PAGE_ROUNDS = 5, 1
PAGE_LINES = 1000
FASTER_THAN_CLIENT, TIMES_BARE_WRITE, TIMES_BARE_READ, PAGE_SECONDS = 20, 4, 3, 1

Work = Callable[[], object]


def main() -> int:
    """Prints the table; 1 if any limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    quick = parser.parse_args().quick
    rounds = QUICK_ROUNDS if quick else ROUNDS
    kept = [written(rounds), against_client(rounds), read(rounds)]
    validated(rounds)
    kept += pages(QUICK_PAGE_ROUNDS if quick else PAGE_ROUNDS)
    if os.getloadavg()[0] > (os.cpu_count() or 1):
        print("This machine is busy: others empty its caches, and the short ratios come out worse.")
    return 0 if all(kept) else 1


def medians(works: dict[str, Work], rounds: int) -> dict[str, float]:
    """Microseconds of processor time for one call of each, all measured in turn."""
    calls = {name: _calls_in_a_block(work) for name, work in works.items()}
    times = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            times[name].append(_timed(work, calls[name]) * 1e6)
    return {name: statistics.median(found) for name, found in times.items()}


def _timed(work: Work, calls: int) -> float:
    """Seconds of one call, from so many in a row, warm."""
    for _ in range(min(WARMING, calls)):
        work()
    start = process_time()
    for _ in range(calls):
        work()
    return (process_time() - start) / calls


def _calls_in_a_block(work: Work) -> int:
    return max(1, round(BLOCK_SECONDS / max(_timed(work, WARMING), 1e-6)))


def row(name: str, ours: float, theirs: float, limit: str, is_kept: bool) -> bool:
    """One line of the table; says whether the limit was kept."""
    ratio = max(ours, theirs) / min(ours, theirs)
    verdict = "" if is_kept else "  MISSED"
    print(f"{name:<42} {ours:>9.1f} us {theirs:>9.1f} us {ratio:>7.2f}  {limit}{verdict}")
    return is_kept


def with_lines(count: int) -> dict:
    """The tree of a valid invoice of so many lines, as `ksef-client` writes it too."""
    from invoices.fa3 import totals
    from tests.fa3_support import invoice, line

    tree = invoice()
    tree["Naglowek"] |= {"DataWytworzeniaFa": "2026-11-20T10:00:00Z", "SystemInfo": "benchmark"}
    tree["Podmiot2"]["DaneKontaktowe"] = [{"Email": "biuro@example.pl", "Telefon": "221234567"}]
    tree["Fa"] |= {"P_1M": "Warszawa", "P_6": "2026-11-19"}
    tree["Fa"]["Platnosc"] = {
        "TerminPlatnosci": [{"Termin": "2026-12-04"}],
        "FormaPlatnosci": "6",
        "RachunekBankowy": [{"NrRB": "61109010140000071219812874", "NazwaBanku": "Bank"}],
    }
    tree["Stopka"] = {"Informacje": [{"StopkaFaktury": "Kapitał zakładowy 50 000 zł"}]}
    tree["Fa"]["FaWiersz"] = [line(number, P_11Vat="23.00") for number in range(1, count + 1)]
    return totals.compute(tree)


def made(tree: dict) -> str:
    """What happens to an invoice before it may leave: written, valid, hashed."""
    from invoices import fa3

    data = fa3.build(tree)
    if fa3.validate(data):
        raise AssertionError("the benchmark's invoice is not valid")
    return hashlib.sha256(data).hexdigest()


def written(rounds: int) -> bool:
    """Building, validating and hashing against serialising and validating alone."""
    from lxml import etree

    import schemas
    from invoices import fa3

    kept = []
    print(f"{'':<42} {'ours':>12} {'theirs':>12} {'ratio':>7}")
    for count in (5, 100, 1000):
        tree = with_lines(count)
        root = etree.fromstring(fa3.build(tree))
        schema = schemas.fa3_schema()

        def bare(root=root, schema=schema) -> None:
            etree.tostring(root, xml_declaration=True, encoding="UTF-8")
            schema.validate(root)

        found = medians({"ours": lambda tree=tree: made(tree), "bare": bare}, rounds)
        ours, theirs = found["ours"], found["bare"]
        is_kept = ours <= TIMES_BARE_WRITE * theirs
        limit = f"at most {TIMES_BARE_WRITE}"
        kept.append(row(f"write, {count} lines, bare lxml", ours, theirs, limit, is_kept))
    return all(kept)


def against_client(rounds: int) -> bool:
    """The same five lines by `ksef-client` with its own validation."""
    from ksef_client.documents.fa3 import FA3Invoice

    from invoices import fa3

    theirs = FA3Invoice.from_xml(fa3.build(with_lines(5)))
    tree = fa3.parse(theirs.to_xml(xsd_validate=True))
    works = {
        "ours": lambda: made(tree),
        "theirs": lambda: theirs.to_xml(xsd_validate=True),
    }
    found = medians(works, rounds)
    is_kept = found["theirs"] >= FASTER_THAN_CLIENT * found["ours"]
    limit = f"at least {FASTER_THAN_CLIENT}"
    return row("write, 5 lines, ksef-client", found["ours"], found["theirs"], limit, is_kept)


def read(rounds: int) -> bool:
    """Reading into a tree, with all limits and checks, against parsing alone.

    The limit is for five lines. Of longer ones the ratio is shown: so many objects do not fit
    the caches that a busy machine shares, which the bare parser hardly notices.
    """
    from lxml import etree

    from invoices import fa3

    kept = True
    for count in (5, 100, 1000):
        data = fa3.build(with_lines(count))
        works = {
            "ours": lambda data=data: fa3.parse(data),
            "bare": lambda data=data: etree.fromstring(data),
        }
        found = medians(works, rounds)
        is_kept = found["ours"] <= TIMES_BARE_READ * found["bare"] or count > 5
        limit = f"at most {TIMES_BARE_READ}" if count == 5 else ""
        kept &= row(f"read, {count} lines", found["ours"], found["bare"], limit, is_kept)
    return kept


def validated(rounds: int) -> None:
    """Validating bytes, parsing included: no limit, but it must grow with the lines only."""
    from invoices import fa3

    for count in (1000, 10_000):
        data = fa3.build(with_lines(count))
        found = medians({"validate": lambda data=data: fa3.validate(data)}, min(rounds, 11))
        print(f"validate, {count} lines, {len(data):,} bytes: {found['validate'] / 1000:.1f} ms")


def pages(rounds: int) -> list[bool]:
    """Opening and saving a long draft, as a browser with and without scripts does."""
    import django

    django.setup()
    from django.db import connection
    from django.test.utils import setup_test_environment, teardown_test_environment

    setup_test_environment()
    name = connection.creation.create_test_db(verbosity=0)
    try:
        return _pages_measured(rounds)
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)
        teardown_test_environment()


def _pages_measured(rounds: int) -> list[bool]:
    from invoices.models import Draft
    from ksefapp.accounts.models import Membership
    from tests.cast import NIP, company_made, logged_in, user_made
    from tests.form_support import boxes, draft_url

    company = company_made(NIP)
    user = user_made("halina")
    Membership.objects.create(user=user, company=company, role="owner")
    client = logged_in(user)
    draft = Draft.objects.create(
        company=company,
        created_by=user,
        environment=company.environment,
        content=with_lines(PAGE_LINES),
    )
    sent = boxes(client.get(draft_url(draft)))

    def save() -> None:
        draft.refresh_from_db()
        answer = client.post(draft_url(draft), sent | {"version": draft.version, "action": "save"})
        if answer.status_code != 302:
            raise AssertionError(f"saving answered {answer.status_code}")

    works = {"open": lambda: client.get(draft_url(draft)), "save": save}
    return [_page_row(name, _seconds(work, rounds)) for name, work in works.items()]


def _seconds(work: Work, rounds: int) -> float:
    work()
    times = []
    for _ in range(rounds):
        start = process_time()
        work()
        times.append(process_time() - start)
    return statistics.median(times)


def _page_row(name: str, seconds: float) -> bool:
    is_kept = seconds < PAGE_SECONDS
    verdict = "" if is_kept else "  MISSED"
    print(f"{name} a draft of {PAGE_LINES} lines: {seconds:.3f} s, under {PAGE_SECONDS} s{verdict}")
    return is_kept


if __name__ == "__main__":
    sys.exit(main())
