"""The outbox: what has to reach KSeF, how far it got, and every try.

States of a submission and the only legal moves:

    queued          → claimed, withdrawn, outside
    claimed         → session_opened, waiting, queued, refused
    session_opened  → sent, unknown, waiting, queued, refused
    sent            → accepted, refused, waiting, unknown
    waiting         → claimed, withdrawn, outside
    unknown         → sent, accepted, refused, waiting, queued
    refused         → withdrawn, outside
    accepted        → none
    withdrawn       → none
    outside         → none

What each of them claims:

`queued`: nothing of it is with KSeF, it may go now. `claimed`: a worker holds it until
`lease_until`, nothing left yet. `session_opened`: the reference of the session is stored and the
invoice is leaving in it, so from here on it may have left. `sent`: KSeF confirmed that it came, in
an interactive session by an invoice reference. `waiting`: nothing of it is with KSeF, it may go
from `not_before` on; `last_text` says why. `unknown`: it left and no trustworthy answer came. It
is reconciled, never sent again blindly, never withdrawn or replaced; it goes back to `queued`
only when KSeF's session is final and the session's complete list lacks its hash, to `waiting`
only when KSeF itself says that it dropped it (405, 550). `refused`: KSeF's final no; the document
keeps its number, and an offline one its deadline, until a person withdraws or replaces it.
`accepted`: it has its KSeF number, written once. `withdrawn`: a person took it back before it
left, or replaced what was refused. `outside`: the law took the duty to send away: awaria
całkowita (art. 106ng; an invoice that waited when it was announced: art. 106nf ust. 7, 106nha),
or a person issued it outside KSeF where the law allows that (mode `poza`, `outside_why`).
It stays valid, unsent. Where that rested on an entry of a person which proved wrong, the deadlines'
sweep puts it back into `queued`: the correction of a mistake, no move.

Sets (`invoices.services.delivery_states`): RETRYABLE = queued, waiting: the drain may take them.
IN_FLIGHT = claimed, session_opened: held by a lease, swept when it runs out. ASKED = sent,
unknown: KSeF is asked about them. OPEN = these six: the delivery is not over. FINAL = accepted,
withdrawn, outside: nothing ever moves them. Refused is neither: it waits for a person.

Every step of every try is an `Attempt`: when, which step, what came back with KSeF's codes as
they were, under which references. What left needs no copy: it is the document's frozen bytes.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from auth_ksef.messages import told
from auth_ksef.models import Credential
from invoices.models.documents import Document
from ksefapp.accounts.models import Company, Environment
from ksefapp.lib import clock
from ksefapp.lib.fields import SealedTextField
from ksefapp.lib.rows import WrittenOnce


class KsefSession(models.Model):
    """A session at KSeF; its reference is stored before anything is sent in it.

    Interactive ones are kept open and used again while that saves requests; a batch session
    carries one package, whose parts wait on disk until KSeF has them all.
    """

    class Kind(models.TextChoices):
        ONLINE = "online", _("interaktywna")
        BATCH = "batch", _("wsadowa")

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="ksef_sessions")
    environment = models.CharField(max_length=10, choices=Environment)
    credential = models.ForeignKey(Credential, on_delete=models.PROTECT, related_name="+")
    reference = models.CharField(max_length=40, unique=True)
    kind = models.CharField(max_length=6, choices=Kind, default=Kind.ONLINE)
    form_code = models.CharField(max_length=20, default="FA (3)")
    offline = models.BooleanField(default=False)  # `offlineMode` of a batch session's opening
    key = SealedTextField()  # the AES key and IV, to go on after a restart
    upload = SealedTextField(blank=True, default="")  # JSON: the parts and where they go (batch)
    uploaded_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(default=clock.now)
    valid_until = models.DateTimeField()
    close_asked_at = models.DateTimeField(null=True, blank=True)
    final_code = models.PositiveSmallIntegerField(null=True, blank=True)
    last_code = models.PositiveSmallIntegerField(null=True, blank=True)
    last_text = models.CharField(max_length=1000, blank=True)  # KSeF's words, or why we wait
    not_before = models.DateTimeField(null=True, blank=True)  # when it is asked about again
    lease_until = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(default=clock.now)  # last sending in it
    total = models.PositiveIntegerField(null=True, blank=True)  # KSeF's own counts
    accepted = models.PositiveIntegerField(null=True, blank=True)
    refused = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["-opened_at"]
        indexes = [models.Index(fields=["company", "environment", "-opened_at"])]

    def __str__(self) -> str:
        return self.reference


class SessionUpo(WrittenOnce, models.Model):
    """One page of a session's collective UPO, byte for byte as KSeF gave it."""

    session = models.ForeignKey(KsefSession, on_delete=models.PROTECT, related_name="upo_pages")
    reference = models.CharField(max_length=40)
    number = models.PositiveIntegerField()  # 1 is the first page
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    fetched_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["session", "reference"], name="one_page_each")
        ]

    def __str__(self) -> str:
        return self.reference


class Submission(models.Model):
    """One document's way to KSeF. See the module's docstring for states and moves."""

    class State(models.TextChoices):
        QUEUED = "queued", _("w kolejce")
        CLAIMED = "claimed", _("wysyłamy")
        SESSION_OPENED = "session_opened", _("wysyłamy")
        SENT = "sent", _("czeka na numer")
        ACCEPTED = "accepted", _("przyjęta")
        REFUSED = "refused", _("odrzucona")
        WAITING = "waiting", _("czeka na wysłanie")
        UNKNOWN = "unknown", _("nie wiemy jeszcze")
        WITHDRAWN = "withdrawn", _("wycofana")
        OUTSIDE = "outside", _("poza KSeF")

    class Mode(models.TextChoices):
        ONLINE = "online", _("online")
        OFFLINE24 = "offline24", _("offline24")
        UNAVAILABLE = "niedost", _("niedostępność")  # art. 106nh
        FAILURE = "awaria", _("awaria")  # art. 106nf
        TOTAL = "calkowita", _("awaria całkowita")  # art. 106ng: never sent
        OUTSIDE = "poza", _("poza KSeF")  # a person's lawful choice: never sent

    class Outside(models.TextChoices):
        """Why a person may issue outside KSeF."""

        CONSUMER = "consumer", _("konsument")  # art. 106ga ust. 4
        RELIEF = "relief", _("ulga do 10 000 zł")  # art. 145m

    document = models.OneToOneField(Document, on_delete=models.PROTECT, related_name="submission")
    environment = models.CharField(max_length=10, choices=Environment)
    state = models.CharField(max_length=14, choices=State, default=State.QUEUED)
    mode = models.CharField(max_length=9, choices=Mode, default=Mode.ONLINE)
    outside_why = models.CharField(max_length=8, choices=Outside, blank=True)  # mode OUTSIDE only
    deadline_on = models.DateField(null=True, blank=True)  # last Warsaw day for sending
    deadline_open = models.BooleanField(default=False)  # known only after the outage's end
    deadline_basis = models.CharField(max_length=1000, blank=True)  # stored() pair: the law
    deadline_rests_on = models.JSONField(default=list)  # ids of the outages it was computed from
    journal_revision = models.BigIntegerField(default=0)  # of the outage journal, when computed
    warned = models.PositiveSmallIntegerField(default=0)  # highest stage a person was told of
    corrected_sha256 = models.CharField(max_length=64, blank=True)  # technical correction: hex
    waits_for = models.ForeignKey(
        Document, null=True, blank=True, on_delete=models.PROTECT, related_name="awaited_by"
    )  # a correction goes after its original has a number
    ksef_mode = models.CharField(max_length=10, blank=True)  # invoicingMode as KSeF booked it
    not_before = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveIntegerField(default=0)
    session = models.ForeignKey(
        KsefSession, null=True, blank=True, on_delete=models.PROTECT, related_name="submissions"
    )
    invoice_reference = models.CharField(max_length=40, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    last_code = models.IntegerField(null=True, blank=True)
    last_text = models.CharField(max_length=1000, blank=True)
    facts = models.JSONField(default=dict)  # e.g. what a 440 names as the original
    queued_at = models.DateTimeField(default=clock.now)
    changed_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["state", "not_before"])]

    def __str__(self) -> str:
        return f"{self.document_id}: {self.state}"

    @property
    def said(self) -> str:
        """Why it waits or was refused, in the active language."""
        return told(self.last_text)


class AppendOnly(models.QuerySet):
    """Rows that are written once: not even many at a time are they changed or deleted."""

    def update(self, **facts):
        raise TypeError("what happened is never changed")

    def bulk_update(self, *args, **kwargs):
        raise TypeError("what happened is never changed")

    def delete(self):
        raise TypeError("what happened is never deleted")


class Attempt(WrittenOnce, models.Model):
    """One step of one try: what left, when, under which references, what came back."""

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="attempts")
    at = models.DateTimeField(default=clock.now)
    step = models.CharField(max_length=20)  # login, open, send, status, close, reconcile, upo
    outcome = models.CharField(max_length=20)  # ok, refused, later, unknown, pending
    code = models.IntegerField(null=True, blank=True)
    http_status = models.PositiveSmallIntegerField(null=True, blank=True)
    session_reference = models.CharField(max_length=40, blank=True)
    invoice_reference = models.CharField(max_length=40, blank=True)
    text = models.CharField(max_length=2000, blank=True)

    objects = AppendOnly.as_manager()

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.step}: {self.outcome}"

    @property
    def said(self) -> str:
        """What came back, in the active language."""
        return told(self.text)


class Chore(models.Model):
    """Work that follows a fact and may be done again without harm: fetch the UPO, print."""

    class Kind(models.TextChoices):
        UPO = "upo", "UPO"
        PRINT = "print", "PDF"

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="chores")
    kind = models.CharField(max_length=5, choices=Kind)
    language = models.CharField(max_length=5, blank=True)
    not_before = models.DateTimeField(default=clock.now)
    lease_until = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveIntegerField(default=0)
    last_text = models.CharField(max_length=1000, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["document", "kind", "language"], name="one_chore_each")
        ]
        indexes = [models.Index(fields=["done_at", "not_before"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.document_id}"
