"""Moving a company between KSeF environments."""

import pytest
from django.urls import reverse

from ksefapp.accounts import environments
from ksefapp.accounts.environments import MoveRefused, environment_move, move_reasons
from ksefapp.accounts.models import AuditEntry


@pytest.fixture(autouse=True)
def _no_hooks(monkeypatch):
    """What other rooms say is their tests' business."""
    monkeypatch.setattr(environments, "environment_hooks", [])


@pytest.fixture
def keys_outside(settings):
    settings.KSEF_KEYS_FROM_OUTSIDE = True


def move(client, company, to: str):
    return client.post(reverse("environment", args=[company.nip]), {"environment": to})


def to_production(client, company, nip: str):
    return client.post(reverse("environment-production", args=[company.nip]), {"nip": nip})


@pytest.mark.parametrize("to", ["test", "demo"])
def test_try_out_environments_are_free(company, owner, client_of, to):
    move(client_of(owner), company, to)
    company.refresh_from_db()
    assert company.environment == to
    entry = AuditEntry.objects.get(action="environment.move")
    assert entry.details == {"before": "simulator", "after": to}


def test_an_unknown_environment_is_refused(company, owner, client_of):
    assert move(client_of(owner), company, "prod").status_code == 422
    company.refresh_from_db()
    assert company.environment == "simulator"


def test_production_has_its_own_page(company, owner, client_of, keys_outside):
    response = move(client_of(owner), company, "production")
    assert response.url == reverse("environment-production", args=[company.nip])
    company.refresh_from_db()
    assert company.environment == "simulator"


def test_production_needs_the_nip_typed(company, owner, client_of, keys_outside):
    response = to_production(client_of(owner), company, "9542742932")
    assert response.context["form"].errors["nip"]
    company.refresh_from_db()
    assert not company.is_real


def test_production_with_the_nip_typed(company, owner, client_of, keys_outside):
    to_production(client_of(owner), company, "526-587-76-35")
    company.refresh_from_db()
    assert company.is_real


def test_production_is_refused_while_the_keys_lie_beside_the_database(
    company, owner, client_of, settings
):
    settings.KSEF_KEYS_FROM_OUTSIDE = False
    response = to_production(client_of(owner), company, company.nip)
    assert response.status_code == 422
    assert "ksef.W002" in response.content.decode()
    company.refresh_from_db()
    assert not company.is_real


@pytest.mark.parametrize("to", ["test", "demo", "production"])
def test_a_shifted_clock_keeps_the_company_in_the_simulator(
    company, owner, keys_outside, monkeypatch, tmp_path, to
):
    monkeypatch.setenv("KSEF_TEST_CLOCK", str(tmp_path / "offset"))
    with pytest.raises(MoveRefused, match=r"ksef\.E003"):
        environment_move(company=company, environment=to, by=owner)


def test_a_hook_keeps_the_company_where_it_is(company, owner, client_of, monkeypatch):
    monkeypatch.setattr(environments, "environment_hooks", [lambda row: "Są już faktury."])
    response = move(client_of(owner), company, "test")
    assert "Są już faktury." in response.content.decode()
    company.refresh_from_db()
    assert company.environment == "simulator"


def test_a_hook_is_asked_about_the_stored_company(company, owner, monkeypatch):
    asked = []
    monkeypatch.setattr(environments, "environment_hooks", [lambda row: asked.append(row)])
    stale = type(company).objects.get(pk=company.pk)
    environment_move(company=company, environment="demo", by=owner)
    environment_move(company=stale, environment="test", by=owner)
    assert [row.nip for row in asked] == [company.nip] * 2
    assert AuditEntry.objects.first().details["before"] == "demo"


def test_the_way_back_from_production_is_open_until_a_hook_closes_it(company, owner, keys_outside):
    environment_move(company=company, environment="production", by=owner)
    assert environment_move(company=company, environment="demo", by=owner).environment == "demo"


def test_staying_is_no_move(company, owner):
    assert move_reasons(company, "simulator") == []
    environment_move(company=company, environment="simulator", by=owner)
    assert not AuditEntry.objects.exists()
