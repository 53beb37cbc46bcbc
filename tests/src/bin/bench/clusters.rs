//! Failure clusters: 10 million attempts over 30 days, of which 200,000 by 60,000 users on 5,000 codes in the last half hour.

use crate::cancel;
use crate::figure::{Amount, Figure, Limit, Row, medians, show, write};
use postgres::Client;
use promo_guard_tests::{Server, table};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use std::{fs, thread};

const AS_OF: &str = "'2026-03-01 12:00Z'";
const BEFORE: u32 = 9_800_000;
const WITHIN: u32 = 200_000;

/// The figures of clusters, and those of a cancel, as they are wanted: of the same data.
pub fn run(clusters: bool, cancels: bool) {
    println!("{} attempts, {WITHIN} of them within the last half hour.", BEFORE + WITHIN);
    let server = Server::start(&["shared_buffers=512MB", "max_wal_size=4GB", "work_mem=64MB"]);
    let (mut db, name) = server.database();
    data(&mut db);
    if clusters {
        let figures = figures(&mut db);
        show(&figures);
        let amounts = memory(&server, &name);
        show(&amounts);
        let rows: Vec<Row> =
            figures.into_iter().map(Row::from).chain(amounts.into_iter().map(Row::from)).collect();
        write("clusters", &rows);
    }
    if cancels {
        // `memory` has bound others.
        db.batch_execute("SELECT promo_guard.bind(promo_attempts => 'promo_attempts')").expect("bind");
        let amounts = cancel::cancel(&server, &name);
        show(&amounts);
        write("cancel", &amounts);
    }
}

/// Half of the codes of the half hour are campaigns', half are nobody's. Earlier attempts are on four times as many codes, the
/// popular ones far more than the others, by 500,000 users; a user tries a code about one and a half times.
fn data(db: &mut Client) {
    db.batch_execute(&format!(
        "SELECT setseed(0.5);
         CREATE TABLE codes AS SELECT n, encode(sha256(n::text::bytea), 'hex')::char(64) AS hash FROM generate_series(0, 19999) AS n;
         INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, discount_type, discount_value, target_scope, status,
                                  valid_from, valid_until, created_at, updated_at)
         SELECT n + 1, hash, 'P', 'C' || n, 'PERCENT_DISCOUNT', 'PERCENT', 20, 'ALL', CASE WHEN n % 97 = 0 THEN 'PAUSED' ELSE 'ACTIVE' END,
                '2026-01-01Z', '2027-01-01Z', '2026-01-01Z', '2026-01-01Z'
         FROM codes WHERE n % 2 = 0 AND n < 10000;
         ALTER TABLE promo_attempts DROP CONSTRAINT promo_attempts_pkey;
         INSERT INTO promo_attempts (id, user_id, normalized_code_hash, result, source, attempted_at, metadata)
         SELECT t.g, t.u, c.hash, t.r, 'COMMAND', t.at, '{{}}'
         FROM (SELECT g, (random() * 500000)::bigint AS u, floor(power(random(), 3) * 20000)::integer AS n,
                      '2026-03-01 11:30Z'::timestamptz - (({BEFORE} - g) * (30 * 86400.0 / {BEFORE})) * interval '1 s' AS at, x.r
               FROM generate_series(1, {BEFORE}) AS g
               CROSS JOIN LATERAL (SELECT CASE g % 10 WHEN 0 THEN 'EXPIRED' WHEN 1 THEN 'NOT_APPLICABLE' WHEN 2 THEN 'INVALID' ELSE 'ACCEPTED' END AS r) AS x) AS t
         JOIN codes AS c USING (n) ORDER BY t.g;
         INSERT INTO promo_attempts (id, user_id, normalized_code_hash, result, source, attempted_at, metadata)
         SELECT {BEFORE} + t.g, t.u, c.hash, CASE WHEN t.n % 2 = 1 THEN 'INVALID' WHEN t.g % 3 = 0 THEN 'EXPIRED' WHEN t.g % 7 = 0 THEN 'RATE_LIMITED' ELSE 'ACCEPTED' END,
                'COMMAND', '2026-03-01 11:30Z'::timestamptz + t.g * interval '9 ms', '{{}}'
         FROM (SELECT g, (random() * 60000)::bigint AS u, (random() * 4999)::integer AS n FROM generate_series(1, {WITHIN}) AS g) AS t
         JOIN codes AS c USING (n) ORDER BY t.g;
         CREATE INDEX ON promo_attempts (user_id, attempted_at);
         CREATE INDEX ON promo_attempts (normalized_code_hash, attempted_at);
         CREATE INDEX ON promo_attempts (attempted_at);"
    ))
    .expect("10 million attempts");
    db.batch_execute("VACUUM ANALYZE").expect("VACUUM ANALYZE");
    db.batch_execute("SELECT promo_guard.bind()").expect("bind");
}

/// The runbook's query 1.3 over a window.
fn runbook(lookback: &str) -> String {
    format!(
        "SELECT normalized_code_hash, result, count(*) AS attempts, max(attempted_at) AS last_seen FROM promo_attempts
         WHERE attempted_at >= {AS_OF}::timestamptz - interval '{lookback}' AND attempted_at <= {AS_OF}
         GROUP BY normalized_code_hash, result ORDER BY attempts DESC LIMIT 50"
    )
}

pub fn ours(lookback: &str) -> String {
    format!("SELECT count(*) FROM promo_guard.failure_clusters('{lookback}', {AS_OF})")
}

fn figures(db: &mut Client) -> Vec<Figure> {
    let half_hour =
        format!("attempted_at >= {AS_OF}::timestamptz - interval '30 min' AND attempted_at <= {AS_OF}");
    let floor = format!("SELECT count(*) FROM promo_attempts WHERE {half_hour}");
    db.batch_execute("SET max_parallel_workers_per_gather = 0").expect("SET");
    let (small, large, million) = (ours("30 min"), ours("31 days"), ours("2 days 12 hours"));
    let [ours_small, runbook_small, floor_small] = medians(db, [&small, &runbook("30 min"), &floor]);
    let [ours_large, runbook_large, ours_million] = medians(db, [&large, &runbook("31 days"), &million]);
    let rows = |db: &mut Client, lookback: &str| -> f64 {
        let n = format!(
            "SELECT count(*) FROM promo_attempts WHERE attempted_at >= {AS_OF}::timestamptz - interval '{lookback}'"
        );
        table(db, &n)[0][0].parse().expect("a number")
    };
    let (n_large, n_million) = (rows(db, "31 days"), rows(db, "2 days 12 hours"));
    db.batch_execute("SET max_parallel_workers_per_gather = 2").expect("SET");
    let [parallel_large] = medians(db, [large.as_str()]);
    let figure = |what, against, ours, theirs, must, aim| Figure { what, against, ours, theirs, must, aim };
    let mut figures = vec![
        figure(
            "failure_clusters, 200,000",
            "runbook 1.3, one process",
            ours_small,
            runbook_small,
            Some(1.25),
            Some(0.8),
        ),
        figure(
            "the same, 10 million",
            "runbook 1.3, one process",
            ours_large,
            runbook_large,
            Some(1.25),
            Some(0.8),
        ),
        figure("the same, 200,000", "count(*), the floor", ours_small, floor_small, None, Some(5.0)),
        figure("two workers, 10 million", "one process", parallel_large, ours_large, None, None),
        figure(
            "10 million, a row",
            "1 million, a row",
            ours_large / n_large,
            ours_million / n_million,
            Some(1.2),
            None,
        ),
    ];
    // The first page in one call, against 1.1, 1.2 and 1.3 by hand.
    let page = format!("SELECT promo_guard.triage(as_of => {AS_OF})");
    let by_hand = format!(
        "SELECT (SELECT count(*) FROM (SELECT status, count(*) FROM promo_codes GROUP BY status ORDER BY status) AS a)
              + (SELECT count(*) FROM (SELECT id, campaign_name, code_prefix, status, updated_at FROM promo_codes
                                       WHERE status = 'PAUSED' ORDER BY updated_at DESC LIMIT 50) AS b)
              + (SELECT count(*) FROM ({}) AS c)",
        runbook("30 min")
    );
    let functions =
        ["blast_radius", "paused_campaigns", "failed_attempts", "failure_clusters", "classify", "baseline"];
    for function in functions {
        let sql = format!("SELECT count(*) FROM promo_guard.{function}(as_of => {AS_OF})");
        let [ours, theirs] = medians(db, [sql.as_str(), &by_hand]);
        figures.push(figure(function, "runbook 1.1, 1.2 and 1.3", ours, theirs, None, None));
    }
    let [ours_page, theirs_page] = medians(db, [page.as_str(), &by_hand]);
    let against = "runbook 1.1, 1.2 and 1.3";
    let many = "triage(), 2,500 failing campaigns, 26 paused";
    figures.push(figure(many, against, ours_page, theirs_page, Some(3.0), Some(1.5)));
    db.batch_execute("CREATE TABLE others AS SELECT * FROM promo_codes WHERE id > 600; DELETE FROM promo_codes WHERE id > 600; ANALYZE promo_codes")
        .expect("300 campaigns");
    let [ours_page, theirs_page] = medians(db, [page.as_str(), &by_hand]);
    figures.push(figure("triage(), 300 campaigns", against, ours_page, theirs_page, Some(2.0), Some(1.0)));
    db.batch_execute("INSERT INTO promo_codes SELECT * FROM others; DROP TABLE others; ANALYZE promo_codes")
        .expect("all again");
    if let Some(theirs) = connected_components(db, &half_hour) {
        figures.push(figure(
            "the same, 200,000",
            "pgr_connectedComponents",
            ours_small,
            theirs,
            Some(0.25),
            Some(0.1),
        ));
    }
    figures
}

/// Raw connected components of users and codes, as pgRouting finds them (Debian package postgresql-15-pgrouting).
fn connected_components(db: &mut Client, window: &str) -> Option<f64> {
    if db.batch_execute("CREATE EXTENSION pgrouting CASCADE").is_err() {
        println!("pgr_connectedComponents is skipped: apt-get install postgresql-15-pgrouting");
        return None;
    }
    db.batch_execute("SET max_parallel_workers_per_gather = 0").expect("SET");
    let edges = format!(
        "SELECT row_number() OVER () AS id, user_id AS source, -1 - ('x' || left(normalized_code_hash, 15))::bit(60)::bigint AS target, 1.0::float8 AS cost
         FROM promo_attempts WHERE {window}"
    );
    let sql = format!("SELECT count(DISTINCT component) FROM pgr_connectedComponents($edges${edges}$edges$)");
    let [seconds] = medians(db, [sql.as_str()]);
    Some(seconds)
}

/// The most memory that a backend had of its own, without what it touched of the shared buffers, whose size is a setting.
fn memory(server: &Server, name: &str) -> Vec<Amount> {
    let mut found = Vec::new();
    let mut measure = |of: &'static str, workers: u32, binding: Option<&str>, lookback: &str| {
        let mut db = server.connect(name);
        if let Some(relation) = binding {
            db.batch_execute(&format!("SELECT promo_guard.bind(promo_attempts => '{relation}')"))
                .expect("bind");
        }
        let pid = table(&mut db, "SELECT pg_backend_pid()")[0][0].clone();
        db.batch_execute(&format!("SET max_parallel_workers_per_gather = {workers}")).expect("SET");
        let done = AtomicBool::new(false);
        let peak = thread::scope(|scope| {
            let watcher = scope.spawn(|| {
                let mut peak = 0.0f64;
                while !done.load(Ordering::Relaxed) {
                    peak = peak.max(own_memory(&pid));
                    thread::sleep(Duration::from_millis(5));
                }
                peak
            });
            table(&mut db, &ours(lookback));
            done.store(true, Ordering::Relaxed);
            watcher.join().expect("the watcher")
        });
        let (must, aim) = (Some(Limit::AtMost(512.0)), Some(Limit::AtMost(256.0)));
        found.push(Amount {
            what: "memory of the backend, 10 million",
            of,
            value: peak,
            unit: "MB",
            must,
            aim,
        });
    };
    measure("one process", 0, None, "31 days");
    measure("leader of two workers", 2, None, "31 days");
    // Ten million within the half hour: of one code, and each of a code of its own.
    let mut db = server.connect(name);
    let digest = "encode(sha256(g::text::bytea), 'hex')";
    for (relation, code) in [("one_code", "repeat('a', 64)"), ("many_codes", digest)] {
        db.batch_execute(&format!(
            "CREATE UNLOGGED TABLE {relation} AS
             SELECT g AS id, g % 1000000 AS user_id, {code}::char(64) AS normalized_code_hash, 'INVALID'::text AS result,
                    'COMMAND'::text AS source, {AS_OF}::timestamptz - g * interval '0.1 ms' AS attempted_at, '{{}}'::jsonb AS metadata
             FROM generate_series(1, 10000000) AS g;
             CREATE INDEX ON {relation} (attempted_at);
             CREATE INDEX ON {relation} (user_id, attempted_at);
             ANALYZE {relation};
             ALTER TABLE {relation} OWNER TO shop"
        ))
        .expect(relation);
    }
    drop(db);
    measure("all of one code", 0, Some("one_code"), "30 min");
    measure("each of a code of its own", 0, Some("many_codes"), "30 min");
    found
}

/// Of a process, in MB.
fn own_memory(pid: &str) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
    kilobytes.map_or(0.0, |kilobytes| kilobytes * 1024.0 / 1e6)
}
