"""Rules that need the company's own data: its settings, numbers and earlier documents.

What registers say is known only where somebody asked them before: no check asks. So PY-04 is
silent about an account nobody looked up, and FX-03 then names the day of the rate only.
"""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from invoices.fa3 import facades, totals
from invoices.fa3 import lines as line_reader
from invoices.fa3 import tree as trees
from invoices.fa3.problems import Problem
from invoices.fa3.rates import PLN_VAT_FIELDS, VAT_FIELDS
from invoices.fa3.rules.finding import found
from invoices.fa3.rules.invoice import CORRECTIONS
from invoices.models import Document, Draft, RegisterAnswer
from invoices.services import earlier, exchange
from invoices.services.advances import advances_received
from invoices.services.lookups import account_key, known_latest
from invoices.services.lookups_fill import stated_rates
from invoices.services.proofs import MOST_ACCOUNTS
from invoices.services.self_billing import is_self_billed, seller_nip
from invoices.services.series import NUMBER, counter_get, number_format, series_get
from ksefapp.accounts.models import Company
from ksefapp.lib import money

SELLER_NIP = "Podmiot1/DaneIdentyfikacyjne/NIP"
BUYER_NIP = "Podmiot2/DaneIdentyfikacyjne/NIP"
_WITHOUT_VAT = frozenset({"", "zw", "oo", "np I", "np II"})
_MAY_CORRECT = {"VAT": "KOR", "UPR": "KOR", "ZAL": "KOR_ZAL", "ROZ": "KOR_ROZ"}
_GROSZ = Decimal("0.01")
# Art. 19 of Prawo przedsiębiorców; the white list matters above it (art. 117ba, 22p PIT, 15d CIT).
ACCOUNT_LIMIT = Decimal(15000)


def check_company(tree: trees.Tree, draft: Draft) -> Iterator[Problem]:
    """What the company's data say about an invoice; `draft` tells company and environment."""
    company, kind = draft.company, trees.text(tree, "Fa/RodzajFaktury")
    yield from _self_billing(tree, company)
    yield from _attachment(tree, company)
    if kind in CORRECTIONS:
        yield from _corrected(tree, draft, kind)
    else:
        yield from _exempt_seller(tree, company)
        yield from _rate_day(tree, draft.environment)
    yield from _cash_accounting(tree, company)
    yield from _account(tree, draft)
    if kind == "ROZ":
        yield from _advances(tree, draft)


def check_number(tree: trees.Tree, draft: Draft) -> Iterator[Problem]:
    """DT-03 to DT-05, for a number that a person chose."""
    number, kind = trees.text(tree, "Fa/P_2"), trees.text(tree, "Fa/RodzajFaktury")
    seller = seller_nip(tree, draft.company)
    rows = earlier.documents_of(draft).filter(number__iexact=number, seller_nip=seller)
    for row in rows.order_by("-issued_at")[:20]:
        if (row.number, row.kind) == (number, kind):
            yield found("DT-03", "Fa/P_2", number=number)
        elif row.number == number:
            yield found("DT-04", "Fa/P_2", number=number, kind=row.kind)
        elif row.kind == kind:
            yield found("DT-03a", "Fa/P_2", number=number, other=row.number)
    if seller == draft.company.nip:
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
    if not company.vat_exempt or is_self_billed(tree, company):
        return
    for line in line_reader.read(tree):
        if line.rate not in _WITHOUT_VAT:
            yield found("TX-04", f"{line.path}/P_12", rate=line.rate)
            return


def _cash_accounting(tree: trees.Tree, company: Company) -> Iterator[Problem]:
    is_own = trees.text(tree, SELLER_NIP) == company.nip
    if is_own and trees.text(tree, "Fa/Adnotacje/P_16") == "1" and not company.cash_accounting:
        yield found("TX-06", "Fa/Adnotacje/P_16")


def _rate_day(tree: trees.Tree, environment: str) -> Iterator[Problem]:
    """FX-03: FA(3) has no day of the rate, so it is named, and compared where NBP was asked."""
    currency = trees.text(tree, "Fa/KodWaluty")
    has_vat = any(_number(tree, f"Fa/{field}") for field in VAT_FIELDS)
    if currency in ("", "PLN") or not has_vat or facades.day(tree, "Fa/P_1") is None:
        return
    day, stated = exchange.rate_day(tree), stated_rates(tree)
    field = next((f for f in PLN_VAT_FIELDS if trees.text(tree, f"Fa/{f}")), PLN_VAT_FIELDS[0])
    path = f"Fa/{field}"
    kept = exchange.rate_kept(environment, currency, day) if stated else None
    if kept is None:
        yield found("FX-03", path, day=exchange.working_day_before(day))
    elif wrong := stated - {kept.mid}:
        mid = {"stated": f"{min(wrong):f}", "expected": f"{kept.mid:f}"}
        yield found("FX-03a", path, table=kept.table, day=kept.effective_on, **mid)


def _account(tree: trees.Tree, draft: Draft) -> Iterator[Problem]:
    """PY-04: an account of which the white list said NIE, on an invoice above 15,000 PLN."""
    gross, rate = _number(tree, "Fa/P_15"), Decimal(1)
    if trees.text(tree, "Fa/KodWaluty") not in ("", "PLN"):
        rate = max(stated_rates(tree), default=Decimal(0))
    if gross is None or money.times(gross, rate) <= ACCOUNT_LIMIT:
        return
    seller = trees.text(tree, SELLER_NIP)
    entries = trees.groups(tree, "Fa/Platnosc/RachunekBankowy")[:MOST_ACCOUNTS]
    for position, entry in enumerate(entries):
        key = account_key(seller, trees.text(entry, "NrRB"))
        row = known_latest(draft.environment, RegisterAnswer.Source.ACCOUNT, key)
        if row and not row.answer["is_assigned"]:
            path = f"Fa/Platnosc/RachunekBankowy[{position}]/NrRB"
            yield found("PY-04", path, day=row.day)


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
