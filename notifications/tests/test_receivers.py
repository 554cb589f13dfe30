"""The receivers of docs/receivers.md, run as they are printed there; and the scheme's published example."""

import base64
import http.client
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from notifications import signing

PAGE = (Path(__file__).parents[2] / "docs" / "receivers.md").read_text()
PUBLISHED = {
    "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "timestamp": 1614265330,
    "body": b'{"test": 2432232314}',
    "signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
COMMANDS = {"python": [sys.executable, "{file}"], "js": ["node", "{file}"], "go": ["go", "run", "{file}"]}
SUFFIXES = {"python": ".py", "js": ".mjs", "go": ".go"}
BODY = b'{"id": "evt_1", "type": "ping", "data": {}}'


def program(language):
    return re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)[1]


def test_the_published_example_is_signed_as_published():
    headers = signing.headers(
        PUBLISHED["id"], PUBLISHED["timestamp"], PUBLISHED["body"], PUBLISHED["secret"], signing.new_secret()
    )

    assert headers["webhook-signature"].split(" ")[0] == PUBLISHED["signature"]


@pytest.mark.parametrize(
    ("changes", "is_genuine"),
    [
        ({}, True),
        ({"now": 1614265330 + 299}, True),
        ({"now": 1614265330 - 299}, True),
        ({"now": 1614265330 + 301}, False),
        ({"now": 1614265330 - 301}, False),
        ({"body": b'{"test": 2432232315}'}, False),
        ({"id": "msg_other"}, False),
        ({"timestamp": "x"}, False),
        ({"signature": ""}, False),
        ({"signature": PUBLISHED["signature"].replace("v1,", "v1a,")}, False),
        ({"signature": f"v1,AAAA v2,x {PUBLISHED['signature']}"}, True),
    ],
)
def test_the_verifier_in_python_knows_the_published_example(monkeypatch, changes, is_genuine):
    monkeypatch.setenv("WEBHOOK_SECRET", PUBLISHED["secret"])
    names = {"__name__": "receiver"}
    exec(compile(program("python"), "receivers.md", "exec"), names)  # noqa: S102  our own page
    case = {**PUBLISHED, "now": PUBLISHED["timestamp"], **changes}

    headers = {f"webhook-{name}": str(case[name]) for name in ("id", "timestamp", "signature")}
    assert names["is_genuine"](case["secret"], headers, case["body"], case["now"]) is is_genuine


@pytest.fixture
def running(tmp_path):
    """`running("js", secret)`: the program of the page, and the port where it answers."""
    started = []

    def run(language, secret):
        command = COMMANDS[language]
        if language != "python" and not shutil.which(command[0]):
            pytest.skip(f"{command[0]} is not installed")
        file = tmp_path / f"receiver{SUFFIXES[language]}"
        file.write_text(program(language))
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        environment = {**os.environ, "WEBHOOK_SECRET": secret, "PORT": str(port)}
        words = [word.format(file=file) for word in command]
        started.append(subprocess.Popen(words, env=environment, start_new_session=True, stdout=subprocess.DEVNULL))
        wait_for(port)
        return port

    yield run
    for each in started:
        os.killpg(each.pid, 9)  # `go run` has a child
        each.wait()


def wait_for(port):
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("It did not start.")


def status(port, headers, body=BODY):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("POST", "/hook", body=body, headers=headers)
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize("language", COMMANDS)
def test_each_receiver_takes_what_we_sign_and_nothing_else(running, language):
    secret, other, now = signing.new_secret(), signing.new_secret(), int(time.time())
    port = running(language, secret)
    good = signing.headers("evt_1", now, BODY, secret)

    assert status(port, good) == 204
    assert status(port, good) == 204  # once more, and known by then
    assert status(port, signing.headers("evt_1", now, BODY, other, secret)) == 204  # its secret was rotated
    assert status(port, signing.headers("evt_1", now, BODY, other)) == 401
    assert status(port, good, BODY.replace(b"ping", b"pong")) == 401
    assert status(port, {**good, "webhook-id": "evt_2"}) == 401
    assert status(port, signing.headers("evt_1", now - 330, BODY, secret)) == 401
    assert status(port, signing.headers("evt_1", now + 360, BODY, secret)) == 401
    assert status(port, {**good, "webhook-timestamp": "soon"}) == 401
    assert status(port, {}) == 401
    assert status(port, good, BODY * 2000) == 400


def test_a_new_secret_has_32_random_bytes():
    one, two = signing.new_secret(), signing.new_secret()

    assert one != two
    assert len(base64.b64decode(one.removeprefix("whsec_"))) == 32
