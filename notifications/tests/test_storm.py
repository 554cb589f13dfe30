"""What a claim reads while much is due, where PostgreSQL's statistics are of a quiet time: they say that nothing is."""

from typing import Any

import pytest

from core.postgres import rows
from notifications import mail_queue, queue
from notifications.models import Endpoint
from users.models import User

FINISHED, DUE = 5_000, 500
FILL = """
INSERT INTO notifications_delivery
    (id, key, type, kind, endpoint_id, person_id, target, incident_id, sequence, payload, request_id, priority, state,
     attempts, due_at, created_at, finished_at)
SELECT gen_random_uuid(), %(state)s::text || number, 'incident.assigned', %(kind)s, %(endpoint)s::uuid,
       %(person)s::uuid, '', md5((number %% %(incidents)s::int)::text)::uuid, number, '{}', '', 2, %(state)s::text, 0,
       now(), now(), CASE WHEN %(state)s::text <> 'PENDING' THEN now() END
FROM generate_series(1, %(count)s) AS number
"""
READ = "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'notifications_delivery'"


@pytest.fixture
def storm(webhook: Endpoint, rui: User) -> None:
    """For one endpoint and one person, five of each incident."""
    rows.run("SET LOCAL statement_timeout = '60s'")
    for count, state in ((FINISHED, "DELIVERED"), (DUE, "PENDING")):
        for kind, endpoint, person in (("webhook", webhook.pk, None), ("mail", None, rui.pk)):
            told = {"kind": kind, "endpoint": endpoint, "person": person}
            rows.run(FILL, {"count": count, "state": state, "incidents": DUE // 5, **told})
        if state == "DELIVERED":
            rows.run("ANALYZE notifications_delivery")
    rows.run("SET LOCAL statement_timeout = '5s'")


def test_a_claim_reads_each_that_is_due_a_few_times(storm: None, settings: Any) -> None:
    settings.MAIL_PER_MINUTE = 1  # so that the one mail takes along others
    for claim in (queue.claim, mail_queue.claim):
        ((before,),) = rows.run(READ)
        claimed = claim(4)
        ((after,),) = rows.run(READ)

        assert claimed
        assert after - before < 20 * DUE
