"""KSeF's refusals, in both of its error formats (OpenAPI: ExceptionResponse, problem+json)."""

import http.client
import secrets
from collections.abc import Sequence

from werkzeug import Request, Response

from simulator import clock, numbers
from simulator.web import json_response

TEXTS = {
    9101: "Nieprawidłowy dokument.",
    9102: "Brak podpisu.",
    9103: "Przekroczona liczba dozwolonych podpisów.",
    9105: "Nieprawidłowy podpis.",
    21001: "Nieczytelna treść.",
    21111: "Nieprawidłowe wyzwanie autoryzacyjne.",
    21115: "Nieprawidłowy certyfikat.",
    21117: "Nieprawidłowy identyfikator podmiotu dla wskazanego typu kontekstu.",
    21155: "Przekroczono dozwoloną liczbę faktur w sesji.",
    21157: "Nieprawidłowy rozmiar części pakietu.",
    21161: "Przekroczono dozwoloną liczbę części pakietu.",
    21164: "Faktura o podanym identyfikatorze nie istnieje.",
    21165: "Faktura o podanym numerze KSeF nie jest jeszcze dostępna.",
    21166: "Korekta techniczna niedostępna.",
    21167: "Status faktury nie pozwala na korektę techniczną.",
    21173: "Brak sesji o wskazanym numerze referencyjnym.",
    21175: "Wynik zapytania o podanym identyfikatorze nie istnieje.",
    21178: "Nie znaleziono UPO dla podanych kryteriów.",
    21180: "Status sesji nie pozwala na wykonanie operacji.",
    21181: "Nieprawidłowe żądanie eksportu faktur.",
    21182: "Osiągnięto limit trwających eksportów.",
    21183: "Zakres filtrowania wykracza poza dostępny zakres danych.",
    21184: "Sesja tymczasowo niedostępna.",
    21205: "Pakiet nie może być pusty.",
    21208: "Czas oczekiwania na requesty upload lub finish został przekroczony.",
    21217: "Nieprawidłowe kodowanie znaków.",
    21301: "Brak autoryzacji.",
    21304: "Brak uwierzytelnienia.",
    21308: "Próba wykorzystania metod autoryzacyjnych osoby zmarłej.",
    21401: "Dokument nie jest zgodny ze schemą (xsd).",
    21402: "Nieprawidłowy rozmiar pliku.",
    21403: "Nieprawidłowy skrót pliku.",
    21405: "Błąd walidacji danych wejściowych.",
    21406: "Konflikt podpisu i typu uwierzytelnienia.",
    21418: "Przekazany token kontynuacji ma nieprawidłowy format.",
    21470: "Przesłany identyfikator klucza jest nieznany lub wskazuje na wycofany klucz.",
    25001: "Brak możliwości pobrania danych do CSR dla wykorzystanego sposobu uwierzytelnienia.",
    25002: "Brak możliwości złożenia wniosku certyfikacyjnego dla wykorzystanego sposobu "
    "uwierzytelnienia.",
    25003: "Dane w CSR nie zgadzają się z danymi w użytym wektorze uwierzytelniającym.",
    25004: "Niepoprawny format CSR lub niepoprawny podpis CSR.",
    25005: "Wniosek certyfikacyjny o podanym numerze referencyjnym nie istnieje.",
    25006: "Osiągnięto limit możliwych do złożenia wniosków certyfikacyjnych.",
    25007: "Osiągnięto limit dopuszczalnej liczby posiadanych certyfikatów.",
    25008: "Certyfikat o podanym numerze seryjnym nie istnieje.",
    25009: "Nie można odwołać wskazanego certyfikatu, ponieważ jest już odwołany, zablokowany "
    "lub nieważny.",
    25010: "Nieprawidłowy typ lub długość klucza.",
    25011: "Nieprawidłowy algorytm podpisu CSR.",
    26001: "Nie można nadać tokenowi uprawnień których nie posiadasz.",
    26002: "Nie można wygenerować tokena dla obecnego typu kontekstu.",
    30001: "Podmiot lub uprawnienie już istnieje.",
}

DENIALS = {
    "missing-permissions": "Brak wymaganych uprawnień do wykonania operacji w bieżącym kontekście.",
    "ip-not-allowed": "Żądanie pochodzi z adresu IP innego niż wskazany podczas uwierzytelnienia.",
    "insufficient-resource-access": "Brak dostępu do wskazanego zasobu.",
    "auth-method-not-allowed": "Ta operacja nie jest dostępna dla użytej metody uwierzytelnienia.",
}


class Refusal(Exception):
    """An answer that is not a success; turned into a response by `render`."""


class Invalid(Refusal):
    """HTTP 400 with one of KSeF's exception codes."""

    def __init__(self, code: int, *details: str) -> None:
        super().__init__(code, *details)
        self.code, self.details = code, list(details)


class Problem(Refusal):
    """An answer that KSeF gives as problem+json whatever format was asked for."""

    def __init__(self, status: int, detail: str, **extra: object) -> None:
        super().__init__(status, detail)
        self.status, self.detail, self.extra = status, detail, extra


class TooMany(Refusal):
    """HTTP 429; `retry_after` in whole seconds."""

    def __init__(self, detail: str, retry_after: int) -> None:
        super().__init__(detail)
        self.detail, self.retry_after = detail, retry_after


def unauthorized(detail: str = "Wymagane jest uwierzytelnienie.") -> Problem:
    """HTTP 401."""
    return Problem(401, detail)


def forbidden(reason: str, **security: object) -> Problem:
    """HTTP 403 with a reasonCode of `DENIALS`."""
    return Problem(403, DENIALS[reason], reasonCode=reason, security=security or None)


def missing_permissions(required: Sequence[str], present: Sequence[str]) -> Problem:
    """HTTP 403 that names what would have been needed."""
    return forbidden(
        "missing-permissions",
        requiredAnyOfPermissions=list(required),
        presentPermissions=list(present),
    )


def render(refusal: Refusal, request: Request) -> Response:
    """The response for a refusal, in the format that X-Error-Format asks for."""
    modern = request.headers.get("X-Error-Format", "").strip().lower() == "problem-details"
    if isinstance(refusal, TooMany):
        return _too_many(refusal, request, modern)
    if isinstance(refusal, Invalid):
        return _bad_request(refusal, request) if modern else _exception(refusal)
    if isinstance(refusal, Problem):
        body = _problem(request, refusal.status, refusal.detail) | refusal.extra
        return json_response(body, refusal.status, problem=True)
    raise TypeError(refusal)


def phrase(status: int) -> str:
    """The words of a status; gateways have numbers that no standard names."""
    return http.client.responses.get(status, "Unknown Error")


def _problem(request: Request, status: int, detail: str) -> dict:
    return {
        "title": phrase(status),
        "status": status,
        "instance": request.path,
        "detail": detail,
        "traceId": secrets.token_hex(16),
        "timestamp": clock.stamp(clock.now()),
    }


def _bad_request(refusal: Invalid, request: Request) -> Response:
    error = {"code": refusal.code, "description": TEXTS[refusal.code], "details": refusal.details}
    body = _problem(request, 400, "Żądanie jest nieprawidłowe.") | {"errors": [error]}
    return json_response(body, 400, problem=True)


def _exception(refusal: Invalid) -> Response:
    now = clock.now()
    info = {
        "exceptionDetailList": [
            {
                "exceptionCode": refusal.code,
                "exceptionDescription": TEXTS[refusal.code],
                "details": refusal.details,
            }
        ],
        "referenceNumber": numbers.reference("EX", clock.warsaw_day(now)),
        "serviceCode": f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-00",
        "serviceCtx": "simulator",
        "serviceName": "Undefined",
        "timestamp": clock.stamp(now),
    }
    return json_response({"exception": info}, 400)


def _too_many(refusal: TooMany, request: Request, modern: bool) -> Response:
    if modern:
        response = json_response(_problem(request, 429, refusal.detail), 429, problem=True)
    else:
        status = {"code": 429, "description": "Too Many Requests", "details": [refusal.detail]}
        response = json_response({"status": status}, 429)
    response.headers["Retry-After"] = str(refusal.retry_after)
    return response
