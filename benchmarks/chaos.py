"""Chaos: whatever dies, every issued invoice ends with exactly one KSeF number.

    .venv/bin/python benchmarks/chaos.py --trials 300 --seed 7 [--servers] [--only 42]

A real worker set (two workers, beat, a desk that issues) and a real simulator, on SQLite and the
file broker or, with --servers, on PostgreSQL and Redis. In each trial random invoices of several
companies are issued while random faults are ordered and random processes get SIGKILL, the broker
is wiped, the database restarted, the clock jumps. Then the faults end, and when all is quiet the
simulator's ledger and ours are compared. Exit status 1 if they differ in any trial.

A trial's chances come from its own seed, so that a failing one can be repeated alone (`--only`).
"""

import argparse
import base64
import json
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.chaos_house import FAST, ChaosHouse

QUIET_SECONDS = 180
STILL_SECONDS = 1.5  # when nothing has moved for so long, the clock runs ahead
STEPS = (5, 30, 60, 300, 900, 3700)
SENDING = ("session_open", "invoice_send", "session_close")
BATCH = ("batch_open", "part_upload", "batch_close")
ASKING = ("invoice_status", "session_status", "invoice_list", "upo_by_page", "auth_token")
LIES = ("html", "garbage", "gone", "shown_status")
PACKAGE_CODES = (405, 430, 435, 500)
LOST = ("drop_before", "drop_after", "error_before", "error_after", "timeout_after")


@dataclass
class Plan:
    """What happens in a trial: orders before it, and events at their seconds."""

    seed: str
    invoices: int
    faults: list[dict] = field(default_factory=list)
    events: list[tuple[float, str, object]] = field(default_factory=list)

    def told(self) -> str:
        """In a few words."""
        names = Counter(name for _, name, _ in self.events if name != "issue")
        kinds = Counter(fault["kind"] for fault in self.faults)
        return " ".join(f"{name}×{count}" for name, count in sorted((kinds + names).items()))


def plan_make(seed: str, *, servers: bool) -> Plan:
    """The trial of this seed."""
    chance = random.Random(seed)  # noqa: S311 chaos that can be repeated
    plan = Plan(seed, invoices=0)
    plan.faults = [fault_make(chance) for _ in range(chance.randint(1, 5))]
    length = chance.uniform(1.5, 4)
    for _ in range(chance.randint(1, 3)):
        count = chance.choice((1, 1, 2, 3, 5, 12, 20))
        plan.invoices += count
        plan.events.append((chance.uniform(0, length / 2), "issue", count))
    killable = ("worker1", "worker2", "worker1", "beat", "simulator", "desk")
    for _ in range(chance.randint(0, 3)):
        plan.events.append((chance.uniform(0, length), "kill", chance.choice(killable)))
    if chance.random() < 0.3:
        plan.events.append((chance.uniform(0, length), "wipe", None))
    if chance.random() < 0.3:
        plan.events.append((chance.uniform(0, length), "jump", chance.choice((6, 70, 900))))
    if chance.random() < 0.15:
        plan.events.append((chance.uniform(0, length), "midnight", None))
    if chance.random() < 0.15:
        plan.events.append((chance.uniform(0, length), "rotate", None))
    if servers and chance.random() < 0.25:
        plan.events.append((chance.uniform(0, length), "database", None))
    plan.events.sort(key=lambda event: event[0])
    return plan


def fault_make(chance: random.Random) -> dict:
    """One fault for the simulator."""
    operation = chance.choice(SENDING * 3 + BATCH * 3 + ASKING)
    count = chance.choice((1, 1, 1, 2, 4))
    kind = chance.choice(
        (*LOST * 3, *LIES, "latency", "too_many", "verdict", "package", "outage", "session")
    )
    fault = {"kind": kind, "operation": operation, "count": count}
    if kind == "timeout_after":
        fault["seconds"] = chance.uniform(0.5, 6)
    elif kind == "latency":
        fault["seconds"] = chance.uniform(0.2, 4)
    elif kind == "too_many":
        fault["retry_after"] = chance.choice((1, 5, 60, 4000))
    elif kind == "verdict":
        fault |= {"operation": "invoice_send", "code": chance.choice((405, 550))}
    elif kind == "gone":
        fault["operation"] = chance.choice(ASKING[:3])
    elif kind == "shown_status":
        fault |= {"operation": "invoice_status", "code": chance.choice((100, 150, 500, 500))}
    elif kind == "package":
        code = chance.choice(PACKAGE_CODES)
        fault |= {"kind": "session_verdict", "operation": "batch_close", "code": code}
    elif kind == "session":
        name = chance.choice(("session_unavailable", "session_expired", "slow_status", "slow_upo"))
        fault |= {"kind": name, "operation": "invoice_send"}
        if name.startswith("slow"):
            fault["seconds"] = chance.choice((2, 60))
    elif kind == "outage":
        fault |= {"count": chance.randint(1, 12)}
    return fault


class Trial:
    """One trial in a house that may serve many."""

    def __init__(self, house: ChaosHouse, plan: Plan) -> None:
        self.house, self.plan, self.before = house, plan, 0
        self.problems: list[str] = []

    def run(self, before: int) -> list[dict]:
        """Does it; returns our rows. `before` is the last delivery of earlier trials."""
        self.before = before
        self._mischief()
        self._calm()
        self._settle(before)
        rows = self._ask("documents", before)
        self.problems = compare(rows, self._ledger()) + self._ask("failures")
        return rows

    def _settle(self, before: int) -> None:
        """Waits until all is quiet; where everybody waits, the clock does not."""
        end, seen, step = time.monotonic() + QUIET_SECONDS, None, 0
        moved = time.monotonic()
        while time.monotonic() < end:
            state = self._ask("standing", before)
            if state == []:
                return
            if state != seen:
                seen, moved, step = state, time.monotonic(), 0
            elif time.monotonic() - moved > STILL_SECONDS:
                self.house.clock_set(STEPS[min(step, len(STEPS) - 1)])
                moved, step = time.monotonic(), step + 1
            time.sleep(0.2)

    def _mischief(self) -> None:
        for fault in self.plan.faults:
            self.house.control("POST", "/faults", fault)
        start = time.monotonic()
        for number, (at, name, what) in enumerate(self.plan.events):
            time.sleep(max(0, start + at - time.monotonic()))
            self._happen(number, name, what)
        if not self._ask("standing", self.before):  # the desk died before it had issued any
            self._ask("issue", f"{self.plan.seed}/more", 1)

    def _happen(self, number: int, name: str, what) -> None:
        house = self.house
        if name == "issue":  # only sent to it: it may be killed before it has done all
            house.desk.tell("issue", f"{self.plan.seed}/{number}", what)
        elif name == "kill":
            house.kill(what)
        elif name == "wipe":
            house.broker_wipe()
        elif name == "jump":
            house.clock_set(what)
        elif name == "midnight":
            house.clock_set(house.ask("to_midnight") - 1)
        elif name == "rotate":
            house.control("POST", "/keys/rotate")
        elif name == "database":
            house.database_restart()

    def _calm(self) -> None:
        self.house.await_simulator()
        self.house.control("DELETE", "/faults")
        self.house.control("POST", "/settings", FAST)

    def _ask(self, name: str, *arguments):
        return self.house.ask(name, *arguments)

    def _ledger(self) -> list[dict]:
        return self.house.control("GET", "/invoices")["invoices"]


def compare(rows: list[dict], ledger: list[dict]) -> list[str]:
    """What is wrong: lost, twice, stuck, or another number."""
    problems = []
    for row in rows:
        digest = base64.b64encode(bytes.fromhex(row["sha256"])).decode()
        entries = [entry for entry in ledger if entry["sha256"] == digest]
        taken = [entry for entry in entries if entry["code"] == 200]
        name = f"{row['number']} ({row['id'][:8]}, {row['state']})"
        if row["state"] != "accepted":
            problems.append(f"stuck: {name}: {row['code']} {row['text']}")
        if len(taken) != 1:
            problems.append(f"KSeF has it {len(taken)} times: {name}")
        elif taken[0]["ksefNumber"] != row["ksef_number"]:
            problems.append(f"another number: {name}: {row['ksef_number']}")
        if any(entry["code"] == 440 for entry in entries):
            problems.append(f"sent a second time though KSeF had it: {name}")
        if row["state"] == "accepted" and not row["upo"]:
            problems.append(f"no UPO: {name}: {row['chores']}")
    return problems


def foreign(ledger: list[dict], ours: set[str]) -> list[str]:
    """What KSeF accepted that no document of ours has."""
    hashes = {base64.b64encode(bytes.fromhex(digest)).decode() for digest in ours}
    taken = [entry for entry in ledger if entry["code"] == 200 and entry["sha256"] not in hashes]
    return [f"KSeF has an invoice that we have not: {entry['invoiceNumber']}" for entry in taken]


def main(arguments: list[str] | None = None) -> int:
    """Runs the trials; exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="this trial alone, by its number")
    parser.add_argument("--servers", action="store_true", help="PostgreSQL and Redis")
    parser.add_argument("--keep", type=Path, help="copy logs and rows of failed trials there")
    options = parser.parse_args(arguments)
    numbers = [options.only] if options.only is not None else range(1, options.trials + 1)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chaos-")))
        servers = None
        if options.servers:
            from tests.servers import running

            servers = stack.enter_context(running())
        house = ChaosHouse(folder, servers)
        stack.callback(house.close)
        house.start()
        house.control("POST", "/settings", FAST)
        return run_all(house, numbers, options)


def run_all(house: ChaosHouse, numbers, options) -> int:
    """One line a trial, then the sum."""
    before = count = 0
    hashes: set[str] = set()
    failed, begun = [], time.monotonic()
    for number in numbers:
        plan = plan_make(f"{options.seed}:{number}", servers=options.servers)
        trial, start = Trial(house, plan), time.monotonic()
        rows = trial.run(before)
        before = max([before, *(row["pk"] for row in rows)])
        count += len(rows)
        hashes |= {row["sha256"] for row in rows}
        trial.problems += foreign(trial._ledger(), hashes)
        seconds = time.monotonic() - start
        verdict = "ok    " if not trial.problems else "FAILED"
        print(
            f"{number:4} {verdict} {seconds:5.1f} s  {len(rows):2} invoices  {plan.told()}",
            flush=True,
        )
        for crash in house.crashes():
            if not options.servers or "OperationalError" not in crash:  # the restarts
                print(f"       a task raised {crash}")
        if trial.problems:
            failed.append(number)
            report(trial, rows, options.keep, house)
    total = time.monotonic() - begun
    kind = "PostgreSQL and Redis" if options.servers else "SQLite and files"
    print(
        f"{count} invoices in {len(numbers)} trials, seed {options.seed}, {kind}, "
        f"{total:.0f} s: {len(failed)} failed {failed or ''}"
    )
    return 1 if failed else 0


def report(trial: Trial, rows: list[dict], keep: Path | None, house: ChaosHouse) -> None:
    """The problems, and how far the rows in question got."""
    for problem in trial.problems:
        print(f"       {problem}")
    if keep:
        target = keep / trial.plan.seed.replace(":", "-")
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        (target / "rows.json").write_text(json.dumps(rows, indent=1, ensure_ascii=False))
        for log in house.folder.glob("*.log"):
            shutil.copy(log, target)


if __name__ == "__main__":
    sys.exit(main())
