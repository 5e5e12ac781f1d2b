"""The simulator's file: older ones are taken over, many callers write at once."""

import sqlite3
import threading

import httpx
import pytest

from simulator import permissions
from simulator.seed import seed
from simulator.store import ADDED, Store
from tests.simulator_support import NIP, Answer, Sender, fa3, process, zipped


def columns(store, table):
    return {row["name"] for row in store.rows(f"PRAGMA table_info({table})")}


def test_a_file_of_an_older_version_gets_what_it_lacks(tmp_path):
    store = Store(tmp_path)
    with store.write() as db:
        for index in ("invoices_codes", "upos_session", "faults_any"):
            db.execute(f"DROP INDEX IF EXISTS {index}")
        for table, column, _ in ADDED:
            db.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    store.close()
    again = Store(tmp_path)
    for table, column, _ in ADDED:
        assert column in columns(again, table)
    again.close()


def sender_of(running, token):
    client = httpx.Client(timeout=60)

    def request(method, path, **options):
        if isinstance(options.get("data"), bytes):
            options["content"] = options.pop("data")
        response = client.request(method, running.url + path, **options)
        return Answer(response.status_code, response.content, response.headers)

    sender = Sender(request)
    sender.login(token)
    return sender


OLDER = """
CREATE TABLE permissions (
    id TEXT PRIMARY KEY, context TEXT NOT NULL, holder_type TEXT NOT NULL, holder TEXT NOT NULL,
    permission TEXT NOT NULL, description TEXT NOT NULL, granted_at TEXT NOT NULL);
CREATE TABLE authorizations (
    seller TEXT NOT NULL, authorized TEXT NOT NULL, permission TEXT NOT NULL);
INSERT INTO permissions VALUES
    ('p', '1', 'Pesel', '90010112345', 'InvoiceRead', 'opis', '2026-01-01');
INSERT INTO authorizations VALUES ('1', '2', 'SelfInvoicing');
"""


def test_permissions_of_an_older_version_move_to_where_they_are_kept_now(tmp_path):
    with sqlite3.connect(tmp_path / "simulator.sqlite3") as db:
        db.executescript(OLDER)
    for _ in range(2):
        store = Store(tmp_path)
        (person,) = store.rows("SELECT * FROM grants WHERE kind = 'Person'")
        assert (person["id"], person["author_type"]) == ("p", "System")
        assert permissions.sellers_of(store, "2", permissions.SELF_INVOICING) == {"1"}
        store.close()


@pytest.mark.slow
def test_packages_and_single_invoices_at_once_number_each_invoice_once(tmp_path):
    """Two packages and an interactive session send the same numbers in different orders."""
    numbers = [f"FV/{n}" for n in range(120)]
    orders = [numbers, numbers[::-1], numbers[60:] + numbers[:60]]
    found: list[list[dict]] = []

    def by_package(sender, order):
        files = {f"{n[3:]}.xml": fa3(n) for n in order}
        session, _ = sender.send_batch(zipped(files))
        found.append(sender.invoices_of(session))

    def one_by_one(sender, order):
        session = sender.open()
        for number in order:
            sender.send(session, fa3(number))
        sender.close(session, 30)
        found.append(sender.invoices_of(session))

    with process(tmp_path, "--control") as running:
        wide = {"limits_multiplier": 1000}
        running.request("POST", "/control/settings", json=wide)
        token = seed(tmp_path, NIP).token
        works = zip((by_package, by_package, one_by_one), orders, strict=True)
        threads = [
            threading.Thread(target=work, args=(sender_of(running, token), order))
            for work, order in works
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    codes = [item["status"]["code"] for items in found for item in items]
    accepted = [i["invoiceNumber"] for items in found for i in items if i["ksefNumber"]]
    assert (sorted(accepted), len(codes)) == (sorted(numbers), 360)
    assert set(codes) == {200, 440}
