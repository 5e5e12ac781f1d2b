"""What this room announces to rooms above it."""

from django.dispatch import Signal

# The outage journal changed, after its commit: `environment`, `company` (None: all companies
# of the environment) and `revision`. Whoever misses it finds the revision (`journal.revision`).
outage_changed = Signal()
