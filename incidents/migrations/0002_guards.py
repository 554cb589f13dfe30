from django.db import migrations

EVENTS_ARE_APPEND_ONLY = """
ALTER TABLE incidents_event ADD CONSTRAINT event_incident
    FOREIGN KEY (incident_id) REFERENCES incidents_incident (id) ON DELETE CASCADE;

CREATE FUNCTION incidents_event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Depth 2 and more: the cascade of a deleted incident, which is itself a trigger.
    IF TG_OP = 'DELETE' AND pg_trigger_depth() > 1 THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'the audit log is append-only: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER event_append_only BEFORE UPDATE OR DELETE ON incidents_event
    FOR EACH ROW EXECUTE FUNCTION incidents_event_is_append_only();

REVOKE TRUNCATE ON incidents_event FROM CURRENT_USER;
"""

UNDO_EVENTS = """
GRANT TRUNCATE ON incidents_event TO CURRENT_USER;
DROP TRIGGER event_append_only ON incidents_event;
DROP FUNCTION incidents_event_is_append_only();
ALTER TABLE incidents_event DROP CONSTRAINT event_incident;
"""

INCIDENTS_FOLLOW_THE_RULES = """
CREATE FUNCTION incidents_incident_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.version <= OLD.version THEN
        RAISE EXCEPTION 'a change of an incident must raise its version: caches are filed under it'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.status = 'RESOLVED' AND NEW.status <> 'RESOLVED' OR OLD.status = 'ACK' AND NEW.status = 'OPEN' THEN
        RAISE EXCEPTION 'status % cannot become %', OLD.status, NEW.status USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER incident_guard BEFORE UPDATE ON incidents_incident
    FOR EACH ROW EXECUTE FUNCTION incidents_incident_guard();
"""

UNDO_INCIDENTS = """
DROP TRIGGER incident_guard ON incidents_incident;
DROP FUNCTION incidents_incident_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0001_initial")]

    operations = [
        migrations.RunSQL(EVENTS_ARE_APPEND_ONLY, UNDO_EVENTS),
        migrations.RunSQL(INCIDENTS_FOLLOW_THE_RULES, UNDO_INCIDENTS),
    ]
