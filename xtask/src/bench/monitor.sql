-- :deals open deals with twenty rows of history each: eleven events, seven activities, two scores. One in eight is neglected.
BEGIN;
INSERT INTO team (id, name) VALUES ('00000000-0000-7000-8000-000000000001', 'Bench') ON CONFLICT DO NOTHING;
INSERT INTO pipeline (id, name) VALUES ('00000000-0000-7000-8000-000000000002', 'Bench');
INSERT INTO stage (id, pipeline_id, name, position, kind)
SELECT ('00000000-0000-7000-8000-0000000001' || lpad(n::text, 2, '0'))::uuid, '00000000-0000-7000-8000-000000000002', 'Stage ' || n, n, 'open'
FROM generate_series(0, 4) AS n;
INSERT INTO contact (id, name) SELECT ('00000000-0000-7000-8000-0000000002' || lpad(n::text, 2, '0'))::uuid, 'Contact ' || n FROM generate_series(0, 9) AS n;
CREATE TEMP TABLE bench ON COMMIT DROP AS
SELECT n, md5('deal' || n)::uuid AS id, n % 8 = 0 AS neglected FROM generate_series(1, :deals) AS n;
INSERT INTO deal (id, source, external_id, title, description, owner_id, pipeline_id, stage_id, value, currency, rep_probability,
                  expected_close, created_at, recorded_at, outcome, custom, version, win_probability, revision)
SELECT id, 'bench', n, 'Deal ' || n, '', (SELECT id FROM app_user WHERE email = 'bench@vectoros.example'),
       '00000000-0000-7000-8000-000000000002', ('00000000-0000-7000-8000-0000000001' || lpad((n % 5)::text, 2, '0'))::uuid,
       1000 + n % 977 * 100, 'USD', 0.5, CURRENT_DATE + CASE WHEN neglected THEN -3 ELSE (n % 90)::int END, now() - interval '80 days', now(),
       'open', '{}', 1, CASE WHEN neglected AND n % 16 = 0 THEN 0.2 ELSE 0.5 END, 0
FROM bench;
INSERT INTO deal_event (id, deal_id, at, recorded_at, kind, old, new)
SELECT gen_random_uuid(), id, now() - interval '80 days' + (k || ' days')::interval * 5, now(),
       (ARRAY['created', 'stage', 'value', 'probability', 'close_date', 'stage', 'value', 'probability', 'close_date', 'value', 'stage'])[k + 1],
       CASE k WHEN 4 THEN NULL WHEN 8 THEN '2026-03-01' WHEN 3 THEN '0.4' WHEN 7 THEN '0.5' END,
       CASE k WHEN 4 THEN '2026-03-01' WHEN 8 THEN '2026-03-05' WHEN 3 THEN '0.5' WHEN 7 THEN '0.5' ELSE (k * 100)::text END
FROM bench, generate_series(0, 10) AS k;
INSERT INTO activity (id, deal_id, key, at, kind, subject, contact_id)
SELECT gen_random_uuid(), id, k::text, now() - interval '3 days' - CASE WHEN neglected THEN interval '30 days' ELSE interval '0' END - (k || ' days')::interval * 6,
       'call', 'Call', ('00000000-0000-7000-8000-0000000002' || lpad(((n + k) % 10)::text, 2, '0'))::uuid
FROM bench, generate_series(0, 6) AS k;
INSERT INTO score (id, deal_id, run_id, at, basis, model_version, probability, low, high, health, reasons, deal_revision)
SELECT gen_random_uuid(), id, gen_random_uuid(), now() - (5 - 4 * k || ' days')::interval, 'model', 1,
       CASE WHEN k = 1 AND neglected AND n % 16 = 0 THEN 0.2 ELSE 0.5 END, 0.1, 0.6, 'watch', '[]', 0
FROM bench, generate_series(0, 1) AS k;
COMMIT;
ANALYZE;
