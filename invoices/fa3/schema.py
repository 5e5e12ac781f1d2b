"""The FA(3) schema as frozen nodes: what may stand where, how often, in which form.

Read once from the XSD documents themselves, so a newer file in `KSEF_SCHEMAS` brings its
new elements along. Only what these documents use is understood: sequences, choices,
restrictions, extensions and unions; anything else raises, so that nothing is lost silently.
"""

from functools import lru_cache

import schemas
from invoices.fa3 import xsd
from invoices.fa3.nodes import Attribute, Facets, Group, Node, Schema

__all__ = ["Attribute", "Facets", "Group", "Node", "Schema"]
__all__ += ["namespace", "node", "nodes", "root", "schema"]


def schema() -> Schema:
    """The schema in force (the installed one or that of `KSEF_SCHEMAS`), read once."""
    files = schemas.fa3_files()
    return _schema(files.digest, files.main)


def root() -> Node:
    """The node of Faktura."""
    return schema().root


def nodes() -> dict[str, Node]:
    """Path below Faktura → node, in document order; 405 of them in FA(3) 1-0E."""
    return schema().nodes


def node(path: str) -> Node:
    """The node of a path without positions; KeyError if FA(3) has no such element."""
    return schema().nodes[path] if path else schema().root


def namespace() -> str:
    """The target namespace of FA(3)."""
    return schema().namespace


@lru_cache(maxsize=4)
def _schema(digest: str, main: str) -> Schema:
    documents = xsd.Documents(schemas.fa3_files())
    return Schema(xsd.read_root(documents, "Faktura"), documents.namespace)
