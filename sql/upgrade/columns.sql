-- Columns that functions have gained since 0.1.0. ALTER FUNCTION cannot add one, and CREATE OR REPLACE refuses another result. DROP
-- FUNCTION would lose the grants on the function, and fail where a view of somebody else reads it. A GRANT here would not help: what an
-- extension's script grants counts as the extension's own, and pg_dump leaves it out. So the result is changed in pg_proc, as
-- PostgreSQL's hstore--1.3--1.4.sql changes arguments. CREATE OR REPLACE FUNCTION follows and sets the rest.
UPDATE pg_catalog.pg_proc AS p
SET proargnames = p.proargnames OPERATOR(pg_catalog.||) g.names,
    proargmodes = p.proargmodes OPERATOR(pg_catalog.||) g.modes,
    proallargtypes = p.proallargtypes OPERATOR(pg_catalog.||) g.types
FROM (
    SELECT f.oid, pg_catalog.array_agg(c.name ORDER BY c.place) AS names, pg_catalog.array_agg('t'::pg_catalog."char") AS modes,
           pg_catalog.array_agg(c.type::pg_catalog.regtype::pg_catalog.oid ORDER BY c.place) AS types
    FROM (VALUES
        ('bake_status(bigint)', '{campaign_key}'::pg_catalog.text[], '{text}'::pg_catalog.text[]),
        ('bind(regclass, regclass, regclass, regclass, jsonb, regclass)', '{note}', '{text}'),
        ('campaign_batch(text)', '{campaign_key}', '{text}'),
        ('classify(interval, timestamptz)', '{campaign_key}', '{text}'),
        ('escalations(timestamptz)', '{campaign_key}', '{text}'),
        ('failed_attempts(interval, timestamptz, integer)', '{campaign_key}', '{text}'),
        ('failure_clusters(interval, timestamptz, integer)', '{needs_action,campaign_name,campaign_key}', '{boolean,text,text}'),
        ('pause(bigint, text)', '{campaign_key}', '{text}'),
        ('pause_batch(text, text)', '{campaign_key}', '{text}'),
        ('paused_campaigns(interval, timestamptz, integer)', '{campaign_key}', '{text}'),
        ('paused_together(bigint)', '{campaign_key}', '{text}'),
        ('plan_unpause(bigint)', '{campaign_key}', '{text}'),
        ('probe_redeem(text, bigint, text)', '{campaign_key}', '{text}'),
        ('reconciliation_drift(interval, timestamptz, interval)', '{currency}', '{text}'),
        ('rotate(bigint[], text[], text[], text, bigint[])', '{new_campaign_key}', '{text}'),
        ('settlement_violations(interval, timestamptz, bigint, integer)', '{campaign_key}', '{text}'),
        ('tick()', '{campaign_key}', '{text}'),
        ('unpause(bigint, text, text[], text, interval, text)', '{campaign_key}', '{text}')
    ) AS v (signature, names, types)
    JOIN pg_catalog.pg_proc AS f
        ON f.oid OPERATOR(pg_catalog.=) pg_catalog.to_regprocedure('promo_guard.' OPERATOR(pg_catalog.||) v.signature)
    CROSS JOIN LATERAL ROWS FROM (pg_catalog.unnest(v.names), pg_catalog.unnest(v.types)) WITH ORDINALITY AS c (name, type, place)
    WHERE c.name OPERATOR(pg_catalog.<>) ALL (f.proargnames)
    GROUP BY f.oid
) AS g
WHERE p.oid OPERATOR(pg_catalog.=) g.oid;

