"""Which right each address asks for: the one table that tests/test_accounts_gates.py walks.

Every name in the URL conf is in exactly one of the tables here, or a test fails and says so.
A key is the name, or the name and another method than GET: "member-role post". An address with
further arguments has a factory in OBJECTS: it gets the company and its owner and returns them.
"""

from uuid import uuid4

from auth_ksef.credentials import binding_add, certificate_add
from auth_ksef.models import (
    Credential,
    Enrolment,
    KsefSnapshot,
    RightsOperation,
    SignedLogin,
    TokenOrder,
)
from invoices.models import Document, Draft, KsefSession, SessionUpo
from invoices.services.drafts import draft_create
from invoices.services.duplicate_new import Source
from invoices.services.issue import invoice_issue
from invoices.services.payments import payment_settle
from invoices.services.proforma import proforma_issue
from invoices.services.recurring import Plan, recurring_create
from ksefapp.accounts.api_keys import api_key_create
from ksefapp.accounts.invitations import invitation_create
from ksefapp.accounts.models import Membership
from ksefapp.accounts.roles import May, Role
from ksefapp.lib import clock
from ksefapp.notify.notices import notice_raise
from offline.journal import outage_enter
from tests.auth_support import pem_files
from tests.cast import company_made
from tests.fa3_support import invoice

# Addresses of one company's rows, pages and API.
PAGE_RIGHTS: dict[str, May] = {
    "company-settings": May.SETTINGS,
    "audit-list": May.AUDIT,
    "member-list": May.MEMBERS,
    "member-role post": May.MEMBERS,
    "member-remove": May.MEMBERS,
    "member-remove post": May.MEMBERS,
    "invitation-revoke post": May.MEMBERS,
    "api-key-list": May.API_KEYS,
    "api-key-revoke": May.API_KEYS,
    "api-key-revoke post": May.API_KEYS,
    "environment": May.ENVIRONMENT,
    "environment post": May.ENVIRONMENT,
    "environment-production": May.ENVIRONMENT,
    "environment-production post": May.ENVIRONMENT,
    "connection": May.OWN_CREDENTIAL,
    "connection-add": May.OWN_CREDENTIAL,
    "connection-ways": May.OWN_CREDENTIAL,
    "connection-enrol": May.OWN_CREDENTIAL,
    "connection-enrol post": May.OWN_CREDENTIAL,
    "connection-enrol-read post": May.OWN_CREDENTIAL,
    "connection-enrol-state": May.OWN_CREDENTIAL,
    "connection-certificates": May.OWN_CREDENTIAL,
    "connection-certificates-one": May.OWN_CREDENTIAL,
    "connection-certificates-refresh post": May.OWN_CREDENTIAL,
    "connection-certificates-again post": May.CREDENTIALS,
    "connection-certificates-renewal post": May.CREDENTIALS,
    "connection-certificates-renew post": May.CREDENTIALS,
    "connection-certificates-file": May.CREDENTIALS,
    "connection-certificates-export": May.CREDENTIALS,
    "connection-certificates-export post": May.CREDENTIALS,
    "connection-certificates-revoke": May.CREDENTIALS,
    "connection-certificates-revoke post": May.CREDENTIALS,
    "connection-certificates-compromise": May.CREDENTIALS,
    "connection-certificates-compromise post": May.CREDENTIALS,
    "connection-sign": May.OWN_CREDENTIAL,
    "connection-sign post": May.OWN_CREDENTIAL,
    "connection-sign-one": May.OWN_CREDENTIAL,
    "connection-sign-one post": May.OWN_CREDENTIAL,
    "connection-sign-file": May.OWN_CREDENTIAL,
    "connection-sign-state": May.OWN_CREDENTIAL,
    "connection-sign-renew post": May.OWN_CREDENTIAL,
    "connection-fingerprint": May.OWN_CREDENTIAL,
    "connection-fingerprint post": May.OWN_CREDENTIAL,
    "connection-zawfa": May.OWN_CREDENTIAL,
    "connection-zawfa post": May.OWN_CREDENTIAL,
    "connection-quota": May.CREDENTIALS,
    "connection-check post": May.CREDENTIALS,
    "connection-doctor": May.OWN_CREDENTIAL,
    "connection-doctor-run post": May.OWN_CREDENTIAL,
    "connection-whose": May.OWN_CREDENTIAL,
    "connection-use post": May.OWN_CREDENTIAL,
    "connection-tokens": May.CREDENTIALS,
    "connection-tokens-refresh post": May.CREDENTIALS,
    "connection-tokens-new": May.CREDENTIALS,
    "connection-tokens-new post": May.CREDENTIALS,
    "connection-tokens-order": May.CREDENTIALS,
    "connection-tokens-check post": May.CREDENTIALS,
    "connection-tokens-revoke": May.CREDENTIALS,
    "connection-tokens-revoke post": May.CREDENTIALS,
    "connection-tokens-leave": May.CREDENTIALS,
    "connection-tokens-leave post": May.CREDENTIALS,
    "connection-logins": May.OWN_CREDENTIAL,
    "connection-logins-refresh post": May.OWN_CREDENTIAL,
    "connection-logins-leave post": May.OWN_CREDENTIAL,
    "connection-logins-end": May.OWN_CREDENTIAL,
    "connection-logins-end post": May.OWN_CREDENTIAL,
    "connection-logins-end-all": May.OWN_CREDENTIAL,
    "connection-logins-end-all post": May.OWN_CREDENTIAL,
    "connection-rights": May.OWN_CREDENTIAL,
    "connection-rights-refresh post": May.OWN_CREDENTIAL,
    "connection-rights-grant": May.PERMISSIONS,
    "connection-rights-grant post": May.PERMISSIONS,
    "connection-rights-staff": May.PERMISSIONS,
    "connection-rights-staff post": May.PERMISSIONS,
    "connection-rights-revoke": May.PERMISSIONS,
    "connection-rights-revoke post": May.PERMISSIONS,
    "connection-rights-operation": May.PERMISSIONS,
    "connection-rights-operation-state": May.PERMISSIONS,
    "connection-rights-close post": May.PERMISSIONS,
    "credential-retire": May.CREDENTIALS,
    "credential-retire post": May.CREDENTIALS,
    "journal": May.VIEW,
    "journal-csv": May.VIEW,
    "journal-json": May.VIEW,
    "journal-offline24 post": May.ISSUE,
    "journal-online post": May.ISSUE,
    "journal-overrule post": May.JOURNAL,
    "journal-overrule-end post": May.JOURNAL,
    "journal-rules post": May.JOURNAL,
    "journal-outage-new": May.JOURNAL,
    "journal-outage-new post": May.JOURNAL,
    "journal-outage-amend": May.JOURNAL,
    "journal-outage-amend post": May.JOURNAL,
    "journal-outage-void": May.JOURNAL,
    "journal-outage-void post": May.JOURNAL,
    "notice-list": May.VIEW,
    "notice-put-aside post": May.ISSUE,
    "invoice-list": May.VIEW,
    "self-billing": May.DRAFT,
    "self-billing post": May.DRAFT,
    "invoice-new": May.DRAFT,
    "invoice-new post": May.DRAFT,
    "correct-rebate": May.CORRECT,
    "correct-rebate post": May.CORRECT,
    "advance-settle": May.DRAFT,
    "advance-settle post": May.DRAFT,
    "advance-next": May.DRAFT,
    "advance-next post": May.DRAFT,
    "invoice-import": May.DRAFT,
    "invoice-import post": May.DRAFT,
    "invoice-totals post": May.DRAFT,
    "invoice-panel post": May.DRAFT,
    "invoice-panel-item": May.DRAFT,
    "invoice-draft": May.DRAFT,
    "invoice-draft post": May.DRAFT,
    "invoice-draft-delete": May.DRAFT,
    "invoice-draft-delete post": May.DRAFT,
    "invoice-lines": May.DRAFT,
    "invoice-lines post": May.DRAFT,
    "invoice-lines-csv": May.DRAFT,
    "invoice-lines-read post": May.DRAFT,
    "invoice-draft-pdf": May.VIEW,
    "invoice-detail": May.VIEW,
    "invoice-state": May.VIEW,
    "invoice-xml": May.VIEW,
    "invoice-upo": May.VIEW,
    "invoice-pdf": May.VIEW,
    "invoice-repair post": May.ISSUE,
    "invoice-take-back post": May.ISSUE,
    "invoice-technical": May.ISSUE,
    "invoice-technical post": May.ISSUE,
    "invoice-offline24 post": May.ISSUE,
    "invoice-renumber post": May.ISSUE,
    "invoice-same post": May.ISSUE,
    "session-list": May.VIEW,
    "session-detail": May.VIEW,
    "session-upo": May.VIEW,
    "invoice-paper": May.VIEW,
    "invoice-paper-kept": May.VIEW,
    "invoice-handed post": May.ISSUE,
    "invoice-mail post": May.ISSUE,
    "invoice-mail-again post": May.ISSUE,
    "correct-start": May.CORRECT,
    "correct-start post": May.CORRECT,
    "correct-nip": May.CORRECT,
    "correct-nip post": May.CORRECT,
    "correct-outside": May.CORRECT,
    "correct-outside post": May.CORRECT,
    "search-company": May.VIEW,
    "report": May.VIEW,
    "report-months-csv": May.VIEW,
    "report-buyers-csv": May.VIEW,
    "payments-whole post": May.ISSUE,
    "payment-new post": May.ISSUE,
    "payment-whole post": May.ISSUE,
    "payment-undo post": May.ISSUE,
    "company-account-check post": May.SETTINGS,
    "invoice-copy post": May.DRAFT,
    "recurring-list": May.VIEW,
    "recurring-new": May.DRAFT,
    "recurring-new post": May.DRAFT,
    "recurring-detail": May.VIEW,
    "recurring-edit": May.DRAFT,
    "recurring-edit post": May.DRAFT,
    "recurring-content post": May.DRAFT,
    "recurring-pause post": May.DRAFT,
    "recurring-resume": May.DRAFT,
    "recurring-resume post": May.DRAFT,
    "recurring-archive": May.DRAFT,
    "recurring-archive post": May.DRAFT,
    "handover-list": May.VIEW,
    "handover-files": May.ISSUE,
    "handover-mark": May.ISSUE,
    "handover-mark post": May.ISSUE,
    "mail-settings": May.SETTINGS,
    "mail-settings post": May.SETTINGS,
    "mail-try post": May.SETTINGS,
    "xml-view": May.VIEW,
    "xml-view post": May.VIEW,
    "company-look": May.SETTINGS,
    "company-look post": May.SETTINGS,
    "invoice-series": May.SETTINGS,
    "contractor-list": May.VIEW,
    "contractor-csv": May.VIEW,
    "contractor-pick": May.DRAFT,
    "product-pick": May.DRAFT,
    "invoice-products": May.DRAFT,
    "invoice-products post": May.DRAFT,
    "contractor": May.VIEW,
    "contractor-new": May.CONTRACTORS,
    "contractor-new post": May.CONTRACTORS,
    "contractor-edit post": May.CONTRACTORS,
    "contractor-archive post": May.CONTRACTORS,
    "contractor-import": May.CONTRACTORS,
    "contractor-import post": May.CONTRACTORS,
    "product-list": May.VIEW,
    "product-csv": May.VIEW,
    "product": May.VIEW,
    "product-new": May.CONTRACTORS,
    "product-new post": May.CONTRACTORS,
    "product-edit post": May.CONTRACTORS,
    "product-archive post": May.CONTRACTORS,
    "product-import": May.CONTRACTORS,
    "product-import post": May.CONTRACTORS,
    "product-price-lists": May.VIEW,
    "product-prices": May.VIEW,
    "product-prices-csv": May.VIEW,
    "product-prices-new": May.CONTRACTORS,
    "product-prices-new post": May.CONTRACTORS,
    "product-prices-edit post": May.CONTRACTORS,
    "product-prices-archive post": May.CONTRACTORS,
    "product-prices-import": May.CONTRACTORS,
    "product-prices-import post": May.CONTRACTORS,
    "invoice-export": May.EXPORT,
    "invoice-outside": May.DRAFT,
    "invoice-outside post": May.DRAFT,
    "relief": May.VIEW,
    "relief-entry post": May.ISSUE,
    "relief-loss post": May.ISSUE,
    "proforma-list": May.VIEW,
    "proforma": May.VIEW,
    "proforma-pdf": May.VIEW,
    "proforma-invoice post": May.DRAFT,
    "proforma-cancel post": May.ISSUE,
    "proforma-restore post": May.ISSUE,
    "api-recurring": May.VIEW,
    "api-recurring post": May.DRAFT,
    "api-recurring-one": May.VIEW,
    "api-recurring-one put": May.DRAFT,
    "api-recurring-runs": May.VIEW,
    "api-recurring-pause post": May.DRAFT,
    "api-recurring-resume post": May.DRAFT,
    "api-recurring-archive post": May.DRAFT,
    "api-draft-copy post": May.DRAFT,
    "api-document-copy post": May.DRAFT,
    "api-contractors": May.VIEW,
    "api-contractors post": May.CONTRACTORS,
    "api-contractor": May.VIEW,
    "api-contractor put": May.CONTRACTORS,
    "api-contractor delete": May.CONTRACTORS,
    "api-products": May.VIEW,
    "api-products post": May.CONTRACTORS,
    "api-product": May.VIEW,
    "api-product put": May.CONTRACTORS,
    "api-product delete": May.CONTRACTORS,
    "api-price-lists": May.VIEW,
    "api-price-lists post": May.CONTRACTORS,
    "api-price-list": May.VIEW,
    "api-price-list put": May.CONTRACTORS,
    "api-price-list delete": May.CONTRACTORS,
    "api-relief": May.VIEW,
    "api-relief-entries": May.VIEW,
    "api-relief-entries post": May.ISSUE,
    "api-relief-loss post": May.ISSUE,
    "api-proformas": May.VIEW,
    "api-proformas post": May.ISSUE,
    "api-proforma": May.VIEW,
    "api-proforma-pdf": May.VIEW,
    "api-proforma-invoice post": May.DRAFT,
    "api-proforma-cancel post": May.ISSUE,
    "api-proforma-restore post": May.ISSUE,
    "api-advances": May.VIEW,
    "api-settlements post": May.DRAFT,
    "api-next-advance post": May.DRAFT,
    "api-rebates post": May.CORRECT,
    "api-drafts": May.VIEW,
    "api-drafts post": May.DRAFT,
    "api-checks post": May.VIEW,
    "api-nip": May.DRAFT,
    "api-eu": May.DRAFT,
    "api-account": May.DRAFT,
    "api-rate": May.DRAFT,
    "api-draft": May.VIEW,
    "api-draft put": May.DRAFT,
    "api-draft delete": May.DRAFT,
    "api-draft-xml": May.VIEW,
    "api-draft-pdf": May.VIEW,
    "api-draft-issue post": May.ISSUE,
    "api-totals": May.VIEW,
    "api-mails": May.VIEW,
    "api-mails post": May.ISSUE,
    "api-payments": May.VIEW,
    "api-payments post": May.ISSUE,
    "api-payment": May.VIEW,
    "api-payment-cancel post": May.ISSUE,
    "api-document": May.VIEW,
    "api-document-xml": May.VIEW,
    "api-document-upo": May.VIEW,
    "api-document-pdf": May.VIEW,
    "api-document-repair post": May.ISSUE,
    "api-document-take-back post": May.ISSUE,
    "api-document-technical post": May.ISSUE,
    "api-document-corrections post": May.CORRECT,
    "api-document-wrong-buyer post": May.CORRECT,
    "api-document-relations": May.VIEW,
    "api-corrections post": May.CORRECT,
    "api-credentials": May.OWN_CREDENTIAL,
    "api-certificates": May.OWN_CREDENTIAL,
    "api-connection-check": May.OWN_CREDENTIAL,
    "api-connection-check post": May.CREDENTIALS,
    "api-permissions": May.PERMISSIONS,
    "api-permissions post": May.PERMISSIONS,
    "api-permission-rows": May.PERMISSIONS,
    "api-permission-operations": May.PERMISSIONS,
}

# Addresses that any logged-in person (or any living API key) may call.
PERSONAL = {
    "own-certificates",
    "office-rights",
    "office-rights-state",
    "office-rights-refresh",
    "search",
    "company-list",
    "company-new",
    "profile",
    "account-close",
    "preferences",
    "api-companies",
    "api-documents",
    "api-search",
    "api-fields",
}

# Of these, the ones that only take what is posted.
ONLY_POSTED = {"preferences", "office-rights-refresh"}

# Addresses for everybody; they show nothing of a company.
OPEN = {
    "health",
    "home",
    "invitation",
    "ui:appearance",
    "ui:language",
    "ui:components",
    "api-schema",
    "api-docs",
    "api-nowhere",
}

# Parts that other packages bring, with gates of their own.
FOREIGN = ("account_", "mfa_", "admin:")

# Rows that exist but have not what is asked for yet: no UPO before KSeF gave one.
NOT_THERE_YET = {"invoice-upo", "api-document-upo"}
# What is one person's only is not there for the others, whatever their role.
NOT_THERE_YET |= {f"connection-sign-{name}" for name in ("one", "one post", "file", "state")}
NOT_THERE_YET |= {"connection-sign-renew post", "connection-use post"}
NOT_THERE_YET |= {"connection-enrol", "connection-enrol post", "connection-enrol-read post"}
NOT_THERE_YET |= {"connection-enrol-state"}


def _member(company, owner) -> dict:
    return {"pk": company.memberships.get(role=Role.VIEWER).pk}


def _invitation(company, owner) -> dict:
    row, _ = invitation_create(
        company=company, email="nowa@example.com", role=Role.VIEWER, invited_by=owner
    )
    return {"pk": row.pk}


def _api_key(company, owner) -> dict:
    key, _ = api_key_create(user=owner, name="sklep", companies=[company])
    return {"pk": key.pk}


def _own_credential(company, owner) -> dict:
    elsewhere = company_made("9542742949", name="Druga firma")
    Membership.objects.create(user=owner, company=elsewhere, role=Role.OWNER)
    crt, key = pem_files()
    row = certificate_add(
        company=elsewhere,
        certificate=crt,
        key=key,
        password=None,
        owner_user=owner,
        added_by=owner,
    )
    return {"pk": row.pk}


def _signed_login(company, owner) -> dict:
    row = SignedLogin.objects.create(
        company=company,
        environment=company.environment,
        person=owner,
        context_type="Nip",
        context_value=company.nip,
        challenge="20261121-CR-20F5EE4000-DA48AE4124-46",
        challenge_until=clock.now(),
        request_xml=b"<AuthTokenRequest/>",
    )
    return {"pk": row.pk}


def _company_certificate(company, owner) -> dict:
    crt, key = pem_files()
    row = certificate_add(company=company, certificate=crt, key=key, password=None, added_by=owner)
    return {"pk": row.pk}


def _finished_login(company, owner) -> dict:
    row = _signed_login(company, owner)
    SignedLogin.objects.filter(pk=row["pk"]).update(state=SignedLogin.State.DONE)
    return row


def _refused_enrolment(company, owner) -> dict:
    row = Enrolment.objects.create(
        company=company,
        environment=company.environment,
        owner_company=company,
        use=Credential.Use.LOGIN,
        name="Sosna logowanie 01020304",
        secret="",
        csr=b"",
        subject={"commonName": "Sosna", "countryName": "PL"},
        state=Enrolment.State.REFUSED,
        finished_at=clock.now(),
    )
    return {"pk": row.pk}


def _bound_credential(company, owner) -> dict:
    row = Credential.objects.create(
        environment="simulator",
        kind=Credential.Kind.TOKEN,
        owner_user=owner,
        added_by=owner,
        label="token",
        secret="bardzo tajne",
    )
    binding_add(credential=row, company=company, bound_by=owner)
    return {"pk": row.pk}


def _listed(company, owner) -> dict:
    """A token and a login that KSeF listed."""
    reference = "20261121-EC-20F5EE4000-DA48AE4124-46"
    for kind in (KsefSnapshot.Kind.TOKENS, KsefSnapshot.Kind.LOGINS):
        KsefSnapshot.objects.update_or_create(
            company=company,
            environment=company.environment,
            kind=kind,
            defaults={"rows": [{"reference": reference}]},
        )
    return {"reference": reference}


def _token_order(company, owner) -> dict:
    row = TokenOrder.objects.create(
        key=uuid4(),
        company=company,
        environment=company.environment,
        purpose=TokenOrder.Purpose.ELSEWHERE,
        description="magazyn",
        requested_by=owner,
    )
    return {"pk": row.pk}


def draft_made(company, owner) -> Draft:
    """A draft that can be issued."""
    tree = invoice()
    tree["Podmiot1"]["DaneIdentyfikacyjne"]["NIP"] = company.nip
    tree["Fa"].pop("P_1", None)
    tree["Fa"].pop("P_2", None)
    return draft_create(company=company, content=tree, created_by=owner)


def document_made(company, owner) -> Document:
    """An issued document that waits for its number."""
    return invoice_issue(draft=draft_made(company, owner), issued_by=owner, on=clock.today())


def _draft(company, owner) -> dict:
    return {"pk": draft_made(company, owner).pk}


def _document(company, owner) -> dict:
    return {"pk": document_made(company, owner).pk}


def _paper(company, owner) -> dict:
    return {"pk": document_made(company, owner).pk, "what": "faktura"}


def _kept_paper(company, owner) -> dict:
    document = document_made(company, owner)
    document.prints.create(
        state="waiting", language="pl", template_version=1, content=b"%PDF-", sha256="ab" * 32
    )
    return {"pk": document.pk, "sha256": "ab" * 32}


def _failed_mail(company, owner) -> dict:
    document = document_made(company, owner)
    row = document.mails.create(what="invoice", to="a@example.com", failed_at=clock.now())
    return {"pk": document.pk, "mail": row.pk}


def _recurring(company, owner) -> dict:
    draft = draft_made(company, owner)
    plan = Plan("Czynsz", unit="month", every=1, day=1, starts_on=clock.today())
    source = Source(company, draft.content, {}, {})
    return {"pk": recurring_create(source=source, plan=plan, user=owner).pk}


def _notice(company, owner) -> dict:
    told = notice_raise(company=company, key="a", kind="warn", text=("Tekst", "Text"))
    return {"pk": told.pk}


def _outage(company, owner) -> dict:
    facts = {"category": "FAILURE", "start": clock.now(), "note": "z radia"}
    return {"pk": outage_enter(company=company, by=owner, **facts).pk}


def _session(company, owner) -> dict:
    credential = _bound_credential(company, owner)["pk"]
    row = KsefSession.objects.create(
        company=company,
        environment=company.environment,
        credential_id=credential,
        reference=f"20261121-SB-{KsefSession.objects.count():010}-4DE10D80A5-E9",
        kind=KsefSession.Kind.BATCH,
        key="",
        valid_until=clock.now(),
    )
    return {"pk": row.pk}


def _session_page(company, owner) -> dict:
    row = _session(company, owner)
    SessionUpo.objects.create(
        session_id=row["pk"], reference="UP", number=1, content=b"<UPO/>", sha256="0" * 64
    )
    return row | {"number": 1}


def _payment(company, owner) -> dict:
    document = Document.objects.get(pk=_document(company, owner)["pk"])
    row = payment_settle(document=document, by=owner)
    return {"pk": document.pk, "payment": row.pk}


def _contractor(company, owner) -> dict:
    return {"pk": company.contractors.create(name="Hotel Bursztyn", id_number="1111111111").pk}


def _product(company, owner) -> dict:
    return {"pk": company.products.create(name="Blat jesionowy").pk}


def _price_list(company, owner) -> dict:
    # One call of `address` after another may ask for the same company.
    return {"pk": company.price_lists.create(name=f"Hurt {company.price_lists.count()}").pk}


def _proforma(company, owner) -> dict:
    draft = draft_made(company, owner)
    Draft.objects.filter(pk=draft.pk).update(options={"proforma": True})
    return {"pk": proforma_issue(draft=draft, issued_by=owner, on=clock.today()).pk}


def _granted(company, owner):
    row = {"id": str(uuid4()), "permissionScope": "InvoiceRead"}
    place = {"environment": company.environment, "kind": "persons"}
    KsefSnapshot.objects.update_or_create(company=company, **place, defaults={"rows": [row]})
    return {"kind": "persons", "id": row["id"]}


def _rights_operation(company, owner):
    place = {"company": company, "environment": company.environment, "requested_by": owner}
    return {"pk": RightsOperation.objects.create(kind="revoke", body={"id": "1"}, **place).pk}


OBJECTS = {
    "connection-rights-revoke": _granted,
    **dict.fromkeys(
        [
            "connection-rights-operation",
            "connection-rights-operation-state",
            "connection-rights-close",
        ],
        _rights_operation,
    ),
    **dict.fromkeys(["proforma", "proforma-pdf", "proforma-invoice"], _proforma),
    **dict.fromkeys(["proforma-cancel", "proforma-restore"], _proforma),
    **dict.fromkeys(["api-proforma", "api-proforma-pdf"], _proforma),
    **dict.fromkeys(["api-proforma-invoice", "api-proforma-cancel"], _proforma),
    "api-proforma-restore": _proforma,
    "invoice-outside": _draft,
    **dict.fromkeys(
        ["api-contractor", "contractor", "contractor-edit", "contractor-archive"], _contractor
    ),
    **dict.fromkeys(["api-product", "product", "product-edit", "product-archive"], _product),
    **dict.fromkeys(
        [
            "api-price-list",
            "product-prices",
            "product-prices-csv",
            "product-prices-edit",
            "product-prices-archive",
            "product-prices-import",
        ],
        _price_list,
    ),
    **dict.fromkeys(
        [
            "recurring-detail",
            "recurring-edit",
            "recurring-content",
            "recurring-pause",
            "recurring-resume",
            "recurring-archive",
            "api-recurring-one",
            "api-recurring-runs",
            "api-recurring-pause",
            "api-recurring-resume",
            "api-recurring-archive",
        ],
        _recurring,
    ),
    **dict.fromkeys(["invoice-paper", "invoice-handed", "invoice-mail"], _paper),
    "invoice-mail-again": _failed_mail,
    "invoice-paper-kept": _kept_paper,
    **dict.fromkeys(["payment-undo", "api-payment", "api-payment-cancel"], _payment),
    "session-detail": _session,
    "session-upo": _session_page,
    "notice-put-aside": _notice,
    **dict.fromkeys(["journal-outage-amend", "journal-outage-void"], _outage),
    "member-role": _member,
    "member-remove": _member,
    "invitation-revoke": _invitation,
    "api-key-revoke": _api_key,
    "connection-use": _own_credential,
    "credential-retire": _bound_credential,
    **dict.fromkeys(
        [f"connection-sign-{name}" for name in ("one", "file", "state", "renew")], _signed_login
    ),
    **dict.fromkeys(
        ["connection-enrol", "connection-enrol-read", "connection-enrol-state"], _finished_login
    ),
    "connection-certificates-again": _refused_enrolment,
    **dict.fromkeys(
        [
            f"connection-certificates-{name}"
            for name in (
                "one",
                "refresh",
                "renewal",
                "renew",
                "file",
                "export",
                "revoke",
                "compromise",
            )
        ],
        _company_certificate,
    ),
    "connection-tokens-check": _bound_credential,
    "connection-tokens-order": _token_order,
    **dict.fromkeys(["connection-tokens-revoke", "connection-logins-end"], _listed),
    **dict.fromkeys(["invoice-draft", "invoice-draft-delete", "invoice-draft-pdf"], _draft),
    "invoice-products": _draft,
    **dict.fromkeys(["invoice-lines", "invoice-lines-csv"], _draft),
    **dict.fromkeys(
        ["api-draft", "api-draft-copy", "api-draft-xml", "api-draft-pdf", "api-draft-issue"], _draft
    ),
    **dict.fromkeys(
        [
            "advance-next",
            "api-next-advance",
            "correct-start",
            "correct-nip",
            "invoice-detail",
            "invoice-copy",
            "invoice-state",
            "invoice-xml",
            "invoice-upo",
            "invoice-pdf",
            "invoice-repair",
            "invoice-take-back",
            "invoice-technical",
            "invoice-offline24",
            "invoice-renumber",
            "invoice-same",
            "payment-new",
            "payment-whole",
            "api-mails",
            "api-payments",
            "api-document",
            "api-document-copy",
            "api-document-xml",
            "api-document-upo",
            "api-document-pdf",
            "api-document-repair",
            "api-document-corrections",
            "api-document-wrong-buyer",
            "api-document-relations",
            "api-document-take-back",
            "api-document-technical",
        ],
        _document,
    ),
}
