"""What the tests of permissions share: callers of every identity, bodies of grants."""

from simulator.certificates import seal_name
from simulator.holder import fingerprint
from tests.simulator_signing import enveloped, key, person, request_xml, self_signed
from tests.simulator_support import NIP, Sender

# The accountant, her office, her employee, and another client of the office.
ANNA, EVA = "90010112345", "44051401359"
OFFICE, CLIENT = "7980332920", "8225900795"


def nip(value=NIP):
    return {"type": "Nip", "value": value}


def pesel(value=ANNA):
    return {"type": "Pesel", "value": value}


def certificate_of(identifier):
    """A self-signed certificate of this subject with its key; the key first."""
    private = key("ec", 256)
    if identifier["type"] == "Nip":
        return private, self_signed(private, seal_name(identifier["value"], "Firma sp. z o.o."))
    return private, self_signed(private, person(f"PNOPL-{identifier['value']}"))


def stranger():
    """A certificate without PESEL or NIP, with its key, and the identifier of its fingerprint."""
    private = key("ec", 256)
    certificate = self_signed(private, person("IDCPL-ABC123456"))
    return private, certificate, {"type": "Fingerprint", "value": fingerprint(certificate)}


def attempt(sim, signed_by, context=f"<Nip>{NIP}</Nip>", by="certificateSubject"):
    """A login by signature as far as its verdict: the caller, what began, the verdict."""
    private, certificate = signed_by
    sender = Sender(sim.request)
    challenge = sender.call("POST", "/auth/challenge", token=None, expect=200).json["challenge"]
    data = enveloped(request_xml(challenge, context=context, by=by), private, certificate)
    headers = {"Content-Type": "application/xml"}
    path = "/auth/xades-signature"
    begun = sender.call("POST", path, token=None, data=data, headers=headers, expect=202).json
    return sender, begun, sender.poll(begun)["status"]["code"]


def caller(sim, identifier, context=NIP, kind="Nip"):
    """Somebody logged in with a signature; fails when KSeF refuses."""
    sender, begun, code = attempt(sim, certificate_of(identifier), f"<{kind}>{context}</{kind}>")
    assert code == 200, code
    sender.redeem(begun)
    return sender


def verdict(sim, identifier, context=NIP, kind="Nip"):
    """The verdict on a login of this subject in the context."""
    return attempt(sim, certificate_of(identifier), f"<{kind}>{context}</{kind}>")[2]


def owner(sim, value=NIP):
    """The company itself, by its seal."""
    return caller(sim, nip(value), value)


def refreshed(sender):
    """The same caller with a new access token, or None when KSeF gives none."""
    answer = sender.call("POST", "/auth/token/refresh", token=sender.refresh)
    sender.access = answer.json["accessToken"]["token"] if answer.status == 200 else None
    return sender if sender.access else None


BY_ID = {
    "subjectDetailsType": "PersonByIdentifier",
    "personById": {"firstName": "Anna", "lastName": "Nowak"},
}
BY_PRINT = {
    "subjectDetailsType": "PersonByFingerprintWithoutIdentifier",
    "personByFpNoId": {
        "firstName": "John",
        "lastName": "Smith",
        "birthDate": "1980-01-31",
        "idDocument": {"type": "Passport", "number": "AB123", "country": "DE"},
    },
}
FIRM = {"fullName": "Biuro rachunkowe Kowalska"}


def details(identifier):
    return BY_PRINT if identifier["type"] == "Fingerprint" else BY_ID


def person_body(*permissions, to=None, **changes):
    to = to or pesel()
    return {
        "subjectIdentifier": to,
        "permissions": list(permissions),
        "description": "z testu uprawnień",
        "subjectDetails": details(to),
    } | changes


def entity_body(*permissions, to=OFFICE, delegate=False):
    return {
        "subjectIdentifier": nip(to),
        "permissions": [{"type": name, "canDelegate": delegate} for name in permissions],
        "description": "z testu uprawnień",
        "subjectDetails": FIRM,
    }


def authorization_body(permission="SelfInvoicing", to=None):
    return {
        "subjectIdentifier": to or nip(OFFICE),
        "permission": permission,
        "description": "z testu uprawnień",
        "subjectDetails": FIRM,
    }


def grant(sender, path, body):
    """The final code of the operation that grants."""
    answer = sender.call("POST", f"/permissions/{path}/grants", json=body, expect=202)
    return outcome(sender, answer.json)


def revoke(sender, grant_id, path="common"):
    """The final code of the operation that revokes."""
    answer = sender.call("DELETE", f"/permissions/{path}/grants/{grant_id}", expect=202)
    return outcome(sender, answer.json)


def outcome(sender, begun):
    path = f"/permissions/operations/{begun['referenceNumber']}"
    read = lambda: sender.call("GET", path, expect=200).json  # noqa: E731
    return sender.wait(read, 100)["status"]["code"]


def query(sender, path, body=None, page="", name="permissions"):
    """A list of grants."""
    answer = sender.call("POST", f"/permissions/query/{path}{page}", json=body or {}, expect=200)
    return answer.json[name]


def here(sender, **filters):
    return query(sender, "persons/grants", {"queryType": "PermissionsInCurrentContext"} | filters)


def given(sender, **filters):
    body = {"queryType": "PermissionsGrantedInCurrentContext"} | filters
    return query(sender, "persons/grants", body)
