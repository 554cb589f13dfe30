"""Markdown: what people write comes out as they mean it, what attackers write comes out as text."""

import time

import pytest

from console import markdown
from tests.corpus import sample_and_corpus
from tests.hostile_text import PAYLOADS, SCHEMES, Skeleton


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**full** and `df -h`", "<p><strong>full</strong> and <code>df -h</code></p>"),
        ("one\ntwo", "<p>one<br>\ntwo</p>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("3. a", '<ol start="3">\n<li>a</li>\n</ol>'),
        ("# Big", "<h4>Big</h4>"),
        ("~~no~~", "<p><s>no</s></p>"),
        ("```\n<b>\n```", '<pre tabindex="0"><code>&lt;b&gt;\n</code></pre>'),
        ("<b>5 < 6 & 7</b>", "<p>&lt;b&gt;5 &lt; 6 &amp; 7&lt;/b&gt;</p>"),
        ("[a]: https://example.org", '<pre tabindex="0">[a]: https://example.org</pre>'),
    ],
)
def test_markdown_says_what_was_meant(text, html):
    assert markdown.render(text).strip() == html


def test_tables_are_tables():
    tags = [tag for tag, _ in Skeleton(markdown.render("|a|b|\n|-|-|\n|1|2|")).elements]

    assert tags == ["table", "thead", "tr", "th", "th", "tbody", "tr", "td", "td"]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("see https://example.org/a?b=1&c=2.", "https://example.org/a?b=1&c=2"),
        ("(https://example.org/a)", "https://example.org/a"),
        ("[runbook](https://example.org/r)", "https://example.org/r"),
        ("<https://example.org/r>", "https://example.org/r"),
        ("[mail](mailto:ops@example.org)", "mailto:ops@example.org"),
        ("[here](/incidents)", "/incidents"),
    ],
)
def test_an_address_is_a_link_that_gives_nothing_away(text, address):
    (link,) = [attributes for tag, attributes in Skeleton(markdown.render(text)).elements if tag == "a"]

    assert link == {"href": address, "rel": "nofollow noopener"}


@pytest.mark.parametrize("text", ["`https://example.org`", "```\nhttps://example.org\n```"])
def test_an_address_in_code_is_code(text):
    assert "<a" not in markdown.render(text)


@pytest.mark.parametrize("text", ["![x](https://evil.example/pixel.png)", '<img src="https://evil.example/pixel.png">'])
def test_no_picture_is_fetched_from_elsewhere(text):
    assert "<img" not in markdown.render(text)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_text_becomes_nothing_but_text_and_harmless_links(payload):
    found = Skeleton(markdown.render(payload))

    assert {tag for tag, _ in found.elements} <= markdown.TAGS
    assert {name for _, attributes in found.elements for name in attributes} <= {"href", "rel", "start", "tabindex"}
    assert [address for address in found.addresses() if not address.startswith(SCHEMES)] == []
    assert found.comments == []


def test_the_corpus_is_large_enough():
    assert len(set(PAYLOADS)) >= 60


HOSTILE = [
    "[",
    "*a ",
    "_a_*",
    "**a **",
    "[](",
    "![[]()",
    "<!--",
    "> ",
    "- ",
    "* a\n",
    "|\n",
    "a|",
    "~~a",
    "https://",
    "`",
]
TABLES = ["|a|b|\n|-|-|\n" + "|\n" * 300, "|" + "a|" * 400 + "\n|" + "-|" * 400 + "\n|x\n"]


@sample_and_corpus("parts", ["![[]()", "**a **", TABLES[1]], HOSTILE + TABLES)
def test_no_comment_costs_more_than_two_seconds(parts):
    for part in parts:
        text = (part * 20_000)[:20_000]
        began = time.process_time()
        html = markdown.render(text)

        assert time.process_time() - began < 2, part  # 0.4 s at most on a machine that does nothing else
        assert len(html) < 60 * len(text), part
