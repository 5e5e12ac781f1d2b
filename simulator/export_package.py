"""The package of an export: invoices and their metadata, packed, cut and encrypted on disk."""

import hashlib
import io
import json
import logging
import shutil
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from simulator import clock, metadata, numbers
from simulator.store import Row, Store

log = logging.getLogger("simulator")

PART = 50_000_000
MAX_PACKED = 1_000_000_000
BLOCK = 1 << 20
DATES = {
    "Issue": ("lastIssueDate", "issueDate"),
    "Invoicing": ("lastInvoicingDate", "invoicingDate"),
    "PermanentStorage": ("lastPermanentStorageDate", "permanentStorageDate"),
}


def folder(store: Store, reference: str) -> Path:
    """Where the parts of an export lie."""
    return store.folder / "exports" / reference


def make(world, reference: str) -> None:
    """Make the package of an export that is due; runs in the thread of packages."""
    row = world.store.row("SELECT * FROM exports WHERE reference = ?", reference)
    code, package = 200, None
    try:
        package = _make(world, row)
    except Exception:
        log.exception("export %s", reference)
        code = 500
    with world.store.write() as db:
        db.execute(
            "UPDATE exports SET code = ?, package = ?, completed_at = ? WHERE reference = ?",
            (code, json.dumps(package), clock.stamp(clock.now()), reference),
        )


def _make(world, row: Row) -> dict:
    place = folder(world.store, row["reference"])
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True, mode=0o700)
    filters = metadata.FILTERS(json.loads(row["filters"]), "filters")
    found, truncated = _found(world, row, filters)
    plain = place / "package"
    packed = _pack(world.store, row, found, plain)
    truncated, found = truncated or packed < len(found), found[:packed]
    parts = list(_encrypted(place, plain, row))
    size = plain.stat().st_size
    plain.unlink()
    return _described(filters, found, truncated, size, parts, row)


def _found(world, row: Row, filters: dict) -> tuple[list[dict], bool]:
    limit = world.settings["export_max_invoices"]
    begin, end = metadata.span(filters["dateRange"], clock.parse(row["requested_at"]))
    found = list(metadata.search(world.store, row["context"], filters, begin, end))
    return found[:limit], len(found) > limit


def _pack(store: Store, row: Row, found: list[dict], target: Path) -> int:
    """Write the archive; gives how many invoices went in before it was full."""
    packed = 0
    archive = (_Zip if row["compression"] == "Zip" else _Tar)(target)
    with archive:
        if not row["only_metadata"]:
            for item in found:
                if archive.size() >= MAX_PACKED:
                    break
                number = item["ksefNumber"]
                file = store.row("SELECT xml FROM invoices WHERE ksef_number = ?", number)
                archive.add(f"{number}.xml", file["xml"])
                packed += 1
        else:
            packed = len(found)
        listed = json.dumps({"invoices": found[:packed]}, ensure_ascii=False)
        archive.add("_metadata.json", listed.encode("utf-8"))
    return packed


class _Zip:
    """An archive that says how large it is so far."""

    def __init__(self, path: Path) -> None:
        self._archive = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED)

    def __enter__(self) -> None:
        return None

    def __exit__(self, *error) -> None:
        self._archive.close()

    def size(self) -> int:
        return self._archive.start_dir

    def add(self, name: str, data: bytes) -> None:
        self._archive.writestr(name, data)


class _Tar:
    """As `_Zip`, in the other form."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._archive = tarfile.open(path, "w:gz")  # noqa: SIM115

    def __enter__(self) -> None:
        return None

    def __exit__(self, *error) -> None:
        self._archive.close()

    def size(self) -> int:
        return self._path.stat().st_size

    def add(self, name: str, data: bytes) -> None:
        info = tarfile.TarInfo(name)
        info.size = len(data)
        self._archive.addfile(info, io.BytesIO(data))
        self._archive.members = []


def _encrypted(place: Path, plain: Path, row: Row) -> Iterator[dict]:
    """Cut and encrypt; OpenAPI InvoicePackagePart of each part, without its address."""
    ending = "zip" if row["compression"] == "Zip" else "tar.gz"
    with open(plain, "rb") as source:
        for ordinal in range(1, -(-plain.stat().st_size // PART) + 1):
            before, after = _Measure(), _Measure()
            with open(place / str(ordinal), "wb") as target:
                for block in _ciphertext(source, before, row):
                    after.add(block)
                    target.write(block)
            yield {
                "ordinalNumber": ordinal,
                "partName": f"{row['reference']}-{ordinal:03}.{ending}.aes",
                "partSize": before.size,
                "partHash": before.sha256(),
                "encryptedPartSize": after.size,
                "encryptedPartHash": after.sha256(),
            }


def _ciphertext(source, before: "_Measure", row: Row) -> Iterator[bytes]:
    encryptor = Cipher(algorithms.AES256(row["key"]), modes.CBC(row["iv"])).encryptor()
    padder = padding.PKCS7(128).padder()
    while before.size < PART and (block := source.read(min(BLOCK, PART - before.size))):
        before.add(block)
        yield encryptor.update(padder.update(block))
    yield encryptor.update(padder.finalize()) + encryptor.finalize()


class _Measure:
    """Size and hash of what passes by."""

    def __init__(self) -> None:
        self.size, self._digest = 0, hashlib.sha256()

    def add(self, block: bytes) -> None:
        self.size += len(block)
        self._digest.update(block)

    def sha256(self) -> str:
        return numbers.to_base64(self._digest.digest())


def _described(
    filters: dict, found: list[dict], truncated: bool, size: int, parts: list[dict], row: Row
) -> dict:
    """OpenAPI InvoicePackage, but for the addresses of its parts."""
    kind = filters["dateRange"]["dateType"]
    name, source = DATES[kind]
    last = {name: found[-1][source]} if truncated and found else {}
    storage = kind == "PermanentStorage"
    return {
        "invoiceCount": len(found),
        "size": size,
        "isTruncated": truncated,
        "permanentStorageHwmDate": row["requested_at"] if storage else None,
        "parts": parts,
    } | last
