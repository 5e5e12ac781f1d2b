"""Compiled schemas: lxml for the verdict, xmlschema for exact reasons."""

import threading
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from lxml import etree

from schemas.files import SchemaError, SchemaFiles, schema_files

if TYPE_CHECKING:
    from xmlschema import XMLSchema

_ATTEMPTS = 5
_local = threading.local()
_building = threading.Lock()


def fa3_schema() -> etree.XMLSchema:
    """The FA(3) schema, compiled once per thread."""
    return load("fa3")


def load(name: str) -> etree.XMLSchema:
    """A schema by its short name ("fa3", "auth-2-1", "upo-4-3"), compiled once per thread.

    One object per thread, because a shared one mixes the error logs of its users.
    Raises LookupError if the file is nowhere, SchemaError if it is changed or broken.
    """
    files = schema_files(name)
    cache = _local.__dict__.setdefault("compiled", {})
    key = (files.main, files.digest)
    if key not in cache:
        with _building:
            cache[key] = _compile(files)
    return cache[key]


def fa3_xmlschema() -> "XMLSchema":
    """The FA(3) schema in the library xmlschema: slow, but it explains; built on first use."""
    files = schema_files("fa3")
    with _building:
        return _explaining(files.main, files.digest)


class _LocalOnly(etree.Resolver):
    """Serves includes from memory by file name, whatever address they carry."""

    def __init__(self, files: SchemaFiles) -> None:
        self.files = files

    def resolve(self, system_url, public_id, context):
        data = self.files.contents.get(_file_name(system_url), b"")
        return self.resolve_string(data, context, base_url=system_url)


def _compile(files: SchemaFiles) -> etree.XMLSchema:
    """Tries again after a failure, because one may be chance.

    While other threads parse, libxml2 now and then loses an include. That is always an error,
    never a laxer schema: FA(3) uses types of each of its files.
    """
    for _ in range(_ATTEMPTS - 1):
        try:
            return _compile_once(files)
        except SchemaError:
            continue
    return _compile_once(files)


def _compile_once(files: SchemaFiles) -> etree.XMLSchema:
    parser = etree.XMLParser(no_network=True, resolve_entities=False, load_dtd=False)
    parser.resolvers.add(_LocalOnly(files))
    try:
        return etree.XMLSchema(etree.fromstring(files.contents[files.main], parser))
    except etree.LxmlError as error:
        raise SchemaError(f"the schema {files.paths[files.main]} is broken: {error}") from error


@lru_cache(maxsize=4)
def _explaining(main: str, digest: str) -> "XMLSchema":
    # Half a second of import that only a failing document pays for.
    import xmlschema

    files = schema_files("fa3")

    def to_local(url: str) -> str:
        path = files.paths.get(_file_name(url))
        return path.as_uri() if path else url

    return xmlschema.XMLSchema(files.paths[main], uri_mapper=to_local, allow="local")


def _file_name(url: str | None) -> str:
    return PurePosixPath((url or "").replace("%28", "(").replace("%29", ")")).name
