"""Steps of background work that serve different rows: one that fails must not stop the others."""

import logging
from collections.abc import Callable, Iterable

log = logging.getLogger(__name__)


def run_all(steps: Iterable[Callable[[], object]]) -> None:
    """Runs each step; RuntimeError at the end names those that failed, so that it is seen."""
    failed = [step.__name__ for step in steps if not _done(step)]
    if failed:
        raise RuntimeError(f"failed at: {', '.join(failed)}")


def _done(step: Callable[[], object]) -> bool:
    try:
        step()
    except Exception:
        log.exception("sweeping: %s", step.__name__)
        return False
    return True
