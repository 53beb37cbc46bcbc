-- Appends to the action log, a row for each place of the arrays: $1 action, $2 campaigns, $3 decisions, $4 reason, $5 policy,
-- $6 before, $7 after, $8 checks, $9 overrides. A campaign is in $2 once. The chain's lock is held: the row of the campaign, or the
-- advisory lock of the actions without one.
INSERT INTO promo_guard.action_log
SELECT e.id, e.at, e.action, e.campaign_id, e.decision, e.actor, e.application_name, e.client_addr, e.reason, e.checks,
       e.overrides, e.policy, e.role_setting, e.transaction_id, e.before, e.after, e.incident_id, e.previous_hash,
       promo_guard.action_hash(ROW(e.*)::promo_guard.action_log)
FROM (
    SELECT nextval('promo_guard.action_log_id_seq'::regclass) AS id,
           clock_timestamp() AS at,
           $1 AS action,
           d.campaign_id,
           d.decision,
           session_user::name AS actor,
           nullif(current_setting('application_name'), '') AS application_name,
           inet_client_addr() AS client_addr,
           $4 AS reason,
           $8 AS checks,
           $9 AS overrides,
           $5 AS policy,
           current_setting('role') AS role_setting,
           pg_current_xact_id() AS transaction_id,
           d.before::jsonb AS before,
           d.after::jsonb AS after,
           (SELECT i.id FROM promo_guard.incident AS i WHERE i.closed_at IS NULL) AS incident_id,
           d.previous_hash,
           NULL::text AS hash
    FROM (
        -- A sort reads all before it gives the first: each lookup would otherwise read the rows that this statement has written, and
        -- the time would grow with the square of their number. By place alone no sort is needed, so it is by place + 0.
        SELECT d.campaign_id, d.decision, d.before, d.after, p.previous_hash
        FROM unnest($2::bigint[], $3::text[], $6::text[], $7::text[]) WITH ORDINALITY AS d (campaign_id, decision, before, after, place)
        CROSS JOIN LATERAL (
            SELECT CASE
                WHEN d.campaign_id IS NULL THEN
                    (SELECT l.hash FROM promo_guard.action_log AS l WHERE l.campaign_id IS NULL ORDER BY l.id DESC LIMIT 1)
                ELSE (SELECT l.hash FROM promo_guard.action_log AS l WHERE l.campaign_id = d.campaign_id ORDER BY l.id DESC LIMIT 1)
            END AS previous_hash
            OFFSET 0
        ) AS p
        ORDER BY d.place + 0
    ) AS d
) AS e
RETURNING id, actor::text
