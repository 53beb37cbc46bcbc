//! The jobs of pg_cron.

use crate::{monitoring, reader_of};
use promo_guard_tests::{Server, server, table};
use std::time::{Duration, Instant};

/// Debian has pg_cron for its own PostgreSQL, 15, alone; it runs a job at the turn of a minute.
#[test]
#[ignore = "slow"]
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
