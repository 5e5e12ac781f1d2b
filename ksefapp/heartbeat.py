"""Whether a program of the house is at work: worker and beat leave marks, this reads them.

`python -m ksefapp.heartbeat worker` (or `beat`, or the address of `/health/` for the web) ends
with 0 when it is, with 1 and a reason when not. Compose and other supervisors ask this.
"""

import os
import sys
from pathlib import Path

from django.conf import settings

from ksefapp.lib import clock
from ksefapp.supervisor import answers

MARK_SECONDS = 5
OLD_SECONDS = 30


def mark(name: str) -> None:
    """Says that the program `name` is at work now, and which process it is."""
    path = _path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    aside.write_text(f"{os.getpid()} {clock.monotonic()}")
    aside.rename(path)


def complaint(name: str) -> str:
    """Why the program `name` is not at work; empty when it is."""
    try:
        pid, at = _path(name).read_text().split()
    except OSError:
        return "it has left no mark"
    if not Path("/proc", pid).exists():
        return f"its process {pid} is gone"
    # The machine's uptime, which no clock change touches; a reboot starts it anew.
    age = clock.monotonic() - float(at)
    if not 0 <= age <= max(OLD_SECONDS, 3 * settings.KSEF_SWEEP_SECONDS):
        return f"its last mark is {age:.0f} s old"
    return ""


def _path(name: str) -> Path:
    return Path(settings.KSEF_DATA_DIR) / "run" / f"{name}.alive"


def main(which: str) -> int:
    """The exit status for a health check."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ksefapp.settings")
    if which.startswith("http"):
        reason = "" if answers(which) else "no answer 200"
    else:
        reason = complaint(which)
    if reason:
        print(f"{which}: {reason}")
    return 1 if reason else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
