"""Authentication operations: begun, polled, redeemed once, refreshed, revoked."""

import ipaddress
import json
from dataclasses import dataclass, field

from werkzeug import Request

from simulator import clock, jwts, numbers, permissions
from simulator.errors import Invalid, Problem, forbidden, unauthorized
from simulator.store import Row, Store, dump, insert
from simulator.web import Call, Identifier, Principal

TEXTS = {
    100: "Uwierzytelnianie w toku",
    200: "Uwierzytelnianie zakończone sukcesem",
    415: "Uwierzytelnianie zakończone niepowodzeniem",
    425: "Uwierzytelnienie unieważnione",
    450: "Uwierzytelnianie zakończone niepowodzeniem z powodu błędnego tokenu",
    460: "Uwierzytelnianie zakończone niepowodzeniem z powodu błędu certyfikatu",
    470: "Uwierzytelnianie zakończone niepowodzeniem",
    480: "Uwierzytelnienie zablokowane",
    500: "Nieznany błąd",
    550: "Operacja została anulowana przez system",
}
METHODS = {
    "Token": ("Token", "token.ksef", "Token KSeF"),
    "InternalCertificate": ("XadesSignature", "xades.ksef-certificate", "Certyfikat KSeF"),
    "QualifiedSignature": ("XadesSignature", "xades.qualified-signature", "Podpis kwalifikowany"),
    "TrustedProfile": ("XadesSignature", "xades.trusted-profile", "Podpis zaufany"),
    "PersonalSignature": ("XadesSignature", "xades.personal-signature", "Podpis osobisty"),
    "QualifiedSeal": ("XadesSignature", "xades.qualified-seal", "Pieczęć kwalifikowana"),
}
STATUS_DAYS = 7
REVOKED = "Uwierzytelnienie i powiązane refresh tokeny zostały unieważnione przez użytkownika"
INCIDENT = (
    "Podejrzenie incydentu bezpieczeństwa. Skontaktuj się z Ministerstwem Finansów przez "
    "formularz zgłoszeniowy."
)
# What a test may order the next login to end with, and the details that then stand there.
ORDERED = {
    415: "Brak przypisanych uprawnień",
    425: REVOKED,
    450: "Token nieaktywny",
    460: "Błąd weryfikacji łańcucha certyfikatów",
    470: "Próba wykorzystania metod autoryzacyjnych osoby zmarłej",
    480: INCIDENT,
    500: None,
    550: "Przetwarzanie zostało przerwane z przyczyn wewnętrznych systemu. Spróbuj ponownie",
}


@dataclass(frozen=True)
class Verdict:
    """How an authentication ends: a code of `TEXTS` and its details."""

    code: int = 200
    details: list[str] = field(default_factory=list)


def use_challenge(call: Call, challenge: str) -> Row:
    """The challenge, spent by this call; 400 21111 when unknown, spent or expired."""
    oldest = clock.stamp(clock.now())
    row = call.store.row("SELECT * FROM challenges WHERE challenge = ?", challenge)
    if row is None or _expired(call, row, oldest):
        raise Invalid(21111)
    with call.store.write() as db:
        spent = db.execute(
            "UPDATE challenges SET used_at = ? WHERE challenge = ? AND used_at IS NULL",
            (oldest, challenge),
        )
        if spent.rowcount != 1:
            raise Invalid(21111)
    return row


def _expired(call: Call, row: Row, now: str) -> bool:
    age = clock.parse(now) - clock.parse(row["issued_at"])
    return age.total_seconds() > call.world.settings["challenge_seconds"]


def begin(
    call: Call,
    *,
    method: str,
    context: Identifier,
    subject: Identifier,
    verdict: Verdict,
    policy: dict,
    token: str | None = None,
    document_hash: str | None = None,
    names: dict[str, str] | None = None,
) -> dict:
    """Record the operation; gives OpenAPI AuthenticationInitResponse."""
    now = clock.now()
    reference = numbers.reference("AU", clock.warsaw_day(now))
    settings = call.world.settings
    verdict = _ordered(call) or _blocked(call, context) or verdict
    seconds = _duration(call, method)
    with call.store.write() as db:
        insert(
            db,
            "authentications",
            reference=reference,
            method=method,
            context_type=context.type,
            context=context.value,
            subject_type=subject.type,
            subject=subject.value,
            token=token,
            document_hash=document_hash,
            names=dump(names or {}),
            policy=dump(policy),
            started_at=clock.stamp(now),
            ready_at=clock.later(seconds),
            code=verdict.code,
            description=TEXTS[verdict.code],
            details=dump(verdict.details),
        )
    issued = jwts.issue(
        call.store, "authentication", reference, settings["authentication_token_seconds"]
    )
    return {"referenceNumber": reference, "authenticationToken": issued}


def _order(call: Call, kind: str) -> dict | None:
    """What was ordered for the logins of this way, if anything."""
    operation = "auth_token" if call.request.path.endswith("/ksef-token") else "auth_xades"
    fault = call.world.faults.take(kind, operation)
    return fault.params if fault else None


def _duration(call: Call, method: str) -> float:
    """Seconds until the verdict; certificates of others are asked about at their issuers."""
    slow, settings = _order(call, "slow_login"), call.world.settings
    if slow:
        return slow["seconds"]
    asked = method not in ("Token", "InternalCertificate")
    return settings["authentication_seconds"] + asked * settings["certificate_check_seconds"]


def _ordered(call: Call) -> Verdict | None:
    order = _order(call, "login_verdict")
    if order is None:
        return None
    detail = order.get("body") or ORDERED[order["code"]]
    return Verdict(order["code"], [detail] if detail else [])


def _blocked(call: Call, context: Identifier) -> Verdict | None:
    row = call.store.row(
        "SELECT 1 FROM blocked_contexts WHERE (type, value) = (?, ?)", context.type, context.value
    )
    return Verdict(480, [INCIDENT]) if row else None


def find(store: Store, reference: str) -> Row:
    """The operation; 400 21304 when there is none."""
    row = store.row("SELECT * FROM authentications WHERE reference = ?", reference)
    if row is None:
        raise Invalid(
            21304,
            f"Operacja uwierzytelniania o numerze referencyjnym {reference} "
            "nie została znaleziona.",
        )
    return row


def status(row: Row) -> dict:
    """OpenAPI StatusInfo of an operation."""
    code = effective_code(row)
    if code == 425:
        details = [REVOKED]
    else:
        details = json.loads(row["details"]) if code == row["code"] else []
    return {"code": code, "description": TEXTS[code], "details": details or None}


def effective_code(row: Row) -> int:
    """100 until the operation is ready, 425 once it is revoked, else its verdict."""
    if row["revoked_at"]:
        return 425
    return 100 if clock.stamp(clock.now()) < row["ready_at"] else row["code"]


def describe(row: Row) -> dict:
    """OpenAPI AuthenticationOperationStatusResponse."""
    category, code, name = METHODS[row["method"]]
    return {
        "startDate": row["started_at"],
        "authenticationMethod": row["method"],
        "authenticationMethodInfo": {"category": category, "code": code, "displayName": name},
        "status": status(row),
        "isTokenRedeemed": row["redeemed_at"] is not None,
        "lastTokenRefreshDate": row["refreshed_at"],
        "refreshTokenValidUntil": row["refresh_until"],
    }


def check_age(row: Row) -> None:
    """410 when the operation is older than KSeF keeps it."""
    if (clock.now() - clock.parse(row["started_at"])).days >= STATUS_DAYS:
        raise Problem(410, "Okres dostępności operacji minął.")


def present_permissions(store: Store, row: Row) -> frozenset[str]:
    """What the authenticated subject may do now."""
    if row["token"]:
        token = store.row("SELECT * FROM tokens WHERE reference = ?", row["token"])
        if token is None or token["revoked_at"]:
            raise Invalid(21301, "Token KSeF został unieważniony.")
        return permissions.token_permissions(store, token)
    subject = Identifier(row["subject_type"], row["subject"])
    return permissions.permissions(store, subject, Identifier(row["context_type"], row["context"]))


def access_token(call: Call, row: Row) -> dict:
    """A new access token that carries the present permissions; 400 21301, 21308."""
    if permissions.is_deceased(call.store, Identifier(row["subject_type"], row["subject"])):
        raise Invalid(21308)
    held = present_permissions(call.store, row)
    if not held:
        raise Invalid(21301, "Status uwierzytelniania (415) nie pozwala na pobranie tokenów.")
    seconds = call.world.settings["access_token_seconds"]
    return jwts.issue(call.store, "access", row["reference"], seconds, per=sorted(held))


def principal(world, request: Request, kinds: tuple[str, ...], ip: str) -> Principal:
    """Who the bearer token stands for; 401 or 403."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise unauthorized()
    claims = jwts.read(world.store, token.strip(), *kinds)
    row = world.store.row("SELECT * FROM authentications WHERE reference = ?", claims["sub"])
    if row is None:
        raise unauthorized()
    if not ip_allowed(json.loads(row["policy"]), ip):
        raise forbidden("ip-not-allowed", clientIp=ip)
    return Principal(
        authentication=row["reference"],
        kind=claims["typ"],
        context=Identifier(row["context_type"], row["context"]),
        subject=Identifier(row["subject_type"], row["subject"]),
        method=row["method"],
        permissions=frozenset(claims.get("per", ())),
        token=row["token"],
    )


def ip_allowed(policy: dict, ip: str) -> bool:
    """Whether the authorisation policy lets this address use the tokens."""
    allowed = [_network(text) for texts in policy.values() for text in texts or ()]
    address = ipaddress.ip_address(ip)
    return not allowed or any(first <= address <= last for first, last in allowed)


def _network(text: str) -> tuple:
    if "-" in text:
        first, _, last = text.partition("-")
        return ipaddress.ip_address(first), ipaddress.ip_address(last)
    network = ipaddress.ip_network(text, strict=False)
    return network[0], network[-1]
