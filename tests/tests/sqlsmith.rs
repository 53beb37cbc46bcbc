//! Random queries over everything that a role can see and call, made by sqlsmith: as reader, operator and owner. No crash, no panic
//! and no internal error (XX000) of ours. A few hundred queries where sqlsmith is installed; `make sqlsmith` runs 20,000 of each role.

use postgres::Client;
use promo_guard_generator::{Config, Incident, IncidentKind, Intensity, Micros, generate};
use promo_guard_tests::load::{LoadOptions, load};
use promo_guard_tests::{Server, table};
use std::env;
use std::path::Path;
use std::process::{Command, Stdio};

/// Where Debian's package has it.
const SQLSMITH: &str = "/usr/bin/sqlsmith";

/// What sqlsmith sees of the catalogs. It calls neither functions that return sets nor one of our functions more often than any of
/// the 3,000 of PostgreSQL's. So each set is wrapped in a function that returns jsonb and, where it can be called without arguments,
/// in a view; and `pg_proc`, which sqlsmith does not qualify, is a view that lists ours and some immutable ones of PostgreSQL's over
/// types that ours have. `argument` has values that ours take: sqlsmith's own constants are small numbers
/// and nulls.
const SEEN: &str = r"
    CREATE SCHEMA smith;
    DO $$
    DECLARE f record;
    BEGIN
        FOR f IN
            SELECT p.oid, p.proname, pg_get_function_identity_arguments(p.oid) AS arguments, p.pronargs, p.pronargs = p.pronargdefaults AS alone,
                   (SELECT coalesce(string_agg('$' || n, ', '), '') FROM generate_series(1, p.pronargs) AS n) AS passed,
                   (SELECT coalesce(string_agg(format_type(t, NULL), ', ' ORDER BY n), '') FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY AS a(t, n)) AS types
            FROM pg_proc AS p WHERE p.pronamespace = 'promo_guard'::regnamespace AND p.proretset
        LOOP
            EXECUTE format('CREATE FUNCTION smith.%I(%s) RETURNS jsonb LANGUAGE sql AS ''SELECT jsonb_agg(to_jsonb(r)) FROM promo_guard.%I(%s) AS r''',
                f.proname, f.types, f.proname, f.passed);
            IF f.alone THEN
                EXECUTE format('CREATE VIEW smith.%I AS SELECT * FROM promo_guard.%I()', f.proname, f.proname);
            END IF;
        END LOOP;
    END $$;
    CREATE TABLE smith.argument AS
        SELECT c.id AS campaign, c.campaign_name::text AS name, c.code_hash::text AS hash, (ARRAY['1 hour', '2 days', '0', '-1 hour', '1 year']::interval[])[1 + n % 5] AS lookback,
               (ARRAY[now(), now() - interval '1 hour', 'epoch', 'infinity', now() + interval '1 day'])[1 + n % 5] AS moment, ARRAY[c.id] AS campaigns,
               ARRAY[c.campaign_name::text] AS names, jsonb_build_object('max_total_uses', 5) AS changes, n::integer AS number, n / 10.0::double precision AS share, n % 2 = 0 AS flag,
               'smith_reader'::regrole AS role
        FROM (SELECT *, row_number() OVER (ORDER BY id) AS n FROM promo_codes) AS c;
    CREATE VIEW smith.pg_proc AS
        WITH ours AS (SELECT p.* FROM pg_catalog.pg_proc AS p WHERE p.pronamespace IN ('promo_guard'::regnamespace, 'smith'::regnamespace)),
             types AS (SELECT unnest(proargtypes::oid[]) AS t FROM ours UNION SELECT prorettype FROM ours)
        SELECT p.oid, p.pronamespace, p.proname, p.prorettype, p.proargtypes, p.proretset, p.prokind FROM ours AS p
        UNION ALL
        (SELECT p.oid, p.pronamespace, p.proname, p.prorettype, p.proargtypes, p.proretset, p.prokind FROM pg_catalog.pg_proc AS p
         WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.provolatile = 'i' AND p.prorettype IN (TABLE types) AND p.proargtypes::oid[] <@ ARRAY(TABLE types)
         ORDER BY md5(p.oid::text) LIMIT 60);
    GRANT USAGE ON SCHEMA smith TO PUBLIC; GRANT SELECT ON ALL TABLES IN SCHEMA smith TO PUBLIC";

fn shop(server: &Server) -> (Client, String) {
    let (mut db, name) = server.empty_database();
    let now = Micros(i64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_micros()).unwrap());
    let night = Config::small(7, now)
        .with(Incident::new(IncidentKind::Hammered, Intensity::Low, 50))
        .with(Incident::new(IncidentKind::ManualPause, Intensity::Low, 30));
    load(&mut db, &generate(&night), &LoadOptions::default()).unwrap();
    db.batch_execute(
        "CREATE ROLE smith_reader LOGIN; CREATE ROLE smith_operator LOGIN;
         CREATE EXTENSION promo_guard; SELECT promo_guard.bind(); SELECT promo_guard.attach_history();
         SELECT promo_guard.grant_reader('smith_reader'); SELECT promo_guard.grant_operator('smith_operator')",
    )
    .unwrap();
    db.batch_execute(SEEN).unwrap();
    db.batch_execute(&format!("ALTER DATABASE {name} SET search_path = smith, pg_catalog, public")).unwrap();
    (db, name)
}

/// Errors of the log with this code, each with its lines; those of PostgreSQL's own functions, called as sqlsmith calls them, are not
/// ours.
fn internal_errors(log: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut inside = false;
    for line in log.lines() {
        let begins = line.starts_with('<');
        if begins && line.contains("ERROR:") {
            inside = line.starts_with("<XX");
            if inside {
                found.push(String::new());
            }
        }
        if inside && let Some(last) = found.last_mut() {
            last.push_str(line);
            last.push('\n');
        }
    }
    found.retain(|error| {
        let place = error.lines().find(|line| line.contains("LOCATION:")).unwrap_or_default();
        let context = error.split("STATEMENT:").next().unwrap_or_default();
        place.contains(".rs:") || context.contains("promo_guard")
    });
    found
}

#[test]
#[ignore = "slow"]
fn random_queries_of_every_role_meet_no_internal_error() {
    if !Path::new(SQLSMITH).exists() {
        assert!(env::var_os("SQLSMITH_QUERIES").is_none(), "{SQLSMITH} is missing: run make sqlsmith");
        println!("sqlsmith is not installed: nothing was run");
        return;
    }
    let queries = env::var("SQLSMITH_QUERIES").unwrap_or_else(|_| "300".to_owned());
    let seed = env::var("SQLSMITH_SEED").unwrap_or_else(|_| std::process::id().to_string());
    let server = Server::start(&[
        "log_line_prefix=<%e %u> ",
        "log_error_verbosity=verbose",
        "log_min_error_statement=error",
        "statement_timeout=5s",
        // As which a role called ours in the end: counted below.
        "track_functions=all",
    ]);
    let (mut db, name) = shop(&server);
    let functions = "SELECT count(DISTINCT funcname), coalesce(sum(calls), 0) FROM pg_stat_user_functions WHERE schemaname IN ('smith', 'promo_guard')";
    for role in ["smith_reader", "smith_operator", "postgres"] {
        println!("{queries} queries as {role}, SQLSMITH_SEED={seed}");
        let target = format!("host={} port={} user={role} dbname={name}", server.host(), server.port());
        let out = Command::new(SQLSMITH)
            .args([
                format!("--target={target}"),
                format!("--max-queries={queries}"),
                format!("--seed={seed}"),
            ])
            .args(["--exclude-catalog"])
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&out.stderr);
        assert!(out.status.success(), "sqlsmith: {said}\n{}", server.log());
        db.batch_execute("SELECT pg_stat_clear_snapshot()").unwrap();
        println!("functions of ours that were called, and calls so far: {:?}", table(&mut db, functions)[0]);
    }
    let log = server.log();
    for word in ["PANIC", "terminated by signal", "panicked", "server process"] {
        assert!(!log.contains(word), "{word} with seed {seed}:\n{log}");
    }
    let mut codes = std::collections::BTreeMap::<&str, u32>::new();
    for line in log.lines().filter(|line| line.contains("> ERROR:")) {
        *codes.entry(&line[1..6]).or_default() += 1;
    }
    println!("{codes:?}");
    // The server log, for a look at what the queries met.
    if let Ok(path) = env::var("SQLSMITH_LOG") {
        std::fs::write(path, &log).unwrap();
    }
    let errors = internal_errors(&log);
    assert!(errors.is_empty(), "seed {seed}, {} internal errors:\n{}", errors.len(), errors.join("\n"));
    let called = table(&mut db, functions);
    assert!(called[0][0].parse::<u32>().unwrap() > 10, "ours were hardly called: {called:?}");
}
