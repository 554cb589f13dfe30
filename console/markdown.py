"""Comments and descriptions: Markdown in, HTML that is safe to show out."""

import re
from collections.abc import Iterator
from functools import lru_cache

import nh3
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

TAGS = {
    *("p", "br", "hr", "em", "strong", "s", "code", "pre", "blockquote", "a", "ul", "ol", "li"),
    *("h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {"a": {"href"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto"}

ADDRESS = re.compile(r"https?://[^\s<>\"']+")
AFTER_ADDRESS = ".,;:!?)]}*_~'\""
# What is longer than this is rendered each time that it is shown: the memory is for what comes again and again.
REMEMBERED_LENGTH = 4_000
# A table of few characters can have a million cells, since each row is filled up to the width of the first.
MOST_BARS = 1_000

cleaner = nh3.Cleaner(
    tags=TAGS,
    attributes=ATTRIBUTES,
    url_schemes=SCHEMES,
    link_rel="nofollow noopener",
    set_tag_attribute_values={tag: {"tabindex": "0"} for tag in ("pre", "table")},  # a keyboard scrolls what is wide
)


def render(text: str) -> SafeString:
    """At most 20 µs a character, whatever they are, and rather less as people write."""
    return remembered(text) if len(text) <= REMEMBERED_LENGTH else made(text)


def made(text: str) -> SafeString:
    parser = with_tables if text.count("|") <= MOST_BARS else without_tables
    html = cleaner.clean(parser.render(text))
    if not html.strip():  # definitions of links, say, which show nothing by themselves
        return plain(text)
    return mark_safe(html)  # noqa: S308  nh3 has left nothing in it but TAGS and ATTRIBUTES


remembered = lru_cache(maxsize=1_000)(made)


def plain(text: str) -> SafeString:
    """As it was typed."""
    return format_html('<pre tabindex="0">{}</pre>', text)


def below_the_page(state: StateCore) -> None:
    """A heading in a comment is none of the page's outline."""
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + 3)}"


def link_addresses(state: StateCore) -> None:
    """People paste addresses as they are."""
    for block in state.tokens:
        if block.type == "inline" and block.children and "://" in block.content:
            block.children = list(with_links(block.children))


def with_links(tokens: list[Token]) -> Iterator[Token]:
    depth = 0
    for token in tokens:
        depth += {"link_open": 1, "link_close": -1}.get(token.type, 0)
        if token.type == "text" and depth == 0 and "://" in token.content:
            yield from linked(token.content)
        else:
            yield token


def linked(text: str) -> Iterator[Token]:
    end = 0
    for found in ADDRESS.finditer(text):
        address = found[0].rstrip(AFTER_ADDRESS)
        yield Token("text", "", 0, content=text[end : found.start()])
        yield Token("link_open", "a", 1, attrs={"href": address})
        yield Token("text", "", 0, content=address)
        yield Token("link_close", "a", -1)
        end = found.start() + len(address)
    yield Token("text", "", 0, content=text[end:])


def parser_of(*extensions: str) -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["strikethrough", *extensions])
    parser.disable("image")  # a picture from elsewhere would tell that host who reads this, and when
    parser.core.ruler.push("below_the_page", below_the_page)
    parser.core.ruler.push("link_addresses", link_addresses)
    return parser


with_tables, without_tables = parser_of("table"), parser_of()
