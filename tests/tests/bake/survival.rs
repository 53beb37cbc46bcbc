//! A bake is a row: it survives whatever a session does not.

use super::shop::{shop, shop_on};
use super::{customers, tick, tries, unpaused};
use promo_guard_tests::{Server, server, table};
use std::time::{Duration, Instant};

#[test]
fn two_tickers_at_once_give_one_verdict_and_one_pause() {
    let (mut db, name) = shop();
    unpaused(&mut db, "pause", 5);
    customers(&mut db, 6000, 10, 4);
    tries(&mut db, 8000, 40, "NOT_APPLICABLE", 3);
    let tickers: Vec<_> = (0..8)
        .map(|_| {
            let mut client = server().connect(&name);
            std::thread::spawn(move || (0..10).map(|_| tick(&mut client).len()).sum::<usize>())
        })
        .collect();
    let changes: usize = tickers.into_iter().map(|t| t.join().unwrap()).sum();
    assert!((1..=2).contains(&changes), "the verdict, and perhaps the pause by another tick: {changes}");
    let paused = "SELECT count(*) FROM promo_guard.action_log WHERE action = 'pause'";
    assert_eq!(table(&mut db, paused), [["1"]]);
    assert_eq!(
        table(&mut db, "SELECT state, repaused_at IS NOT NULL FROM promo_guard.bake"),
        [["FAILED", "t"]]
    );
    let history =
        "SELECT count(*) FROM promo_guard.status_history WHERE to_status = 'PAUSED' AND campaign_id = 7";
    assert_eq!(table(&mut db, history), [["1"]]);
    assert!(
        table(&mut db, "SELECT * FROM promo_guard.doctor() WHERE topic = 'chain' AND level <> 'ok'")
            .is_empty()
    );
}

#[test]
fn a_standby_shows_the_bake_and_goes_on_with_it_once_promoted() {
    let primary = Server::start(&["wal_level=replica"]);
    let (mut db, name) = shop_on(&primary);
    unpaused(&mut db, "pause", 5);
    customers(&mut db, 6000, 10, 4);
    tick(&mut db);
    tries(&mut db, 8000, 40, "NOT_APPLICABLE", 3);
    // the next look is due
    db.batch_execute(
        "UPDATE promo_guard.bake SET since = since - interval '1 min', until = until - interval '1 min'",
    )
    .unwrap();
    let standby = primary.standby();
    let mut replica = standby.connect(&name);
    let began = Instant::now();
    let last = "SELECT count(*) FROM promo_attempts WHERE user_id >= 8000";
    while table(&mut replica, last) != table(&mut db, last) {
        assert!(began.elapsed() < Duration::from_secs(30), "the standby does not catch up");
        std::thread::sleep(Duration::from_millis(50));
    }
    let shown = "SELECT state, users > 0 FROM promo_guard.bake_status(7)";
    assert_eq!(table(&mut replica, shown), [["RUNNING", "t"]], "the status is read on a standby");
    assert!(!table(&mut replica, "SELECT * FROM promo_guard.bake_series(7)").is_empty());
    assert_eq!(promo_guard_tests::refused(&mut replica, "SELECT promo_guard.tick()").code, "25006");
    drop(db);
    drop(primary);
    replica.batch_execute("SELECT pg_promote()").unwrap();
    assert_eq!(tick(&mut replica), [["7", "FAILED"]]);
    assert!(tick(&mut replica).is_empty());
    assert_eq!(table(&mut replica, "SELECT status FROM promo_codes WHERE id = 7"), [["PAUSED"]]);
    assert_eq!(
        table(&mut replica, "SELECT count(*) FROM promo_guard.action_log WHERE action = 'pause'"),
        [["1"]]
    );
}
