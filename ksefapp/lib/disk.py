"""Recognises the one fault that only freeing space repairs."""

import errno

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
# SQLite says IOERR where the system refused a write for another reason than ENOSPC (a quota, a
# limit); 53100 is PostgreSQL's disk_full.
CODES = frozenset({"SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_SHMSIZE", "53100"})


def is_full(error: BaseException | None) -> bool:
    """Whether the error, or what caused it, says that nothing more can be written."""
    while error is not None:
        code = getattr(error, "sqlite_errorname", None) or getattr(error, "sqlstate", None)
        if code in CODES or (isinstance(error, OSError) and error.errno in FULL):
            return True
        error = error.__cause__ or error.__context__
    return False
