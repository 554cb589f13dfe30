-- psql -v n=100000 -f fill.sql : n incidents of the peer's distribution, each with its CREATED event, on an empty service
SELECT setseed(0.42);
INSERT INTO users_user (id, password, email, name, role, is_active)
VALUES ('00000000-0000-4000-8000-000000000001', '', 'fill@example.com', 'Fill', 'responder', true)
ON CONFLICT DO NOTHING;
INSERT INTO incidents_incident
    (id, title, description, severity, status, created_by_id, created_at, updated_at, acknowledged_at, resolved_at)
SELECT id, title, description, severity, status, '00000000-0000-4000-8000-000000000001', at, at,
    CASE WHEN status <> 'OPEN' THEN at END, CASE WHEN status = 'RESOLVED' THEN at END
FROM (
    SELECT gen_random_uuid() AS id,
        (ARRAY['Database','API gateway','Checkout','Search','Payment','Login','Queue','Cache','DNS','Storage'])[1 + floor(random() * 10)::int]
        || ' ' || (ARRAY['latency','errors','timeout','outage','saturation','crash loop','disk full','packet loss'])[1 + floor(random() * 8)::int]
        || ' in ' || (ARRAY['eu-west','us-east','ap-south','sa-east'])[1 + floor(random() * 4)::int] || ' #' || g AS title,
        'Monitor ' || md5(g::text) || ' reported that the service is degraded; on-call was paged and is investigating host-'
        || (g % 5000) || '. Runbook section ' || (g % 97) || '. '
        || repeat('Users see elevated error rates on several endpoints. ', 4) AS description,
        (ARRAY['P1','P2','P2','P3','P3','P3','P3','P3','P3','P3'])[1 + floor(random() * 10)::int] AS severity,
        CASE WHEN r < 0.1 THEN 'OPEN' WHEN r < 0.15 THEN 'ACK' ELSE 'RESOLVED' END AS status,
        now() - (:n - g) * interval '20 seconds' AS at
    FROM (SELECT g, random() AS r FROM generate_series(1, :n) g) numbers
) made;
INSERT INTO incidents_event (id, incident_id, type, data, request_id, created_at)
SELECT gen_random_uuid(), id, 'CREATED', jsonb_build_object('title', title, 'severity', severity), '', created_at
FROM incidents_incident i
WHERE NOT EXISTS (SELECT 1 FROM incidents_event e WHERE e.incident_id = i.id);
VACUUM ANALYZE;
