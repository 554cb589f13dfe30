"""Templated HTTP: each value stands as its place demands, and whatever else would stand there is refused at save."""

import json

import pytest

from core.errors import Invalid
from notifications import chats
from notifications.channels import fields
from notifications.models import Delivery

TITLE = 'a "b" \\ & <c> {{number}} {{7*7}} é\r\nX-Evil: 1'
LINE = 'a "b" \\ & <c> {{number}} {{7*7}} é X-Evil: 1'
JSON = "Content-Type: application/json"


@pytest.fixture
def request_of(ada, receiver, opened, work):
    """What the receiver got of an incident with TITLE: its head by lines, its body."""

    def send(path="/sms", **values):
        chats.create_channel("http", {"url": receiver.url(path=path), **values}, actor=ada)
        opened(title=TITLE)
        work()
        head, _, body = receiver.requests[0].partition(b"\r\n\r\n")
        return head.decode().split("\r\n"), body.decode()

    return send


def refusal(**values):
    with pytest.raises(Invalid) as caught:
        fields.check("http", {"url": "http://127.0.0.1:9/sms", **values})
    return {name: messages[0] for name, messages in caught.value.details.items()}


def test_values_in_json_are_strings_whatever_they_hold(request_of):
    _, body = request_of(
        headers=JSON, body='{"text": "{{title}}", "n": ["{{ number }}"], "s": "{{severity}}/{{comment}}"}'
    )

    assert json.loads(body)["text"] == LINE
    assert json.loads(body)["s"] == "P1/"


def test_values_in_the_address_are_encoded(request_of):
    lines, _ = request_of("/{{severity}}/send?to=%2B49&text={{title}}&by={{actor}}", method="GET")

    assert lines[0] == (
        "GET /P1/send?to=%2B49&text=a%20%22b%22%20%5C%20%26%20%3Cc%3E%20%7B%7Bnumber%7D%7D%20%7B%7B7%2A7%7D%7D%20"
        "%C3%A9%20X-Evil%3A%201&by=Rui HTTP/1.1"
    )


def test_values_in_a_header_end_no_header(request_of):
    lines, body = request_of(method="PUT", headers="X-Title: {{title}}\nAuthorization: Bearer abc", body="{{title}}")

    assert 'X-Title: a "b" \\ & <c> {{number}} {{7*7}} ? X-Evil: 1' in lines
    assert "Authorization: Bearer abc" in lines
    assert "Content-Type: text/plain; charset=utf-8" in lines
    assert not [line for line in lines if line.startswith("X-Evil")]
    assert body == LINE


@pytest.mark.parametrize(
    ("type", "body"),
    [
        ("application/x-www-form-urlencoded", "text=a%20%22b%22%20%5C%20%26%20%3Cc%3E%20"),
        ("application/xml", "text=a &quot;b&quot; \\ &amp; &lt;c&gt; "),
    ],
)
def test_the_content_type_says_how_values_stand_in_the_body(request_of, type, body):
    assert request_of(headers=f"content-type: {type}; charset=utf-8", body="text={{title}}")[1].startswith(body)


def test_texts_are_shortened_until_an_address_fits(request_of):
    lines, _ = request_of(f"/?text={{{{text}}}}{'&x={{title}}' * 20}", method="GET")

    assert len(lines[0]) < 2048
    assert lines[0].endswith("%E2%80%A6 HTTP/1.1")


def test_what_is_too_long_however_short_its_texts_fails_for_good(ada, receiver, opened, work):
    body = "{{url}}" * 500
    chats.create_channel("http", {"url": receiver.url(), "body": body}, actor=ada)
    opened()
    work()

    assert receiver.requests == []
    assert Delivery.objects.get().state == "FAILED"


@pytest.mark.parametrize(
    "line",
    [
        *("Host: a", "content-length: 1", "Transfer-Encoding: chunked", "Webhook-Id: 1", "webhook-signature: v1,x"),
        *(
            "Connection: close",
            "Proxy-Authorization: x",
            "Accept-Encoding: gzip",
            "no colon",
            "a b: c",
            ": c",
            "{{title}}: x",
        ),
        *(
            "X: a\rb",
            "X: é",
            "X: a\x00",
            "X: {{nothing}}",
            "X: {{7*7}}",
            "X: 1\nx: 2",
            "Content-Type: {{title}}",
            f"X: {'a' * 1001}",
        ),
        "\n".join(f"X-{n}: 1" for n in range(21)),
    ],
)
def test_a_header_that_frames_signs_or_breaks_the_message_is_refused(line):
    assert list(refusal(headers=line)) == ["headers"]


@pytest.mark.parametrize(
    "body",
    [
        *('{"a": {{number}}}', '{"a": "\\{{title}}"}', '{"a": "\\u00{{number}}"}', '{"a": "b"', "{{title}}"),
        *('{"a": "{{title.__class__}}"}', '{"a": "{{7*7}}"}', '{"a": "{{"}', '{"a": "}}"}', '{"a": "{{ti\ntle}}"}'),
    ],
)
def test_a_json_body_that_a_value_could_break_is_refused(body):
    assert list(refusal(headers=JSON, body=body)) == ["body"]


@pytest.mark.parametrize(
    "url",
    [
        *("http://{{title}}/", "http://127.0.0.1:9{{number}}/", "http://127.0.0.1{{severity}}/", "{{url}}", "ftp://a/"),
        *(
            "http://127.0.0.1:9/{{title}}",
            "http://127.0.0.1:9/?{{x}}",
            "http://127.0.0.1:9/?a={{",
            "http://127.0.0.1:9/#x",
        ),
        *("http://u:p@127.0.0.1:9/", "http://10.0.0.1/?{{title}}", "http://127.0.0.1:9/\r\nX: 1"),
    ],
)
def test_an_address_whose_host_or_path_a_value_could_choose_is_refused(url):
    assert list(refusal(url=url)) == ["url"]


def test_other_methods_and_the_body_of_a_get_are_refused():
    assert list(refusal(method="CONNECT")) == ["method"]
    assert list(refusal(method="GET", body="x")) == ["body"]
