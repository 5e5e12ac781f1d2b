"""Podpis zaufany: a ministry's seal over a document, with the person named inside.

The signing certificate is the system's, so its NIP says nothing about who signed. The person
stands in the claimed role (element PodpisZP), which the signature covers. Whether KSeF still
takes such a login since 14.02.2026 is not confirmed; the setting `trusted_profile` refuses it.
"""

import re

from cryptography import x509
from cryptography.x509.oid import NameOID
from lxml import etree

from simulator.errors import Invalid

_SEAL = re.compile(r"podpisu zaufanego", re.IGNORECASE)
_ROLES = ".//{http://uri.etsi.org/01903/v1.3.2#}ClaimedRole"


def is_its_seal(certificate: x509.Certificate) -> bool:
    """Whether the certificate is the one with which the system signs for everybody."""
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return any(_SEAL.search(str(name.value)) for name in names)


def person(properties: etree._Element) -> dict[str, str]:
    """The person of the signed properties, named as a certificate would; 400 21406 without."""
    for role in properties.iterfind(_ROLES):
        found = {field: _text(role, field) for field in ("Imie", "Nazwisko", "PESEL")}
        if all(found.values()) and re.fullmatch(r"\d{11}", found["PESEL"]):
            return {
                "commonName": f"{found['Imie']} {found['Nazwisko']}",
                "countryName": "PL",
                "givenName": found["Imie"],
                "surname": found["Nazwisko"],
                "serialNumber": f"PNOPL-{found['PESEL']}",
            }
    raise Invalid(21406, "Podpis zaufany nie wskazuje osoby.")


def _text(role: etree._Element, field: str) -> str:
    """The element's text, in whichever version of the person's namespace it stands."""
    for node in role.iterfind(f".//{{*}}DaneZPOsobyFizycznej/{{*}}{field}"):
        # A comment is not signed, and what stands before it is only a part of the text.
        return "" if len(node) else (node.text or "").strip()
    return ""
