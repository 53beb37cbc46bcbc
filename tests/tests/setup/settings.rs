//! A session's settings change nothing: every function that reads, under every setting that a session can have, gives the same bytes
//! for the same data and time. Functions and settings are taken from the catalog, so that a new one is tried without being added here.

use postgres::Client;
use promo_guard_generator::{Config, Incident, IncidentKind, Intensity, Micros, generate};
use promo_guard_tests::load::{LoadOptions, load};
use promo_guard_tests::{server, table};
use std::collections::BTreeMap;

/// A question, and whether it names the time that it is asked as of.
struct Question {
    name: String,
    sql: String,
    pinned: bool,
    /// A view promises no order.
    sorted: bool,
}

/// Every function that is not volatile and every view that is no adapter, with a value for each argument that it must have.
fn questions(db: &mut Client) -> Vec<Question> {
    let one = |db: &mut Client, sql: &str| table(db, sql)[0][0].clone();
    let as_of = one(
        db,
        "SELECT to_char(max(attempted_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || 'Z' FROM promo_attempts",
    );
    let campaign =
        one(db, "SELECT id FROM promo_codes WHERE status = 'PAUSED' ORDER BY updated_at DESC LIMIT 1");
    let values: BTreeMap<&str, String> = BTreeMap::from([
        ("as_of", format!("'{as_of}'::pg_catalog.timestamptz")),
        ("since", format!("'{as_of}'::pg_catalog.timestamptz - interval '1 hour'")),
        ("campaign_id", format!("{campaign}::bigint")),
        (
            "code_hash",
            format!("'{}'", one(db, &format!("SELECT code_hash FROM promo_codes WHERE id = {campaign}"))),
        ),
        ("user_id", one(db, "SELECT user_id || '::bigint' FROM promo_redemptions ORDER BY id LIMIT 1")),
        (
            "campaign_name",
            format!("'{}'", one(db, &format!("SELECT campaign_name FROM promo_codes WHERE id = {campaign}"))),
        ),
        ("key", "chr(92) || 'x41 ' || chr(252)".to_owned()),
        ("reference", format!("'{campaign}'")),
        ("baked", one(db, "SELECT campaign_id || '::bigint' FROM promo_guard.bake_status() LIMIT 1")),
        ("bucket", "interval '1 minute'".to_owned()),
    ]);
    let functions = table(
        db,
        "SELECT p.proname, coalesce(p.proargnames[1:p.pronargs], '{}'), p.pronargs - p.pronargdefaults
         FROM pg_proc AS p
         WHERE p.pronamespace = 'promo_guard'::regnamespace AND p.prokind = 'f' AND p.provolatile <> 'v'
           AND p.prorettype NOT IN ('trigger'::regtype, 'internal'::regtype) AND 'internal'::regtype <> ALL (p.proargtypes::oid[])
         ORDER BY 1",
    );
    let mut all = Vec::new();
    for row in functions {
        let name = row[0].clone();
        if name == "action_hash" {
            let sql = "SELECT record_send(ROW(promo_guard.action_hash(l))) FROM promo_guard.action_log AS l ORDER BY l.id";
            all.push(Question { name, sql: sql.to_owned(), pinned: true, sorted: false });
            continue;
        }
        let names: Vec<&str> =
            row[1].trim_matches(['{', '}']).split(',').filter(|name| !name.is_empty()).collect();
        let must: usize = row[2].parse().unwrap();
        let given: Vec<String> = names
            .iter()
            .enumerate()
            .filter(|(index, argument)| *index < must || **argument == "as_of")
            .map(|(_, argument)| {
                let baked = name.starts_with("bake_") && *argument == "campaign_id";
                let value = values
                    .get(if baked { "baked" } else { *argument })
                    .unwrap_or_else(|| panic!("{name} wants a value for {argument}"));
                format!("{argument} => {value}")
            })
            .collect();
        let pinned = names.is_empty() && ["version", "policy_defaults"].contains(&name.as_str())
            || names.iter().any(|argument| ["as_of", "since"].contains(argument));
        let sql = format!(
            "SELECT pg_catalog.record_send(ROW(x)) FROM promo_guard.{name}({}) AS x",
            given.join(", ")
        );
        all.push(Question { name, sql, pinned, sorted: false });
    }
    let views = table(
        db,
        "SELECT c.relname FROM pg_class AS c JOIN pg_depend AS d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
         WHERE c.relnamespace = 'promo_guard'::regnamespace AND c.relkind = 'v' ORDER BY 1",
    );
    for row in views {
        let sql = format!("SELECT pg_catalog.record_send(ROW(x)) FROM promo_guard.{} AS x", row[0]);
        all.push(Question { name: row[0].clone(), sql, pinned: false, sorted: true });
    }
    all
}

/// Settings that end a statement, or say where something lies or who one is.
const NOT_ASKED: &[&str] = &[
    "statement_timeout",
    "lock_timeout",
    "idle_in_transaction_session_timeout",
    "idle_session_timeout",
    "transaction_timeout",
    "transaction_isolation",
    "transaction_read_only",
    "transaction_deferrable",
    "max_stack_depth",
    "temp_file_limit",
    "client_connection_check_interval",
    "allow_in_place_tablespaces",
    "allow_alter_system",
    "client_min_messages",
    "jit",
];

/// A setting, and the values to try beside its usual one. Those with a range or a list of values are the catalog's; the rest is what
/// people set.
fn settings(db: &mut Client) -> Vec<(String, Vec<String>)> {
    let mut all: Vec<(String, Vec<String>)> = Vec::new();
    let owned = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>();
    for (name, values) in [
        ("DateStyle", &["SQL, DMY", "German", "Postgres, YMD"][..]),
        ("TimeZone", &["Pacific/Kiritimati", "America/St_Johns"]),
        ("timezone_abbreviations", &["India"]),
        ("client_encoding", &["LATIN1"]),
        ("default_text_search_config", &["pg_catalog.german"]),
        ("search_path", &["", "hostile, pg_catalog", "hostile, promo_guard, pg_catalog, pg_temp"]),
    ] {
        all.push((name.to_owned(), owned(values)));
    }
    let locales: Vec<String> =
        table(db, "SELECT DISTINCT collcollate FROM pg_collation WHERE collprovider = 'c' AND collencoding IN (-1, 6) ORDER BY 1")
            .into_iter()
            .map(|row| row[0].clone())
            .collect();
    for name in ["lc_messages", "lc_monetary", "lc_numeric", "lc_time"] {
        all.push((name.to_owned(), locales.clone()));
    }
    let from_catalog = table(
        db,
        "SELECT s.name, s.vartype, s.setting, coalesce(s.min_val, ''), coalesce(s.max_val, ''), array_to_string(s.enumvals, ',')
         FROM pg_settings AS s
         WHERE s.context IN ('user', 'superuser') AND s.vartype <> 'string'
           AND (s.category LIKE 'Query Tuning%' OR s.category LIKE 'Client Connection Defaults%'
                OR s.category LIKE 'Version and Platform Compatibility%' OR s.category LIKE 'Resource Usage%'
                OR s.name IN ('force_parallel_mode', 'debug_parallel_query', 'jit_expressions', 'jit_tuple_deforming'))
         ORDER BY s.name",
    );
    for row in from_catalog {
        let [name, kind, now, least, most, words] = <[String; 6]>::try_from(row).unwrap();
        if NOT_ASKED.contains(&name.as_str()) {
            continue;
        }
        let mut values: Vec<String> = match kind.as_str() {
            "bool" => owned(&["on", "off"]),
            "enum" => words.split(',').map(str::to_owned).collect(),
            // Plans that no cost tells apart take for ever, and prove nothing.
            "real" => {
                let number = |text: &str| text.parse::<f64>().unwrap();
                let range = number(&least)..=number(&most);
                let mut values = owned(&["0.5", "2"]);
                values.retain(|value| range.contains(&number(value)));
                values
            }
            // With the most of them the planner asks for 32 GiB at any join, whose error it is.
            _ if name == "geqo_pool_size" || name == "geqo_generations" => vec![least, "100".to_owned()],
            _ => vec![least, most, "0".to_owned()],
        };
        values.retain(|value| *value != now);
        if name != "extra_float_digits" && kind != "bool" && kind != "enum" {
            values.truncate(2);
        }
        all.push((name, values));
    }
    all
}

/// Sessions to try, each with many settings at once: each value of each setting is in one of them, and no two have the same mix.
fn sessions(settings: &[(String, Vec<String>)]) -> Vec<Vec<String>> {
    let most = settings.iter().map(|(_, values)| values.len()).max().unwrap_or_default();
    let set = |name: &str, value: &str| match value {
        "" => format!("SET {name} = ''"),
        // a list of names, not one name
        _ if name == "search_path" => format!("SET {name} = {value}"),
        _ => format!("SET {name} = '{value}'"),
    };
    let mut all: Vec<Vec<String>> = (0..most.max(6))
        .map(|session| {
            let mixed = settings.iter().enumerate().filter_map(|(index, (name, values))| {
                // A planner that may use nothing at all takes the worst of all plans.
                let changed = if name.starts_with("enable_") {
                    index % 6 == session
                } else {
                    session < values.len() || (index >> (session % 5)) % 2 == 0
                };
                let value = values.get(session % values.len().max(1))?;
                changed.then(|| set(name, value))
            });
            std::iter::once("SET jit = off".to_owned()).chain(mixed).collect()
        })
        .collect();
    let words = |statements: &[&str]| statements.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
    all.push(words(&[
        "SET parallel_setup_cost = 0",
        "SET parallel_tuple_cost = 0",
        "SET min_parallel_table_scan_size = 0",
        "SET min_parallel_index_scan_size = 0",
        "SET max_parallel_workers_per_gather = 4",
        "SET work_mem = '64kB'",
        "SET enable_hashagg = off",
    ]));
    all.push(words(&[
        "SET jit_above_cost = 0",
        "SET jit_inline_above_cost = 0",
        "SET jit_optimize_above_cost = 0",
    ]));
    all
}

type Rows = Vec<Vec<u8>>;

fn ask(db: &mut Client, question: &Question) -> Result<Rows, String> {
    let rows = db.query(&question.sql, &[]).map_err(|error| {
        let server =
            error.as_db_error().map(|server| format!("{}: {}", server.code().code(), server.message()));
        server.unwrap_or_else(|| error.to_string())
    })?;
    let mut rows: Rows = rows.iter().map(|row| row.get(0)).collect();
    if question.sorted {
        rows.sort();
    }
    if !question.pinned {
        rows.iter_mut().for_each(without_seconds);
    }
    Ok(rows)
}

/// Takes the seconds out of `2 min 38 s`: what reads the clock says another number at every call on a busy machine.
fn without_seconds(text: &mut Vec<u8>) {
    let digit = |at: usize, text: &[u8]| text.get(at).is_some_and(u8::is_ascii_digit);
    let mut at = 0;
    while at < text.len() {
        let begin = at;
        while digit(at, text) {
            at += 1;
        }
        let seconds = at > begin
            && text[at..].starts_with(b" s")
            && !text.get(at + 2).is_some_and(u8::is_ascii_alphanumeric);
        if seconds {
            text.drain(begin..at);
            at = begin;
        }
        at += 1;
    }
}

/// A shop after an incident, with something in every record.
fn shop() -> String {
    let (mut db, name) = server().empty_database();
    let now = Micros(i64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_micros()).unwrap());
    let night = Config::small(11, now)
        .with(Incident::new(IncidentKind::Hammered, Intensity::Low, 40))
        .with(Incident::new(IncidentKind::Leak, Intensity::Low, 90));
    load(&mut db, &generate(&night), &LoadOptions::default()).unwrap();
    db.batch_execute(
        "CREATE EXTENSION promo_guard; SELECT promo_guard.bind(); SELECT promo_guard.attach_history();
         CREATE SCHEMA hostile;
         CREATE FUNCTION hostile.now() RETURNS timestamptz LANGUAGE plpgsql AS $$ BEGIN RAISE 'called'; END $$;
         CREATE FUNCTION hostile.format(text, VARIADIC text[]) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE 'called'; END $$;
         CREATE FUNCTION hostile.differs(text, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE 'called'; END $$;
         CREATE OPERATOR hostile.= (LEFTARG = text, RIGHTARG = text, FUNCTION = hostile.differs);
         SELECT promo_guard.open_incident('Spring', 'promo_campaign_auto_paused');
         SELECT promo_guard.set_policy('guard_min_users', '3', 'test');
         SELECT promo_guard.pause(min(id), 'test') FROM promo_codes WHERE status = 'ACTIVE';
         SELECT promo_guard.announce(max(id), '2026-03-01 00:00Z', '2026-03-03 00:00Z', 'spring sale') FROM promo_codes;
         SELECT promo_guard.fix_campaign(min(id), jsonb_build_object('valid_until', now() + interval '30 days'), 'test') FROM promo_codes WHERE status = 'PAUSED';
         UPDATE promo_codes SET status = 'PAUSED' WHERE id = (SELECT max(id) FROM promo_codes WHERE status = 'ACTIVE');
         DO $$
         DECLARE
             one bigint;
         BEGIN
             FOR one IN SELECT id FROM promo_codes WHERE status = 'ACTIVE' ORDER BY id LOOP
                 PERFORM promo_guard.pause(one, 'test');
                 PERFORM promo_guard.unpause(one, 'test', ARRAY(SELECT name FROM promo_guard.check_unpause(one) WHERE NOT passed AND overridable), NULL, '15 min');
                 EXIT WHEN EXISTS (SELECT FROM promo_guard.bake_status());
             END LOOP;
         END $$;
         UPDATE purchases SET discount_stars_amount = discount_stars_amount + 1
         WHERE id IN (SELECT applied_purchase_id FROM promo_redemptions WHERE status = 'APPLIED' ORDER BY applied_at DESC LIMIT 3);
         UPDATE purchases SET status = 'REFUNDED', refunded_at = credited_at
         WHERE id IN (SELECT applied_purchase_id FROM promo_redemptions WHERE status = 'APPLIED' ORDER BY applied_at DESC OFFSET 3 LIMIT 3);
         UPDATE promo_redemptions SET status = 'RESERVED', reserved_until = created_at
         WHERE id IN (SELECT id FROM promo_redemptions WHERE status = 'APPLIED' ORDER BY applied_at DESC OFFSET 6 LIMIT 3);
         ANALYZE",
    )
    .unwrap();
    name
}

/// What a question answers otherwise than before, in words.
fn difference(question: &Question, before: &Rows, now: &Result<Rows, String>) -> Option<String> {
    match now {
        Ok(now) if now == before => None,
        Ok(now) => {
            let words = |bytes: &Vec<u8>| {
                String::from_utf8_lossy(bytes)
                    .chars()
                    .filter(|c| !c.is_control())
                    .take(300)
                    .collect::<String>()
            };
            let pair = before.iter().zip(now).find(|(before, now)| before != now);
            let pair = pair.map(|(before, now)| (words(before), words(now)));
            Some(format!("{}: {} rows, {} rows, {pair:?}", question.name, before.len(), now.len()))
        }
        Err(error) => Some(format!("{}: {error}", question.name)),
    }
}

#[test]
fn every_function_that_makes_text_has_the_same_settings() {
    let (mut db, _) = server().database();
    // All but constants, an aggregate's parts, and the trigger. bind() looks names up on its caller's path, and sets the same after that.
    let without = table(
        &mut db,
        "SELECT p.oid::regprocedure FROM pg_proc AS p
         WHERE p.pronamespace = 'promo_guard'::regnamespace AND p.prokind = 'f' AND p.provolatile <> 'i' AND p.prorettype <> 'trigger'::regtype
           AND NOT coalesce(p.proconfig, '{}') @> ARRAY['search_path=pg_catalog, pg_temp', 'TimeZone=UTC', 'DateStyle=ISO, MDY',
                                                        'IntervalStyle=postgres', 'extra_float_digits=1', 'quote_all_identifiers=off']",
    );
    assert_eq!(without, [["promo_guard.bind(regclass,regclass,regclass,regclass,jsonb,regclass)"]]);
}

#[test]
fn no_setting_of_a_session_changes_what_a_reading_function_answers() {
    let name = shop();
    let mut db = server().connect(&name);
    let questions = questions(&mut db);
    let settings = settings(&mut db);
    assert!(
        questions.len() > 18 && settings.len() > 60,
        "{} questions, {} settings",
        questions.len(),
        settings.len()
    );
    let usual: Vec<Rows> = questions
        .iter()
        .map(|question| ask(&mut db, question).unwrap_or_else(|error| panic!("{}: {error}", question.name)))
        .collect();
    for (question, rows) in questions.iter().zip(&usual) {
        assert!(!rows.is_empty(), "{} has nothing to compare", question.name);
    }

    let mut differs = Vec::new();
    for session in sessions(&settings) {
        // What names its time is asked in a session of its own, whose plans and caches know no other.
        let mut other = server().connect(&name);
        other.batch_execute(&session.join(";")).unwrap_or_else(|error| panic!("{session:?}: {error:?}"));
        let pinned = questions.iter().zip(&usual).filter(|(question, _)| question.pinned);
        for (question, before) in pinned {
            let Some(told) = difference(question, before, &ask(&mut other, question)) else { continue };
            // Which of them it is.
            let guilty = session.iter().find(|setting| {
                let mut alone = server().connect(&name);
                alone.batch_execute(setting).unwrap();
                difference(question, before, &ask(&mut alone, question)).is_some()
            });
            differs.push(format!(
                "{told} under {}",
                guilty.map_or_else(|| format!("{session:?}"), String::clone)
            ));
        }
        // What is about the present is asked twice in one transaction, in which the present stands still; but for checks, which read
        // the clock: the same second is to be met.
        db.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").unwrap();
        for question in questions.iter().filter(|question| !question.pinned) {
            let mut told = None;
            for _ in 0..10 {
                let before = ask(&mut db, question).unwrap();
                db.batch_execute(&format!("SAVEPOINT usual; {}", session.join(";"))).unwrap();
                let now = ask(&mut db, question);
                db.batch_execute("ROLLBACK TO usual").unwrap();
                told = difference(question, &before, &now);
                if told.is_none() || now.is_err() {
                    break;
                }
            }
            differs.extend(told.map(|told| format!("{told} under {session:?}")));
        }
        db.batch_execute("ROLLBACK").unwrap();
    }
    assert!(differs.is_empty(), "{} differ:\n{}", differs.len(), differs.join("\n"));
}
