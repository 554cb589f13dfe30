"""What nobody may wait for: somebody must act, and has not been told. /ready/worker asks this."""

PAGE_IS_LATE = """
SELECT EXISTS (
    SELECT 1 FROM notifications_delivery d LEFT JOIN notifications_endpoint e ON e.id = d.endpoint_id
    WHERE d.state = 'PENDING' AND d.priority = 0 AND d.due_at < app_now() - interval '60 s'
      AND (d.person_id IS NOT NULL OR e.is_active))
"""
