from django.db import migrations

# Each job's NOTIFY, twice, inside the transaction of the change that it belongs to: commits then wait for one another.
# incidents.stream.notifier wakes the workers after the commit instead, once for many; their poll covers the rest.
DROP = "DROP TRIGGER procrastinate_jobs_notify_queue_job_inserted_v1 ON procrastinate_jobs"
UNDO = """
CREATE TRIGGER procrastinate_jobs_notify_queue_job_inserted_v1 AFTER INSERT ON procrastinate_jobs
    FOR EACH ROW WHEN (new.status = 'todo'::procrastinate_job_status)
    EXECUTE PROCEDURE procrastinate_notify_queue_job_inserted_v1()
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0002_app_now"), ("procrastinate", "0041_post_retry_failed_job")]

    operations = [migrations.RunSQL(DROP, UNDO)]
