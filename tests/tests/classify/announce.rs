//! Announced promotions: what they change in verdicts and checks, what they never change, and their records.

use super::shop::{attempts, campaign, set, shop, taken};
use postgres::Client;
use promo_guard_tests::{refused, server, table};

/// When the crowd of [`crowd`] came.
const TIME: &str = "'2026-03-01 09:00Z', '2026-03-01 11:00Z'";

/// A quiet code that 150 new users take within minutes, most of them twice; paused by the guard.
fn crowd(db: &mut Client, id: i64, user: i64) {
    campaign(db, id, "'ACTIVE'");
    taken(db, id, "2026-02-28 13:00Z", "30 min", "1 + g % 400", 40, "APPLIED");
    taken(db, id, "2026-03-01 10:00Z", "2 s", &format!("{user} + g"), 150, "APPLIED");
    let again = format!("{user} + g");
    attempts(db, id, "2026-03-01 10:00:20Z", "2 s", &again, 130, "'NOT_APPLICABLE'", "'ALREADY_USED'");
    set(db, id, "status = 'PAUSED', updated_at = '2026-03-01 10:05Z'");
}

/// The shop, with attempts until now. Its history, which would date every pause here to now, is detached.
fn open_shop() -> Client {
    let mut db = shop();
    db.batch_execute("SELECT promo_guard.detach_history()").unwrap();
    let recent = "INSERT INTO promo_attempts (id, user_id, normalized_code_hash, result, source, attempted_at, metadata)
         SELECT 9000000 + g, g, lpad('102', 64, 'c'), 'ACCEPTED', 'COMMAND', now() - g * interval '1 min', '{}' FROM generate_series(0, 60) AS g";
    db.batch_execute(recent).unwrap();
    db
}

/// Verdict, action and reasons as of now.
fn verdict(db: &mut Client, id: i64) -> Vec<String> {
    let sql = "SELECT verdict, action, array_to_string(reasons, ' ') FROM promo_guard.classify() WHERE campaign_id = ";
    table(db, &format!("{sql}{id}")).remove(0)
}

fn not_abuse(db: &mut Client, id: i64) -> String {
    let sql = format!("SELECT passed FROM promo_guard.check_unpause({id}) WHERE name = 'not_abuse'");
    table(db, &sql).remove(0).remove(0)
}

#[test]
fn an_announced_crowd_of_new_users_is_not_unusual_and_its_author_is_named() {
    let mut db = open_shop();
    crowd(&mut db, 8, 9_000);
    let open = verdict(&mut db, 8);
    assert_eq!((open[0].as_str(), not_abuse(&mut db, 8).as_str()), ("INCONCLUSIVE", "f"), "{open:?}");
    let triage = "SELECT c ->> 'next_command' FROM jsonb_array_elements(promo_guard.triage() -> 'campaigns') AS c WHERE c ->> 'campaign_id' = '8'";
    let command = table(&mut db, triage);
    assert_eq!(command, [["promoctl show 8"]], "{open:?}");
    // The command that the action names records nothing as it is: it wants a note.
    let paste = open[1].split("record it: ").nth(1).unwrap();
    let met = refused(&mut db, paste);
    assert_eq!((met.code.as_str(), met.message.as_str()), ("22023", "a note is needed"), "{met:?}");
    assert_eq!(table(&mut db, &paste.replace("...", "TV spot")), [["1"]]);

    let announced = verdict(&mut db, 8);
    assert_eq!(announced[0], "FALSE_POSITIVE", "{announced:?}");
    assert!(announced[2].contains("Announced by postgres: \"TV spot\" (2026-03-01 "), "{announced:?}");
    assert_eq!(not_abuse(&mut db, 8), "t");
    let evidence =
        "SELECT evidence #>> '{announced,0,note}' FROM promo_guard.classify() WHERE campaign_id = 8";
    assert_eq!(table(&mut db, evidence), [["TV spot"]]);
    // A verdict as of a time before it was recorded does not know it.
    let before =
        "SELECT verdict FROM promo_guard.classify(as_of => '2026-03-01 12:00Z') WHERE campaign_id = 8";
    assert_eq!(table(&mut db, before), [["INCONCLUSIVE"]]);

    assert_eq!(
        table(&mut db, "SELECT id, note FROM promo_guard.withdraw_announcement(1, 'wrong code')"),
        [["1", "TV spot"]]
    );
    assert_eq!(verdict(&mut db, 8), open);
    assert_eq!(not_abuse(&mut db, 8), "f");
    // One for another time changes nothing.
    db.batch_execute("SELECT promo_guard.announce(8, '2026-02-01Z', '2026-02-02Z', 'last month')").unwrap();
    assert_eq!(verdict(&mut db, 8), open);
}

#[test]
fn a_batch_is_announced_by_its_name() {
    let mut db = open_shop();
    crowd(&mut db, 8, 9_000);
    crowd(&mut db, 9, 19_000);
    crowd(&mut db, 10, 29_000);
    db.batch_execute("UPDATE promo_codes SET campaign_name = 'Spring' WHERE id IN (8, 9)").unwrap();
    let verdicts = "SELECT string_agg(verdict, ' ' ORDER BY campaign_id) FROM promo_guard.classify() WHERE campaign_id IN (8, 9, 10)";
    assert_eq!(table(&mut db, verdicts), [["INCONCLUSIVE INCONCLUSIVE INCONCLUSIVE"]]);
    db.batch_execute(&format!("SELECT promo_guard.announce_batch('Spring', {TIME}, 'mailing')")).unwrap();
    assert_eq!(table(&mut db, verdicts), [["FALSE_POSITIVE FALSE_POSITIVE INCONCLUSIVE"]]);
}

#[test]
fn an_announcement_never_excuses_guessing_or_hammering() {
    let mut db = open_shop();
    campaign(&mut db, 7, "'ACTIVE'");
    taken(&mut db, 7, "2026-02-28 13:00Z", "30 min", "1 + g % 400", 40, "APPLIED");
    attempts(&mut db, 7, "2026-03-01 10:00Z", "300 ms", "9000 + g % 60", 900, "'NOT_APPLICABLE'", "NULL");
    set(&mut db, 7, "status = 'PAUSED', updated_at = '2026-03-01 10:05Z'");
    assert_eq!(verdict(&mut db, 7)[0], "ABUSE_LIKELY");
    db.batch_execute(&format!("SELECT promo_guard.announce(7, {TIME}, 'TV spot')")).unwrap();
    let announced = verdict(&mut db, 7);
    assert_eq!(announced[0], "ABUSE_LIKELY", "{announced:?}");
    assert!(announced[2].contains("Announced by postgres"), "{announced:?}");
    assert_eq!(not_abuse(&mut db, 7), "f");
}

#[test]
fn an_active_campaign_is_asked_about_and_announced_as_well() {
    let mut db = open_shop();
    campaign(&mut db, 8, "'ACTIVE'");
    taken(&mut db, 8, "2026-02-28 13:00Z", "30 min", "1 + g % 400", 40, "APPLIED");
    db.batch_execute(
        "INSERT INTO promo_attempts (id, user_id, normalized_code_hash, result, source, attempted_at, metadata)
         SELECT 8000000 + g, 50000 + g % 150, lpad('8', 64, 'c'), CASE WHEN g <= 150 THEN 'ACCEPTED' ELSE 'NOT_APPLICABLE' END, 'COMMAND',
                now() - interval '20 min' + g * interval '2 s', '{\"reason\": \"ALREADY_USED\"}' FROM generate_series(1, 250) AS g;
         INSERT INTO promo_redemptions (id, promo_code_id, user_id, status, created_at, applied_at, updated_at)
         SELECT gen_random_uuid(), 8, 50000 + g % 150, 'APPLIED', now() - interval '20 min' + g * interval '2 s', now(), now() FROM generate_series(1, 150) AS g",
    )
    .unwrap();
    let open = verdict(&mut db, 8);
    assert_eq!(open[0], "INCONCLUSIVE", "{open:?}");
    assert!(
        open[1].contains("pause it if not. If one was, record it: SELECT promo_guard.announce(8, "),
        "{open:?}"
    );
    db.batch_execute("SELECT promo_guard.announce(8, now() - interval '1 hour', now(), 'launch')").unwrap();
    assert_eq!(verdict(&mut db, 8)[0], "HEALTHY");
}

#[test]
fn every_act_is_on_record_chained_and_notified_and_nothing_is_overwritten() {
    let mut db = shop();
    let name = table(&mut db, "SELECT current_database()").remove(0).remove(0);
    let mut listener = server().connect(&name);
    listener.batch_execute("LISTEN promo_guard").unwrap();
    db.batch_execute(&format!(
        "SELECT promo_guard.announce(101, {TIME}, '  TV spot ');
         SELECT promo_guard.announce_batch('Campaign 102', {TIME}, 'mailing');
         SELECT promo_guard.withdraw_announcement(1, 'cancelled'); SELECT promo_guard.withdraw_announcement(2, 'too')"
    ))
    .unwrap();
    let rows = table(
        &mut db,
        "SELECT id, campaign_id, campaign_name, to_char(starts_at AT TIME ZONE 'UTC', 'HH24:MI'), note, announced_by, withdrawn_at > announced_at, withdrawn_by, withdrawal_reason
         FROM promo_guard.announcements ORDER BY id",
    );
    assert_eq!(
        rows,
        [
            ["1", "101", "∅", "09:00", "TV spot", "postgres", "t", "postgres", "cancelled"],
            ["2", "∅", "Campaign 102", "09:00", "mailing", "postgres", "t", "postgres", "too"],
        ]
    );
    let log = table(
        &mut db,
        "SELECT action, campaign_id, decision, reason, coalesce(after, before) ->> 'announcement_id', coalesce(after, before) ->> 'starts_at',
                hash = promo_guard.action_hash(l), previous_hash IS NOT NULL
         FROM promo_guard.action_log AS l WHERE action LIKE '%announce%' ORDER BY l.id",
    );
    let at = "2026-03-01T09:00:00+00:00";
    assert_eq!(
        log,
        [
            ["announce", "101", "ANNOUNCED", "TV spot", "1", at, "t", "f"],
            ["announce_batch", "∅", "ANNOUNCED", "mailing", "2", at, "t", "t"],
            ["withdraw_announcement", "101", "WITHDRAWN", "cancelled", "1", at, "t", "t"],
            ["withdraw_announcement", "∅", "WITHDRAWN", "too", "2", at, "t", "t"],
        ]
    );
    assert_eq!(table(&mut db, "SELECT level FROM promo_guard.doctor() WHERE topic = 'chain'"), [["ok"]]);
    listener.simple_query("SELECT 1").unwrap();
    let heard: Vec<String> = {
        use fallible_iterator::FallibleIterator as _;
        let mut notifications = listener.notifications();
        let mut iter = notifications.timeout_iter(std::time::Duration::from_secs(60));
        let mut heard = Vec::new();
        while heard.len() < 4 {
            heard.push(iter.next().unwrap().expect("four notifications").payload().to_owned());
        }
        heard
    };
    assert!(
        heard[0].contains("\"action\":\"announce\"") && heard[0].contains("\"campaign_id\":\"101\""),
        "{heard:?}"
    );
    // A campaign that is deleted since does not keep its announcement from being withdrawn.
    db.batch_execute(&format!(
        "SELECT promo_guard.announce(108, {TIME}, 'x'); DELETE FROM promo_codes WHERE id = 108"
    ))
    .unwrap();
    db.batch_execute("SELECT promo_guard.withdraw_announcement(3, 'gone')").unwrap();
}

#[test]
fn every_error_has_its_sqlstate_and_says_what_to_do() {
    let mut db = shop();
    let name = table(&mut db, "SELECT current_database()").remove(0).remove(0);
    db.batch_execute(&format!(
        "SELECT promo_guard.announce(101, {TIME}, 'x'); SELECT promo_guard.withdraw_announcement(1, 'x')"
    ))
    .unwrap();
    let state = |db: &mut Client| {
        ["TABLE promo_guard.announcements", "SELECT count(*) FROM promo_guard.action_log"]
            .map(|sql| table(db, sql))
    };
    let before = state(&mut db);
    for (call, code) in [
        (format!("announce(99, {TIME}, 'x')"), "02000"),
        (format!("announce(NULL, {TIME}, 'x')"), "22004"),
        ("announce(101, NULL, now(), 'x')".to_owned(), "22004"),
        ("announce(101, now(), NULL, 'x')".to_owned(), "22004"),
        (format!("announce(101, {TIME}, NULL)"), "22004"),
        (format!("announce(101, {TIME}, ' ')"), "22023"),
        (format!("announce(101, {TIME}, '…')"), "22023"),
        ("announce(101, '2026-03-01 11:00Z', '2026-03-01 09:00Z', 'x')".to_owned(), "22023"),
        ("announce(101, '2026-03-01 11:00Z', '2026-03-01 11:00Z', 'x')".to_owned(), "22023"),
        ("announce(101, '-infinity', '2026-03-01 11:00Z', 'x')".to_owned(), "22023"),
        ("announce(101, '2026-03-01 11:00Z', 'infinity', 'x')".to_owned(), "22023"),
        (format!("announce_batch('campaign 101', {TIME}, 'x')"), "02000"),
        (format!("announce_batch(NULL, {TIME}, 'x')"), "22004"),
        ("withdraw_announcement(99, 'x')".to_owned(), "02000"),
        ("withdraw_announcement(NULL, 'x')".to_owned(), "22004"),
        ("withdraw_announcement(1, ' ')".to_owned(), "22023"),
        ("withdraw_announcement(1, 'x')".to_owned(), "55000"),
    ] {
        let met = refused(&mut db, &format!("SELECT * FROM promo_guard.{call}"));
        assert_eq!(met.code, code, "{call}: {met:?}");
        assert!(!met.detail.is_empty() && !met.hint.is_empty(), "{call}: {met:?}");
        assert_eq!(state(&mut db), before, "{call}");
    }
    let calls = [
        format!("announce(101, {TIME}, 'x')"),
        format!("announce_batch('Campaign 101', {TIME}, 'x')"),
        "withdraw_announcement(1, 'x')".to_owned(),
    ];
    for (begin, code) in [
        ("BEGIN ISOLATION LEVEL REPEATABLE READ", "25001"),
        ("BEGIN ISOLATION LEVEL SERIALIZABLE", "25001"),
        ("BEGIN READ ONLY", "25006"),
    ] {
        for call in &calls {
            db.batch_execute(begin).unwrap();
            assert_eq!(refused(&mut db, &format!("SELECT * FROM promo_guard.{call}")).code, code, "{call}");
            db.batch_execute("ROLLBACK").unwrap();
        }
    }
    let mut other = server().connect(&name);
    other.batch_execute("BEGIN; SELECT FROM promo_codes WHERE id = 101 FOR UPDATE").unwrap();
    assert_eq!(refused(&mut db, &format!("SELECT promo_guard.{}", calls[0])).code, "55P03");
    other.batch_execute("ROLLBACK").unwrap();
    // Readers see announcements and cannot make any.
    db.batch_execute("CREATE ROLE announce_reader LOGIN; SELECT promo_guard.grant_reader('announce_reader')")
        .unwrap();
    let mut reader = server().connect_as("announce_reader", &name);
    assert_eq!(table(&mut reader, "SELECT note FROM promo_guard.announcements"), [["x"]]);
    for call in calls {
        assert_eq!(refused(&mut reader, &format!("SELECT promo_guard.{call}")).code, "42501");
    }
    let (mut unbound, _) = server().database();
    let met = refused(&mut unbound, &format!("SELECT promo_guard.announce(1, {TIME}, 'x')"));
    assert_eq!((met.code.as_str(), met.hint.as_str()), ("55000", "SELECT * FROM promo_guard.bind();"));
}
