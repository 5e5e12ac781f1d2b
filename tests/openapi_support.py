"""KSeF's OpenAPI 2.9.0 for tests: found, pinned by hash, and every exchange held against it.

The file is not ours to carry, so it is taken from the source package of ksef-client, which
the lock pins, and kept in var/cache. Where it cannot be had, `unavailable()` says why, and
one test reports by its skip that no exchange was validated.
"""

import base64
import binascii
import fcntl
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jsonschema

CACHE = Path(__file__).resolve().parent.parent / "var" / "cache" / "openapi.json"
PACKAGE = "ksef-client==0.20.0"
PACKAGE_SHA256 = "7aa2c0ac5addb19d1188d8074eb5de4722c1a3b2e0483caf1a207f85d621b177"
MEMBER = "ksef_client-0.20.0/specs/ksef-openapi.snapshot.json"
FILE_SHA256 = "981a86b6950ba0f68357d65d37f42e2a619e04ec15fb4bd7870cca45f110b702"
# A gateway's or a server's own answers, which the OpenAPI does not list.
UNLISTED = {404, 405, 413, 415, 500, 501, 502, 503, 504}


@cache
def unavailable() -> str | None:
    """Why the OpenAPI file cannot be had; None when it is there."""
    try:
        _load()
    except (OSError, ValueError, KeyError, subprocess.SubprocessError, tarfile.TarError) as error:
        return f"no exchange was validated, the OpenAPI file cannot be had: {error}"[:300]
    return None


@cache
def spec() -> dict[str, Any]:
    """The OpenAPI document, with its schemas turned into JSON Schema."""
    return _as_json_schema(json.loads(_load()))


def _load() -> bytes:
    CACHE.parent.mkdir(parents=True, exist_ok=True)
    with open(CACHE.with_suffix(".lock"), "w") as lock:
        # Several test processes may start at once; one fetches, the others wait.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not CACHE.exists() or _sha256(CACHE.read_bytes()) != FILE_SHA256:
            fresh = CACHE.with_suffix(".new")
            fresh.write_bytes(_fetch())
            fresh.replace(CACHE)
        return CACHE.read_bytes()


def _fetch() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        requirement = Path(folder, "requirement.txt")
        requirement.write_text(f"{PACKAGE} --hash=sha256:{PACKAGE_SHA256}\n")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--disable-pip-version-check", "--retries", "1", "--timeout", "20"]
        command += ["--no-binary", "ksef-client", "--require-hashes", "--dest", folder]
        command += ["--requirement", str(requirement)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=180)
        # The download counts, not what pip then makes of the package's build system.
        found = list(Path(folder).glob("ksef_client-*.tar.gz"))
        if not found or _sha256(found[0].read_bytes()) != PACKAGE_SHA256:
            raise ValueError(f"pip could not download {PACKAGE}: {done.stderr[-150:].strip()}")
        with tarfile.open(found[0]) as archive:
            data = archive.extractfile(MEMBER).read()
    if _sha256(data) != FILE_SHA256:
        raise ValueError("the file in the package is another one")
    return data


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _as_json_schema(node: Any) -> Any:
    """OpenAPI 3.0 to JSON Schema: `nullable`, and no properties but the listed ones."""
    if isinstance(node, list):
        return [_as_json_schema(item) for item in node]
    if not isinstance(node, dict):
        return node
    changed = {key: _as_json_schema(value) for key, value in node.items() if key != "example"}
    if changed.get("type") == "object" and "properties" in changed:
        changed.setdefault("additionalProperties", False)
    if changed.pop("nullable", None) is True:
        return {"anyOf": [changed, {"type": "null"}]}
    return changed


def _formats() -> jsonschema.FormatChecker:
    checker = jsonschema.FormatChecker(["date-time", "date"])

    @checker.checks("byte", raises=binascii.Error)
    def is_base64(value: object) -> bool:
        return not isinstance(value, str) or base64.b64decode(value, validate=True) is not None

    return checker


FORMATS = _formats()


def problems(value: Any, schema: dict[str, Any]) -> list[str]:
    """What is wrong with a value by a schema of the document."""
    document = schema | {"components": spec()["components"]}
    validator = jsonschema.Draft202012Validator(document, format_checker=FORMATS)
    return [f"{error.json_path}: {error.message}"[:300] for error in validator.iter_errors(value)]


@cache
def _patterns() -> list[tuple[re.Pattern, int, dict]]:
    found = []
    for path, operations in spec()["paths"].items():
        pattern = re.sub(r"\{[^}]+\}", "[^/]+", path)
        found.append((re.compile(pattern), path.count("{"), operations))
    # A fixed word wins over a parameter in the same place.
    return sorted(found, key=lambda item: item[1])


def operation(method: str, path: str) -> dict[str, Any] | None:
    """The operation behind a method and a path (with or without /v2, host and query)."""
    plain = re.sub(r"^.*?/v2(?=/)", "", urlsplit(path).path).rstrip("/")
    for pattern, _, operations in _patterns():
        if pattern.fullmatch(plain) and method.lower() in operations:
            return operations[method.lower()]
    return None


def validate_exchange(method, path, request_json, status, response_json, headers) -> None:
    """Hold one exchange against the OpenAPI; AssertionError says what does not agree.

    `request_json`: the JSON sent, or None. `response_json`: bytes, text or parsed JSON, or
    None. `headers`: of the response. Requests are judged only where KSeF accepted them.
    Does nothing where the file cannot be had (see `unavailable`).
    """
    if unavailable():
        return
    found = operation(method, path)
    if found is None:
        assert status in (404, 405), f"{method} {path} is not in the OpenAPI, but gave {status}"
        return
    wrong = _response_problems(found, status, response_json, headers)
    if status < 400:
        wrong += _request_problems(found, request_json, path)
    assert not wrong, f"{method} {path} {status}: {wrong}"


def _request_problems(found: dict, request_json: Any, path: str) -> list[str]:
    wrong = []
    content = found.get("requestBody", {}).get("content", {})
    if "application/json" in content:
        schema = content["application/json"]["schema"]
        wrong += problems({} if request_json is None else request_json, schema)
    known = {p["name"]: p["schema"] for p in found.get("parameters", []) if p["in"] == "query"}
    for name, text in parse_qsl(urlsplit(path).query, keep_blank_values=True):
        wrong += _parameter_problems(name, text, known)
    return wrong


def _parameter_problems(name: str, text: str, known: dict) -> list[str]:
    if name not in known:
        return [f"unknown parameter {name}"]
    schema = known[name]
    value: Any = text
    if schema.get("type") == "array":
        schema = schema["items"]
    elif schema.get("type") == "integer" and text.lstrip("-").isdigit():
        value = int(text)
    elif schema.get("type") == "boolean":
        value = {"true": True, "false": False}.get(text, text)
    return [f"parameter {name}: {problem}" for problem in problems(value, schema)]


def _response_problems(found: dict, status: int, body: Any, headers: Any) -> list[str]:
    if str(status) not in found["responses"]:
        return [] if status in UNLISTED else [f"status {status} is not documented"]
    response = found["responses"][str(status)]
    wrong = _header_problems(response, headers)
    kind = (headers.get("Content-Type") or "").split(";")[0]
    content = response.get("content", {})
    if not content:
        return wrong if body in (None, b"", "") else [*wrong, "a body where none is documented"]
    if kind not in content:
        return [*wrong, f"content type {kind!r}, documented: {', '.join(content)}"]
    if "json" in kind:
        wrong += problems(_parsed(body), content[kind]["schema"])
    return wrong


def _parsed(body: Any) -> Any:
    return json.loads(body) if isinstance(body, bytes | str) else body


def _header_problems(response: dict, headers: Any) -> list[str]:
    wrong = []
    for name, described in response.get("headers", {}).items():
        value = headers.get(name)
        if value is None:
            # Warnings come only when there is something to warn about.
            wrong += [] if name == "X-System-Warning" else [f"header {name} is missing"]
            continue
        value = int(value) if name == "Retry-After" and value.isdigit() else value
        wrong += [f"header {name}: {problem}" for problem in problems(value, described["schema"])]
    return wrong
