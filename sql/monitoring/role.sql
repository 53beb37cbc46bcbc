-- Limits of the role that dashboards and exporters log in as: psql -d shop -v role=grafana -f role.sql, as a superuser or a role that
-- may change it. Without them a scrape that waits for the lock of a migration waits as long as the migration, and the next one
-- queues behind it. They hold from the role's next session on.
ALTER ROLE :"role" SET lock_timeout = '5s';
ALTER ROLE :"role" SET statement_timeout = '25s';
