-- pg_cron jobs. Run this once in the database that promo_guard is in (cron.database_name), as the role that is to run them:
-- an operator, see promo_guard.grant_operator(), with USAGE on the schema cron. Repeating it changes the jobs and adds none.
-- What they did is in cron.job_run_details; SELECT cron.unschedule('promo_guard tick') and so on ends them.

-- Advances every bake, and pauses again where that was asked for. Once a minute: a bake that nobody ticks is reported.
SELECT cron.schedule('promo_guard tick', '* * * * *', 'SELECT promo_guard.tick()');

-- Notifies the channel promo_guard_escalations of what is overdue and nobody has acknowledged; whoever listens tells people.
SELECT cron.schedule('promo_guard escalations', '* * * * *', $job$
    SELECT pg_notify('promo_guard_escalations', jsonb_build_object('rule', e.rule, 'campaign_id', e.campaign_id::text,
                                                                   'escalate_to', e.escalate_to, 'since', e.since)::text)
    FROM promo_guard.escalations() AS e
    WHERE e.overdue AND e.acknowledged_by IS NULL
$job$);
