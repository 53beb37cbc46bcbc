//! `pause_batch`: all codes of a name at once, each on record.

use postgres::Client;
use promo_guard_tests::{refused, server, table};
use std::thread;
use std::time::Instant;

/// 300 codes of the batch "Partner X", their ids in no order of time: most ACTIVE, some PAUSED, EXPIRED or DEPLETED. Campaign 1000 is
/// of another name.
fn partner() -> (Client, String) {
    let (mut db, name) = server().bound_database();
    db.batch_execute(
        "INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, target_scope, status, valid_from, valid_until, updated_at)
         SELECT id, lpad(id::text, 64, '0'), 'P', CASE id WHEN 1000 THEN 'Partner x' ELSE 'Partner X' END, 'PERCENT_DISCOUNT', 'ALL',
                CASE id % 50 WHEN 1 THEN 'PAUSED' WHEN 2 THEN 'EXPIRED' WHEN 3 THEN 'DEPLETED' ELSE 'ACTIVE' END,
                now() - interval '9 days', now() + interval '9 days', now() - interval '8 days'
         FROM (SELECT (g * 7919) % 300 + 1 AS id FROM generate_series(1, 300) AS g UNION ALL SELECT 1000) AS c",
    )
    .unwrap();
    (db, name)
}

fn statuses(db: &mut Client) -> Vec<Vec<String>> {
    table(db, "SELECT campaign_name, status, count(*) FROM promo_codes GROUP BY 1, 2 ORDER BY 1, 2")
}

#[test]
fn every_active_code_is_paused_and_each_has_its_own_record() {
    let (mut db, _) = partner();
    let rows = table(
        &mut db,
        "SELECT decision, status, count(*), count(DISTINCT action_id), bool_and(campaign_id % 50 NOT IN (2, 3)), string_agg(DISTINCT detail, '')
         FROM promo_guard.pause_batch('Partner X', '  leaked on a forum ') GROUP BY 1, 2 ORDER BY 1",
    );
    assert_eq!(
        rows,
        [
            ["ALREADY_PAUSED", "PAUSED", "6", "6", "t", "It was paused already; the reason is recorded."],
            ["PAUSED", "PAUSED", "282", "282", "t", "It was ACTIVE; redemptions are refused from now on."],
        ]
    );
    let after = statuses(&mut db);
    assert_eq!(
        after,
        [
            ["Partner X", "DEPLETED", "6"],
            ["Partner X", "EXPIRED", "6"],
            ["Partner X", "PAUSED", "288"],
            ["Partner x", "ACTIVE", "1"]
        ]
    );
    let log = "SELECT l.action, l.decision, l.reason, l.before ->> 'status', l.after ->> 'status', count(*), bool_and(l.hash = promo_guard.action_hash(l)),
                      count(h.campaign_id), bool_and(l.policy ? 'guard_min_failures')
               FROM promo_guard.action_log AS l LEFT JOIN promo_guard.status_history AS h USING (campaign_id, transaction_id)
               WHERE l.campaign_id IS NOT NULL GROUP BY 1, 2, 3, 4, 5 ORDER BY 2";
    assert_eq!(
        table(&mut db, log),
        [
            ["pause", "ALREADY_PAUSED", "leaked on a forum", "PAUSED", "PAUSED", "6", "t", "0", "t"],
            ["pause", "PAUSED", "leaked on a forum", "ACTIVE", "PAUSED", "282", "t", "282", "t"],
        ]
    );
    // In the order of their ids, by the ids of the actions too.
    let order = "SELECT array_agg(campaign_id ORDER BY id) = array_agg(campaign_id ORDER BY campaign_id) FROM promo_guard.action_log WHERE campaign_id IS NOT NULL";
    assert_eq!(table(&mut db, order), [["t"]]);
    // Once more: nothing changes, the chains go on.
    let again = "SELECT decision, count(*) FROM promo_guard.pause_batch('Partner X', 'again') GROUP BY 1";
    assert_eq!(table(&mut db, again), [["ALREADY_PAUSED", "288"]]);
    let chained =
        "SELECT count(*), count(previous_hash) FROM promo_guard.action_log WHERE campaign_id IS NOT NULL";
    assert_eq!(table(&mut db, chained), [["576", "288"]]);
    assert_eq!(table(&mut db, "SELECT level FROM promo_guard.doctor() WHERE topic = 'chain'"), [["ok"]]);
    // The reason is known to verdicts.
    let reasons =
        "SELECT count(*), bool_and(reasons[1] LIKE '%on purpose: \"again\"%') FROM promo_guard.classify()";
    assert_eq!(table(&mut db, reasons), [["288", "t"]]);
    // A batch of which all is over has nothing to be paused.
    db.batch_execute("UPDATE promo_codes SET status = 'EXPIRED' WHERE campaign_name = 'Partner X'").unwrap();
    assert!(table(&mut db, "SELECT * FROM promo_guard.pause_batch('Partner X', 'x')").is_empty());
}

#[test]
fn each_code_is_notified() {
    use fallible_iterator::FallibleIterator as _;
    let (mut db, name) = partner();
    let mut listener = server().connect(&name);
    listener.batch_execute("LISTEN promo_guard").unwrap();
    db.batch_execute("SELECT promo_guard.pause_batch('Partner X', 'leaked')").unwrap();
    listener.simple_query("SELECT 1").unwrap();
    let mut notifications = listener.notifications();
    let mut iter = notifications.timeout_iter(std::time::Duration::from_secs(60));
    for _ in 0..288 {
        let heard = iter.next().unwrap().expect("a notification for each code");
        assert!(heard.payload().contains("\"action\":\"pause\",\"action_id\":"), "{}", heard.payload());
    }
}

#[test]
fn it_is_all_or_nothing_and_every_error_says_what_to_do() {
    let (mut db, name) = partner();
    let before = statuses(&mut db);
    for (call, code) in [
        ("pause_batch('Partner', 'x')", "02000"),
        ("pause_batch('', 'x')", "02000"),
        ("pause_batch(NULL, 'x')", "22004"),
        ("pause_batch('Partner X', NULL)", "22023"),
        ("pause_batch('Partner X', ' ')", "22023"),
    ] {
        let met = refused(&mut db, &format!("SELECT * FROM promo_guard.{call}"));
        assert_eq!(met.code, code, "{call}: {met:?}");
        assert!(!met.detail.is_empty() && !met.hint.is_empty(), "{met:?}");
    }
    let call = "SELECT * FROM promo_guard.pause_batch('Partner X', 'x')";
    for (begin, code) in [("BEGIN ISOLATION LEVEL REPEATABLE READ", "25001"), ("BEGIN READ ONLY", "25006")] {
        db.batch_execute(begin).unwrap();
        assert_eq!(refused(&mut db, call).code, code);
        db.batch_execute("ROLLBACK").unwrap();
    }
    let mut other = server().connect(&name);
    other.batch_execute("BEGIN; SELECT FROM promo_codes WHERE id = 250 FOR UPDATE").unwrap();
    let met = refused(&mut db, call);
    assert!(met.code == "55P03" && met.hint.contains("pg_stat_activity"), "{met:?}");
    other.batch_execute("ROLLBACK").unwrap();
    server()
        .connect_as("shop", &name)
        .batch_execute(
            "CREATE FUNCTION never() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.id = 299 THEN RETURN NULL; END IF; RETURN NEW; END $$;
             CREATE TRIGGER never BEFORE UPDATE ON promo_codes FOR EACH ROW EXECUTE FUNCTION never()",
        )
        .unwrap();
    let met = refused(&mut db, call);
    assert!(
        met.code == "55000"
            && met.message.starts_with("the status of 1 of 282")
            && met.detail.contains("299"),
        "{met:?}"
    );
    assert_eq!(statuses(&mut db), before);
    assert!(table(&mut db, "SELECT * FROM promo_guard.action_log WHERE campaign_id IS NOT NULL").is_empty());
    db.batch_execute("CREATE ROLE batch_reader LOGIN; SELECT promo_guard.grant_reader('batch_reader')")
        .unwrap();
    assert_eq!(refused(&mut server().connect_as("batch_reader", &name), call).code, "42501");
}

#[test]
fn two_pauses_of_the_same_batch_do_not_deadlock() {
    let (mut db, name) = partner();
    let calls: Vec<_> = ["first", "second"]
        .map(|reason| {
            let name = name.clone();
            thread::spawn(move || {
                let mut client = server().connect(&name);
                let sql = format!("SELECT decision FROM promo_guard.pause_batch('Partner X', '{reason}')");
                table(&mut client, &sql).into_iter().filter(|row| row[0] == "PAUSED").count()
            })
        })
        .into_iter()
        .collect();
    let paused: usize = calls.into_iter().map(|call| call.join().unwrap()).sum();
    assert_eq!(paused, 282);
    let reasons = "SELECT count(DISTINCT reason) FROM promo_guard.action_log WHERE campaign_id IS NOT NULL";
    assert_eq!(table(&mut db, reasons), [["2"]]);
}

#[test]
fn the_time_does_not_grow_with_the_square_of_the_codes() {
    let (mut db, _) = server().bound_database();
    db.batch_execute(
        "INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, target_scope, status, valid_from, valid_until)
         SELECT g, lpad(g::text, 64, '0'), 'P', 'Big', 'PERCENT_DISCOUNT', 'ALL', 'ACTIVE', now() - interval '9 days', now() + interval '9 days'
         FROM generate_series(1, 16000) AS g; ANALYZE",
    )
    .unwrap();
    let mut time = |sql: &str| {
        let began = Instant::now();
        db.batch_execute(sql).unwrap();
        began.elapsed()
    };
    // The log must be empty: with many rows in it the planner takes an index.
    let batch = time("SELECT promo_guard.pause_batch('Big', 'leaked')");
    let update = time("UPDATE promo_codes SET status = 'ACTIVE'");
    assert!(batch < update * 7, "{batch:?} against {update:?} of an UPDATE with the history's trigger");
}
