//! What dashboards and exporters ask: the view metrics, every query of the Grafana dashboard, the pg_cron jobs.

use promo_guard_tests::{Server, refused, repo, server, table};
use std::fs;
use std::time::{Duration, Instant};

fn reader_of(db: &mut postgres::Client, role: &str, call: &str) {
    db.batch_execute(&format!(
        "DO $$ BEGIN CREATE ROLE {role} LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
         SELECT promo_guard.{call}('{role}')"
    ))
    .unwrap();
}

fn monitoring(file: &str) -> String {
    fs::read_to_string(repo().join("sql/monitoring").join(file)).unwrap()
}

/// One paused campaign with failures and a redemption nobody paid for.
const NIGHT: &str = "
    INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, target_scope, status, valid_from, valid_until)
    VALUES (1, repeat('1', 64), 'ONE', 'One', 'PERCENT_DISCOUNT', 'ALL', 'ACTIVE', now(), now() + interval '1 day');
    UPDATE promo_codes SET status = 'PAUSED', updated_at = now();
    INSERT INTO promo_attempts SELECT g, g, repeat('1', 64), 'EXPIRED', 'API', now() - interval '1 minute', '{}' FROM generate_series(1, 7) AS g;
    INSERT INTO promo_redemptions (id, promo_code_id, user_id, status, created_at, applied_at, updated_at)
    VALUES (gen_random_uuid(), 1, 1, 'APPLIED', now() - interval '20 minutes', now() - interval '20 minutes', now());";

#[test]
fn the_metrics_are_what_the_functions_say_and_a_reader_may_ask() {
    let (mut db, name) = server().bound_database();
    db.batch_execute(NIGHT).unwrap();
    reader_of(&mut db, "metrics_reader", "grant_reader");
    let mut reader = server().connect_as("metrics_reader", &name);
    let value = |reader: &mut postgres::Client, name: &str, label: &str| {
        table(
            reader,
            &format!(
                "SELECT value::bigint FROM promo_guard.metrics WHERE name = 'promo_guard_{name}' AND labels @> '{label}'"
            ),
        )
    };
    assert_eq!(value(&mut reader, "failed_attempts", r#"{"status": "PAUSED"}"#), [["7"]]);
    assert_eq!(value(&mut reader, "campaigns", r#"{"status": "PAUSED"}"#), [["1"]]);
    assert_eq!(
        value(&mut reader, "settlement_violations", r#"{"rule": "applied_without_purchase"}"#),
        [["1"]]
    );
    assert_eq!(value(&mut reader, "incident_open", "{}"), [["0"]]);
    let attempts: Vec<_> = value(&mut reader, "cluster_attempts", "{}");
    let clustered: i64 = attempts.iter().map(|row| row[0].parse::<i64>().unwrap()).sum();
    assert_eq!(clustered, 7, "every failure is in one cluster");
    assert_eq!(value(&mut reader, "paused_seconds", r#"{"campaign_id": "1", "source": "history"}"#).len(), 1);
    let twice = "SELECT name, labels FROM promo_guard.metrics GROUP BY 1, 2 HAVING count(*) > 1";
    assert_eq!(table(&mut reader, twice).len(), 0, "name and labels tell every value apart");

    reader_of(&mut db, "metrics_nobody", "revoke_access");
    let mut nobody = server().connect_as("metrics_nobody", &name);
    assert_eq!(refused(&mut nobody, "SELECT * FROM promo_guard.metrics").code, "42501");
}

#[test]
fn every_query_of_the_dashboard_runs_as_a_reader() {
    let (mut db, name) = server().bound_database();
    db.batch_execute(NIGHT).unwrap();
    reader_of(&mut db, "grafana_reader", "grant_reader");
    let mut reader = server().connect_as("grafana_reader", &name);
    let dashboard: serde_json::Value = serde_json::from_str(&monitoring("grafana.json")).unwrap();
    let mut asked = 0;
    for panel in dashboard["panels"].as_array().unwrap() {
        for target in panel["targets"].as_array().unwrap() {
            let sql = target["rawSql"].as_str().unwrap();
            reader.simple_query(sql).unwrap_or_else(|e| panic!("{}: {e:?}", panel["title"]));
            asked += 1;
        }
    }
    assert_eq!(asked, 10);
    let exporter = monitoring("sql_exporter.yml");
    let query = exporter.lines().find_map(|line| line.trim().strip_prefix("query: ")).unwrap();
    assert!(table(&mut reader, query).len() > 30);
}

#[test]
fn a_scrape_that_meets_a_lock_ends_by_the_limits_of_its_role() {
    let (mut db, name) = server().bound_database();
    reader_of(&mut db, "scraper", "grant_reader");
    db.batch_execute(&monitoring("role.sql").replace(":\"role\"", "scraper")).unwrap();
    let mut holder = server().connect(&name);
    holder.batch_execute("BEGIN; LOCK TABLE promo_codes IN ACCESS EXCLUSIVE MODE").unwrap();
    let mut scraper = server().connect_as("scraper", &name);
    assert_eq!(table(&mut scraper, "SHOW statement_timeout"), [["25s"]]);
    let began = Instant::now();
    let met = promo_guard_tests::refused(&mut scraper, "SELECT count(*) FROM promo_guard.metrics");
    assert_eq!(met.code, "55P03", "{met:?}");
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
}

/// Debian has pg_cron for its own PostgreSQL, 15, alone; it runs a job at the turn of a minute.
#[test]
fn pg_cron_ticks_a_bake_and_tells_of_escalations() {
    let server_now = server();
    let version: i32 =
        table(&mut server_now.connect("postgres"), "SHOW server_version_num")[0][0].parse().unwrap();
    if version / 10_000 != 15 {
        return;
    }
    let cron = Server::start(&[
        "shared_preload_libraries=pg_cron",
        "cron.database_name=shop",
        "cron.use_background_workers=on",
    ]);
    cron.connect("postgres").batch_execute("CREATE DATABASE shop").unwrap();
    let mut db = cron.connect("shop");
    db.batch_execute("CREATE ROLE shop LOGIN; GRANT ALL ON SCHEMA public TO shop; SET ROLE shop").unwrap();
    db.batch_execute(include_str!("../../../sql/reference/schema.sql")).unwrap();
    db.batch_execute("RESET ROLE; CREATE EXTENSION pg_cron; CREATE EXTENSION promo_guard; SELECT promo_guard.bind(); SELECT promo_guard.attach_history()")
        .unwrap();
    reader_of(&mut db, "oncall", "grant_operator");
    db.batch_execute("GRANT USAGE ON SCHEMA cron TO oncall").unwrap();
    let mut oncall = cron.connect_as("oncall", "shop");
    for _ in 0..2 {
        oncall.batch_execute(&monitoring("pg_cron.sql")).unwrap();
    }
    assert_eq!(table(&mut oncall, "SELECT count(*) FROM cron.job"), [["2"]], "repeating adds none");
    let bounded = "SELECT count(*) FROM cron.job WHERE command LIKE '%statement_timeout =%' AND command LIKE '%lock_timeout =%'";
    assert_eq!(table(&mut oncall, bounded), [["2"]]);
    let began = Instant::now();
    loop {
        let ran = table(
            &mut db,
            "SELECT count(DISTINCT jobid) FROM cron.job_run_details WHERE status = 'succeeded'",
        );
        if ran == [["2"]] {
            break;
        }
        let failed = table(
            &mut db,
            "SELECT command, return_message FROM cron.job_run_details WHERE status = 'failed'",
        );
        assert!(failed.is_empty(), "{failed:?}");
        assert!(began.elapsed() < Duration::from_secs(150), "pg_cron ran nothing in two minutes");
        std::thread::sleep(Duration::from_millis(500));
    }
}
