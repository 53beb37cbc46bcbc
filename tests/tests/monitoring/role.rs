//! The view metrics, and the limits of the role that dashboards and exporters log in as.

use crate::{NIGHT, monitoring, reader_of};
use promo_guard_tests::{refused, server, table};
use std::time::{Duration, Instant};

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
