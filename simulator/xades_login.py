"""POST /auth/xades-signature: login with a signed AuthTokenRequest."""

from werkzeug import Response

from simulator import (
    auth_request,
    authentication,
    certificates,
    crypto,
    holder,
    permissions,
    shapes,
    xades,
)
from simulator.authentication import Verdict
from simulator.errors import Invalid, Problem
from simulator.holder import Holder
from simulator.web import Call, Identifier, json_response


def login(call: Call) -> Response:
    """Begin the operation; what is wrong with the document is said at once, the rest by 450ff."""
    if call.request.mimetype not in ("application/xml", "text/xml"):
        raise Problem(415, "Wymagana jest treść typu application/xml.")
    chain = _wants_chain(call)
    data = shapes.raw_body(call.request, xades.MAX_SIZE)
    signed = xades.verify(data)
    wanted = auth_request.read(signed.request)
    who = holder.identify(call.store, signed, wanted.by)
    if wanted.context.type == "PeppolId":
        raise Invalid(21117)
    verdict = holder.judge(call.store, signed.certificate, chain=chain)
    authentication.use_challenge(call, wanted.challenge)
    verdict = verdict or _judge_method(call, who) or _judge_rights(call, who, wanted.context)
    answer = authentication.begin(
        call,
        method=who.method,
        context=wanted.context,
        subject=who.subject,
        verdict=verdict,
        policy=wanted.policy,
        document_hash=crypto.sha256(data),
        names=who.names,
    )
    if who.method == holder.INTERNAL and verdict.code == 200:
        certificates.note_use(call.store, signed.certificate)
    return json_response(answer, 202)


def _wants_chain(call: Call) -> bool:
    given = shapes.query_choices(call.request, "verifyCertificateChain", ("true", "false"))
    return given[:1] == ["true"]


def _judge_method(call: Call, who: Holder) -> Verdict | None:
    """Whether KSeF takes these signatures at all is not confirmed, so a test may say no."""
    setting = {"TrustedProfile": "trusted_profile", "PersonalSignature": "personal_signature"}
    name = setting.get(who.method)
    if name and not call.world.settings[name]:
        return Verdict(460, ["Niepoprawny certyfikat"])
    return None


def _judge_rights(call: Call, who: Holder, context: Identifier) -> Verdict:
    if permissions.is_deceased(call.store, who.subject):
        return Verdict(470, ["Próba wykorzystania metod autoryzacyjnych osoby zmarłej"])
    if not permissions.permissions(call.store, who.subject, context):
        return Verdict(415, ["Brak przypisanych uprawnień"])
    return Verdict()
