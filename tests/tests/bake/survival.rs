//! A bake is a row: it survives whatever a session does not.

use super::shop::{shop, shop_on};
use super::{customers, tick, tries, unpaused};
use postgres::Client;
use promo_guard_tests::{Server, refused, server, table};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use std::{env, thread};

/// Settings with which a crash takes nothing back that was committed.
const LASTING: [&str; 3] = ["fsync=on", "full_page_writes=on", "synchronous_commit=on"];

/// A verdict without what differs from one run to the next: the number of the action that paused it again.
const VERDICT: &str = "SELECT state, looks, attempts, failures, users, failing_users, applied, split_part(detail, ' It was paused', 1),
     repause_due, repaused_at IS NOT NULL FROM promo_guard.bake WHERE campaign_id = 7";

/// Bakes campaign 7 with two looks made, then abuse that a third one finds, which is due.
fn half_baked(db: &mut Client) {
    unpaused(db, "pause", 2);
    customers(db, 6000, 5, 2);
    assert!(tick(db).is_empty());
    assert_eq!(table(db, "SELECT looks, baseline IS NOT NULL FROM promo_guard.bake"), [["2", "t"]]);
    db.batch_execute(
        "UPDATE promo_guard.bake SET since = since - interval '3 min', until = until - interval '3 min'",
    )
    .unwrap();
    tries(db, 8000, 40, "NOT_APPLICABLE", 3);
}

/// What the next tick would say; it is taken back.
fn foreseen(db: &mut Client) -> Vec<Vec<String>> {
    db.batch_execute("BEGIN").unwrap();
    tick(db);
    let verdict = table(db, VERDICT);
    db.batch_execute("ROLLBACK").unwrap();
    assert_eq!((verdict[0][0].as_str(), verdict[0][9].as_str()), ("FAILED", "t"), "{verdict:?}");
    verdict
}

/// One pause of that campaign, by one action, the bake's own, and the chains of the log hold.
fn paused_once(db: &mut Client, campaigns: &str) {
    let wrong = table(
        db,
        &format!(
            "SELECT c.id, c.status, b.state, b.repause_due, a.n, h.n, a.last = b.repause_action_id
             FROM promo_codes AS c JOIN promo_guard.bake AS b ON b.campaign_id = c.id
             CROSS JOIN LATERAL (SELECT count(*) AS n, max(l.id) AS last FROM promo_guard.action_log AS l
                                 WHERE l.campaign_id = c.id AND l.action = 'pause') AS a
             CROSS JOIN LATERAL (SELECT count(*) AS n FROM promo_guard.status_history AS s
                                 WHERE s.campaign_id = c.id AND s.kind = 'change' AND s.to_status = 'PAUSED') AS h
             WHERE {campaigns} AND (c.status, b.state, b.repause_due, a.n, h.n, a.last = b.repause_action_id)
                   IS DISTINCT FROM ('PAUSED', 'FAILED', false, 1, 1, true)"
        ),
    );
    assert!(wrong.is_empty(), "{wrong:?}");
    let chain = table(db, "SELECT * FROM promo_guard.doctor() WHERE topic = 'chain' AND level <> 'ok'");
    assert!(chain.is_empty(), "{chain:?}");
}

#[test]
#[ignore = "slow"]
fn two_tickers_at_once_give_one_verdict_and_one_pause() {
    let (mut db, name) = shop();
    unpaused(&mut db, "pause", 5);
    customers(&mut db, 6000, 10, 4);
    tries(&mut db, 8000, 40, "NOT_APPLICABLE", 3);
    let tickers: Vec<_> = (0..8)
        .map(|_| {
            let mut client = server().connect(&name);
            thread::spawn(move || (0..10).map(|_| tick(&mut client).len()).sum::<usize>())
        })
        .collect();
    let changes: usize = tickers.into_iter().map(|t| t.join().unwrap()).sum();
    assert!((1..=2).contains(&changes), "the verdict, and perhaps the pause by another tick: {changes}");
    paused_once(&mut db, "c.id = 7");
}

#[test]
#[ignore = "slow"]
fn a_server_killed_or_restarted_in_the_middle_goes_on_as_if_nothing_had_happened() {
    let mut server = Server::start(&LASTING);
    for (how, in_a_tick) in [("kill", false), ("kill", true), ("restart", false), ("restart", true)] {
        let (mut db, name) = shop_on(&server);
        half_baked(&mut db);
        let wanted = foreseen(&mut db);
        let baseline = "SELECT baseline FROM promo_guard.bake";
        let before = table(&mut db, baseline);
        if in_a_tick {
            db.batch_execute("BEGIN").unwrap();
            assert_eq!(tick(&mut db), [["7", "FAILED"]], "and not committed");
        }
        match how {
            "kill" => server.crash(),
            _ => server.restart(),
        }
        let mut db = server.connect(&name);
        let held = "SELECT b.state, b.looks, c.status FROM promo_guard.bake AS b JOIN promo_codes AS c ON c.id = b.campaign_id";
        assert_eq!(table(&mut db, held), [["RUNNING", "2", "ACTIVE"]], "{how} {in_a_tick}");
        assert_eq!(table(&mut db, baseline), before);
        assert_eq!(tick(&mut db), [["7", "FAILED"]], "{how} {in_a_tick}");
        assert_eq!(table(&mut db, VERDICT), wanted, "{how} {in_a_tick}");
        assert!(tick(&mut db).is_empty());
        // and what is decided stays so
        match how {
            "kill" => server.crash(),
            _ => server.restart(),
        }
        let mut db = server.connect(&name);
        assert!(tick(&mut db).is_empty());
        assert_eq!(table(&mut db, VERDICT), wanted, "{how} {in_a_tick}");
        paused_once(&mut db, "c.id = 7");
    }
}

#[test]
#[ignore = "slow"]
fn a_pause_that_was_due_when_the_server_was_killed_is_made_afterwards() {
    let mut server = Server::start(&LASTING);
    let (mut db, name) = shop_on(&server);
    half_baked(&mut db);
    let mut other = server.connect(&name);
    other.batch_execute("BEGIN; UPDATE promo_codes SET used_total = used_total WHERE id = 7").unwrap();
    assert_eq!(tick(&mut db), [["7", "FAILED"]], "the verdict does not wait for the row");
    server.crash();
    let mut db = server.connect(&name);
    let held = "SELECT b.state, b.repause_due, c.status FROM promo_guard.bake AS b JOIN promo_codes AS c ON c.id = b.campaign_id";
    assert_eq!(table(&mut db, held), [["FAILED", "t", "ACTIVE"]]);
    assert_eq!(tick(&mut db), [["7", "FAILED"]]);
    assert!(tick(&mut db).is_empty());
    paused_once(&mut db, "c.id = 7");
}

/// Eight bakes are ticked by three at once, and the server is killed at some moment of it, again and again.
/// `PROMO_GUARD_CRASHES=30` does it more often.
#[test]
#[ignore = "slow"]
fn a_server_killed_under_three_tickers_leaves_each_bake_whole() {
    let crashes: u64 = env::var("PROMO_GUARD_CRASHES").ok().and_then(|n| n.parse().ok()).unwrap_or(6);
    let mut server = Server::start(&LASTING);
    let (mut db, name) = shop_on(&server);
    let overrides = "{history_explains_pause,not_abuse,burst_over,guard_would_not_repause,config_converts,settlement_clean,traffic_observed}";
    let (mut untouched, mut decided) = (0, 0);
    for round in 0..crashes {
        let (first, last) = (100 + round * 10, 107 + round * 10);
        let these = format!("c.id BETWEEN {first} AND {last}");
        db.batch_execute(&format!(
            "INSERT INTO promo_codes SELECT (jsonb_populate_record(c, jsonb_build_object('id', g, 'status', 'PAUSED', 'code_hash', code(g)))).*
             FROM promo_codes AS c, generate_series({first}, {last}) AS g WHERE c.id = 7;
             SELECT promo_guard.unpause(g, 'clean', '{overrides}', on_regression => 'pause') FROM generate_series({first}, {last}) AS g;
             UPDATE promo_guard.bake SET since = since - interval '5 min', until = until - interval '5 min' WHERE state = 'RUNNING';
             SELECT attempts(g, 8000, 40, 'NOT_APPLICABLE', NULL, 40, '3 min', '2 s') FROM generate_series({first}, {last}) AS g"
        ))
        .unwrap();
        let over = AtomicBool::new(false);
        let clients: Vec<Client> = (0..3).map(|_| server.connect(&name)).collect();
        thread::scope(|scope| {
            for mut client in clients {
                let over = &over;
                scope.spawn(move || {
                    while !over.load(Ordering::SeqCst)
                        && client.simple_query("SELECT * FROM promo_guard.tick()").is_ok()
                    {
                    }
                });
            }
            // from at once to when all are done, whatever that takes here
            thread::sleep(Duration::from_millis(round * round * 7 % 211));
            server.crash();
            over.store(true, Ordering::SeqCst);
        });
        db = server.connect(&name);
        let half = table(
            &mut db,
            &format!(
                "SELECT c.id, c.status, b.state, b.repause_due, b.repaused_at FROM promo_codes AS c JOIN promo_guard.bake AS b ON b.campaign_id = c.id
                 WHERE {these} AND (c.status = 'PAUSED') <> (b.repaused_at IS NOT NULL) OR b.state NOT IN ('RUNNING', 'FAILED')"
            ),
        );
        assert!(half.is_empty(), "{half:?}");
        let running = table(&mut db, "SELECT count(*) FROM promo_guard.bake WHERE state = 'RUNNING'")[0][0]
            .parse::<i32>()
            .unwrap();
        untouched += running;
        decided += 8 - running;
        while !tick(&mut db).is_empty() {}
        paused_once(&mut db, &these);
    }
    println!("{crashes} crashes: {decided} bakes had their verdict by then, {untouched} had not");
    paused_once(&mut db, "c.id >= 100");
}

#[test]
#[ignore = "slow"]
fn a_standby_shows_the_bake_and_goes_on_with_it_once_promoted() {
    // how far the primary had got when it died
    for primary_got_to in ["nothing", "an open tick", "the verdict", "everything"] {
        let primary = Server::start(&["wal_level=replica", "synchronous_commit=on"]);
        let (mut db, name) = shop_on(&primary);
        half_baked(&mut db);
        let wanted = foreseen(&mut db);
        let baseline = table(&mut db, "SELECT baseline FROM promo_guard.bake");
        let standby = primary.standby();
        let mut replica = standby.connect(&name);
        let mut other = primary.connect(&name);
        match primary_got_to {
            "an open tick" => {
                db.batch_execute("BEGIN").unwrap();
                assert_eq!(tick(&mut db), [["7", "FAILED"]]);
            }
            "the verdict" => {
                other
                    .batch_execute("BEGIN; UPDATE promo_codes SET used_total = used_total WHERE id = 7")
                    .unwrap();
                assert_eq!(tick(&mut db), [["7", "FAILED"]]);
            }
            "everything" => assert_eq!(tick(&mut db), [["7", "FAILED"]]),
            _ => {}
        }
        let position = table(&mut other, "SELECT pg_current_wal_flush_lsn()")[0][0].clone();
        let began = Instant::now();
        while table(&mut replica, &format!("SELECT pg_last_wal_replay_lsn() >= '{position}'")) != [["t"]] {
            assert!(began.elapsed() < Duration::from_secs(60), "the standby does not catch up");
            thread::sleep(Duration::from_millis(50));
        }
        let decided = ["the verdict", "everything"].contains(&primary_got_to);
        let shown = "SELECT state, users > 0 FROM promo_guard.bake_status(7)";
        let state = if decided { "FAILED" } else { "RUNNING" };
        assert_eq!(table(&mut replica, shown), [[state, "t"]], "the status is read on a standby");
        assert!(!table(&mut replica, "SELECT * FROM promo_guard.bake_series(7)").is_empty());
        let met = refused(&mut replica, "SELECT promo_guard.tick()");
        assert!(met.code == "25006" && !met.hint.is_empty(), "{met:?}");
        drop((db, other));
        drop(primary);
        replica.batch_execute("SELECT pg_promote()").unwrap();
        let changed = tick(&mut replica);
        if primary_got_to == "everything" {
            assert!(changed.is_empty());
        } else {
            assert_eq!(changed, [["7", "FAILED"]], "{primary_got_to}");
        }
        assert!(tick(&mut replica).is_empty());
        assert_eq!(table(&mut replica, VERDICT), wanted, "{primary_got_to}");
        assert_eq!(table(&mut replica, "SELECT baseline FROM promo_guard.bake"), baseline);
        paused_once(&mut replica, "c.id = 7");
    }
}

#[test]
#[ignore = "slow"]
fn pg_cron_ticks_as_well_as_anybody() {
    if !Server::can_load("pg_cron") {
        println!("this server has no pg_cron");
        return;
    }
    let server = Server::start(&["shared_preload_libraries=pg_cron", "cron.use_background_workers=on"]);
    let (mut db, name) = shop_on(&server);
    half_baked(&mut db);
    let wanted = foreseen(&mut db);
    // two jobs in the same minute: two tickers at once
    server
        .connect("postgres")
        .batch_execute(&format!(
            "CREATE EXTENSION pg_cron;
             SELECT cron.schedule_in_database('bake', '* * * * *', 'SELECT promo_guard.tick()', '{name}');
             SELECT cron.schedule_in_database('again', '* * * * *', 'SELECT promo_guard.tick()', '{name}')"
        ))
        .unwrap();
    let began = Instant::now();
    while table(&mut db, "SELECT count(*) FROM promo_guard.bake WHERE repaused_at IS NOT NULL") != [["1"]] {
        assert!(
            began.elapsed() < Duration::from_secs(200),
            "{:?}\n{}",
            table(&mut server.connect("postgres"), "SELECT * FROM cron.job_run_details"),
            server.log()
        );
        thread::sleep(Duration::from_millis(500));
    }
    assert_eq!(table(&mut db, VERDICT), wanted);
    paused_once(&mut db, "c.id = 7");
}

#[test]
#[ignore = "slow"]
fn nobody_ticks_until_long_after_and_the_verdict_is_what_it_would_have_been() {
    let (mut db, _) = shop();
    half_baked(&mut db);
    let wanted = foreseen(&mut db);
    // as if all of it had been two hours ago
    db.batch_execute(
        "UPDATE promo_guard.bake SET since = since - interval '2 h', until = until - interval '2 h', paused_at = paused_at - interval '2 h',
                ticked_at = ticked_at - interval '2 h';
         UPDATE promo_attempts SET attempted_at = attempted_at - interval '2 h';
         UPDATE promo_redemptions SET created_at = created_at - interval '2 h', applied_at = applied_at - interval '2 h'",
    )
    .unwrap();
    let told = super::status(&mut db, "detail");
    assert!(
        told.starts_with("Its time is over, but it has no verdict: it has not been ticked since "),
        "{told}"
    );
    assert_eq!(tick(&mut db), [["7", "FAILED"]]);
    assert_eq!(table(&mut db, VERDICT), wanted);
    paused_once(&mut db, "c.id = 7");
}
