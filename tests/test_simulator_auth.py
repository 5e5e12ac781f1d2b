"""Token login, redeem once, refresh, revoke, expiry, own permissions, KSeF tokens."""

import pytest

from simulator import keys
from simulator.seed import seed
from tests.simulator_support import NIP, OAEP, OTHER_NIP, Sender, b64


def token(sim, nip=NIP):
    return seed(sim.folder, nip).token


def code(answer):
    """The exception code of a 400."""
    assert answer.status == 400, answer.body
    return answer.json["exception"]["exceptionDetailList"][0]["exceptionCode"]


def ending(sim, ksef_token, nip=NIP, **changes):
    sender = Sender(sim.request)
    status = sender.poll(sender.begin(ksef_token, nip, **changes))["status"]
    return status["code"], status["details"]


def test_a_token_logs_in_to_its_own_context(sim):
    assert ending(sim, token(sim)) == (200, None)


def test_login_shows_in_progress_before_it_is_done(sim):
    sim.world.settings.change({"authentication_seconds": 30})
    sender = Sender(sim.request)
    begun = sender.begin(token(sim))
    bearer = begun["authenticationToken"]["token"]
    answer = sender.call("GET", f"/auth/{begun['referenceNumber']}", token=bearer, expect=200)
    assert answer.json["status"]["code"] == 100
    assert code(sender.call("POST", "/auth/token/redeem", token=bearer)) == 21301


def test_a_wrong_token_fails_after_a_while(sim):
    assert ending(sim, token(sim) + "0") == (450, ["Nieprawidłowy token"])


def test_a_token_in_another_context_fails(sim):
    detail = f"Token nie może być użyty w kontekście {OTHER_NIP}"
    assert ending(sim, token(sim), OTHER_NIP) == (450, [detail])


def test_a_token_encrypted_with_another_key_fails(sim):
    other = keys.rsa.generate_private_key(65537, 2048).public_key()
    changes = {"encryptedToken": b64(other.encrypt(b"x|1", OAEP))}
    assert ending(sim, "x", **changes) == (450, ["Nieprawidłowe szyfrowanie tokena"])


@pytest.mark.parametrize(
    ("secret", "detail"),
    [
        (b"no separator", "Nieprawidłowe kodowanie tokena"),
        (b"\xff\xfe|1", "Nieprawidłowe kodowanie tokena"),
        (b"token|1", "Nieprawidłowy czas tokena"),
    ],
)
def test_a_badly_made_secret_fails_with_its_own_detail(sim, secret, detail):
    key, _ = Sender(sim.request).key("KsefTokenEncryption")
    assert ending(sim, "x", encryptedToken=b64(key.encrypt(secret, OAEP))) == (450, [detail])


def test_an_unknown_key_id_is_21470(sim):
    sender = Sender(sim.request)
    body = login_body(sender, publicKeyId=b64(bytes(32)))
    assert code(sender.call("POST", "/auth/ksef-token", token=None, json=body)) == 21470


def login_body(sender, **changes):
    challenge = sender.call("POST", "/auth/challenge", token=None, expect=200).json["challenge"]
    return {
        "challenge": challenge,
        "contextIdentifier": {"type": "Nip", "value": NIP},
        "encryptedToken": b64(bytes(256)),
    } | changes


def test_a_challenge_works_once(sim):
    sender = Sender(sim.request)
    body = login_body(sender)
    sender.call("POST", "/auth/ksef-token", token=None, json=body, expect=202)
    assert code(sender.call("POST", "/auth/ksef-token", token=None, json=body)) == 21111


def test_a_challenge_ends_after_ten_minutes(sim, monkeypatch, tmp_path):
    sender = Sender(sim.request)
    body = login_body(sender)
    move_clock(monkeypatch, tmp_path, 601)
    assert code(sender.call("POST", "/auth/ksef-token", token=None, json=body)) == 21111


def move_clock(monkeypatch, tmp_path, seconds):
    file = tmp_path / "clock"
    file.write_text(str(seconds))
    monkeypatch.setenv("KSEF_TEST_CLOCK", str(file))


def test_tokens_are_redeemed_once(sim):
    sender = Sender(sim.request)
    begun = sender.begin(token(sim))
    sender.redeem(begun)
    bearer = begun["authenticationToken"]["token"]
    assert code(sender.call("POST", "/auth/token/redeem", token=bearer)) == 21301


def test_an_access_token_expires(sender, monkeypatch, tmp_path):
    sender.call("GET", "/rate-limits", expect=200)
    move_clock(monkeypatch, tmp_path, 901)
    sender.call("GET", "/rate-limits", expect=401)


def test_a_refresh_token_gives_a_new_access_token_for_seven_days(sender, monkeypatch, tmp_path):
    move_clock(monkeypatch, tmp_path, 7 * 86400 - 60)
    fresh = sender.call("POST", "/auth/token/refresh", token=sender.refresh, expect=200)
    bearer = fresh.json["accessToken"]["token"]
    sender.call("GET", "/rate-limits", token=bearer, expect=200)
    move_clock(monkeypatch, tmp_path, 7 * 86400 + 160)
    sender.call("POST", "/auth/token/refresh", token=sender.refresh, expect=401)


@pytest.mark.parametrize("bearer", [None, "nonsense", "a.b.c"])
def test_without_a_valid_bearer_token_everything_is_401(sender, bearer):
    sender.call("GET", "/sessions?sessionType=Online", token=bearer, expect=401)


def test_a_refresh_token_is_no_access_token(sender):
    sender.call("GET", "/rate-limits", token=sender.refresh, expect=401)


def test_the_status_of_another_authentication_is_not_shown(sim, sender):
    begun = sender.begin(token(sim))
    other = sender.begin(token(sim))
    bearer = other["authenticationToken"]["token"]
    answer = sender.call("GET", f"/auth/{begun['referenceNumber']}", token=bearer)
    assert code(answer) == 21304


def test_an_operation_is_gone_after_seven_days(sim, monkeypatch, tmp_path):
    sim.world.settings.change({"authentication_token_seconds": 10**9})
    sender = Sender(sim.request)
    begun = sender.begin(token(sim))
    move_clock(monkeypatch, tmp_path, 7 * 86400 + 1)
    bearer = begun["authenticationToken"]["token"]
    sender.call("GET", f"/auth/{begun['referenceNumber']}", token=bearer, expect=410)


def test_a_revoked_session_refreshes_no_more_but_its_access_token_lives_on(sender):
    sender.call("DELETE", "/auth/sessions/current", expect=204)
    assert code(sender.call("POST", "/auth/token/refresh", token=sender.refresh)) == 21301
    sender.call("GET", "/rate-limits", expect=200)


def test_active_sessions_are_listed_and_can_be_revoked(sim, sender):
    other = sim.sender()
    items = sender.call("GET", "/auth/sessions", expect=200).json["items"]
    assert [item["isCurrent"] for item in items] == [False, True]
    sender.call("DELETE", f"/auth/sessions/{items[0]['referenceNumber']}", expect=204)
    assert code(other.call("POST", "/auth/token/refresh", token=other.refresh)) == 21301


def test_a_session_of_someone_else_cannot_be_revoked(sim, sender):
    stranger = sim.sender(OTHER_NIP)
    items = stranger.call("GET", "/auth/sessions", expect=200).json["items"]
    path = f"/auth/sessions/{items[0]['referenceNumber']}"
    assert code(sender.call("DELETE", path)) == 21405


def test_a_policy_binds_the_tokens_to_addresses(sim):
    policy = {"allowedIps": {"ip4Ranges": ["10.0.0.1-10.0.0.9"]}}
    sender = Sender(sim.request)
    begun = sender.begin(token(sim), authorizationPolicy=policy)
    bearer = begun["authenticationToken"]["token"]
    path = f"/auth/{begun['referenceNumber']}"
    answer = sender.call("GET", path, token=bearer, expect=403)
    assert answer.json["security"] == {"clientIp": "127.0.0.1"}


def test_own_permissions_name_those_of_the_token(sender):
    answer = sender.call("POST", "/permissions/query/personal/grants", json={}, expect=200).json
    scopes = {item["permissionScope"] for item in answer["permissions"]}
    assert scopes == {"InvoiceRead", "InvoiceWrite", "Introspection"}
    assert answer["ownerPermissions"] is None


def test_a_token_cannot_make_tokens(sender):
    body = {"permissions": ["InvoiceRead"], "description": "nowy token"}
    answer = sender.call("POST", "/tokens", json=body, expect=403)
    assert answer.json["reasonCode"] == "auth-method-not-allowed"


def test_a_revoked_token_logs_in_no_more(sim, sender):
    reference = sender.call("GET", "/tokens", expect=200).json["tokens"][0]["referenceNumber"]
    sender.call("DELETE", f"/tokens/{reference}", expect=204)
    status = sender.call("GET", f"/tokens/{reference}", expect=200).json
    assert status["status"] == "Revoked"
    assert code(sender.call("POST", "/auth/token/refresh", token=sender.refresh)) == 21301


def test_the_keys_for_both_uses_are_published(sim):
    answer = Sender(sim.request).call(
        "GET", "/security/public-key-certificates", token=None, expect=200
    )
    assert sorted(item["usage"][0] for item in answer.json) == [keys.TOKEN, keys.SYMMETRIC]
