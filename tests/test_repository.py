"""The repository itself: no traces of a machine, locked packages, small functions, no secrets."""

import ast
import os
import re
from importlib import metadata
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
IGNORED = {line.strip("/\n") for line in (ROOT / ".gitignore").open()} | {".git"}
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
LOCKS = ["requirements.txt", "requirements-dev.txt"]
PYTHONS = ["3.11.0", "3.11.9", "3.12.0", "3.13.0", "3.14.0"]
# Written in parts: this file is read as well.
MACHINE = re.compile(
    "|".join(["/" + "work/", "/" + "root/", "/" + "home/[a-z]", r"\." + "pyenv", "/tmp" + "/[a-z]"])
)
INDEX = re.compile("pypi" + r"\.org|python" + "hosted|--(extra-)?index" + "-url|--find" + "-links")
# Paths inside the container, and the installers' own log.
NOT_A_MACHINE = re.compile(r"/tmp" + r"/ksefapp-apt\.\$\$\.log")
TEXT = {".py", ".md", ".txt", ".in", ".toml", ".yml", ".html", ".css", ".js", ".po", ".sh", ""}
PIN = re.compile(r"[a-z0-9][a-z0-9._\[\],-]*==\S+( ; [^\\]+)? \\")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")
SECRET_NAME = re.compile(r"\.(key|pem|p12|pfx|env|sqlite3)$|^\.env")
PRIVATE_KEY = re.compile("-----BEGIN [A-Z ]*PRIVATE" + " KEY-----\n[A-Za-z0-9+/=\n]{100}")


def files() -> list[Path]:
    """Every file that is not ignored; needs no git."""
    found = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in IGNORED]
        found += [Path(folder, name) for name in names if not name.endswith(".pyc")]
    return sorted(found)


def texts() -> list[tuple[str, str]]:
    """Names and contents of the text files."""
    chosen = [path for path in files() if path.suffix in TEXT and path.name not in IGNORED]
    return [(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")) for path in chosen]


def lines_with(pattern: re.Pattern) -> list[str]:
    """Where the pattern stands: file and line."""
    return [
        f"{name}: {line.strip()[:120]}"
        for name, text in texts()
        for line in text.splitlines()
        if pattern.search(NOT_A_MACHINE.sub("", line))
    ]


def pins(lock: str) -> dict[str, tuple[Requirement, int]]:
    """The packages of a lock: requirement and number of hashes."""
    joined = (ROOT / lock).read_text().replace("\\\n", " ")
    rows = [line for line in joined.splitlines() if line.strip()]
    parsed = [(Requirement(row.split(" --hash")[0]), row.count("--hash=sha256:")) for row in rows]
    return {canonicalize_name(row.name): (row, hashes) for row, hashes in parsed}


def wanted(name: str) -> list[Requirement]:
    """What a person asked for in an `.in` file."""
    rows = (ROOT / name).read_text().splitlines()
    return [Requirement(row) for row in rows if row and not row.startswith(("-", "#"))]


def python(version: str) -> dict[str, str]:
    """The environment of markers under another Python."""
    short = version.rpartition(".")[0]
    return default_environment() | {"python_full_version": version, "python_version": short}


def test_the_files_are_found():
    names = {name for name, _ in texts()}
    assert {"manage.py", "bin/demo", "README.md", "tests/test_repository.py"} <= names
    assert not any(name.startswith((".venv", "var/")) for name in names)


def test_no_file_names_a_path_of_one_machine():
    assert lines_with(MACHINE) == []


def test_no_file_names_a_package_index():
    assert lines_with(INDEX) == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_nothing_but_pins_and_hashes(lock):
    row = re.compile(
        r"[a-z0-9][a-z0-9._\[\],-]*==\S+( ; [^\\]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?"
    )
    bad = [line for line in (ROOT / lock).read_text().splitlines() if not row.fullmatch(line)]
    assert bad == []


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pinned_package_has_a_hash(lock):
    assert {name for name, (_, hashes) in pins(lock).items() if not hashes} == set()


def test_both_locks_pin_the_same_versions():
    run, dev = (pins(lock) for lock in LOCKS)
    differing = {name for name in run.keys() & dev.keys() if run[name][0] != dev[name][0]}
    assert differing == set()


@pytest.mark.parametrize("lock", LOCKS)
def test_what_was_asked_for_is_pinned(lock):
    asked = lock.replace(".txt", ".in")
    assert {canonicalize_name(row.name) for row in wanted(asked)} <= set(pins(lock))


@pytest.mark.parametrize("version", PYTHONS)
def test_installed_packages_find_what_they_need_under_every_python(version):
    environment = python(version)
    pinned = {**pins(LOCKS[0]), **pins(LOCKS[1])}
    missing = {
        f"{name} needs {need}"
        for name in pinned
        for need in _needs(name, environment)
        if not _is_pinned(need, pinned, environment)
    }
    assert missing == set()


def _needs(name: str, environment: dict[str, str]) -> list[Requirement]:
    try:
        declared = metadata.requires(name) or []
    except metadata.PackageNotFoundError:  # for another Python or another system
        return []
    rows = [Requirement(text) for text in declared]
    plain = environment | {"extra": ""}
    return [row for row in rows if row.marker is None or row.marker.evaluate(plain)]


def _is_pinned(need: Requirement, pinned: dict, environment: dict[str, str]) -> bool:
    found = pinned.get(canonicalize_name(need.name))
    if found is None:
        return False
    row = found[0]
    version = next(iter(row.specifier)).version
    applies = row.marker is None or row.marker.evaluate(environment)
    return applies and need.specifier.contains(version, prereleases=True)


@pytest.mark.parametrize("version", PYTHONS)
def test_no_installed_package_refuses_a_python(version):
    refusing = set()
    for name in {**pins(LOCKS[0]), **pins(LOCKS[1])}:
        try:
            needs = metadata.metadata(name)["Requires-Python"] or ""
        except metadata.PackageNotFoundError:
            continue
        if not SpecifierSet(needs).contains(version):
            refusing.add(f"{name}: {needs}")
    assert refusing == set()


@pytest.mark.parametrize("asked", ["requirements.in", "requirements-dev.in"])
def test_every_package_has_its_row_in_the_documentation_and_no_other(asked):
    text = (ROOT / "docs/dependencies.md").read_text(encoding="utf-8")
    run, tests = text.split("## For tests only")
    rows = re.findall(r"^\| ([a-z][a-z0-9\[\],-]+) \|", tests if "dev" in asked else run, re.M)
    rows = [Requirement(row) for row in rows if row != "package"]
    assert sorted(map(_name, rows)) == sorted(map(_name, wanted(asked)))


def _name(row: Requirement) -> str:
    extras = f"[{','.join(sorted(row.extras))}]" if row.extras else ""
    return canonicalize_name(row.name) + extras


def test_no_file_is_or_holds_a_key():
    assert [path.name for path in files() if SECRET_NAME.search(path.name)] == []
    assert [name for name, text in texts() if PRIVATE_KEY.search(text)] == []


def test_what_holds_secrets_and_data_is_ignored():
    assert {"var", "secrets", ".venv"} <= IGNORED


def test_the_readme_opens_with_the_two_commands():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"^(?:    |\$ ?)?(bin/\S+(?: --\w+)?)", text, re.MULTILINE)
    assert commands[:2] == ["bin/demo", "bin/demo --check"]


@pytest.mark.parametrize("name", ["bin/demo", "bin/test", ".ci/run", "manage.py"])
def test_a_command_can_be_run(name):
    assert os.access(ROOT / name, os.X_OK)


def functions() -> list[tuple[int, str]]:
    """Length in lines and name of every function."""
    found = []
    for name, text in texts():
        if name.endswith(".py"):
            nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, DEFINITIONS)]
            found += [(n.end_lineno - n.lineno + 1, f"{name}:{n.name}") for n in nodes]
    return sorted(found)


def test_no_function_is_longer_than_50_lines():
    assert [where for length, where in functions() if length > 50] == []


def test_functions_are_short():
    lengths = [length for length, where in functions() if not where.startswith("tests/")]
    assert lengths[len(lengths) // 2] <= 8
    assert lengths[len(lengths) * 9 // 10] < 32
