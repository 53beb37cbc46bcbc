-- pg_cron jobs. Run this once in the database that promo_guard is in (cron.database_name), as the role that is to run them:
-- an operator, see promo_guard.grant_operator(), with USAGE on the schema cron. Repeating it changes the jobs and adds none.
-- Each waits at most 5 s for a lock, and takes at most 50 s, so that the next one does not queue behind it. (Where
-- cron.use_background_workers is on, pg_cron reads statement_timeout before the job begins: set it for the role.)
-- What they did is in cron.job_run_details; SELECT cron.unschedule('promo_guard tick') and so on ends them.

-- Advances every bake, and pauses again where that was asked for. Once a minute: a bake that is not ticked is reported.
SELECT cron.schedule('promo_guard tick', '* * * * *', $job$
    SET statement_timeout = '50s'; SET lock_timeout = '5s';
    SELECT promo_guard.tick()
$job$);

-- Notifies the channel promo_guard_escalations of overdue escalations that are not acknowledged; a listener forwards them.
SELECT cron.schedule('promo_guard escalations', '* * * * *', $job$
    SET statement_timeout = '50s'; SET lock_timeout = '5s';
    SELECT pg_notify('promo_guard_escalations', jsonb_build_object('rule', e.rule, 'campaign_id', e.campaign_id::text,
                                                                   'escalate_to', e.escalate_to, 'since', e.since)::text)
    FROM promo_guard.escalations() AS e
    WHERE e.overdue AND e.acknowledged_by IS NULL
$job$);
