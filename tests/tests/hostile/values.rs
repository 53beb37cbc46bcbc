//! Values by type, as SQL: what a type can hold at its worst, and now and then something that is there.

use super::chance::Chance;
use postgres::Client;
use promo_guard_tests::table;

/// What a call may name that exists.
pub struct Known {
    ids: Vec<String>,
    hashes: Vec<String>,
    users: Vec<String>,
    words: Vec<String>,
}

impl Known {
    pub fn of(db: &mut Client) -> Known {
        let mut column =
            |sql: &str| table(db, sql).into_iter().map(|mut row| row.remove(0)).collect::<Vec<_>>();
        Known {
            ids: column("(SELECT id::text FROM promo_codes WHERE status = 'PAUSED') UNION ALL (SELECT id::text FROM promo_codes LIMIT 8)"),
            hashes: column("SELECT DISTINCT normalized_code_hash::text FROM promo_attempts LIMIT 8"),
            users: column("SELECT DISTINCT user_id::text FROM promo_attempts WHERE user_id IS NOT NULL LIMIT 8"),
            // words that mean something somewhere: policies, checks, rules, statuses
            words: column(
                "SELECT name FROM promo_guard.policy UNION SELECT unnest(ARRAY['PAUSED', 'ACTIVE', 'alert', 'pause', 'burst_over',
                 'is_paused', 'not_abuse', 'settlement_clean', 'high_value_paused', 'zero_discount', '30 min', '0.5', 'on', 'off', '{INVALID}'])",
            ),
        }
    }
}

/// Text as SQL reads it back whatever `standard_conforming_strings` says.
fn quoted(text: &str) -> String {
    format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

const TEXTS: &[&str] = &[
    "",
    " ",
    "\t\n",
    "x",
    "0",
    "-1",
    "NULL",
    "null",
    "'",
    "''",
    "\"",
    "\\",
    "\\'",
    "$$",
    "%s%n%x",
    "; DROP TABLE promo_codes; --",
    "'; DROP TABLE promo_codes; --",
    "\"; drop",
    "{}",
    "[]",
    "{\"a\":",
    "\u{1}\u{7f}\u{1b}[31m",
    "\u{202e}txet",
    "👩‍👩‍👧‍👦",
    "é\u{301}\u{301}\u{301}",
    "\u{feff}",
    "ﷺ",
    "Ω≈ç√∫",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "zzzzzzzz",
    "1e400",
    "NaN",
    "infinity",
    "pg_catalog.now()",
    "../../etc/passwd",
    "<script>alert(1)</script>",
    "a,b",
    "a=b",
    "{a,b",
    "(1,2)",
    "C:\\x",
    "public",
    "postgres",
    "promo_guard",
];

const INTERVALS: &[&str] = &[
    "0",
    "1 microsecond",
    "1 second",
    "30 min",
    "1 hour",
    "2 days",
    "1 mon",
    "1 mon -31 days",
    "-1 hour",
    "-178000000 years",
    "178000000 years",
    "178956970 years 7 months",
    "2147483647 days",
    "-2147483648 days",
    "9223372036854 seconds",
    "1000 years",
    "-1 mon 32 days",
    "infinity",
];

const TIMES: &[&str] = &[
    "infinity",
    "-infinity",
    "epoch",
    "now",
    "tomorrow",
    "4714-11-24 00:00:00+00 BC",
    "294276-12-31 23:59:59.999999+00",
    "0001-01-01 00:00:00+00",
    "2026-03-29 02:30:00 Europe/Berlin",
    "1999-12-31 23:59:60+00",
    "2026-11-24 12:00:00+00",
    "9999-12-31",
];

const JSONS: &[&str] = &[
    "null",
    "true",
    "0",
    "\"x\"",
    "[]",
    "{}",
    "[null]",
    "{\"\": null}",
    "{\"attempts\": {\"code_hash\": 1}}",
    "{\"attempts\": null}",
    "{\"attempts\": []}",
    "{\"attempts\": {\"code_hash\": \"\"}}",
    "{\"attempts\": {\"code_hash\": \"no such\"}}",
    "{\"nonsense\": {}}",
    "{\"campaigns\": {\"\\u0001\": \"x\"}}",
    "{\"valid_until\": \"never\"}",
    "{\"valid_until\": \"infinity\"}",
    "{\"valid_until\": null}",
    "{\"valid_from\": \"294276-12-31\"}",
    "{\"valid_from\": 5}",
    "{\"max_total_uses\": -1}",
    "{\"max_total_uses\": 1e300}",
    "{\"max_total_uses\": 1.5}",
    "{\"max_total_uses\": 99999999999999999999}",
    "{\"max_total_uses\": null}",
    "{\"max_uses_per_user\": 0}",
    "{\"max_uses_per_user\": 2147483648}",
    "{\"new_users_only\": \"yes\"}",
    "{\"first_purchase_only\": null}",
    "{\"target_scope\": \"'; DROP TABLE x; --\"}",
    "{\"target_scope\": {\"a\": [1]}}",
    "{\"status\": \"ACTIVE\"}",
    "{\"id\": 1}",
    "{\"valid_until\": \"2030-01-01\", \"valid_from\": \"2031-01-01\"}",
    "{\"target_scope\": \"ALL\"}",
];

const OBJECTS: &[&str] = &[
    "0",
    "4294967295",
    "999999999",
    "1259",
    "'promo_codes'::regclass::oid",
    "'promo_attempts'::regclass::oid",
    "'purchases'::regclass::oid",
    "'pg_catalog.pg_class'::regclass::oid",
    "'pg_catalog.pg_stat_activity'::regclass::oid",
    "'promo_guard.campaigns'::regclass::oid",
    "'promo_guard.action_log'::regclass::oid",
    "'promo_guard.action_log_id_seq'::regclass::oid",
    "(SELECT indexrelid FROM pg_catalog.pg_index WHERE indrelid = 'promo_codes'::regclass LIMIT 1)",
];

const ROLES: &[&str] = &[
    "0",
    "4294967295",
    "999999999",
    "'hostile_operator'::regrole::oid",
    "'postgres'::regrole::oid",
    "'pg_monitor'::regrole::oid",
    "'pg_read_all_data'::regrole::oid",
];

const BIGINTS: &[&str] =
    &["0", "1", "-1", "2147483648", "9223372036854775807", "-9223372036854775808", "4294967296"];
const INTEGERS: &[&str] = &["0", "1", "-1", "50", "2147483647", "-2147483648"];
const DOUBLES: &[&str] =
    &["0", "-0.0", "1e308", "-1e308", "'NaN'", "'infinity'", "'-infinity'", "1e-320", "0.5"];

fn text(chance: &mut Chance, known: &Known) -> String {
    match chance.below(10) {
        0 => chance.of(&known.hashes).clone(),
        1 | 2 => chance.of(&known.words).clone(),
        3 => "x".repeat(10_000),
        4 => "a sensible reason".to_owned(),
        _ => (*chance.of(TEXTS)).to_owned(),
    }
}

fn array(element: &str, chance: &mut Chance, known: &Known) -> String {
    match chance.below(8) {
        0 => format!("'{{}}'::{element}[]"),
        1 => format!("ARRAY[NULL]::{element}[]"),
        2 => format!("array_fill({}, ARRAY[3], ARRAY[-7])::{element}[]", value(element, chance, known)),
        3 => format!("ARRAY[[{0}, {0}], [{0}, {0}]]::{element}[]", value(element, chance, known)),
        4 => format!("array_fill({}, ARRAY[1000])::{element}[]", value(element, chance, known)),
        n => {
            let all: Vec<_> = (4..n).map(|_| value(element, chance, known)).collect();
            format!("ARRAY[{}]::{element}[]", all.join(", "))
        }
    }
}

/// A value of a type, as SQL.
pub fn value(sql_type: &str, chance: &mut Chance, known: &Known) -> String {
    if chance.one_in(7) {
        return format!("NULL::{sql_type}");
    }
    if let Some(element) = sql_type.strip_suffix("[]") {
        return array(element, chance, known);
    }
    let literal = |text: &str| format!("{}::{sql_type}", quoted(text));
    match sql_type {
        "text" | "character varying" | "name" => literal(&text(chance, known)),
        "character" | "\"char\"" => literal(&text(chance, known)),
        "bigint" => match chance.below(4) {
            0 | 1 => format!("{}::bigint", chance.of(&known.ids)),
            2 => format!("{}::bigint", chance.of(&known.users)),
            _ => format!("({})::bigint", chance.of(BIGINTS)),
        },
        "integer" | "smallint" => format!("({})::{sql_type}", chance.of(INTEGERS)),
        "double precision" | "numeric" | "real" => format!("({})::{sql_type}", chance.of(DOUBLES)),
        "boolean" => (*chance.of(&["true", "false"])).to_owned(),
        "interval" => literal(one(chance, INTERVALS)),
        "timestamp with time zone" | "timestamp without time zone" => literal(one(chance, TIMES)),
        "jsonb" | "json" => match chance.below(8) {
            0 => format!("(repeat('[', 900) || repeat(']', 900))::{sql_type}"),
            1 => format!(
                "jsonb_build_object({}, repeat('x', 20000))::{sql_type}",
                quoted(&text(chance, known)).replace("E''", "E'k'")
            ),
            _ => literal(one(chance, JSONS)),
        },
        "regclass" | "oid" => format!("({})::{sql_type}", chance.of(OBJECTS)),
        "regrole" => format!("({})::regrole", chance.of(ROLES)),
        "bytea" => format!("'\\x{}'::bytea", chance.of(&["", "00", "ff00ff", "deadbeef"])),
        "uuid" => format!(
            "'{}'::uuid",
            chance.of(&["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"])
        ),
        // A type that nobody has thought of: null is hostile enough until somebody does.
        other => format!("NULL::{other}"),
    }
}

fn one(chance: &mut Chance, of: &[&'static str]) -> &'static str {
    of[chance.below(of.len())]
}
