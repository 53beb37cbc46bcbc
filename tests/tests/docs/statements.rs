//! Statements over the application's tables keep away from what distributed tables refuse, or answer with a worker's settings, or lock
//! every partition for (docs/SCALE.md). Where one must stay, its file says `-- Stays, NAME: reason`.

use promo_guard_tests::repo;
use regex::Regex;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// What a statement contains, without its comments.
type Finder = fn(&str) -> bool;

const AGGREGATES: &str = "count|sum|min|max|avg|bool_or|bool_and|array_agg|string_agg|jsonb_agg";

/// Each construct with how it is found.
const CONSTRUCTS: [(&str, Finder); 8] = [
    ("LATERAL", lateral),
    ("correlated subquery", correlated),
    ("unnest of several arrays", several_arrays),
    ("window over an aggregate", window_over_aggregate),
    ("NOT EXISTS", |sql| matches(sql, r"(?i)\bNOT\s+EXISTS\b")),
    ("columns named by an alias", columns_named_by_alias),
    ("time zone of the session", time_zone_of_the_session),
    ("unbounded attempts", unbounded_attempts),
];

fn matches(sql: &str, pattern: &str) -> bool {
    Regex::new(pattern).unwrap().is_match(sql)
}

fn without_comments(sql: &str) -> String {
    Regex::new(r"--[^\n]*").unwrap().replace_all(sql, "").into_owned()
}

/// What stands between the bracket at `open` and its end.
fn inside(sql: &str, open: usize) -> &str {
    let mut depth = 0;
    for (at, c) in sql[open..].char_indices() {
        depth += i32::from(c == '(') - i32::from(c == ')');
        if depth == 0 {
            return &sql[open + 1..open + at];
        }
    }
    &sql[open + 1..]
}

/// The brackets that hold a SELECT: what stands before each, and what in it.
fn selects(sql: &str) -> Vec<(&str, &str)> {
    let found = Regex::new(r"\(\s*SELECT\b").unwrap();
    found.find_iter(sql).map(|m| (sql[..m.start()].trim_end(), inside(sql, m.start()))).collect()
}

fn lateral(sql: &str) -> bool {
    let bounded = format!(r"(?i)\b(LIMIT|OFFSET)\b|\b({AGGREGATES})\s*\(");
    selects(sql).iter().any(|(before, body)| before.ends_with("LATERAL") && matches(body, &bounded))
}

/// A subquery in an expression that names a table of the statement around it.
fn correlated(sql: &str) -> bool {
    let own = Regex::new(r"(?i)\b(?:AS|FROM|JOIN)\s+(?:promo_guard\.)?([a-z_]+)\b").unwrap();
    let named = Regex::new(r"\b([a-z_]+)\.[a-z_]+\b").unwrap();
    let of_a_from = Regex::new(r"(?i)(\b(FROM|JOIN|LATERAL|AS|MATERIALIZED|UNION|ALL)|,)$").unwrap();
    selects(sql).into_iter().any(|(before, body)| {
        if of_a_from.is_match(before) || !reads_the_application(body) {
            return false;
        }
        let own: BTreeSet<&str> = own.captures_iter(body).map(|c| c.get(1).unwrap().as_str()).collect();
        named.captures_iter(body).any(|c| &c[1] != "promo_guard" && !own.contains(&c[1]))
    })
}

fn several_arrays(sql: &str) -> bool {
    let call = Regex::new(r"\bunnest\(").unwrap();
    call.find_iter(sql).any(|m| {
        let mut depth = 0;
        inside(sql, m.end() - 1).chars().any(|c| {
            depth += i32::from(c == '(' || c == '[') - i32::from(c == ')' || c == ']');
            c == ',' && depth == 0
        })
    })
}

fn window_over_aggregate(sql: &str) -> bool {
    matches(sql, &format!(r"(?i)\b({AGGREGATES})\(\s*({AGGREGATES})\("))
}

fn columns_named_by_alias(sql: &str) -> bool {
    let cte = r"(?i)(\bWITH|\bRECURSIVE|,)\s*[a-z_]+\s*\([a-z_]+(,\s*[a-z_]+)*\)\s+AS\s+(NOT\s+)?(MATERIALIZED\s*)?\(";
    let values = Regex::new(r"\(\s*VALUES\b").unwrap();
    let list = Regex::new(r"(?i)^\)\s*AS\s+[a-z_]+\s*\(").unwrap();
    matches(sql, cte)
        || values.find_iter(sql).any(|m| list.is_match(&sql[m.start() + 1 + inside(sql, m.start()).len()..]))
}

fn time_zone_of_the_session(sql: &str) -> bool {
    let part = Regex::new(r"(?i)\b(extract|date_part|date_trunc|to_char)\(").unwrap();
    part.find_iter(sql).any(|m| {
        let body = inside(sql, m.end() - 1);
        let of_a_length = matches(body, r"(?i)^\s*'?epoch\b");
        !of_a_length && !matches(body, r"(?i)AT TIME ZONE|'UTC'")
    })
}

/// Attempts without a constant from which on they are read.
fn unbounded_attempts(sql: &str) -> bool {
    let bound = r"attempted_at\s*(>=|>)\s*(\$\d|:)|:within\(|BETWEEN \$";
    matches(sql, r"\bpromo_guard\.attempts\b") && !matches(sql, bound)
}

fn reads_the_application(sql: &str) -> bool {
    matches(sql, r"\bpromo_guard\.(campaigns|attempts|redemptions|purchases|ledger)\b")
}

fn statements(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            statements(&path, found);
        } else if path.extension().is_some_and(|e| e == "sql") {
            let name = path.strip_prefix(repo()).unwrap().to_string_lossy().into_owned();
            found.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
}

#[test]
fn statements_keep_away_from_what_distributed_tables_refuse() {
    let mut found = Vec::new();
    statements(&repo().join("sql/query"), &mut found);
    found.sort();
    let shared = fs::read_to_string(repo().join("sql/query/classify/attempts_of_spans.sql")).unwrap();
    for (_, text) in &mut found {
        *text = text.replace(":attempts_of_spans", &shared);
    }
    let reason = Regex::new(r"(?m)^-- Stays, ([A-Za-z ]+): .{20,}$").unwrap();
    let mut wrong = Vec::new();
    for (name, text) in &found {
        let sql = without_comments(text);
        if !reads_the_application(&sql) {
            continue; // our own records and the catalogs are this server's alone
        }
        let stays: BTreeSet<String> = reason.captures_iter(text).map(|c| c[1].to_owned()).collect();
        for (construct, is_there) in CONSTRUCTS {
            match (is_there(&sql), stays.contains(construct)) {
                (true, false) => wrong.push(format!("{name}: {construct}")),
                (false, true) => wrong.push(format!("{name}: no {construct} any more")),
                _ => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The finders find what they are for: as these statements were once written.
#[test]
fn each_construct_is_found() {
    for (construct, sql) in [
        (
            "LATERAL",
            "FROM c CROSS JOIN LATERAL (SELECT a.x FROM promo_guard.attempts AS a WHERE a.h = c.h LIMIT 1) AS l",
        ),
        (
            "LATERAL",
            "FROM c CROSS JOIN LATERAL (SELECT count(*) AS n FROM promo_guard.attempts AS a WHERE a.h = c.h) AS l",
        ),
        (
            "correlated subquery",
            "SELECT (SELECT count(*) FROM promo_guard.redemptions AS r WHERE r.promo_code_id = c.id) FROM promo_guard.campaigns AS c",
        ),
        ("unnest of several arrays", "FROM unnest($1::bigint[], $2::timestamptz[]) AS p (id, since)"),
        ("window over an aggregate", "SELECT sum(sum(u.n)) OVER (PARTITION BY u.h)"),
        ("NOT EXISTS", "WHERE NOT EXISTS (SELECT FROM promo_guard.purchases AS p)"),
        ("columns named by an alias", "WITH step (position, step) AS (SELECT 1, 2)"),
        ("columns named by an alias", "FROM (VALUES (1, 'a'), (2, 'b')) AS n (position, step)"),
        ("time zone of the session", "SELECT extract(hour FROM a.attempted_at::timestamptz)"),
        ("unbounded attempts", "FROM promo_guard.attempts AS a WHERE a.attempted_at <= $1"),
    ] {
        let finder = CONSTRUCTS.iter().find(|(name, _)| *name == construct).unwrap().1;
        assert!(finder(sql), "{construct}: {sql}");
    }
    for sql in [
        "SELECT a.x FROM promo_guard.attempts AS a WHERE a.code_hash = (SELECT c.code_hash FROM promo_guard.campaigns AS c WHERE c.id = $1) AND a.attempted_at >= $2",
        "FROM (SELECT unnest($1::bigint[]) AS id, unnest($2::timestamptz[]) AS since) AS p",
        "SELECT extract(epoch FROM a.attempted_at - $2), to_char(x AT TIME ZONE 'UTC', 'HH24')",
        "FROM unnest($1::text[]) AS u (hash)",
    ] {
        for (construct, finder) in CONSTRUCTS {
            assert!(!finder(sql), "{construct}: {sql}");
        }
    }
}
