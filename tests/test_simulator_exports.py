"""Exports: packages of invoices, encrypted for the caller, fetched from pre-signed addresses."""

import io
import json
import tarfile
import zipfile

import pytest
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from simulator import export_package
from tests.simulator_support import OAEP, OTHER_NIP, b64, fa3, sha, since, zipped


def code(answer):
    assert answer.status == 400, answer.body
    return answer.json["exception"]["exceptionDetailList"][0]["exceptionCode"]


def move_clock(monkeypatch, tmp_path, seconds):
    file = tmp_path / "clock"
    file.write_text(str(seconds))
    monkeypatch.setenv("KSEF_TEST_CLOCK", str(file))


def send(sender, *numbers):
    sender.send_batch(zipped({f"{number}.xml": fa3(number) for number in numbers}))


def asked(sender, **changes):
    filters = {
        "subjectType": "Subject1",
        "dateRange": {"dateType": "PermanentStorage", "from": since()},
    }
    return {"encryption": sender.encryption(), "filters": filters} | changes


def start(sender, **changes):
    body = asked(sender, **changes)
    return sender.call("POST", "/invoices/exports", json=body, expect=201).json["referenceNumber"]


def finished(sender, reference):
    path = f"/invoices/exports/{reference}"
    return sender.wait(lambda: sender.call("GET", path, expect=200).json, 100)


def fetched(sim, sender, package):
    """The archive of a package: its parts fetched, checked, decrypted and put together."""
    whole = b""
    for part in package["parts"]:
        answer = sim.request("GET", part["url"].removeprefix(sim.world.storage_url))
        assert (answer.status, sha(answer.body)) == (200, part["encryptedPartHash"])
        decryptor = Cipher(algorithms.AES256(sender.aes), modes.CBC(sender.iv)).decryptor()
        unpadder = padding.PKCS7(128).unpadder()
        plain = unpadder.update(decryptor.update(answer.body)) + unpadder.finalize()
        assert (len(plain), sha(plain)) == (part["partSize"], part["partHash"])
        whole += plain
    assert len(whole) == package["size"]
    return whole


def unzipped(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def untarred(data):
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
        return {member.name: archive.extractfile(member).read() for member in archive}


@pytest.mark.parametrize(("compression", "unpack"), [("Zip", unzipped), ("TarGz", untarred)])
def test_a_package_holds_the_very_files_and_their_metadata(sim, sender, compression, unpack):
    send(sender, "1", "2")
    package = finished(sender, start(sender, compressionType=compression))["package"]
    files = unpack(fetched(sim, sender, package))
    listed = json.loads(files.pop("_metadata.json"))["invoices"]
    assert {name: sha(data) for name, data in files.items()} == {
        f"{item['ksefNumber']}.xml": item["invoiceHash"] for item in listed
    }
    assert (package["invoiceCount"], package["isTruncated"]) == (2, False)


def test_metadata_alone_can_be_asked_for(sim, sender):
    send(sender, "1")
    package = finished(sender, start(sender, onlyMetadata=True))["package"]
    assert list(unzipped(fetched(sim, sender, package))) == ["_metadata.json"]
    assert package["invoiceCount"] == 1


def test_large_packages_are_cut_into_parts(sim, sender, monkeypatch):
    monkeypatch.setattr(export_package, "PART", 700)
    send(sender, "1", "2", "3")
    package = finished(sender, start(sender))["package"]
    numbers = [part["ordinalNumber"] for part in package["parts"]]
    assert numbers == [*range(1, len(numbers) + 1)]
    assert len(package["parts"]) > 1
    assert len(unzipped(fetched(sim, sender, package))) == 4


def test_a_full_package_says_where_to_go_on(sim, sender):
    sim.world.settings.change({"export_max_invoices": 1})
    send(sender, "1")
    send(sender, "2")
    package = finished(sender, start(sender))["package"]
    (listed,) = json.loads(unzipped(fetched(sim, sender, package))["_metadata.json"])["invoices"]
    assert package["isTruncated"] is True
    assert package["lastPermanentStorageDate"] == listed["permanentStorageDate"]


def test_nothing_found_is_an_empty_package(sender):
    final = finished(sender, start(sender))
    assert (final["status"]["code"], final["package"]["invoiceCount"]) == (200, 0)


def test_filters_are_those_of_the_metadata_query(sim, sender):
    send(sender, "1", "2")
    body = asked(sender)
    body["filters"]["invoiceNumber"] = "2"
    answer = sender.call("POST", "/invoices/exports", json=body, expect=201).json
    package = finished(sender, answer["referenceNumber"])["package"]
    files = unzipped(fetched(sim, sender, package))
    assert json.loads(files["_metadata.json"])["invoices"][0]["invoiceNumber"] == "2"


def test_ten_exports_may_run_at_once(sim, sender):
    sim.world.settings.change({"export_seconds": 300})
    for _ in range(10):
        start(sender)
    assert code(sender.call("POST", "/invoices/exports", json=asked(sender))) == 21182


def test_a_key_that_does_not_decrypt_is_415(sender):
    body = asked(sender)
    key, _ = sender.key("SymmetricKeyEncryption")
    body["encryption"]["encryptedSymmetricKey"] = b64(key.encrypt(b"short", OAEP))
    answer = sender.call("POST", "/invoices/exports", json=body, expect=201).json
    assert finished(sender, answer["referenceNumber"])["status"]["code"] == 415


def test_a_range_that_has_not_begun_is_420_when_it_is_restricted(sender):
    body = asked(sender)
    body["filters"]["dateRange"] |= {
        "from": "2099-01-01T00:00:00Z",
        "to": "2099-01-02T00:00:00Z",
        "restrictToPermanentStorageHwmDate": True,
    }
    answer = sender.call("POST", "/invoices/exports", json=body, expect=201).json
    assert finished(sender, answer["referenceNumber"])["status"]["code"] == 420


def test_an_export_of_somebody_else_does_not_exist(sim, sender):
    reference = start(sender)
    stranger = sim.sender(OTHER_NIP)
    assert code(stranger.call("GET", f"/invoices/exports/{reference}")) == 21175


def test_a_part_opens_only_by_its_own_signature_and_without_a_token(sim, sender):
    part = finished(sender, start(sender))["package"]["parts"][0]
    path = part["url"].removeprefix(sim.world.storage_url)
    assert sim.request("GET", path.split("?")[0]).status == 403
    bearer = {"Authorization": f"Bearer {sender.access}"}
    assert sim.request("GET", path, headers=bearer).status == 401


@pytest.mark.parametrize(("days", "expected"), [(2, 200), (4, 210)])
def test_a_package_lapses_before_its_status(sim, sender, monkeypatch, tmp_path, days, expected):
    reference = start(sender)
    finished(sender, reference)
    move_clock(monkeypatch, tmp_path, days * 86400)
    renewed = sender.call("POST", "/auth/token/refresh", token=sender.refresh, expect=200).json
    sender.access = renewed["accessToken"]["token"]
    assert finished(sender, reference)["status"]["code"] == expected


def test_after_seven_days_the_export_is_gone(sim, sender, monkeypatch, tmp_path):
    reference = start(sender)
    finished(sender, reference)
    move_clock(monkeypatch, tmp_path, 7 * 86400 + 60)
    later = sim.sender()
    later.call("GET", f"/invoices/exports/{reference}", expect=410)
