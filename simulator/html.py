"""The few HTML pages: Polish, plain, without scripts, under a strict policy."""

from html import escape

from werkzeug import Response

from simulator.crypto import sha256

STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem;"
    "color:#1b1b1f;background:#fff}h1{font-size:1.5rem}dl{display:grid;grid-template-columns:"
    "minmax(8rem,14rem) 1fr;gap:.3rem 1rem}dt{color:#55555f}dd{margin:0;overflow-wrap:anywhere}"
    ".mark{border:2px solid #8a4b00;padding:.5rem 1rem;color:#6b3a00;background:#fff6e8}"
    "@media (prefers-color-scheme:dark){body{color:#eee;background:#17171b}dt{color:#aaa}"
    ".mark{color:#ffd9a0;background:#2b2113;border-color:#c98a3a}}"
)
MARK = "Symulator KSeF: to nie jest Krajowy System e-Faktur. Nic z tej strony nie ma mocy prawnej."
HEADERS = {
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
}


def page(title: str, body: str, status: int = 200) -> Response:
    """A whole page; `body` is HTML that the caller has escaped."""
    text = (
        '<!doctype html><html lang="pl"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} · Symulator KSeF</title><style>{STYLE}</style></head><body><main>"
        f'<p class="mark"><strong>{MARK}</strong></p><h1>{escape(title)}</h1>{body}'
        "</main></body></html>"
    )
    response = Response(text, status, content_type="text/html; charset=utf-8")
    response.headers.update(HEADERS | {"Content-Security-Policy": POLICY})
    return response


def facts(pairs: list[tuple[str, str]]) -> str:
    """A list of names and values."""
    items = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in pairs)
    return f"<dl>{items}</dl>"


def paragraph(text: str) -> str:
    """One paragraph."""
    return f"<p>{escape(text)}</p>"


def _policy() -> str:

    # The style element is allowed by its hash, so that nothing else may be inline.
    digest = sha256(STYLE.encode("utf-8"))
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    )


POLICY = _policy()
