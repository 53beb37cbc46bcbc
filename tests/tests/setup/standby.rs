//! Reads run on a hot standby and in a read-only transaction; changes refuse there.

use promo_guard_tests::{Server, refused, table};
use std::time::{Duration, Instant};

#[test]
fn reads_work_on_a_hot_standby_and_in_a_read_only_transaction_and_changes_refuse() {
    let primary = Server::start(&["wal_level=replica"]);
    let (mut db, name) = primary.bound_database();
    db.batch_execute(
        "INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, target_scope, status, valid_from, valid_until)
         VALUES (1, repeat('1', 64), 'ONE', 'One', 'PREMIUM_GRANT', 'ALL', 'ACTIVE', now(), now() + interval '1 day');
         UPDATE promo_codes SET status = 'PAUSED', used_total = 1;
         INSERT INTO promo_attempts SELECT g, g, repeat('1', 64), 'EXPIRED', 'API', now() FROM generate_series(1, 150) AS g;",
    )
    .unwrap();
    let standby = primary.standby();
    let mut replica = standby.connect(&name);
    let began = Instant::now();
    while table(&mut replica, "SELECT count(*) FROM promo_attempts") != [["150"]] {
        assert!(began.elapsed() < Duration::from_secs(60), "the standby does not catch up");
        std::thread::sleep(Duration::from_millis(50));
    }

    let reads = [
        "SELECT * FROM promo_guard.blast_radius(as_of => '2100-01-01Z', lookback => '90 years')",
        "SELECT * FROM promo_guard.paused_campaigns(as_of => '2100-01-01Z')",
        "SELECT * FROM promo_guard.failed_attempts(as_of => '2100-01-01Z', lookback => '90 years')",
        "SELECT * FROM promo_guard.settlement_violations(as_of => '2100-01-01Z', lookback => '90 years')",
        "SELECT * FROM promo_guard.settlement_summary(as_of => '2100-01-01Z', lookback => '90 years')",
        "SELECT * FROM promo_guard.reconciliation_drift(as_of => '2100-01-01Z', lookback => '90 years', bucket => '1 year')",
        "SELECT * FROM promo_guard.probe_redeem(repeat('1', 64))",
        "SELECT name, passed FROM promo_guard.check_unpause(1)",
        "SELECT allowed, failed_checks FROM promo_guard.plan_unpause(1)",
        "SELECT * FROM promo_guard.policy",
        "SELECT promo_guard.version()",
    ];
    db.batch_execute("BEGIN READ ONLY").unwrap();
    for sql in reads {
        let answer = table(&mut replica, sql);
        assert_eq!(answer, table(&mut db, sql), "{sql}");
        assert!(!answer.is_empty());
    }
    db.batch_execute("COMMIT").unwrap();
    let said = table(&mut replica, "SELECT level FROM promo_guard.doctor() WHERE topic = 'standby'");
    assert_eq!(said, [["note"]]);
    for call in [
        "bind()",
        "unbind()",
        "attach_history()",
        "detach_history()",
        "set_policy('guard_min_users', '3', 'x')",
        "grant_reader('shop')",
        "pause(1, 'x')",
        "pause_batch('One', 'x')",
        "announce(1, now(), now() + interval '1 h', 'x')",
        "announce_batch('One', now(), now() + interval '1 h', 'x')",
        "withdraw_announcement(1, 'x')",
        "unpause(1, 'x')",
    ] {
        let met = refused(&mut replica, &format!("SELECT promo_guard.{call}"));
        assert_eq!((met.code.as_str(), met.message.contains("standby")), ("25006", true), "{call}: {met:?}");
        assert!(!met.detail.is_empty() && met.hint.contains("primary"), "{call}: {met:?}");
    }
}
