"""The official XSDs: found, pinned and compiled, never over the network.

They come installed with the package `ksef-client`; `KSEF_SCHEMAS` names a directory whose
files take their place. Of that package only these files are used, its code is not imported.
"""

from schemas.compiled import fa3_schema, fa3_xmlschema, load
from schemas.files import SchemaError, SchemaFiles, fa3_files, schema_files

__all__ = [
    "SchemaError",
    "SchemaFiles",
    "fa3_files",
    "fa3_schema",
    "fa3_xmlschema",
    "load",
    "schema_files",
]
