-- Rows as the first release's code left them: into the schema of the first migration of each app.

INSERT INTO users_user (id, email, name, role, password, is_active) VALUES
('01a00000-0000-7000-8000-0000000000a1', 'ada@example.com', 'Ada', 'admin', '!', true),
('01a00000-0000-7000-8000-0000000000a2', 'rui@example.com', 'Rui', 'responder', '!', true),
('01a00000-0000-7000-8000-0000000000a3', 'eva@example.com', 'Eva', 'viewer', '!', false);

-- inc_aaa… of Ada, inc_rrr… of Rui.
INSERT INTO users_api_token (id, user_id, name, scope, prefix, digest) VALUES
('01a00000-0000-7000-8000-0000000000b1', '01a00000-0000-7000-8000-0000000000a1', 'old', 'admin', 'inc_aaaaaa',
 sha256(('inc_' || repeat('a', 40))::bytea)),
('01a00000-0000-7000-8000-0000000000b2', '01a00000-0000-7000-8000-0000000000a2', 'old', 'write', 'inc_rrrrrr',
 sha256(('inc_' || repeat('r', 40))::bytea));

INSERT INTO users_audit_entry (id, action, target_type, target_id, actor_id, after, before, request_id, address) VALUES
('01a00000-0000-7000-8000-0000000000c1', 'user.created', 'user', '01a00000-0000-7000-8000-0000000000a2',
 '01a00000-0000-7000-8000-0000000000a1', '{"email": "rui@example.com", "name": "Rui", "role": "responder"}', '{}',
 'first', '127.0.0.1');

INSERT INTO incidents_incident (id, title, description, severity, status, created_by_id, assignee_id, version,
    created_at, updated_at, acknowledged_at, resolved_at) VALUES
('01a00000-0000-7000-8000-000000000001', 'Checkout is down', '', 'P1', 'OPEN',
 '01a00000-0000-7000-8000-0000000000a2', NULL, 1, '2026-11-01 10:00Z', '2026-11-01 10:00Z', NULL, NULL),
('01a00000-0000-7000-8000-000000000002', 'Disk is slow', 'db-7', 'P2', 'ACK',
 '01a00000-0000-7000-8000-0000000000a2', '01a00000-0000-7000-8000-0000000000a3', 4,
 '2026-11-01 11:00Z', '2026-11-01 11:30Z', '2026-11-01 11:10Z', NULL),
('01a00000-0000-7000-8000-000000000003', 'Nobody knew', '', 'P3', 'RESOLVED',
 NULL, NULL, 2, '2026-11-01 12:00Z', '2026-11-01 13:00Z', NULL, '2026-11-01 13:00Z'),
('01a00000-0000-7000-8000-000000000004', 'Mail queue', '', 'P1', 'RESOLVED',
 '01a00000-0000-7000-8000-0000000000a1', NULL, 4, '2026-11-01 14:00Z', '2026-11-01 16:00Z', '2026-11-01 14:20Z',
 '2026-11-01 16:00Z');

INSERT INTO incidents_event (id, incident_id, type, actor_id, data, request_id, created_at)
SELECT ('01a00000-0000-7000-8000-0000000010' || lpad(number::text, 2, '0'))::uuid,
       ('01a00000-0000-7000-8000-00000000000' || incident)::uuid, type, actor::uuid, data::jsonb, 'first', at::timestamptz
FROM (VALUES
    (1, 1, 'CREATED', '01a00000-0000-7000-8000-0000000000a2',
        '{"title": "Checkout is down", "severity": "P1"}', '2026-11-01 10:00Z'),
    (2, 2, 'CREATED', '01a00000-0000-7000-8000-0000000000a2',
        '{"title": "Disk is slow", "severity": "P2"}', '2026-11-01 11:00Z'),
    (3, 2, 'ASSIGNED', '01a00000-0000-7000-8000-0000000000a1',
        '{"from": null, "to": "01a00000-0000-7000-8000-0000000000a3"}', '2026-11-01 11:05Z'),
    (4, 2, 'STATUS_CHANGED', '01a00000-0000-7000-8000-0000000000a2',
        '{"from": "OPEN", "to": "ACK", "note": ""}', '2026-11-01 11:10Z'),
    (5, 2, 'COMMENTED', '01a00000-0000-7000-8000-0000000000a2',
        '{"body": "The raid controller beeps"}', '2026-11-01 11:30Z'),
    (6, 3, 'CREATED', NULL,
        '{"title": "Nobody knew", "severity": "P3"}', '2026-11-01 12:00Z'),
    (7, 3, 'STATUS_CHANGED', NULL,
        '{"from": "OPEN", "to": "RESOLVED", "note": "gone"}', '2026-11-01 13:00Z'),
    (8, 4, 'CREATED', '01a00000-0000-7000-8000-0000000000a1',
        '{"title": "Mail queue", "severity": "P2"}', '2026-11-01 14:00Z'),
    (9, 4, 'UPDATED', '01a00000-0000-7000-8000-0000000000a1',
        '{"changes": {"severity": {"from": "P2", "to": "P1"}}}', '2026-11-01 14:10Z'),
    (10, 4, 'STATUS_CHANGED', '01a00000-0000-7000-8000-0000000000a1',
        '{"from": "OPEN", "to": "ACK", "note": ""}', '2026-11-01 14:20Z'),
    (11, 4, 'STATUS_CHANGED', '01a00000-0000-7000-8000-0000000000a1',
        '{"from": "ACK", "to": "RESOLVED", "note": ""}', '2026-11-01 16:00Z')
) AS events (number, incident, type, actor, data, at)
ORDER BY number;

-- What Rui's POST of the first incident was answered, under his key. The fingerprint is of that method, path and body.
INSERT INTO core_idempotency_key (principal, key, fingerprint, response, location, expires_at) VALUES
('01a00000-0000-7000-8000-0000000000a2', 'first-1',
 'v1:' || encode(sha256(E'POST\n/v1/incidents\n\n{"severity":"P1","title":"Checkout is down"}'), 'hex'),
 '{"id": "01a00000-0000-7000-8000-000000000001", "number": 1}', '/v1/incidents/01a00000-0000-7000-8000-000000000001',
 now() + interval '1 hour');
