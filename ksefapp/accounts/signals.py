"""What this room announces to rooms above it."""

from django.dispatch import Signal

# Sent inside the transaction that removes the membership, with `user` and `company`: whatever
# a person lent to the company (a credential of theirs, a consent) ends in the same commit.
membership_ended = Signal()
