"""Who we are towards KSeF: credentials, ways in, rights, limits, and what KSeF told of them."""

from auth_ksef.models.contact import ConnectionCheck, Contact, SystemWarning
from auth_ksef.models.credentials import Binding, Credential, TokenCache
from auth_ksef.models.entry import CredentialWarning, Enrolment, SignedLogin
from auth_ksef.models.quota import QuotaBlock, QuotaCall, QuotaLimit
from auth_ksef.models.rights import KsefSnapshot, RightsOperation
from auth_ksef.models.tokens import LoginFarewell, TokenOrder

__all__ = [
    "Binding",
    "ConnectionCheck",
    "Contact",
    "Credential",
    "CredentialWarning",
    "Enrolment",
    "KsefSnapshot",
    "LoginFarewell",
    "QuotaBlock",
    "QuotaCall",
    "QuotaLimit",
    "RightsOperation",
    "SignedLogin",
    "SystemWarning",
    "TokenCache",
    "TokenOrder",
]
