"""The broker of files: a message is seen whole or not at all, and rubbish stops nobody."""

import json
import os
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from queue import Empty

import pytest
from kombu import Connection, Queue

import ksefapp.celery  # noqa: F401 registers the transport
from tests.house_support import ROOT, clean_environment, until

QUEUE = "celery"
CONSUMER = """
import sys, time
from pathlib import Path
from queue import Empty
from tests.test_broker import channel_of, taken
folder, stop = sys.argv[1:]
channel = channel_of(folder)
while True:
    last = Path(stop).exists()
    try:
        print(taken(channel), flush=True)
    except Empty:
        if last:
            break
        time.sleep(0.001)
"""
ON_A_FULL_DISK = """
import os, resource, sys
from tests.test_broker import channel_of, put, taken
folder = sys.argv[1]
channel = channel_of(folder)
put(channel, 1)
limit, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
try:
    put(channel, 2)
except OSError:
    files = len(os.listdir(folder))
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
put(channel, 3)
print(files, taken(channel), taken(channel))
"""
PRODUCER = """
import sys
from tests.test_broker import channel_of, put
folder, start, count, padding = sys.argv[1], *map(int, sys.argv[2:])
channel = channel_of(folder)
for number in range(start, start + count):
    put(channel, number, padding="x" * padding)
"""


def channel_of(folder):
    """A channel as kombu makes it, on this folder."""
    options = {"data_folder_in": str(folder), "data_folder_out": str(folder)}
    return Connection("atomicfs://", transport_options=options).channel()


def put(channel, number: int, queue: str = QUEUE, **more) -> None:
    """Puts the smallest message that kombu can deliver."""
    channel._put(queue, {"number": number, "properties": {"delivery_tag": str(number)}} | more)


def taken(channel) -> int:
    """The number of the next message."""
    return channel._get(QUEUE)["number"]


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "broker"


@pytest.fixture
def channel(folder):
    return channel_of(folder)


def test_messages_come_out_in_the_order_they_went_in(channel):
    for number in range(20):
        put(channel, number)
    assert [taken(channel) for _ in range(20)] == list(range(20))


def test_an_empty_queue_says_so(channel):
    with pytest.raises(Empty):
        channel._get(QUEUE)


def test_queues_do_not_see_each_others_messages(channel):
    put(channel, 1, "other")
    put(channel, 2, f"x.{QUEUE}")
    with pytest.raises(Empty):
        channel._get(QUEUE)


def test_size_and_purge_count_whole_messages(channel, folder):
    for number in range(3):
        put(channel, number)
    (folder / f".aside.{QUEUE}.msg").write_text("{")
    assert channel._size(QUEUE) == channel._purge(QUEUE) == 3
    assert channel._size(QUEUE) == 0


RUBBISH = [b"", b"{", b'{"a": "\xff"}', b"[]", b"null", b"[" * 100_000]
RUBBISH += [b'{"body": "x"}', b'{"properties": []}']


@pytest.mark.parametrize("rubbish", RUBBISH)
def test_a_file_that_is_no_message_is_put_aside_and_the_next_one_served(channel, folder, rubbish):
    folder.mkdir()
    (folder / f"000_first.{QUEUE}.msg").write_bytes(rubbish)
    put(channel, 1)
    assert taken(channel) == 1
    assert channel._size(QUEUE) == 0


def test_a_folder_named_like_a_message_stops_nobody(channel, folder):
    (folder / f"000_first.{QUEUE}.msg").mkdir(parents=True)
    put(channel, 1)
    assert taken(channel) == 1


def test_a_deleted_folder_is_made_again(channel, folder):
    put(channel, 1)
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    with pytest.raises(Empty):
        channel._get(QUEUE)
    put(channel, 2)
    assert taken(channel) == 2


def test_a_task_travels_through_kombu_itself(folder):
    options = {"data_folder_in": str(folder), "data_folder_out": str(folder)}
    with Connection("atomicfs://", transport_options=options) as connection:
        queue = connection.SimpleQueue(Queue(QUEUE, routing_key=QUEUE))
        queue.put({"id": 7})
        message = queue.get(timeout=10)
        message.ack()
        assert message.payload == {"id": 7}
        with pytest.raises(queue.Empty):
            queue.get(timeout=0.3)


def test_threads_that_put_at_once_lose_nothing(folder):
    threads = [threading.Thread(target=lambda n=n: put(channel_of(folder), n)) for n in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    channel = channel_of(folder)
    assert {taken(channel) for _ in threads} == set(range(30))


def test_a_full_disk_is_an_error_that_leaves_nothing_half_written(folder):
    output, errors = _python(ON_A_FULL_DISK, folder).communicate(timeout=60)
    assert (output, errors) == ("1 1 3\n", "")


@pytest.mark.slow
def test_processes_that_put_and_take_at_once_lose_and_repeat_nothing(folder, tmp_path):
    stop, count = tmp_path / "stop", 300
    takers = [_python(CONSUMER, folder, stop) for _ in range(2)]
    putters = [_python(PRODUCER, folder, start, count, 60_000) for start in (0, count)]
    for putter in putters:
        assert putter.communicate(timeout=120)[1] == ""
    stop.touch()
    taken = Counter()
    for taker in takers:
        output, errors = taker.communicate(timeout=120)
        assert errors == ""
        taken.update(map(int, output.split()))
    assert taken == Counter(range(2 * count))


@pytest.mark.slow
def test_a_worker_survives_rubbish_in_its_folder(tmp_path):
    env = clean_environment(KSEF_DATA_DIR=str(tmp_path))
    assert _manage("migrate", "-v0", env=env) == 0
    broker = tmp_path / "broker"
    broker.mkdir()
    for number, rubbish in enumerate([b"", b"{", b"[]", json.dumps({"body": "x"}).encode()]):
        (broker / f"000_{number}.{QUEUE}.msg").write_bytes(rubbish)
    command = [sys.executable, "-m", "celery", "-A", "ksefapp", "worker", "--concurrency", "1"]
    command += ["--loglevel=INFO"]
    with (tmp_path / "worker.log").open("wb") as log:
        worker = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log)
    try:
        until((tmp_path / "run" / "worker.ready").exists, "the worker is ready")
        assert _manage("shell", "-v0", "-c", _RING, env=env) == 0
        log = tmp_path / "worker.log"
        until(lambda: "sweep_task" in log.read_text() and "succeeded" in log.read_text(), "a task")
        assert worker.poll() is None
        assert not list(broker.glob("[!.]*.msg"))
    finally:
        worker.terminate()
        worker.wait(60)


_RING = "from invoices.services.doorbell import ring; ring('sweep_task')"


def _manage(*arguments: str, env: dict[str, str]) -> int:
    return subprocess.run([sys.executable, "manage.py", *arguments], cwd=ROOT, env=env).returncode


def _python(program: str, *arguments) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
