"""What the queue of jobs, and the workers, look like from outside."""

from prometheus_client.metrics_core import Metric

from core.metric_families import Ask, gauges

JOBS = """
SELECT s.status, (
    SELECT count(*) FROM (
        SELECT FROM procrastinate_jobs j
        WHERE j.status = s.status AND (j.status = 'doing' OR j.scheduled_at IS NULL OR j.scheduled_at <= now())
        LIMIT 10000) AS capped)
FROM (VALUES ('todo'::procrastinate_job_status), ('doing')) AS s (status)
"""
# Of the first hundred by number, which is nearly the order of their coming.
WAITING = """
SELECT coalesce(max(extract(epoch FROM now() - coalesce(j.scheduled_at, e.at))), 0) FROM (
    SELECT id, scheduled_at FROM procrastinate_jobs
    WHERE status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= now()) ORDER BY id LIMIT 100) AS j
CROSS JOIN LATERAL (SELECT min(at) AS at FROM procrastinate_events WHERE job_id = j.id AND type = 'deferred') AS e
"""
WORKERS = """
SELECT count(*) FILTER (WHERE last_heartbeat > now() - interval '30 s'),
       extract(epoch FROM now() - max(last_heartbeat)) FROM procrastinate_workers
"""
# Of what is done by the clock: the last time that it was, of as many as there may be since.
SUCCEEDED = """
SELECT t.task_name, extract(epoch FROM max(e.at))
FROM (SELECT DISTINCT task_name FROM procrastinate_periodic_defers) AS t
CROSS JOIN LATERAL (
    SELECT job_id FROM procrastinate_periodic_defers d
    WHERE d.task_name = t.task_name AND d.periodic_id = '' ORDER BY d.defer_timestamp DESC LIMIT 20) AS d
JOIN procrastinate_events e ON e.job_id = d.job_id AND e.type = 'succeeded'
GROUP BY t.task_name
"""


def collect(ask: Ask) -> list[Metric]:
    return [
        *gauges(ask, JOBS, ("state",), incidents_jobs="Jobs that are due, or run; counted up to 10,000."),
        *gauges(ask, WAITING, (), incidents_jobs_oldest_waiting_seconds="Since when the oldest job that is due waits."),
        *gauges(
            ask,
            WORKERS,
            (),
            incidents_workers="Workers heard of within half a minute.",
            incidents_worker_heartbeat_age_seconds="Since the last word of any worker.",
        ),
        *gauges(
            ask,
            SUCCEEDED,
            ("task",),
            incidents_job_last_success_timestamp_seconds="When a job that is done by the clock was last done.",
        ),
    ]
