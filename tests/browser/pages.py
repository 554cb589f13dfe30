"""Every page, who looks at it, and what it shows then: three events and four hundred, long words, nothing at all."""

from dataclasses import dataclass
from typing import Any

from django.test import Client

from incidents import lifecycle, services
from incidents.models import Incident, IncidentEvent, Status
from tests.browser import notified
from users import links, saved_views, tokens
from users.models import User
from users.tests.authenticators import Passkey, code

FACTORS = "/account/second-factors"
# {short} {busy} {wide} are incidents, {rui} is a person, {reset} and {invitation} are links of mails, {older} is the
# place where the older events begin; {webhook} to {parked} are made in notified.py. At {away} runs a service whose
# database is not there, at {unmade} one whose database has no tables.
PAGES = {
    "log in": ("", "/account/login"),
    "reset": ("", "/account/reset"),
    "reset sent": ("", "/account/reset/sent"),
    "new password": ("", "/account/reset/password?token={reset}"),
    "invitation": ("", "/account/invitation?token={invitation}"),
    "single sign-on failed": ("", "/account/single-sign-on/cancelled"),
    "dashboard": ("rui", "/"),
    "analytics": ("vera", "/analytics"),
    "analytics, filtered": ("rui", "/analytics?days=90&bucket=week&severity=P1&creator=me"),
    "analytics, none": ("rui", "/analytics?from=2001-01-01&to=2001-02-01"),
    "analytics, wrong filter": ("rui", "/analytics?severity=P9"),
    "incidents": ("rui", "/incidents?limit=20"),
    "incidents, filtered": ("rui", "/incidents?q=lag&severity=P2&severity=P3&status=OPEN&assignee=me"),
    "incidents, none": ("rui", "/incidents?q=nothinghasthisword"),
    "incidents, read only": ("vera", "/incidents?limit=5"),
    "incidents, wrong filter": ("rui", "/incidents?severity=P9"),
    "incident": ("rui", "/incidents/{short}"),
    "incident, read only": ("vera", "/incidents/{short}"),
    "incident, request ids": ("ada", "/incidents/{short}"),
    "incident, busy": ("rui", "/incidents/{busy}"),
    "incident, older events": ("rui", "/incidents/{busy}?before={older}"),
    "incident, wide": ("rui", "/incidents/{wide}"),
    "edit title": ("rui", "/incidents/{wide}/title"),
    "edit description": ("rui", "/incidents/{wide}/description"),
    "edit severity": ("rui", "/incidents/{short}/severity"),
    "edit assignee": ("rui", "/incidents/{short}/assignee"),
    "edit metadata": ("rui", "/incidents/{wide}/metadata"),
    "new incident": ("rui", "/incidents/new"),
    "profile": ("rui", "/profile"),
    "security": ("rui", "/security"),
    "tokens": ("rui", "/tokens"),
    "no tokens": ("vera", "/tokens"),
    "second factors": ("rui", FACTORS),
    "second factors, set up": ("fay", FACTORS),
    "recovery codes": ("fay", f"{FACTORS}/recovery-codes"),
    "confirm": ("rui", "/account/confirm"),
    "log out": ("rui", "/account/logout"),
    "people": ("ada", "/people"),
    "invite": ("ada", "/people/invite"),
    "person": ("ada", "/people/{rui}"),
    "limits": ("ada", "/limits"),
    "limits of a person": ("ada", "/limits/user/{rui}"),
    "audit": ("ada", "/audit"),
    "status": ("ada", "/status"),
    "webhooks": ("ada", "/webhooks"),
    "new webhook": ("ada", "/webhooks/new"),
    "webhook": ("ada", "/webhooks/{webhook}"),
    "webhook, failing": ("ada", "/webhooks/{fails}"),
    "webhook, disabled": ("ada", "/webhooks/{off}"),
    "channels": ("ada", "/channels"),
    "new channel": ("ada", "/channels/new"),
    "new channel, HTTP": ("ada", "/channels/new?kind=http"),
    "channel": ("ada", "/channels/{channel}"),
    "mail defaults": ("ada", "/mails"),
    "deliveries": ("ada", "/deliveries"),
    "deliveries, none": ("ada", "/deliveries?state=CANCELLED"),
    "deliveries, wrong filter": ("ada", "/deliveries?incident=nine"),
    "delivery": ("ada", "/deliveries/{delivered}"),
    "delivery, stuck": ("ada", "/deliveries/{stuck}"),
    "delivery, waiting": ("ada", "/deliveries/{waiting}"),
    "delivery, parked": ("ada", "/deliveries/{parked}"),
    "forbidden": ("vera", "/people"),
    "not found": ("rui", "/incidents/0190aaaa-0000-7000-8000-000000000000"),
    "not found, nobody": ("", "/nothing/is/here"),
    "database away": ("rui", "{away}/incidents"),
    "fault": ("rui", "{unmade}/incidents"),
}

WIDE_TITLE = "Überlange‮bidi‬ " + "Donaudampfschifffahrtsgesellschaftskapitän" * 3 + " تعطل قاعدة البيانات بالكامل"
WIDE_TEXT = f"""# {"Heading" * 20}

A paragraph with {"a-very-long-word-" * 20} and <https://example.org/{"path/" * 40}>, and `{"inline code " * 12}`.

| column one | column two | column three | column four | column five |
|---|---|---|---|---|
| {"a cell " * 5} | {"unbroken" * 6} | 3 | 4 | 5 |

```
{"one line of a log that goes on and on " * 6}
```

> {"quoted " * 30}

1. one
2. two
   - {"deep " * 20}
"""


@dataclass(frozen=True)
class Furnished:
    """What is there to look at, and who is there to change it."""

    names: dict[str, str]
    people: dict[str, User]


def furnish(people: dict[str, User], password: str, broken: dict[str, str]) -> Furnished:
    rui = people["rui"]
    list_of_incidents(people)
    add_second_factors(people["fay"], password)
    busy = services.open_incident(title="Four hundred comments", severity="P2", actor=rui)
    for number in range(400):
        services.comment(busy.pk, body=f"Comment **{number}**, and [where](https://example.org/{number}).", actor=rui)
    saved_views.keep(rui, name="Mine, still open", query="status=OPEN&assignee=me")
    tokens.issue_token(rui, name="deploy script", scope="write", actor=rui)
    names: dict[str, Any] = {**broken, "busy": busy.pk, "short": short(people).pk, "wide": wide(people).pk}
    newest = IncidentEvent.objects.filter(incident=busy).order_by("-sequence")
    names["older"] = newest[360].sequence
    names |= {"rui": rui.pk, "reset": links.make(people["vera"], links.Purpose.RESET)}
    names |= notified.furnish(people, Incident.objects.get(pk=names["short"]))
    names["invitation"] = links.make(people["vera"], links.Purpose.INVITATION)
    return Furnished({name: str(value) for name, value in names.items()}, people)


def add_second_factors(user: User, password: str) -> None:
    """By the pages, in a browser of her own."""
    client = Client()
    client.post("/account/login", {"login": user.email, "password": password})
    secret = client.get(f"{FACTORS}/authenticator").context["form"].secret
    client.post(f"{FACTORS}/authenticator", {"code": code(secret)})
    add = f"{FACTORS}/passkeys/add"
    options = client.get(add).context["js_data"]["creation_options"]
    client.post(add, {"name": "Fay's telephone", "credential": Passkey().create(options)})


def list_of_incidents(people: dict[str, User]) -> None:
    for number in range(110):
        incident = services.open_incident(
            title=f"Queue lag on worker-{number}", severity=f"P{number // 3 % 3 + 1}", actor=people["ada"]
        )
        if number % 3 == 0:
            services.edit_incident(incident.pk, actor=people["ada"], assignee=people["rui"].pk)
        if number % 5 == 0:
            lifecycle.change_status(incident.pk, Status.ACK, actor=people["rui"])
        if number % 7 == 0:
            lifecycle.change_status(incident.pk, Status.RESOLVED, actor=people["ada"], note="It went away.")


def short(people: dict[str, User]) -> Incident:
    facts = {"region": "eu-west-1", "runbook": "https://example.org/runbooks/db", "hosts": ["db-7", "db-8"]}
    incident = services.open_incident(
        title="Disk full on db-7", severity="P1", actor=people["ada"], description="The **log** volume.", metadata=facts
    )
    services.comment(incident.pk, body="Rotated the logs; `df -h` says 40 %.", actor=people["rui"])
    lifecycle.change_status(incident.pk, Status.ACK, actor=people["rui"], note="I am on it")
    return incident


def wide(people: dict[str, User]) -> Incident:
    facts = {"key" * 20: "value" * 60, "url": f"https://example.org/{'path/' * 40}", "deep": {"list": ["x" * 90] * 3}}
    incident = services.open_incident(
        title=WIDE_TITLE[:200], severity="P2", actor=people["ada"], description=WIDE_TEXT, metadata=facts
    )
    services.comment(incident.pk, body=WIDE_TEXT, actor=people["rui"])
    services.edit_incident(incident.pk, actor=people["ada"], description=WIDE_TEXT + "\nand more", title="W" * 200)
    lifecycle.change_status(incident.pk, Status.ACK, actor=people["rui"], note="n" * 300)
    return incident
