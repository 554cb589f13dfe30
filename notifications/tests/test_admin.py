"""Endpoints and deliveries on the admin site: found by an id, and without a secret."""

import pytest

from core.sealing import unseal
from notifications import services
from notifications.models import Delivery, Endpoint, Entry, Kind

LISTS = {model: f"/admin/notifications/{model._meta.model_name}/" for model in (Endpoint, Delivery, Entry)}


@pytest.fixture
def sent(webhook, opened, work):
    opened(severity="P3")
    work()
    return Delivery.objects.get(endpoint=webhook)


def found(site, model, query):
    response = site.get(f"{LISTS[model]}?{query}")
    assert response.status_code == 200
    return list(response.context["cl"].result_list)


def test_deliveries_are_found_by_their_id_their_incidents_and_their_endpoints(site, webhook, sent, ada):
    other = services.ping(webhook.pk, actor=ada)

    assert found(site, Delivery, f"q={sent.pk}") == [sent]
    assert found(site, Delivery, f"q={sent.incident_id}") == found(site, Delivery, f"incident_id={sent.incident_id}")
    assert sent in found(site, Delivery, f"q={sent.incident_id}")
    assert found(site, Delivery, f"q={webhook.pk}") == found(site, Delivery, f"endpoint={webhook.pk}") == [other, sent]
    assert found(site, Delivery, "state=PENDING&q=" + str(webhook.pk)) == [other]
    assert found(site, Delivery, "q=01a20cd6-cf72-75f2-b115-a1052146a550") == found(site, Delivery, "q=x") == []


def test_endpoints_are_found_by_their_id_and_by_whether_they_are_active(site, webhook, ada):
    channel = services.create_endpoint(kind=Kind.NTFY, secret="{}", actor=ada, description="Phones")
    services.edit_endpoint(channel.pk, actor=ada, is_active=False)

    assert found(site, Endpoint, f"q={webhook.pk}") == found(site, Endpoint, "active=yes") == [webhook]
    assert found(site, Endpoint, "active=no") == [channel]


def test_a_delivery_leads_to_its_history_and_an_endpoint_to_the_audit_log(site, webhook, sent):
    history = site.get(f"{LISTS[Delivery]}{sent.pk}/history/")["Location"]
    log = site.get(f"{LISTS[Endpoint]}{webhook.pk}/history/")["Location"]

    assert history == f"{LISTS[Entry]}?delivery={sent.pk}"
    assert [entry.type for entry in site.get(history).context["cl"].result_list] == ["ATTEMPTED"]
    assert [entry.action for entry in site.get(log).context["cl"].result_list] == ["webhook.created"]


def test_no_page_shows_a_secret(site, webhook, sent, ada):
    services.rotate_secret(webhook.pk, actor=ada)
    webhook.refresh_from_db()
    secrets = [webhook.secret, webhook.previous_secret, unseal(webhook.secret), unseal(webhook.previous_secret)]
    entry = sent.entries.get()

    for path in [*LISTS.values(), *(f"{LISTS[type(row)]}{row.pk}/change/" for row in (webhook, sent, entry))]:
        page = site.get(path)
        assert (page.status_code, [secret for secret in (*secrets, "whsec_") if secret in page.text]) == (200, []), path
