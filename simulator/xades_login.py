"""POST /auth/xades-signature: login with a signed AuthTokenRequest."""

from werkzeug import Response

from simulator import (
    auth_request,
    authentication,
    crypto,
    holder,
    permissions,
    shapes,
    subject_data,
    xades,
)
from simulator.authentication import Verdict
from simulator.errors import Invalid, Problem
from simulator.web import Call, Identifier, json_response


def login(call: Call) -> Response:
    """Begin the operation; what is wrong with the document is said at once, the rest by 450ff."""
    if call.request.mimetype not in ("application/xml", "text/xml"):
        raise Problem(415, "Wymagana jest treść typu application/xml.")
    chain = _wants_chain(call)
    data = shapes.raw_body(call.request, xades.MAX_SIZE)
    signed = xades.verify(data)
    wanted = auth_request.read(signed.request)
    subject, method = holder.identify(call.store, signed.certificate, wanted.by)
    if wanted.context.type == "PeppolId":
        raise Invalid(21117)
    own, verdict = holder.judge(call.store, signed.certificate, chain=chain)
    authentication.use_challenge(call, wanted.challenge)
    answer = authentication.begin(
        call,
        method="InternalCertificate" if own else method,
        context=wanted.context,
        subject=subject,
        verdict=verdict or _judge_rights(call, subject, wanted.context),
        policy=wanted.policy,
        document_hash=crypto.sha256(data),
        names=subject_data.of_certificate(signed.certificate.subject),
    )
    return json_response(answer, 202)


def _wants_chain(call: Call) -> bool:
    given = shapes.query_choices(call.request, "verifyCertificateChain", ("true", "false"))
    return given[:1] == ["true"]


def _judge_rights(call: Call, subject: Identifier, context: Identifier) -> Verdict:
    if permissions.is_deceased(call.store, subject):
        return Verdict(470, ["Próba wykorzystania metod autoryzacyjnych osoby zmarłej"])
    if not permissions.permissions(call.store, subject, context):
        return Verdict(415, ["Brak przypisanych uprawnień"])
    return Verdict()
