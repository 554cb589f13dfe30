"""Hostile text in every field that the pages of an incident show: it changes no page by an element."""

import pytest

from core import form_keys
from incidents import lifecycle, services
from incidents.models import Status
from tests.corpus import sample_and_corpus
from tests.hostile_text import PAYLOADS, SAMPLE, SCHEMES, Skeleton
from users import services as user_services

ALLOWED_HANDLERS = {"hx-get", "hx-post", "hx-target", "hx-select", "hx-swap", "hx-trigger", "hx-sync", "hx-headers"}
each_trick = sample_and_corpus("payloads", SAMPLE, PAYLOADS)


def opened(text, actor, *, markdown=""):
    incident = services.open_incident(
        title=text[:200], severity="P1", actor=actor, description=markdown, metadata={text: text, "deep": [text]}
    )
    services.edit_incident(incident.pk, actor=actor, title=f"{text[:150]} again", metadata={text: [text]})
    services.edit_incident(incident.pk, actor=actor, assignee=actor.pk)
    lifecycle.change_status(incident.pk, Status.ACK, actor=actor, note=text[:2_000])
    if markdown:
        services.comment(incident.pk, body=markdown, actor=actor)
    return incident


@pytest.fixture
def shape(browser_of, rui):
    """What the page of an incident consists of whose every text, and whose every person's name, is `text`."""
    services.open_incident(title="The one before", severity="P3", actor=rui)
    browser = browser_of(rui)

    def make(text):
        user_services.edit_user(rui.pk, actor=None, name=text[:100])
        incident = opened(text, rui)
        return Skeleton(browser.get(f"/incidents/{incident.pk}").content.decode()).shape

    return make


@each_trick
def test_hostile_text_adds_no_element_and_no_attribute_to_the_page(shape, payloads):
    harmless = [shape("short"), shape("long " * 30)]  # whose title is drawn smaller

    assert [text for text in payloads if shape(text.strip()) not in harmless] == []


def refused(browser, incident, text):
    """Every form, sent back with what was typed into it."""
    path = f"/incidents/{incident.pk}"
    for field in ("title", "description", "severity", "metadata"):
        yield browser.post(f"{path}/{field}", {field: text, "was": ""})
    yield browser.post(f"{path}/comments", {"body": text, form_keys.FIELD: ""})
    yield browser.post(f"{path}/status", {"status": "OPEN", "note": text})
    yield browser.post("/incidents/new", {"title": text, "severity": text, "description": text, "assignee": text})


def test_hostile_text_in_a_form_that_is_sent_back_stays_text(browser_of, ada, incident):
    harmless, hostile = (
        [Skeleton(page.content.decode()).shape for page in refused(browser_of(ada), incident, text)]
        for text in ("harmless " * 300, "".join(PAYLOADS))
    )

    assert hostile == harmless


@each_trick
def test_hostile_text_among_the_duplicates_stays_text(browser_of, rui, payloads):
    shapes = []
    for number in range(0, len(payloads), 5):
        for text in payloads[number : number + 5]:
            services.open_incident(title=f"word{number} {text}"[:200], severity="P1", actor=rui)
        page = browser_of(rui).get("/incidents/duplicates", {"title": f"word{number}"})
        assert f"word{number}" in page.content.decode()
        shapes.append(set(map(str, Skeleton(page.content.decode()).shape)))

    assert all(shape == shapes[0] for shape in shapes)


@each_trick
def test_hostile_markdown_adds_only_what_markdown_has(browser_of, ada, rui, payloads):
    found = []
    for text in payloads:
        incident = opened("harmless", rui, markdown=text)
        page = browser_of(ada).get(f"/incidents/{incident.pk}").content.decode()
        preview = browser_of(ada).post("/preview", {"body": text}).content.decode()
        found += [Skeleton(page), Skeleton(preview)]
    attributes = {name for page in found for _, attributes in page.elements for name in attributes}
    scripts = [attributes for page in found for tag, attributes in page.elements if tag == "script"]

    assert [
        name for name in attributes if name.startswith(("on", "style", "hx-")) and name not in ALLOWED_HANDLERS
    ] == []
    assert [a for page in found for a in page.addresses() if a and not a.startswith(SCHEMES)] == []
    assert {attributes["src"] for attributes in scripts} == {
        a["src"] for a in scripts if a["src"].startswith("/static/")
    }
    assert not any(
        tag in ("iframe", "object", "embed", "style", "base", "math") for p in found for tag, _ in p.elements
    )
