"""A skipped test is a question left open: the run's last lines name each, with its reason."""

from collections import Counter


def reason(report) -> str:
    """Why a test was skipped, in one line."""
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return " ".join(text.removeprefix("Skipped: ").split())


def lines(reports) -> list[str]:
    """One line for each file and reason, with the number of tests that did not run."""
    counted = Counter((report.nodeid.split("::")[0], reason(report)) for report in reports)
    return [f"not run: {file} ({count}): {why}" for (file, why), count in sorted(counted.items())]


def pytest_terminal_summary(terminalreporter) -> None:
    """Writes the lines; `bin/test` repeats them after the last run."""
    for line in lines(terminalreporter.stats.get("skipped", [])):
        terminalreporter.write_line(line)
