"""docker-compose.yml says nothing untrue, and its settings and commands run on real servers."""

import json
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager

import httpx
import pytest

from ksefapp.accounts.management.commands import up
from tests.compose_stack import Stack
from tests.compose_support import MOUNT, ROOT, VARIABLE, compose, environment
from tests.compose_support import service as described
from tests.house_support import clean_environment, until
from tests.servers import CannotRun, running
from tests.simulator_support import process as simulator_process
from tests.test_settings_reference import variables_documented

STARTS = """
import ksefapp.wsgi, ksefapp.celery, invoices.render.pdf, schemas, simulator
from django.test import Client
from pathlib import Path
assert Path(ksefapp.wsgi.__file__).is_relative_to(Path.cwd())
assert Client().get("/konto/login/", headers={"host": "localhost"}).status_code == 200
"""
OURS = ["migrate", "web", "worker", "beat"]
LONG_RUNNING = [name for name in compose()["services"] if name != "migrate"]
ALL = list(compose()["services"])


@pytest.mark.parametrize("name", OURS)
def test_every_variable_is_in_the_reference(name):
    known = set(variables_documented())
    unknown = {
        key for key in described(name)["environment"] if key.removesuffix("_FILE") not in known
    }
    assert unknown == set()


@pytest.mark.parametrize("name", ALL)
def test_no_secret_is_a_variable(name):
    words = re.compile("PASSWORD|SECRET|KEY|TOKEN")
    for key, value in described(name).get("environment", {}).items():
        assert not words.search(key) or (key.endswith("_FILE") and value.startswith(MOUNT)), key


@pytest.mark.parametrize("name", ALL)
def test_every_secret_that_a_service_reads_is_given_to_it_as_a_file(name):
    values = map(str, described(name).get("environment", {}).values())
    read = {value.removeprefix(MOUNT) for value in values if value.startswith(MOUNT)}
    assert read == set(described(name).get("secrets", []))
    assert all(set(compose()["secrets"][secret]) == {"file"} for secret in read)


@pytest.mark.parametrize("name", ALL)
def test_a_service_has_the_least_rights(name):
    one = described(name)
    assert one["read_only"] is True
    assert one["cap_drop"] == ["ALL"]
    assert one["security_opt"] == ["no-new-privileges:true"]
    assert one["user"].split(":")[0] not in ("root", "0")
    assert not {"privileged", "cap_add", "network_mode", "pid"} & set(one)


@pytest.mark.parametrize("name", LONG_RUNNING)
def test_a_service_is_watched_and_started_again(name):
    assert described(name)["healthcheck"]["test"][0] == "CMD"
    assert described(name)["restart"] == "unless-stopped"


def test_only_the_web_is_reachable_and_only_from_this_machine():
    published = {name: described(name).get("ports") for name in ALL if described(name).get("ports")}
    assert published == {"web": ["127.0.0.1:8000:8000"]}
    assert compose()["networks"]["inside"]["internal"] is True
    assert [described(name)["networks"] for name in ("postgresql", "redis")] == [["inside"]] * 2


@pytest.mark.parametrize(
    ("name", "command"), [("web", up._web(8000)), ("worker", up._worker())], ids=["web", "worker"]
)
def test_the_commands_are_those_of_manage_py_up(name, command):
    here = [word.replace("0.0.0.0", up.HOST) for word in described(name)["command"]]
    assert here == ["python", *command[1:]]
    image = re.search(r"^CMD (\[.*\])", (ROOT / "Dockerfile").read_text(), re.MULTILINE | re.DOTALL)
    assert name != "web" or json.loads(image[1].replace("\\\n", "")) == described("web")["command"]


def test_everything_waits_for_the_migrations():
    for name in ("web", "worker", "beat"):
        condition = described(name)["depends_on"]["migrate"]["condition"]
        assert condition == "service_completed_successfully"


def test_the_address_must_be_given(tmp_path):
    with pytest.raises(KeyError, match="KSEF_SITE_URL"):
        environment("web", tmp_path)


def test_shell_variables_are_settings():
    text = (ROOT / "docker-compose.yml").read_text()
    assert {name for name, *_ in VARIABLE.findall(text)} <= set(variables_documented())


def test_images_are_pinned_by_a_tag_and_none_is_latest():
    images = [described(name)["image"] for name in ALL]
    images += re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert all(re.search(r":[0-9]+\.?[0-9.]*", image) for image in images)


def test_the_image_installs_by_hash_and_does_not_run_as_root():
    text = (ROOT / "Dockerfile").read_text()
    assert "--require-hashes" in text
    assert re.findall(r"^USER (\S+)", text, re.MULTILINE) == [described("web")["user"]]


def test_the_image_holds_what_runs_and_nothing_else():
    wanted = re.findall(r"^!(\S+)", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    assert all((ROOT / name).exists() for name in wanted)
    assert not {"tests", "var", "secrets", ".git"} & set(wanted)
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "benchmarks"}
    assert packages <= set(wanted)


@pytest.mark.slow
def test_what_the_image_holds_is_enough_to_start(tmp_path):
    app = tmp_path / "app"
    for name in re.findall(r"^!(\S+)", (ROOT / ".dockerignore").read_text(), re.MULTILINE):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        app.mkdir(exist_ok=True)
        copy(ROOT / name, app / name)
    env = clean_environment(KSEF_DATA_DIR=str(tmp_path / "data"))
    for words in (["manage.py", "migrate", "-v0"], ["-c", STARTS]):
        ended = subprocess.run([sys.executable, *words], cwd=app, env=env, capture_output=True)
        assert ended.returncode == 0, ended.stderr.decode()


def test_the_image_has_the_debian_packages_of_the_demo():
    needed = re.search(r"^  echo (libpango.*)$", (ROOT / "bin/lib.sh").read_text(), re.MULTILINE)
    assert set(needed[1].split()) <= set((ROOT / "Dockerfile").read_text().split())


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    """PostgreSQL, Redis and a simulator; the file's own migration has run, a demo is seeded."""
    folder = tmp_path_factory.mktemp("stack")
    with servers() as found, simulator_process(folder / "seed" / "simulator") as simulator:
        made = Stack(folder, found, simulator.url)
        for words in (described("migrate")["command"], ["python", "manage.py", "demo_seed"]):
            ended = made.run("seed", words)
            assert ended.returncode == 0, ended.stderr
        yield made


@contextmanager
def servers():
    """Servers for these tests alone: they run once, also where the others run on SQLite."""
    try:
        with running() as found:
            yield found
    except CannotRun as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="module")
def house(stack):
    """The three services of the file, each in a data directory of its own."""
    try:
        for name in ("web", "worker", "beat"):
            stack.start(name)
        yield stack
    finally:
        stack.stop()


@pytest.mark.slow
def test_an_invoice_gets_its_number_under_the_settings_and_commands_of_the_file(house):
    inside = house.inside()
    assert inside.vendor() == "postgresql"
    ids = inside.issue(1)
    until(lambda: inside.rows(ids)[0]["ksef_number"], "the invoice has its number")
    inside.close()


@pytest.mark.slow
def test_pages_behind_the_proxy_are_for_https_only(house):
    address = f"http://127.0.0.1:{house.port}/konto/login/"
    assert httpx.get(address).status_code == 301
    page = httpx.get(address, headers={"X-Forwarded-Proto": "https"})
    assert page.status_code == 200
    assert "max-age" in page.headers["Strict-Transport-Security"]
    assert "Secure" in page.headers["Set-Cookie"]


@pytest.mark.slow
def test_the_web_serves_the_static_files_that_its_pages_name(house):
    headers = {"X-Forwarded-Proto": "https"}
    page = httpx.get(f"http://127.0.0.1:{house.port}/konto/login/", headers=headers).text
    named = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page))
    assert named
    for path in named:
        answer = httpx.get(f"http://127.0.0.1:{house.port}{path}", headers=headers)
        assert answer.status_code == 200, path


@pytest.mark.slow
def test_ready_to_deploy(stack):
    ended = stack.run("web", ["python", "manage.py", "check", "--deploy", "--database", "default"])
    assert ended.returncode == 0
    assert "0 silenced" in ended.stdout
    assert "no issues" in ended.stdout


@pytest.mark.slow
@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_a_health_check_fails_when_its_service_is_dead(house, name):
    assert house.check(name) == 0
    house.kill(name)
    until(lambda: house.check(name) == 1, f"{name} is known to be dead", 30)
