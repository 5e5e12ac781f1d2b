"""Batch sessions: opened with the facts of a package, its parts uploaded elsewhere, closed."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from auth_ksef.client import answers, routes
from auth_ksef.client.crypto import SessionKey
from auth_ksef.client.presigned import PartUpload, read_upload
from auth_ksef.client.sessions import FA3, FormCode, feature_headers

ZIP, TAR_GZ = "Zip", "TarGz"


@dataclass(frozen=True)
class PackageFacts:
    """The whole package before encryption: bytes, SHA-256 in hex, ZIP or TAR_GZ."""

    size: int
    sha256: str
    compression: str = ZIP


@dataclass(frozen=True)
class PartFacts:
    """One part after encryption: number from 1, bytes, SHA-256 in hex."""

    ordinal: int
    size: int
    sha256: str


@dataclass(frozen=True)
class BatchOpened:
    """An open batch session and how each of its parts is uploaded, in order."""

    reference_number: str
    uploads: tuple[PartUpload, ...]


class BatchApi:
    """Part of KsefApi: batch sessions."""

    def batch_open(
        self,
        *,
        access: str,
        key: SessionKey,
        package: PackageFacts,
        parts: Sequence[PartFacts],
        offline: bool = False,
        form_code: FormCode = FA3,
    ) -> BatchOpened:
        """Opens a batch session (`POST /sessions/batch`); `offline` is its offlineMode.

        21470 means a rotated key (see `with_fresh_key`). After KsefUnknown nothing can have been
        uploaded: a session that was opened all the same is cancelled by KSeF.
        """
        route = routes.BATCH_OPEN
        body = {
            "formCode": form_code.body(),
            "batchFile": _file(package, parts),
            "encryption": key.encryption(),
            "offlineMode": offline,
        }
        headers = feature_headers(self._door.base)
        data = self._door.json(route, body=body, headers=headers, bearer=access)
        return self._door.read(route, lambda: _opened(data, parts))

    def batch_close(self, *, access: str, session: str) -> None:
        """Ends the upload and starts the processing (`POST /sessions/batch/{ref}/close`).

        After KsefUnknown ask for the session's status: 100 means that it is still open.
        """
        self._door.call(routes.BATCH_CLOSE, path={"referenceNumber": session}, bearer=access)


def _file(package: PackageFacts, parts: Sequence[PartFacts]) -> dict:
    return {
        "fileSize": package.size,
        "fileHash": _base64(package.sha256),
        "compressionType": package.compression,
        "fileParts": [
            {"ordinalNumber": part.ordinal, "fileSize": part.size, "fileHash": _base64(part.sha256)}
            for part in parts
        ],
    }


def _opened(data: dict, parts: Sequence[PartFacts]) -> BatchOpened:
    found = [read_upload(row) for row in answers.rows(data, "partUploadRequests")]
    uploads = sorted(found, key=lambda upload: upload.ordinal)
    if [upload.ordinal for upload in uploads] != sorted(part.ordinal for part in parts):
        raise answers.Malformed("partUploadRequests")
    return BatchOpened(answers.reference(data, "referenceNumber"), tuple(uploads))


def _base64(hex_digest: str) -> str:
    return base64.b64encode(bytes.fromhex(hex_digest)).decode("ascii")
