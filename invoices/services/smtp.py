"""One message to one mail server, told apart by what is known afterwards: refused, later, unknown.

The server is a stranger: its words are cut and cleaned before anybody reads them.
"""

import base64
import smtplib
import ssl
from collections.abc import Callable
from email.message import EmailMessage

from auth_ksef.client.errors import clean
from auth_ksef.messages import Pair, Refusal, filled
from invoices.models import MailSettings

TIMEOUT_SECONDS = 20
LOGGED_IN, OK, TEMPORARY, PERMANENT = 235, 250, 400, 500

TEXTS: dict[str, Pair] = {
    "unreached": (
        "Serwer poczty {host} nie odpowiada.",
        "The mail server {host} does not answer.",
    ),
    "certificate": (
        "Serwer poczty {host} ma certyfikat, którego nie można sprawdzić. Sprawdź jego nazwę.",
        "The certificate of the mail server {host} cannot be verified. Check the server's name.",
    ),
    "starttls": (
        "Serwer poczty {host} nie szyfruje przez STARTTLS. Wybierz TLS albo inny port.",
        "The mail server {host} does not offer STARTTLS. Choose TLS or another port.",
    ),
    "login": (
        "Serwer poczty {host} nie przyjął nazwy użytkownika i hasła.",
        "The mail server {host} did not accept the user name and password.",
    ),
    "sender": (
        "Serwer poczty nie pozwala wysyłać z adresu {address}: {said}",
        "The mail server does not allow sending from {address}: {said}",
    ),
    "recipient": (
        "Serwer poczty nie przyjął adresu {address}: {said}",
        "The mail server did not accept the address {address}: {said}",
    ),
    "message": (
        "Serwer poczty nie przyjął wiadomości: {said}",
        "The mail server did not accept the message: {said}",
    ),
    "unknown": (
        "Nie wiemy, czy wiadomość wyszła: połączenie urwało się w trakcie wysyłania. Zapytaj "
        "nabywcę albo sprawdź skrzynkę, zanim wyślesz ponownie.",
        "We do not know if the message left: the connection broke while it was being sent. Ask "
        "the buyer or look into the mailbox before sending again.",
    ),
}


class MailFailed(Refusal):
    """The message did not certainly go out; `.pl` and `.en` say why."""

    def __init__(self, code: str, pair: Pair | None = None, **facts: object) -> None:
        self.code = code
        super().__init__(pair or filled(TEXTS[code], facts))


class MailRefused(MailFailed):
    """A person must act: the server said no for good."""


class MailLater(MailFailed):
    """Nothing was taken; the same may work later."""


class MailUnknown(MailFailed):
    """It may have been taken: never sent again without a person."""


def smtp_send(
    settings: MailSettings,
    message: EmailMessage,
    recipients: list[str],
    *,
    before_data: Callable[[], None] = lambda: None,
) -> None:
    """Sends the message once to the first recipient; the others are copies that may fail.

    `before_data` is called when the next step can no longer be taken back. Raises MailRefused,
    MailLater, MailUnknown. Source: RFC 5321, RFC 3207 (STARTTLS).
    """
    data = message.as_bytes()
    server = _connected(settings)
    try:
        _envelope(server, settings, recipients)
        before_data()
        _transfer(server, data)
    finally:
        server.close()


def _connected(settings: MailSettings) -> smtplib.SMTP:
    """A session that is greeted, encrypted as wanted and logged in."""
    server = None
    try:
        server = _opened(settings)
        server.ehlo_or_helo_if_needed()
        if settings.security == "starttls":
            server.starttls(context=tls_context())
            server.ehlo()
        if settings.username:
            _log_in(server, settings.username, settings.password)
    except (OSError, smtplib.SMTPException, UnicodeError) as error:
        if server is not None:
            server.close()
        raise _connecting(error, settings.host) from None
    return server


def _log_in(server: smtplib.SMTP, username: str, password: str) -> None:
    if (username + password).isascii():
        server.login(username, password)
        return
    # RFC 4616 says UTF-8; the library only knows ASCII.
    secret = base64.b64encode(f"\0{username}\0{password}".encode()).decode()
    code, said = server.docmd("AUTH", f"PLAIN {secret}")
    if code != LOGGED_IN:
        raise smtplib.SMTPAuthenticationError(code, said)


def _opened(settings: MailSettings) -> smtplib.SMTP:
    # An own name for HELO: the library would ask the DNS for this machine's.
    name = settings.sender.rpartition("@")[2].encode("idna").decode() or "localhost"
    options = {"local_hostname": name, "timeout": TIMEOUT_SECONDS}
    if settings.security == "tls":
        context = tls_context()
        return smtplib.SMTP_SSL(settings.host, settings.port, context=context, **options)
    return smtplib.SMTP(settings.host, settings.port, **options)


def tls_context() -> ssl.SSLContext:
    """Certificates are verified by the machine's authorities."""
    return ssl.create_default_context()


def _connecting(error: Exception, host: str) -> MailFailed:
    if isinstance(error, ssl.SSLCertVerificationError):
        return MailRefused("certificate", host=host)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return MailRefused("starttls" if "STARTTLS" in str(error) else "login", host=host)
    if isinstance(error, smtplib.SMTPAuthenticationError) and error.smtp_code >= PERMANENT:
        return MailRefused("login", host=host)
    return MailLater("unreached", host=host)


def _envelope(server: smtplib.SMTP, settings: MailSettings, recipients: list[str]) -> None:
    try:
        _judge(*server.mail(settings.sender), "sender", settings.sender)
        first, *copies = recipients
        _judge(*server.rcpt(first), "recipient", first)
        for copy in copies:
            server.rcpt(copy)
    except (OSError, smtplib.SMTPException):
        raise MailLater("unreached", host=settings.host) from None


def _transfer(server: smtplib.SMTP, data: bytes) -> None:
    try:
        code, said = server.data(data)
    except smtplib.SMTPDataError as error:  # it did not even want to begin
        code, said = error.smtp_code, error.smtp_error
    except (OSError, smtplib.SMTPException):
        raise MailUnknown("unknown") from None
    _judge(code, said, "message", "")


def _judge(code: int, said: bytes, what: str, address: str) -> None:
    if OK <= code < TEMPORARY:
        return
    kind = MailRefused if code >= PERMANENT else MailLater
    words = clean(said.decode("utf-8", "replace"))[:200]
    raise kind(what, address=address, said=f"{words} ({code})")
