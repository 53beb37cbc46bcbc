//! Nothing outlives a statement: each function answers from the caller's snapshot, settings and role.

use postgres::Client;
use promo_guard_tests::{server, table};

const AS_OF: &str = "'2026-03-02 12:00Z'";

/// A shop with one campaign, on whose code three users failed.
fn shop() -> (Client, Client) {
    let (mut db, name) = server().bound_database();
    db.batch_execute(
        "INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, target_scope, status, valid_from, valid_until)
         VALUES (1, lpad('1', 64, 'c'), 'C1', 'Campaign 1', 'PREMIUM_GRANT', 'ALL', 'ACTIVE', '2026-01-01Z', '2027-01-01Z')",
    )
    .unwrap();
    for user in 1..=3 {
        attempt(&mut db, user, "INVALID");
    }
    let other = server().connect(&name);
    (db, other)
}

fn attempt(db: &mut Client, user: i64, result: &str) {
    db.batch_execute(&format!(
        "INSERT INTO promo_attempts (id, user_id, normalized_code_hash, result, source, attempted_at)
         VALUES ({user}, {user}, lpad('1', 64, 'c'), '{result}', 'API', '2026-03-02 11:50Z')"
    ))
    .unwrap();
}

/// Attempts and failures of the half hour, as each function has them: all must say the same.
fn seen(db: &mut Client) -> [String; 2] {
    let rows = table(
        db,
        &format!(
            "SELECT (SELECT sum(attempts) FROM promo_guard.blast_radius(as_of => {AS_OF})),
                    (SELECT sum(failed_attempts) FROM promo_guard.blast_radius(as_of => {AS_OF})),
                    (SELECT coalesce(sum(attempts), 0) FROM promo_guard.failed_attempts(as_of => {AS_OF})),
                    (SELECT coalesce(sum(attempts), 0) FROM promo_guard.failure_clusters(as_of => {AS_OF})),
                    (SELECT sum((evidence->>'attempts')::bigint) FROM promo_guard.classify(as_of => {AS_OF})),
                    (SELECT count(*) FROM promo_attempts)"
        ),
    );
    let [attempts, failed, listed, clustered, judged, there] = rows[0].clone().try_into().unwrap();
    assert_eq!([&listed, &clustered], [&failed, &failed], "failures");
    if judged != "∅" {
        assert_eq!(judged, attempts, "classify");
    }
    assert_eq!(attempts, there, "as the table itself says in this snapshot");
    [attempts, failed]
}

fn blast_radius(db: &mut Client) {
    table(db, &format!("SELECT * FROM promo_guard.blast_radius(as_of => {AS_OF})"));
}

#[test]
fn read_committed_sees_what_others_commit_between_two_statements() {
    let (mut db, mut other) = shop();
    db.batch_execute("BEGIN").unwrap();
    assert_eq!(seen(&mut db), ["3", "3"]);
    attempt(&mut other, 4, "INVALID");
    assert_eq!(seen(&mut db), ["4", "4"]);
    other.batch_execute("DELETE FROM promo_attempts WHERE user_id < 3").unwrap();
    assert_eq!(seen(&mut db), ["2", "2"]);
    other.batch_execute("BEGIN").unwrap();
    attempt(&mut other, 5, "INVALID");
    assert_eq!(seen(&mut db), ["2", "2"], "not committed yet");
    other.batch_execute("COMMIT").unwrap();
    assert_eq!(seen(&mut db), ["3", "3"]);
    // the policy is read anew too
    other.batch_execute("SELECT promo_guard.set_policy('failure_results', '{EXPIRED}', 'test')").unwrap();
    assert_eq!(seen(&mut db), ["3", "0"]);
    db.batch_execute("COMMIT").unwrap();
}

#[test]
fn repeatable_read_stays_where_it_is_and_sees_its_own_changes() {
    let (mut db, mut other) = shop();
    db.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ").unwrap();
    assert_eq!(seen(&mut db), ["3", "3"]);
    attempt(&mut other, 4, "INVALID");
    other.batch_execute("SELECT promo_guard.set_policy('failure_results', '{EXPIRED}', 'test')").unwrap();
    assert_eq!(seen(&mut db), ["3", "3"], "in the snapshot nothing happened");
    attempt(&mut db, 6, "INVALID");
    assert_eq!(seen(&mut db), ["4", "4"], "what it did itself did happen");
    db.batch_execute("COMMIT").unwrap();
    assert_eq!(seen(&mut db), ["5", "0"]);
}

#[test]
fn a_savepoint_rolled_back_takes_its_rows_along() {
    for level in ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"] {
        let (mut db, _) = shop();
        db.batch_execute(&format!("BEGIN ISOLATION LEVEL {level}")).unwrap();
        assert_eq!(seen(&mut db), ["3", "3"], "{level}");
        db.batch_execute("SAVEPOINT a").unwrap();
        attempt(&mut db, 4, "INVALID");
        assert_eq!(seen(&mut db), ["4", "4"], "{level}");
        db.batch_execute("ROLLBACK TO a").unwrap();
        assert_eq!(seen(&mut db), ["3", "3"], "{level}");
        attempt(&mut db, 5, "ACCEPTED");
        assert_eq!(seen(&mut db), ["4", "3"], "{level}");
        db.batch_execute("ROLLBACK").unwrap();
        assert_eq!(seen(&mut db), ["3", "3"], "{level}");
    }
}

#[test]
fn an_answer_follows_the_role_and_the_setting_that_its_view_depends_on() {
    let (mut db, mut other) = shop();
    // a view written by hand, with a setting in it
    other
        .batch_execute(
            "CREATE OR REPLACE VIEW promo_guard.attempts AS
             SELECT id, user_id, normalized_code_hash AS code_hash, result, source, attempted_at, metadata FROM promo_attempts
             WHERE user_id >= coalesce(nullif(current_setting('shop.first_user', true), ''), '0')::bigint",
        )
        .unwrap();
    let blast = format!("SELECT sum(attempts) FROM promo_guard.blast_radius(as_of => {AS_OF})");
    db.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ").unwrap();
    assert_eq!(table(&mut db, &blast), [["3"]]);
    db.batch_execute("SET LOCAL shop.first_user = '3'").unwrap();
    assert_eq!(table(&mut db, &blast), [["1"]]);
    db.batch_execute("ROLLBACK").unwrap();
    other
        .batch_execute("SELECT promo_guard.unbind(); DROP VIEW IF EXISTS promo_guard.attempts; SELECT promo_guard.bind()")
        .unwrap();
    // a policy that holds for the owner too
    other
        .batch_execute(
            "CREATE POLICY own_users ON promo_attempts USING (user_id >= coalesce(nullif(current_setting('shop.first_user', true), ''), '0')::bigint);
             ALTER TABLE promo_attempts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
        )
        .unwrap();
    db.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ").unwrap();
    assert_eq!(table(&mut db, &blast), [["3"]]);
    db.batch_execute("SET LOCAL shop.first_user = '2'").unwrap();
    // whether it holds for the view's owner is PostgreSQL's affair: the answer is that of a session that asks for the first time
    other.batch_execute("SET shop.first_user = '2'").unwrap();
    assert_eq!(table(&mut db, &blast), table(&mut other, &blast));
    db.batch_execute("ROLLBACK").unwrap();
}

#[test]
fn so_does_the_time_of_a_pause() {
    let (mut db, mut other) = shop();
    other
        .batch_execute(
            r#"DO $$ BEGIN
                 EXECUTE 'CREATE OR REPLACE VIEW promo_guard.campaigns AS ' || regexp_replace(pg_get_viewdef('promo_guard.campaigns'::regclass),
                     '(\w+\.)?\yupdated_at\y', $x$coalesce(nullif(current_setting('shop.edited', true), ''), '2026-03-02 11:55Z')::timestamptz AS updated_at$x$);
               END $$;
               UPDATE promo_codes SET status = 'PAUSED'"#,
        )
        .unwrap();
    let before = format!(
        "SELECT (SELECT count(*) FROM promo_guard.paused_campaigns(as_of => {AS_OF})),
                (SELECT evidence->'attempts' FROM promo_guard.classify(as_of => {AS_OF}))"
    );
    db.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ").unwrap();
    blast_radius(&mut db);
    assert_eq!(table(&mut db, &before), [["1", "3"]]);
    db.batch_execute("SET LOCAL shop.edited = '2026-03-02 11:20Z'").unwrap();
    assert_eq!(table(&mut db, &before), [["1", "0"]]);
    let classify = before.replace("promo_guard.paused_campaigns", "promo_guard.blast_radius");
    db.batch_execute("SET LOCAL shop.edited = '2026-03-02 11:55Z'").unwrap();
    assert_eq!(table(&mut db, &classify)[0][1], "3");
    db.batch_execute("ROLLBACK").unwrap();
}

#[test]
fn a_page_judges_as_its_functions_alone_do() {
    let (mut db, mut other) = shop();
    other
        .batch_execute("UPDATE promo_codes SET status = 'PAUSED', updated_at = '2026-03-02 11:55Z'")
        .unwrap();
    let classify = format!("SELECT to_json(c)::text FROM promo_guard.classify(as_of => {AS_OF}) AS c");
    let alone = table(&mut db, &classify);
    db.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ").unwrap();
    blast_radius(&mut db);
    for _ in 0..2 {
        table(&mut db, &format!("SELECT * FROM promo_guard.paused_campaigns(as_of => {AS_OF})"));
        assert_eq!(table(&mut db, &classify), alone);
    }
    db.batch_execute("ROLLBACK").unwrap();
}

#[test]
fn another_role_of_the_same_transaction_gets_what_it_may_see() {
    let (mut db, _) = shop();
    let name = table(&mut db, "SELECT current_database()")[0][0].clone();
    let (reader, nobody) = (format!("reader_{name}"), format!("nobody_{name}"));
    db.batch_execute(&format!(
        "CREATE ROLE \"{reader}\"; CREATE ROLE \"{nobody}\"; SELECT promo_guard.grant_reader('\"{reader}\"')"
    ))
    .unwrap();
    db.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ").unwrap();
    assert_eq!(seen(&mut db), ["3", "3"]);
    let clusters = format!("SELECT sum(attempts) FROM promo_guard.failure_clusters(as_of => {AS_OF})");
    db.batch_execute(&format!("SET LOCAL ROLE \"{reader}\"")).unwrap();
    assert_eq!(table(&mut db, &clusters), [["3"]]);
    db.batch_execute(&format!("SET LOCAL ROLE \"{nobody}\"")).unwrap();
    assert_eq!(promo_guard_tests::refused(&mut db, &clusters).code, "42501");
    db.batch_execute(&format!(
        "ROLLBACK; SELECT promo_guard.revoke_access('\"{reader}\"'); DROP ROLE \"{reader}\", \"{nobody}\""
    ))
    .unwrap();
}

/// All that the page's judging functions say, in the order of the page.
fn page(db: &mut Client) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for function in ["blast_radius", "paused_campaigns", "failed_attempts", "failure_clusters", "classify"] {
        let sql = format!(
            "SELECT '{function}', to_json(f)::text FROM promo_guard.{function}(as_of => {AS_OF}) AS f"
        );
        rows.extend(table(db, &sql));
    }
    rows
}

/// The shop with other campaigns, and enough users on the code for a verdict to rest on them.
fn busy() -> (Client, Client) {
    let (mut db, other) = shop();
    db.batch_execute(
        "INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, target_scope, status, valid_from, valid_until)
         SELECT g, lpad(g::text, 64, 'c'), 'C' || g, 'Campaign ' || g, 'PREMIUM_GRANT', 'ALL', 'ACTIVE', '2026-01-01Z', '2027-01-01Z'
         FROM generate_series(2, 7) AS g;
         INSERT INTO promo_attempts (id, user_id, normalized_code_hash, result, source, attempted_at)
         SELECT 10 + g, g % 40, lpad('1', 64, 'c'), CASE WHEN g <= 40 THEN 'ACCEPTED' ELSE 'NOT_APPLICABLE' END, 'API',
                '2026-03-02 11:35Z'::timestamptz + g * interval '5 s'
         FROM generate_series(1, 80) AS g",
    )
    .unwrap();
    (db, other)
}

/// A change to what verdicts rest on, by another session or by one's own.
const CHANGES: [&str; 9] = [
    "UPDATE promo_codes SET status = 'PAUSED', updated_at = '2026-03-02 11:55Z' WHERE id = 1",
    "UPDATE promo_codes SET max_total_uses = 10, used_total = 20 WHERE id = 1",
    "UPDATE promo_codes SET valid_until = '2026-03-02 11:00Z', campaign_name = 'Renamed' WHERE id = 1",
    "INSERT INTO purchases (id, user_id, product_code, base_stars_amount, stars_amount, status, created_at)
     VALUES (gen_random_uuid(), 35, 'P', 100, 100, 'CREDITED', '2026-02-01Z')",
    "INSERT INTO promo_redemptions (id, promo_code_id, user_id, status, created_at, updated_at)
     SELECT gen_random_uuid(), 1, g, 'EXPIRED', '2026-03-02 09:00Z', '2026-03-02 09:00Z' FROM generate_series(1, 30) AS g",
    "INSERT INTO promo_attempts (id, user_id, normalized_code_hash, result, source, attempted_at)
     SELECT 200 + g, 100 + g, lpad('1', 64, 'c'), 'NOT_APPLICABLE', 'API', '2026-03-02 11:45Z' FROM generate_series(1, 30) AS g",
    "SELECT promo_guard.set_policy('guard_lookback', '20 min', 'test')",
    "SELECT promo_guard.set_policy('triage_lookback', '40 min', 'test')",
    "UPDATE promo_codes SET status = 'ACTIVE' WHERE id = 1",
];

#[test]
fn what_others_commit_between_two_functions_is_in_the_second_and_a_page_is_as_its_functions_alone() {
    let (mut db, mut other) = busy();
    db.batch_execute("BEGIN").unwrap();
    let mut before = page(&mut db);
    for change in CHANGES {
        other.batch_execute(change).unwrap_or_else(|e| panic!("{change}: {e:?}"));
        let now = page(&mut db);
        assert_eq!(now, page(&mut other), "{change}");
        assert_ne!(now, before, "{change} shows");
        before = now;
    }
    db.batch_execute("COMMIT").unwrap();
}

#[test]
fn what_a_transaction_does_itself_shows_at_once_and_is_gone_with_its_savepoint() {
    let (mut db, mut other) = busy();
    for change in CHANGES {
        db.batch_execute("BEGIN").unwrap();
        let before = page(&mut db);
        assert_eq!(page(&mut db), before, "read twice");
        db.batch_execute(&format!("SAVEPOINT a; {change}")).unwrap_or_else(|e| panic!("{change}: {e:?}"));
        let changed = page(&mut db);
        assert_ne!(changed, before, "{change} shows");
        db.batch_execute("ROLLBACK TO a").unwrap();
        assert_eq!(page(&mut db), before, "{change} is undone");
        db.batch_execute(change).unwrap();
        assert_eq!(page(&mut db), changed, "{change} again");
        db.batch_execute("COMMIT").unwrap();
        assert_eq!(page(&mut other), changed, "{change}, to others");
    }
}

#[test]
fn so_does_a_verdict() {
    for (view, table_of) in [("redemptions", "promo_redemptions"), ("purchases", "purchases")] {
        let (mut db, mut other) = busy();
        for change in &CHANGES[..6] {
            other.batch_execute(change).unwrap();
        }
        other
            .batch_execute(&format!(
                "DO $$ BEGIN
                   EXECUTE 'CREATE OR REPLACE VIEW promo_guard.{view} AS ' || rtrim(pg_get_viewdef('promo_guard.{view}'::regclass), ';')
                       || ' WHERE current_setting(''shop.view'', true) IS DISTINCT FROM ''no''';
                 END $$;
                 GRANT SELECT ON promo_guard.{view} TO shop; UPDATE {table_of} SET user_id = user_id"
            ))
            .unwrap();
        let asked = |db: &mut Client| {
            table(db, &format!("SELECT count(*) FROM promo_guard.paused_campaigns(as_of => {AS_OF})"));
            table(db, &format!("SELECT to_json(f)::text FROM promo_guard.classify(as_of => {AS_OF}) AS f"))
        };
        db.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ").unwrap();
        blast_radius(&mut db);
        let all = asked(&mut db);
        db.batch_execute("SET LOCAL shop.view = 'no'").unwrap();
        let none = asked(&mut db);
        assert_ne!(none, all, "{view}");
        db.batch_execute("SET LOCAL shop.view = 'yes'").unwrap();
        assert_eq!(asked(&mut db), all, "{view}");
        db.batch_execute("ROLLBACK").unwrap();
        other.batch_execute("SET shop.view = 'no'").unwrap();
        assert_eq!(asked(&mut other), none, "{view}");
    }
}
