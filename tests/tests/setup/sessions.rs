//! Whatever changes between two calls, and whoever changes it: a session answers as one that has just begun.

use postgres::Client;
use promo_guard_tests::{Server, table};

const DATA: &str = "
    INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, target_scope, status, valid_from, valid_until,
                             max_total_uses, used_total, updated_at)
    SELECT g, lpad(g::text, 64, 'a'), 'P' || g, 'Campaign ' || g, 'PERCENT_DISCOUNT', 'ALL',
           CASE g WHEN 1 THEN 'PAUSED' ELSE 'ACTIVE' END, '2026-01-01Z', '2027-01-01Z', NULL, 0, '2026-03-01 12:05Z'
    FROM generate_series(1, 4) AS g;
    INSERT INTO promo_attempts (id, user_id, normalized_code_hash, result, source, attempted_at)
    SELECT g, g % 60, lpad((g % 4 + 1)::text, 64, 'a'),
           CASE WHEN g % 7 < 2 THEN 'ACCEPTED' ELSE 'NOT_APPLICABLE' END, 'API',
           '2026-03-01 12:00Z'::timestamptz + g * interval '1 second'
    FROM generate_series(1, 600) AS g;";

/// What somebody on call asks, and who set it up.
const QUESTIONS: [&str; 11] = [
    "triage('30 min', '2026-03-01 12:11Z')",
    "blast_radius('30 min', '2026-03-01 12:11Z')",
    "paused_campaigns('30 min', '2026-03-01 12:11Z')",
    "failed_attempts('30 min', '2026-03-01 12:11Z')",
    "failure_clusters('30 min', '2026-03-01 12:11Z')",
    "failure_cluster_members('30 min', '2026-03-01 12:11Z')",
    "baseline('30 min', '2026-03-01 12:11Z')",
    "classify('30 min', '2026-03-01 12:11Z')",
    "settlement_summary('30 days', '2026-03-01 12:11Z')",
    "escalations('2026-03-01 12:11Z')",
    "doctor()",
];

type Answer = Result<Vec<Vec<String>>, String>;

/// All answers: rows, or the error with its code.
fn answers(db: &mut Client) -> Vec<(&'static str, Answer)> {
    let mut answer = |question: &str| {
        let sql = format!("SELECT * FROM promo_guard.{question}");
        match db.simple_query(&sql) {
            Ok(_) => Ok(table(db, &sql)),
            Err(error) => {
                let error = error.as_db_error().unwrap_or_else(|| panic!("{question}: {error}"));
                assert_ne!(error.code().code(), "XX000", "{question}: {error}");
                assert_ne!(error.code().code(), "0A000", "{question}: {error}");
                Err(format!("{}: {}", error.code().code(), error.message()))
            }
        }
    };
    QUESTIONS.iter().map(|question| (*question, answer(question))).collect()
}

/// A change, by what it does to the answers.
enum Change {
    /// Some are others afterwards.
    Tells(&'static str),
    /// All are the same.
    TellsNothing(&'static str),
}
use Change::{Tells, TellsNothing};

/// Of the view `attempts` written by hand, over whatever table: with what condition.
macro_rules! by_hand {
    ($condition:literal) => {
        concat!(
            "CREATE OR REPLACE VIEW promo_guard.attempts WITH (security_invoker = true) AS
             SELECT id, user_id, normalized_code_hash AS code_hash, result, source, attempted_at, metadata
             FROM public.others WHERE ",
            $condition,
            "; GRANT SELECT ON promo_guard.attempts TO shop"
        )
    };
}

/// One after the other.
const CHANGES: [Change; 26] = [
    // other tables and types
    Tells(
        "CREATE TABLE public.others AS SELECT * FROM promo_attempts WHERE user_id % 5 <> 0;
         ALTER TABLE public.others OWNER TO shop;
         SELECT promo_guard.bind(promo_attempts => 'public.others')",
    ),
    TellsNothing(
        "SELECT promo_guard.unbind();
         ALTER TABLE public.others ALTER user_id TYPE integer, ALTER result TYPE text,
             ALTER normalized_code_hash TYPE text USING rtrim(normalized_code_hash),
             ALTER attempted_at TYPE timestamp USING attempted_at AT TIME ZONE 'UTC';
         SELECT promo_guard.bind()",
    ),
    TellsNothing("CREATE INDEX others_code ON public.others (normalized_code_hash, attempted_at); CREATE INDEX ON public.others (attempted_at)"),
    TellsNothing("DROP INDEX public.others_code; ANALYZE"),
    // views
    Tells("DROP VIEW promo_guard.attempts"),
    Tells(by_hand!("user_id % 2 = 0")),
    Tells(by_hand!("user_id % 3 = 0")),
    Tells(
        "CREATE FUNCTION public.odd(integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT $1 % 2 = 1 $$;
         CREATE OR REPLACE VIEW promo_guard.attempts WITH (security_invoker = true) AS
         SELECT id, user_id, normalized_code_hash AS code_hash, result, source, attempted_at, metadata
         FROM public.others WHERE public.odd(user_id)",
    ),
    Tells("CREATE OR REPLACE FUNCTION public.odd(integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT $1 % 4 = 1 $$"),
    Tells(by_hand!("user_id % 3 = 0")),
    // what a word of a statement means
    TellsNothing(
        "SELECT promo_guard.detach_history(); SELECT promo_guard.unbind();
         CREATE TYPE public.mood AS ENUM ('ACTIVE', 'PAUSED', 'EXPIRED', 'DEPLETED');
         ALTER TABLE promo_codes DROP CONSTRAINT promo_codes_status_check;
         ALTER TABLE promo_codes ALTER status TYPE public.mood USING status::text::public.mood;
         SELECT promo_guard.bind()",
    ),
    TellsNothing(
        "DROP VIEW promo_guard.campaigns;
         CREATE VIEW promo_guard.campaigns AS
         SELECT id, code_hash, code_prefix, campaign_name, promo_type, grant_premium_days, discount_type, discount_value, discount_percent,
                applicable_products, target_scope, status, valid_from, valid_until, max_total_uses, used_total, max_uses_per_user,
                new_users_only, first_purchase_only, created_at, updated_at
         FROM public.promo_codes;
         GRANT SELECT ON promo_guard.campaigns TO shop",
    ),
    Tells("ALTER TYPE public.mood RENAME VALUE 'PAUSED' TO 'HALTED'; ALTER TYPE public.mood RENAME VALUE 'ACTIVE' TO 'PAUSED'"),
    Tells("ALTER TYPE public.mood RENAME VALUE 'PAUSED' TO 'ACTIVE'; ALTER TYPE public.mood RENAME VALUE 'HALTED' TO 'PAUSED'"),
    // who may see what
    Tells(
        "CREATE ROLE team;
         ALTER TABLE public.others ENABLE ROW LEVEL SECURITY; ALTER TABLE public.others FORCE ROW LEVEL SECURITY;
         CREATE POLICY few ON public.others USING (user_id % 2 = 1)",
    ),
    Tells("ALTER POLICY few ON public.others USING (user_id % 2 = 0)"),
    Tells("ALTER POLICY few ON public.others TO team"),
    Tells("ALTER ROLE shop BYPASSRLS"),
    Tells("ALTER ROLE shop NOBYPASSRLS"),
    Tells("GRANT team TO shop"),
    Tells("REVOKE team FROM shop"),
    Tells("ALTER TABLE public.others DISABLE ROW LEVEL SECURITY"),
    Tells("REVOKE USAGE ON SCHEMA promo_guard FROM shop"),
    Tells("GRANT USAGE ON SCHEMA promo_guard TO shop"),
    // all of it
    Tells("DROP EXTENSION promo_guard CASCADE; DROP TYPE IF EXISTS public.nothing"),
    Tells("CREATE EXTENSION promo_guard; SELECT promo_guard.bind()"),
];

/// A server of its own, since roles are changed, with a session that has asked everything twice.
fn begun() -> (Server, Client, String) {
    let server = Server::start(&[]);
    let (mut db, name) = server.database();
    db.batch_execute(DATA).unwrap();
    db.batch_execute("SELECT promo_guard.bind(); SELECT promo_guard.attach_history()").unwrap();
    let mut db = server.connect(&name);
    answers(&mut db);
    answers(&mut db);
    (server, db, name)
}

fn same(one: &[(&'static str, Answer)], other: &[(&'static str, Answer)], after: &str) {
    for (one, other) in one.iter().zip(other) {
        assert_eq!(one, other, "after {after}");
    }
}

/// Makes every change and compares with a session that begins after it.
fn follow(by_another: bool) {
    let (server, mut db, name) = begun();
    let mut another = server.connect(&name);
    let mut before = answers(&mut db);
    assert!(before.iter().all(|(_, answer)| answer.is_ok()), "{before:?}");
    for change in CHANGES {
        let (Tells(sql) | TellsNothing(sql)) = change;
        let by = if by_another { &mut another } else { &mut db };
        by.batch_execute(sql).unwrap_or_else(|e| panic!("{sql}: {e:?}"));
        let after = answers(&mut server.connect(&name));
        same(&answers(&mut db), &after, sql);
        same(&answers(&mut db), &after, sql);
        let tells = matches!(change, Tells(_));
        assert_eq!(without_doctor(&before) != without_doctor(&after), tells, "{sql}: {after:?}");
        before = after;
    }
}

/// Doctor also tells how it is bound, whatever the answers are.
fn without_doctor<'a>(answers: &'a [(&'static str, Answer)]) -> Vec<&'a (&'static str, Answer)> {
    answers.iter().filter(|(question, _)| *question != "doctor()").collect()
}

#[test]
#[ignore = "slow"]
fn whatever_a_session_changes_it_answers_like_a_new_one() {
    follow(false);
}

#[test]
#[ignore = "slow"]
fn whatever_another_session_changes_it_answers_like_a_new_one() {
    follow(true);
}

#[test]
#[ignore = "slow"]
fn whoever_asks_and_with_whatever_settings_it_answers_like_a_new_one() {
    let (server, mut db, name) = begun();
    db.batch_execute(
        "CREATE ROLE reader; CREATE ROLE nobody; SELECT promo_guard.grant_reader('reader');
         CREATE OR REPLACE VIEW promo_guard.attempts WITH (security_invoker = true) AS
             SELECT id, user_id, normalized_code_hash AS code_hash, result, source, attempted_at, metadata FROM public.promo_attempts;
         GRANT SELECT ON promo_guard.attempts TO shop;
         ALTER TABLE promo_attempts ENABLE ROW LEVEL SECURITY; ALTER TABLE promo_attempts FORCE ROW LEVEL SECURITY;
         CREATE POLICY few ON promo_attempts USING (user_id % 2 = 0 AND current_user = 'shop');
         CREATE SCHEMA shadow; CREATE TABLE shadow.pg_class (oid oid, relname text); GRANT USAGE ON SCHEMA shadow TO PUBLIC",
    )
    .unwrap();
    let plain = answers(&mut db);
    for (settings, tells) in [
        ("SET ROLE reader", true), // no user ids
        ("SET ROLE nobody", true), // nothing
        ("", false),
        ("SET row_security = off", true), // an error, where a policy would hide rows
        ("SET search_path = shadow, pg_catalog, public", false),
        ("SET search_path = ''; SET DateStyle = 'German'", true),
        ("SET plan_cache_mode = force_generic_plan", false),
        (
            "SET plan_cache_mode = force_custom_plan; SET enable_indexscan = off; SET enable_bitmapscan = off",
            false,
        ),
        ("BEGIN; UPDATE promo_attempts SET user_id = 2 * user_id", true),
        (
            "BEGIN; DROP POLICY few ON promo_attempts; CREATE POLICY most ON promo_attempts USING (user_id % 7 > 0)",
            true,
        ),
        ("BEGIN; DROP VIEW promo_guard.attempts", true),
        ("BEGIN; SAVEPOINT a; DROP POLICY few ON promo_attempts; ROLLBACK TO a", false),
        ("BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY", false),
        ("DISCARD PLANS", false),
        ("DISCARD ALL", false),
    ] {
        let mut fresh = server.connect(&name);
        fresh.batch_execute(settings).unwrap();
        let expected = answers(&mut fresh);
        fresh.batch_execute("ROLLBACK").unwrap();
        assert_eq!(without_doctor(&expected) != without_doctor(&plain), tells, "{settings}");
        db.batch_execute(settings).unwrap();
        same(&answers(&mut db), &expected, settings);
        if db.simple_query("SELECT").is_ok() {
            same(&answers(&mut db), &expected, settings);
        }
        for back in ["ROLLBACK", "RESET ROLE", "RESET ALL"] {
            db.batch_execute(back).unwrap();
        }
        same(&answers(&mut db), &plain, settings);
    }
}

/// What the session keeps: how many statements of ours, and how many bytes of them all.
fn kept(db: &mut Client) -> (usize, usize) {
    // PostgreSQL itself keeps one for the text of a view, and from 18 on one for each function in SQL.
    let sql = "SELECT count(*) FILTER (WHERE m.name = 'CachedPlanSource' AND m.ident NOT LIKE '%pg_catalog.pg_rewrite%'
                                         AND NOT EXISTS (SELECT FROM pg_proc AS p WHERE p.prosrc = m.ident)), sum(m.total_bytes)
               FROM pg_backend_memory_contexts AS m
               WHERE m.name IN ('CachedPlanSource', 'CachedPlanQuery', 'CachedPlan', 'SPI Plan')";
    let row = table(db, sql).swap_remove(0);
    (row[0].parse().unwrap(), row[1].parse().unwrap_or_default())
}

#[test]
#[ignore = "slow"]
fn no_statement_outlives_its_call() {
    let (server, _, name) = begun();
    let mut db = server.connect(&name);
    for _ in 0..3 {
        answers(&mut db);
        let texts = "SELECT left(ident, 200) FROM pg_backend_memory_contexts WHERE name = 'CachedPlanSource'";
        assert_eq!(kept(&mut db).0, 0, "{:?}", table(&mut db, texts));
    }
}
