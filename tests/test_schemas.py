import shutil
import subprocess
import sys
import threading

import pytest
from lxml import etree

import schemas
from schemas import compiled
from schemas import files as schema_files

MAIN = "schemat_FA(3)_v1-0E.xsd"


@pytest.fixture
def own_directory(tmp_path, monkeypatch):
    """A copy of the installed files under KSEF_SCHEMAS."""
    for path in schemas.fa3_files().paths.values():
        shutil.copy(path, tmp_path)
    monkeypatch.setenv("KSEF_SCHEMAS", str(tmp_path))
    return tmp_path


def test_the_installed_schema_is_the_pinned_one():
    found = schemas.fa3_files()
    assert found.main == MAIN
    assert len(found.contents) == 4
    assert found.notes == ()


def test_the_package_is_found_without_running_its_code():
    code = (
        "import sys, schemas; schemas.fa3_schema();"
        "sys.exit(any(name.split('.')[0] == 'ksef_client' for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_one_thread_gets_one_compiled_schema_and_another_its_own():
    seen = []
    thread = threading.Thread(target=lambda: seen.append(schemas.fa3_schema()))
    thread.start()
    thread.join()
    assert schemas.fa3_schema() is schemas.fa3_schema()
    assert schemas.fa3_schema() is not seen[0]


def test_many_threads_compile_at_once():
    ready, verdicts = threading.Barrier(6), []

    def compile_and_use():
        ready.wait()
        verdicts.append(schemas.fa3_schema().validate(etree.fromstring("<Faktura/>")))

    threads = [threading.Thread(target=compile_and_use) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert verdicts == [False] * 6


def test_a_compilation_that_fails_by_chance_is_tried_again(monkeypatch):
    answers = iter([schemas.SchemaError("lost an include"), "compiled"])

    def once(_files):
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(compiled, "_compile_once", once)
    assert compiled._compile(schemas.fa3_files()) == "compiled"


def test_a_changed_file_of_the_package_is_named(tmp_path, monkeypatch):
    for path in schemas.fa3_files().paths.values():
        shutil.copy(path, tmp_path)
    (tmp_path / MAIN).write_bytes((tmp_path / MAIN).read_bytes() + b"<!-- changed -->")
    monkeypatch.setattr(schema_files, "_package_directory", lambda: tmp_path)
    schema_files._schema_files.cache_clear()
    with pytest.raises(schemas.SchemaError, match="FA\\(3\\)_v1-0E"):
        schemas.fa3_files()
    monkeypatch.undo()
    schema_files._schema_files.cache_clear()


def test_a_newer_file_in_the_directory_is_taken_and_noted(own_directory):
    newer = own_directory / "schemat_FA(3)_v1-1E.xsd"
    newer.write_bytes((own_directory / MAIN).read_bytes() + b"\n")
    found = schemas.fa3_files()
    assert found.main == newer.name
    assert found.notes == (newer.name,)


def test_a_directory_without_base_types_borrows_the_installed_ones(own_directory):
    (own_directory / "KodyKrajow_v10-0E.xsd").unlink()
    assert isinstance(schemas.fa3_schema(), etree.XMLSchema)


def test_a_directory_that_does_not_exist_is_an_error(monkeypatch):
    monkeypatch.setenv("KSEF_SCHEMAS", "/nowhere/at/all")
    with pytest.raises(schemas.SchemaError, match="/nowhere/at/all"):
        schemas.fa3_schema()


def test_a_broken_file_is_an_error_that_names_it(own_directory):
    (own_directory / MAIN).write_bytes(b"<xsd:schema")
    with pytest.raises(schemas.SchemaError, match="broken"):
        schemas.fa3_schema()


def test_an_include_that_is_not_here_is_never_fetched(own_directory):
    text = (own_directory / MAIN).read_text(encoding="utf-8")
    (own_directory / MAIN).write_text(
        text.replace("StrukturyDanych_v10-0E.xsd", "Elsewhere.xsd"), encoding="utf-8"
    )
    with pytest.raises(schemas.SchemaError):
        schemas.fa3_schema()


def test_a_schema_nobody_has_is_a_lookup_error():
    with pytest.raises(LookupError, match="KSEF_SCHEMAS"):
        schemas.load("auth-2-1")
    with pytest.raises(LookupError, match="no schema"):
        schemas.load("fa99")


def test_another_schema_dropped_in_is_compiled(own_directory):
    (own_directory / "upo-v4-3.xsd").write_text(
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="a"/></xs:schema>',
        encoding="utf-8",
    )
    assert schemas.load("upo-4-3").validate(etree.fromstring("<a/>"))


def test_the_explaining_schema_agrees_and_needs_no_network():
    explaining = schemas.fa3_xmlschema()
    assert explaining is schemas.fa3_xmlschema()
    assert not explaining.is_valid(etree.fromstring("<Faktura/>"))
