"""Who may issue for whom: sub-units, tax representatives, bailiffs, buyers from the EU."""

import pytest

from simulator import permissions_issue, subunits
from simulator.invoice_file import parse, read
from simulator.web import Identifier
from tests.grants_support import OFFICE, authorization_body, grant, owner
from tests.simulator_support import NIP, OTHER_NIP, fa3

UNIT = f"{NIP}-1234{subunits.check_digit(f'{NIP}-1234')}"


def named(nip_, role):
    """The seller's invoice, issued by the subject named in PodmiotUpowazniony."""
    data = fa3("U/1").decode()
    extra = (
        f"<PodmiotUpowazniony><DaneIdentyfikacyjne><NIP>{nip_}</NIP><Nazwa>Pełnomocnik</Nazwa>"
        "</DaneIdentyfikacyjne><Adres><KodKraju>PL</KodKraju><AdresL1>ul. Cicha 2</AdresL1></Adres>"
        f"<RolaPU>{role}</RolaPU></PodmiotUpowazniony><Fa>"
    )
    return data.replace("<Fa>", extra).encode()


def abroad():
    """The seller's invoice that its buyer from Germany issues."""
    data = fa3("U/2", annotations="1").decode()
    return data.replace(
        f"<NIP>{OTHER_NIP}</NIP>", "<KodUE>DE</KodUE><NrVatUE>123456789</NrVatUE>"
    ).encode()


def judged(data, context, **rights):
    issuer = permissions_issue.Issuer(Identifier(*context), **rights)
    return permissions_issue.may_issue(issuer, read(parse(data)))


@pytest.mark.parametrize(
    ("context", "may"),
    [
        (("Nip", NIP), True),
        (("Nip", OTHER_NIP), False),
        (("InternalId", UNIT), True),
        (("InternalId", f"{OTHER_NIP}-12345"), False),
        (("NipVatUe", f"{NIP}-DE123456789"), False),
    ],
)
def test_a_company_and_its_sub_units_issue_its_invoices(context, may):
    assert judged(fa3("U/0"), context) == may


@pytest.mark.parametrize(
    ("context", "may"),
    [
        (f"{NIP}-DE123456789", True),
        (f"{NIP}-DE999999999", False),
        (f"{OTHER_NIP}-DE123456789", False),
    ],
)
def test_a_buyer_from_the_eu_bills_itself_in_the_joint_context(context, may):
    assert judged(abroad(), ("NipVatUe", context)) == may


@pytest.mark.parametrize(
    ("role", "rights", "may"),
    [
        (3, {"represented": frozenset({NIP})}, True),
        (3, {"billed": frozenset({NIP})}, False),
        (2, {"roles": frozenset({"CourtBailiff"})}, True),
        (1, {"roles": frozenset({"CourtBailiff"})}, False),
        (1, {"roles": frozenset({"EnforcementAuthority"})}, True),
    ],
)
def test_who_is_named_on_the_invoice_needs_the_role(role, rights, may):
    assert judged(named(OFFICE, role), ("Nip", OFFICE), **rights) == may


def test_who_is_not_named_on_the_invoice_does_not_represent(sim):
    company, office = owner(sim), owner(sim, OFFICE)
    assert grant(company, "authorizations", authorization_body("TaxRepresentative")) == 200
    session = office.open()
    assert office.issue(session, fa3("R/1"))["status"]["code"] == 410
    assert office.issue(session, named(OFFICE, 3))["status"]["code"] == 200


@pytest.mark.parametrize(
    ("context", "rights", "may"),
    [
        (("Nip", NIP), {}, True),
        (("InternalId", UNIT), {}, True),
        (("Nip", OFFICE), {}, False),
        (("Nip", OFFICE), {"billed": frozenset({NIP})}, True),
        (("Nip", OFFICE), {"roles": frozenset({"CourtBailiff"})}, True),
        (("Nip", OFFICE), {"roles": frozenset({"VatGroupUnit"})}, False),
    ],
)
def test_a_link_of_an_invoice_without_its_content_goes_by_the_seller(context, rights, may):
    issuer = permissions_issue.Issuer(Identifier(*context), **rights)
    assert permissions_issue.acts_for(issuer, NIP) == may
