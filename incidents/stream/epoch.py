"""Begins a new epoch where the log comes from another cluster, whose transactions counted higher than this one's."""

from core.postgres import rows

# The lock ends every transaction that writes with the old epoch before the new one is told to those that come after.
# Own rows that are not committed are no sign of anything, nor is a database without the tables.
RAISE_IF_BEHIND = """
DO $$
DECLARE
    behind CONSTANT text := '
        SELECT greatest(max(epoch), incidents_epoch()) + 1 FROM (
            (SELECT epoch, xid FROM incidents_event WHERE xid IS NOT NULL
             ORDER BY epoch DESC, xid DESC, sequence DESC LIMIT 1)
            UNION ALL
            (SELECT epoch, xid FROM incidents_deletion WHERE xid IS NOT NULL
             ORDER BY epoch DESC, xid DESC, sequence DESC LIMIT 1)) AS newest
        WHERE (epoch > incidents_epoch()
               OR epoch = incidents_epoch() AND xid >= pg_snapshot_xmax(pg_current_snapshot()))
          AND xid IS DISTINCT FROM pg_current_xact_id_if_assigned()
        HAVING count(*) > 0';
    next integer;
BEGIN
    IF to_regproc('incidents_epoch') IS NULL THEN
        RETURN;
    END IF;
    EXECUTE behind INTO next;
    IF next IS NULL THEN
        RETURN;
    END IF;
    LOCK TABLE incidents_event, incidents_deletion IN SHARE ROW EXCLUSIVE MODE;
    EXECUTE behind INTO next;
    IF next IS NOT NULL THEN
        EXECUTE format(
            'CREATE OR REPLACE FUNCTION incidents_epoch() RETURNS integer LANGUAGE sql STABLE PARALLEL SAFE AS %L',
            format('SELECT %s', next));
    END IF;
END $$
"""


def raise_if_behind() -> None:
    """One look at the newest rows, unless it is so. Raises where the role does not own the function."""
    rows.run(RAISE_IF_BEHIND)
