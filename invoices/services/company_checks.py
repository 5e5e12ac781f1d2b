"""Rules that need the company's own data: its settings, numbers and earlier documents.

What is not known here is not guessed: no white list of accounts (PY-04), no table of NBP rates
(FX-03 names the day only), no register of cash accounting (TX-06 stays a hint).
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from invoices.fa3 import facades, totals
from invoices.fa3 import lines as line_reader
from invoices.fa3 import tree as trees
from invoices.fa3.problems import Problem
from invoices.fa3.rates import PLN_VAT_FIELDS, VAT_FIELDS
from invoices.fa3.rules.finding import found
from invoices.fa3.rules.invoice import CORRECTIONS
from invoices.models import Document, Draft
from invoices.services import earlier
from invoices.services.advances import advances_received
from invoices.services.series import NUMBER, counter_get, number_format, series_get
from ksefapp.accounts.models import Company
from ksefapp.lib import money
from offline.calendar import is_business_day

BUYER_NIP = "Podmiot2/DaneIdentyfikacyjne/NIP"
_WITHOUT_VAT = frozenset({"", "zw", "oo", "np I", "np II"})
_MAY_CORRECT = {"VAT": "KOR", "UPR": "KOR", "ZAL": "KOR_ZAL", "ROZ": "KOR_ROZ"}
_GROSZ = Decimal("0.01")


def check_company(tree: trees.Tree, draft: Draft) -> Iterator[Problem]:
    """What the company's data say about an invoice; `draft` tells company and environment."""
    company, kind = draft.company, trees.text(tree, "Fa/RodzajFaktury")
    yield from _self_billing(tree, company)
    yield from _attachment(tree, company)
    if kind in CORRECTIONS:
        yield from _corrected(tree, draft, kind)
    else:
        yield from _exempt_seller(tree, company)
        yield from _rate_day(tree)
    if kind == "ROZ":
        yield from _advances(tree, draft)


def check_number(tree: trees.Tree, draft: Draft) -> Iterator[Problem]:
    """DT-03 to DT-05, for a number that a person chose."""
    number, kind = trees.text(tree, "Fa/P_2"), trees.text(tree, "Fa/RodzajFaktury")
    rows = earlier.documents_of(draft).filter(number__iexact=number)
    for row in rows.order_by("-issued_at")[:20]:
        if (row.number, row.kind) == (number, kind):
            yield found("DT-03", "Fa/P_2", number=number)
        elif row.number == number:
            yield found("DT-04", "Fa/P_2", number=number, kind=row.kind)
        elif row.kind == kind:
            yield found("DT-03a", "Fa/P_2", number=number, other=row.number)
    yield from _gap(number, kind, facades.day(tree, "Fa/P_1"), draft.company)


def _gap(number: str, kind: str, issued_on: date | None, company: Company) -> Iterator[Problem]:
    """A number of the company's own series that is not the next one (art. 106e ust. 1 pkt 2)."""
    if issued_on is None or kind not in {*_MAY_CORRECT, *CORRECTIONS}:
        return
    series = series_get(company=company, kind=kind)
    dated = re.escape(number_format(NUMBER.sub("\0", series.pattern), 0, issued_on))
    match = re.fullmatch(dated.replace("\0", "([0-9]{1,9})"), number)
    following = counter_get(series, issued_on).next_number
    if match and int(match[1]) > following:
        yield found("DT-05", "Fa/P_2", next=number_format(series.pattern, following, issued_on))


def _self_billing(tree: trees.Tree, company: Company) -> Iterator[Problem]:
    is_marked = trees.text(tree, "Fa/Adnotacje/P_17") == "1"
    if is_marked and trees.text(tree, BUYER_NIP) != company.nip:
        yield found("ID-18", "Fa/Adnotacje/P_17")


def _attachment(tree: trees.Tree, company: Company) -> Iterator[Problem]:
    if trees.get(tree, "Zalacznik") and company.attachments_notified_on is None:
        yield found("TF-06", "Zalacznik")


def _exempt_seller(tree: trees.Tree, company: Company) -> Iterator[Problem]:
    if not company.vat_exempt:
        return
    for line in line_reader.read(tree):
        if line.rate not in _WITHOUT_VAT:
            yield found("TX-04", f"{line.path}/P_12", rate=line.rate)
            return


def _rate_day(tree: trees.Tree) -> Iterator[Problem]:
    """FX-03: FA(3) has no field for the day of the rate, so it can be named but not compared."""
    currency = trees.text(tree, "Fa/KodWaluty")
    has_vat = any(_number(tree, f"Fa/{field}") for field in VAT_FIELDS)
    issued, supplied = (facades.day(tree, f"Fa/{field}") for field in ("P_1", "P_6"))
    supplied = supplied or facades.day(tree, "Fa/OkresFa/P_6_Do")
    if currency in ("", "PLN") or not has_vat or issued is None:
        return
    day = min(issued, supplied or issued) - timedelta(days=1)
    while not is_business_day(day):
        day -= timedelta(days=1)
    field = next((f for f in PLN_VAT_FIELDS if trees.text(tree, f"Fa/{f}")), PLN_VAT_FIELDS[0])
    yield found("FX-03", f"Fa/{field}", day=day)


def _corrected(tree: trees.Tree, draft: Draft, kind: str) -> Iterator[Problem]:
    """KO-03, KO-05, KO-06, KO-10 and FX-06: against the documents that are corrected."""
    for position, entry, original in earlier.corrected(tree, draft):
        path = f"Fa/DaneFaKorygowanej[{position}]"
        if trees.text(entry, "NrKSeFN") == "1" and original.ksef_number:
            yield found("KO-03", f"{path}/NrKSeFN", number=original.ksef_number)
        right = _MAY_CORRECT.get(original.kind)
        if right is None:
            yield found("KO-05", path, number=original.number)
        elif right != kind:
            values = {"number": original.number, "kind": original.kind, "right": right}
            yield found("KO-06", "Fa/RodzajFaktury", **values)
        yield from _other_buyer(tree, original)
        yield from _other_rate(tree, original)


def _other_buyer(tree: trees.Tree, original: Document) -> Iterator[Problem]:
    was, now = earlier.buyer_nip(original), trees.text(tree, BUYER_NIP)
    if was and now and was != now:
        yield found("KO-10", BUYER_NIP)


def _other_rate(tree: trees.Tree, original: Document) -> Iterator[Problem]:
    """A rebate of a whole period may be converted afresh (art. 31b ust. 2)."""
    currency = trees.text(tree, "Fa/KodWaluty")
    if currency in ("", "PLN") or trees.text(tree, "Fa/OkresFaKorygowanej"):
        return
    right = earlier.exchange_rates(original)
    for path, rate in _exchange_rates(tree):
        if right and rate not in right:
            yield found("FX-06", path, stated=f"{rate:f}", expected=f"{min(right):f}")
            return


def _exchange_rates(tree: trees.Tree) -> Iterator[tuple[str, Decimal]]:
    for position, line in enumerate(trees.groups(tree, "Fa/FaWiersz")):
        rate = line_reader.number(line, "KursWaluty")
        if rate is not None:
            yield f"Fa/FaWiersz[{position}]/KursWaluty", rate


def _advances(tree: trees.Tree, draft: Draft) -> Iterator[Problem]:
    """AD-08 and AD-10, where it is known what all the advances came to."""
    whole = totals.gross_of_lines(line_reader.read(tree))
    received = advances_received(tree, draft)
    due = _number(tree, "Fa/P_15")
    if whole is None or received is None or due is None:
        return
    if received > whole:
        yield found("AD-10a", "Fa/FakturaZaliczkowa", stated=received, expected=whole)
    # Each invoice rounded its tax by itself.
    elif abs(whole - received - due) > 5 * _GROSZ and due < whole:
        yield found("AD-08a", "Fa/P_15", stated=due, expected=whole - received)


def _number(tree: trees.Tree, path: str) -> Decimal | None:
    return money.parse(trees.text(tree, path))
